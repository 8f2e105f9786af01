/**
 * A small local file, sent from memory:
 *
 *     read whole, unchanged? ──► `smallBytes`
 *        └──anything else: the long way, with its questions and retries      `upload/send`
 *
 * A caller who has many hands out one after the other (`Flow`). As long as all goes well, they are one effect together: the steps
 * of one for each would take as long as the system and the server do.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Bytes from "../../base/bytes.ts"
import type { Masked } from "../../base/masked.ts"
import { unnamed } from "../../base/pathCheck.ts"
import type { FtpLocalFile, FtpLocalFileError, LocalInfo } from "../../platform/FtpLocalFile.ts"
import type { Result } from "../options.ts"
import type { Services } from "../services.ts"
import * as SmallBytes from "./smallBytes.ts"

/** What is to be sent. */
export interface SmallFile extends SmallBytes.SmallContent {
  readonly localPath: string
  readonly info: LocalInfo
}

/** Who has many small files to send. */
export interface Flow {
  /** Another file, once the one before is done: what comes of the effect is about this one from then on. */
  readonly next: (result: Result) => SmallFile | undefined
  /** That file was not begun: it is to be sent by an effect of its own. */
  readonly putBack: () => void
}

/** `undefined` if the long way is to be taken, which then goes on with what is `left`; so does the clean-up. */
export const send = (
  masked: Masked,
  services: Services,
  file: SmallFile,
  flow?: Flow
): Effect.Effect<Result | undefined, FtpLocalFileError | SmallBytes.SmallError> => {
  const { files, pool } = services
  const more = flow && moreOf(services, flow)
  return SmallBytes.inTurn(masked, pool, file, (mayBeFollowed) =>
    Effect.flatMap(readWhole(masked, files, file), (read) =>
      Option.isNone(read)
        ? SmallBytes.LONG
        : afterProof(masked, file, () =>
            SmallBytes.store(masked, pool, file, read.value, mayBeFollowed ? more : undefined)
          )
    )
  )
}

const moreOf = ({ files, pool }: Services, { next, putBack }: Flow): SmallBytes.More => ({
  next: (result) => {
    const file = next(result)
    if (file === undefined) {
      return undefined
    }
    const bytes = isPlain(pool, file) ? files.readAtOnce?.(file.localPath, file.info) : undefined
    return bytes === undefined ? "Apart" : { file, bytes }
  },
  putBack
})

/** Whether it can be begun without a step of an effect, if its bytes can be read so. */
const isPlain = (pool: Services["pool"], file: SmallFile): boolean =>
  unnamed(file.path) === undefined &&
  SmallBytes.isSimple(file.info, file.options) &&
  isProven(file) &&
  SmallBytes.turnOf(pool, file) === undefined

/** What the caller has found by its id was proven then. */
const isProven = ({ info, options: { found, onOpen } }: SmallFile): boolean =>
  onOpen === undefined || (found?.id !== undefined && found.id === info.id)

const afterProof = <A, E>(
  { restore }: Masked,
  file: SmallFile,
  store: () => Effect.Effect<A, E>
): Effect.Effect<A, E | FtpLocalFileError> => {
  const { info, options } = file
  return options.onOpen === undefined || isProven(file) ? store() : Effect.flatMap(restore(options.onOpen(info)), store)
}

/** `None` if it is written meanwhile. */
const readWhole = (
  { restore }: Masked,
  files: FtpLocalFile,
  { info, localPath }: SmallFile
): Effect.Effect<Option.Option<Uint8Array>> =>
  files.readWhole === undefined
    ? restore(Effect.orElseSucceed(readByParts(files, localPath, info), Option.none))
    : files.readWhole(localPath, info)

const readByParts = (files: FtpLocalFile, localPath: string, { modified, size }: LocalInfo) =>
  Effect.gen(function* () {
    const bytes = yield* Effect.scoped(
      Effect.flatMap(files.openReader(localPath, 0), ({ read }) => Bytes.readUpTo(read, size + 1))
    )
    const now = yield* files.info(localPath)
    const isSame = Option.exists(now, (now) => now.size === size && sameTime(now.modified, modified))
    return isSame && bytes.byteLength === size ? Option.some(bytes) : Option.none()
  })

const sameTime = Option.getEquivalence(DateTime.Equivalence)
