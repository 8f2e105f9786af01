/**
 * An upload that is seen only when it is whole: it goes to a name of its own, beside the final one, and is renamed.
 *
 *     C: STOR .a.txt.3f09c1d2.ftp-effect ──► proven ──► RNFR, RNTO a.txt ──► 250
 *        │ fails for good, is interrupted                  │ 550, 553: a.txt is in the way (Windows)
 *        ▼                                                 ▼
 *     C: DELE .a.txt.3f09c1d2.ftp-effect                C: DELE a.txt, RNFR, RNTO
 *
 * Between that DELE and RNTO no file has the final name; from then on the new one is never removed. An interrupted upload
 * goes on under the same name. With a `version` of the source, which is then a part of the name, a later run goes on with
 * what was left, and so an upload that is interrupted for good leaves it. It does NOT fall back to the final name where a server takes no other.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type * as Endpoint from "../../FtpEndpoint.ts"
import {
  type DataError,
  type ListingError,
  type OpenError,
  type Rejected,
  TransferInterrupted
} from "../../FtpError.ts"
import { FtpPool } from "../../FtpPool.ts"
import type { FtpSession } from "../../FtpSession.ts"
import type { FtpSource } from "../../FtpSource.ts"
import * as Lastly from "../lastly.ts"
import * as Interruption from "./interruption.ts"
import * as Leftover from "./leftover.ts"
import * as Upload from "./upload.ts"

export const send = <E, R>(
  path: string,
  source: FtpSource<E, R>,
  choices: Upload.Choices,
  version: Option.Option<string>
): Effect.Effect<Upload.Sent, Upload.UploadError | E, Exclude<R, Scope.Scope> | FtpPool> =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const name = temporaryName(path, version)
    const at = yield* name
    const host = yield* Effect.scoped(Effect.map(pool.borrow(), ({ endpoint }) => endpoint))
    const publication: Publication = { path, at, host, stage: "Hidden" }
    let reached = 0
    const find: Leftover.Find = (session, outgoing) =>
      Leftover.hidden(session, { path, isOurs: isTemporaryNameOf(path, version) }, outgoing, choices.demand, (left) =>
        Effect.tap(name, (claimed) =>
          Effect.map(session.rename(left, claimed), () => {
            publication.at = claimed
          })
        )
      )
    const upload = Upload.send({ path, at, isFresh: true, host, ...(Option.isSome(version) && { find }) }, source, {
      ...choices,
      onProgress: (bytes) => {
        reached = Math.max(reached, bytes)
        choices.onProgress(bytes)
      }
    })
    return yield* Effect.onExit(
      Effect.tap(upload, ({ bytes }) => publish(publication, bytes, choices.schedule)),
      (exit) =>
        Exit.isSuccess(exit) ||
        (publication.stage === "Hidden" &&
          Option.isSome(version) &&
          reached >= Interruption.WORTH_KEEPING &&
          isInterruption(exit.cause))
          ? Effect.void
          : settle(publication, exit)
    )
  })

/** Nothing is wrong with what is there: a later run may go on with it. */
const isInterruption = (cause: Cause.Cause<unknown>): boolean =>
  Cause.isInterruptedOnly(cause) ||
  Option.exists(Cause.failureOption(cause), (error) => error instanceof TransferInterrupted)

interface Publication {
  readonly path: string
  at: string
  readonly host: Endpoint.FtpEndpoint
  /** `"Alone"`: what had the final name is gone, and this is the only copy. */
  stage: "Hidden" | "Alone" | "Public"
}

const SUFFIX = ".ftp-effect"
const RANDOM_DIGITS = 8
/** File systems end names at 255 bytes; the rest of ours takes 38. */
const MAX_NAME_BYTES = 200

/**
 * In the same directory, so that the rename moves no bytes; hidden from listings that leave out dotfiles. Of two uploads
 * none ever has the other's name, whatever they are of.
 */
const temporaryName = (path: string, version: Option.Option<string>): Effect.Effect<string> =>
  Effect.map(Random.nextIntBetween(0, 16 ** RANDOM_DIGITS), (number) => {
    const unique = number.toString(16).padStart(RANDOM_DIGITS, "0")
    return `${path.slice(0, path.lastIndexOf("/") + 1)}${beginningOf(path, version)}${unique}${SUFFIX}`
  })

const beginningOf = (path: string, version: Option.Option<string>): string =>
  `.${shortened(path.slice(path.lastIndexOf("/") + 1))}.${Option.match(version, { onNone: () => "", onSome: (version) => `${version}.` })}`

