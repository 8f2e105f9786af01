/** A file that is in memory as a whole, to the server: with its time, the short way if it is small. */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as FtpSource from "../base/FtpSource.ts"
import type * as Masked from "../base/masked.ts"
import { unnamed } from "../base/pathCheck.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as Observed from "./observed.ts"
import type { FromFileOptions, Result, TransferError } from "./options.ts"
import * as Publication from "./upload/publication.ts"
import { send } from "./upload/sendSource.ts"
import * as SmallBytes from "./upload/smallBytes.ts"

/** Bytes in memory that are to be sent. */
export interface BytesUpload {
  readonly path: string
  readonly bytes: Uint8Array
  /** The time that they get, if the options keep times. */
  readonly modified: Option.Option<DateTime.Utc>
  readonly options: FromFileOptions
}

/** Sends them as a local file is sent, for a caller that is masked already. It begins at the call. */
export const fromBytesBy = (
  masked: Masked.Masked,
  pool: FtpPool,
  { bytes, modified, options, path }: BytesUpload
): Effect.Effect<Result, TransferError> => {
  const info = { type: "File", size: bytes.byteLength, modified } as const
  const file: SmallBytes.SmallContent = { path, info, options, left: {}, content: undefined }
  const large = () => {
    const sent = send(path, { ...FtpSource.fromBytes(bytes), modified: Effect.succeed(modified) }, options, {
      modified: options.times === "Keep" || options.times === "IfPossible" ? modified : Option.none(),
      isTimeOptional: options.times === "IfPossible",
      onTimeSet: options.onTimeSet,
      left: file.left
    })
    return Effect.onExit(
      masked.restore(Effect.provideService(Observed.transfer("Upload", path)(sent), FtpPool, pool)),
      cleanUp
    )
  }
  const cleanUp = (exit: Exit.Exit<unknown, unknown>) => Publication.cleanUpLeft(pool, file.left, exit)
  const spanned = () => Effect.withSpan(large(), NAME, { captureStackTrace: false })
  return (
    unnamed(path) ??
    (SmallBytes.isSimple(info, options)
      ? Observed.small(
          masked.fiber,
          { name: NAME, direction: "Upload", path, endpoints: pool.endpoints, cleanUp },
          () => SmallBytes.send(masked, pool, file, bytes),
          { inSpan: large, spanned }
        )
      : spanned())
  )
}

const NAME = "FtpTransfer.upload"