/** For names as listings have them, without their directory. */
const isTemporaryNameOf = (path: string, version: Option.Option<string>) => {
  const beginning = beginningOf(path, version)
  const length = beginning.length + RANDOM_DIGITS + SUFFIX.length
  return (name: string): boolean => name.length === length && name.startsWith(beginning) && name.endsWith(SUFFIX)
}

const shortened = (name: string): string => {
  const encoder = new TextEncoder()
  let bytes = 0
  let kept = ""
  for (const character of name) {
    bytes += encoder.encode(character).byteLength
    if (bytes > MAX_NAME_BYTES) {
      break
    }
    kept += character
  }
  return kept
}

/** Renames, over as many sessions as it takes. */
const publish = (
  publication: Publication,
  bytes: number,
  schedule: Upload.Choices["schedule"]
): Effect.Effect<void, OpenError | DataError | TransferInterrupted, FtpPool> =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const { host, path } = publication
    const patience = yield* Interruption.makePatience(schedule)
    let mayBeDone = false
    while (true) {
      const result = yield* Effect.either(
        Effect.scoped(
          Effect.flatMap(pool.borrow({ host }), (session) =>
            Effect.catchIf(replace(session, publication), isRejected, (rejected) =>
              // Its reply was lost, and the name that it took is gone.
              mayBeDone && rejected.command.startsWith("RNFR") && rejected.reason !== "PermissionDenied"
                ? isPublic(publication)
                : rejected
            )
          )
        )
      )
      if (result._tag === "Right") {
        return
      }
      const error = result.left
      if (!Interruption.isCause(error)) {
        return yield* Effect.fail(error)
      }
      mayBeDone = true
      yield* patience(Interruption.make(path, "Upload", bytes, 0, error))
    }
  })

/** RNFR and RNTO; where the server will not overwrite a file, that one is deleted first. */
const replace = (session: FtpSession, publication: Publication): Effect.Effect<void, OpenError | DataError> =>
  Effect.catchIf(session.rename(publication.at, publication.path), isRejected, (rejected) =>
    rejected.command.startsWith("RNTO") && rejected.reply.code >= 500
      ? Effect.gen(function* () {
          if (!(yield* isFile(session, publication.path))) {
            return yield* rejected
          }
          yield* Effect.mapError(session.removeFile(publication.path), (error) =>
            error._tag === "Rejected" ? rejected : error
          )
          publication.stage = "Alone"
          yield* session.rename(publication.at, publication.path)
        })
      : rejected
  ).pipe(Effect.zipRight(isPublic(publication)))

const isPublic = (publication: Publication): Effect.Effect<void> =>
  Effect.sync(() => {
    publication.stage = "Public"
  })

const isFile = (session: FtpSession, path: string): Effect.Effect<boolean, OpenError | DataError> =>
  Effect.catchIf(
    Effect.map(session.stat(path), ({ type }) => type === "File" || type === "SymbolicLink"),
    (error): error is Rejected | ListingError => error._tag === "Rejected" || error._tag === "ListingError",
    () => Effect.succeed(false)
  )

const isRejected = (error: { readonly _tag: string }): error is Rejected => error._tag === "Rejected"

const FAILED_LIMIT = Duration.seconds(10)
/** An interruption is to be over within a second: a server that did not settle has used up most of it. */
const SETTLED_LIMIT = Duration.millis(750)
const UNSETTLED_LIMIT = Duration.millis(250)

/** Leaves nothing behind but what is the only copy; bounded, as the server may be gone. */
const settle = (publication: Publication, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void, never, FtpPool> =>
  Effect.gen(function* () {
    const { at, host, path, stage } = publication
    if (stage === "Public") {
      return
    }
    const pool = yield* FtpPool
    const isSettled = (yield* pool.status).some(({ endpoint, inUse, live }) => endpoint === host && live > inUse)
    const limit = !Exit.isInterrupted(exit) ? FAILED_LIMIT : isSettled ? SETTLED_LIMIT : UNSETTLED_LIMIT
    const last = Effect.scoped(
      Effect.flatMap(pool.borrow({ host }), (session) =>
        stage === "Hidden" ? session.removeFile(at) : session.rename(at, path)
      )
    )
    const done = yield* Lastly.within(last, limit)
    if (stage === "Alone" && Option.isNone(done)) {
      yield* Effect.logWarning(`${path} was removed to make room for its new content, which may still be in ${at}`)
    }
  })
