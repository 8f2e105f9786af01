/**
 * An atomic upload: it is sent to a temporary name beside the final one, verified there, and renamed.
 *
 *     C: STOR .a.txt.3f09c1d2.ftp-effect ──► verified ──► `publish`: RNFR, RNTO a.txt
 *        │ fails for good, is interrupted                    │ refused
 *        ▼                                                   ▼
 *     C: DELE .a.txt.3f09c1d2.ftp-effect ◄───────────────── a.txt is what it was
 *
 * An interrupted attempt is resumed under the same name. If the name includes the version of the source, a later run
 * can resume the partial upload, so an upload that is interrupted for good leaves it there. So it does with that of an earlier
 * run that it was about to take over. If the server refuses the
 * temporary name, the upload fails: it does not fall back to the final one.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { runBounded } from "../../base/boundedFinalizer.ts"
import { FtpTransferInterrupted } from "../../base/FtpError.ts"
import type { FtpSource } from "../../base/FtpSource.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import * as Interruption from "../interruption.ts"
import * as PartialUpload from "./partialUpload.ts"
import * as Publication from "./publication.ts"
import { publish } from "./publish.ts"
import * as Send from "./send.ts"
import * as TemporaryName from "./temporaryName.ts"
import type { Choices, Sent, UploadError } from "./uploadContext.ts"

/**
 * With a `version`, a partial upload of it is resumed, and left for a later run after an interruption. What the short way
 * has `left` is sent again under the name that it has on that host.
 */
export const send = <E, R>(
  path: string,
  source: FtpSource<E, R>,
  choices: Choices,
  version: Option.Option<string>,
  left: Publication.Left = {}
): Effect.Effect<Sent, UploadError | E, Exclude<R, Scope.Scope> | FtpPool> =>
  Effect.gen(function* () {
    const publication = left.publication ?? (yield* begin(path, version))
    const { at, host } = publication
    let reached = 0
    const find = findIn(publication, version, choices, (bytes) => {
      reached = bytes
    })
    const upload = Send.send({ path, at, isFresh: true, host, ...(Option.isSome(version) && { find }) }, source, {
      ...choices,
      onProgress: (bytes) => {
        reached = Math.max(reached, bytes)
        choices.onProgress(bytes)
      }
    })
    const isKept = (cause: Cause.Cause<unknown>) =>
      publication.stage === "Temporary" &&
      Option.isSome(version) &&
      reached >= Interruption.WORTH_KEEPING &&
      isInterruption(cause)
    left.publication = undefined
    return yield* Effect.onExit(
      Effect.tap(upload, (sent) => publish(publication, sent, choices)),
      (exit) =>
        Exit.isSuccess(exit)
          ? choices.recording.forget
          : Effect.unlessEffect(
              Effect.zipRight(Publication.cleanUp(publication, exit), choices.recording.discard),
              isKept(exit.cause)
                ? Effect.tap(isWorthKeeping(exit.cause, publication), (isKept) =>
                    Effect.sync(() => (isKept ? choices.onKept(publication.at) : undefined))
                  )
                : Effect.succeed(false)
            )
    )
  })

const begin = (path: string, version: Option.Option<string>) =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const { host, syntax } = yield* Effect.scoped(
      Effect.flatMap(pool.borrow(), (session) =>
        Effect.map(session.syntaxOf(path), (syntax) => ({ host: session.endpoint, syntax }))
      )
    )
    const [at, backup] = [
      yield* TemporaryName.make(path, version, syntax),
      yield* TemporaryName.makeBackup(path, syntax)
    ]
    return Publication.make({ path, at, host, backup })
  })

/**
 * Finds a partial upload, which takes the place of the publication's own file. `onClaim` gets its size before it is renamed,
 * as it may be under either name from then on, and 0 if the server refuses that.
 */
const findIn =
  (
    publication: Publication.Publication,
    version: Option.Option<string>,
    choices: Choices,
    onClaim: (bytes: number) => void
  ): PartialUpload.Find =>
  (session, source) => {
    const { demand, isLookedFor, onUnproven, recording } = choices
    const { path } = publication
    const claim = (left: string, bytes: number) =>
      Effect.gen(function* () {
        const claimed = yield* TemporaryName.make(path, version, yield* session.syntaxOf(path))
        onClaim(bytes)
        yield* recording.rename(session.endpoint, left, claimed, bytes)
        yield* Effect.tapErrorTag(session.rename(left, claimed), "FtpRejected", () => Effect.sync(() => onClaim(0)))
        publication.at = claimed
        return claimed
      })
    const isOurs = TemporaryName.isOf(path, version)
    return PartialUpload.underTemporaryName(
      session,
      { path, demand, recording, isLookedFor, onUnproven, isOurs, claim },
      source
    )
  }

/** Long enough for an answer; the upload has failed, and its caller waits. */
const SIZE_LIMIT = Duration.seconds(10)

/**
 * On a server that is full, what is kept takes the room that is missing: it is named. Less than a later run resumes is
 * not kept, whatever was sent.
 */
const isWorthKeeping = (
  cause: Cause.Cause<unknown>,
  { at, host, path }: Publication.Publication
): Effect.Effect<boolean, never, FtpPool> =>
  Effect.gen(function* () {
    if (!Option.exists(Cause.failureOption(cause), isStorageFull)) {
      return true
    }
    const pool = yield* FtpPool
    const asked = Effect.scoped(Effect.flatMap(pool.borrow({ host }), (session) => session.size(at)))
    const size = yield* runBounded(asked, SIZE_LIMIT)
    if (Option.exists(size, (bytes) => bytes < Interruption.WORTH_KEEPING)) {
      return false
    }
    const bytes = Option.match(size, { onNone: () => "an unknown number of", onSome: String })
    yield* Effect.logWarning(`the server is full: ${at}, with ${bytes} bytes of ${path}, stays there to be resumed`)
    return true
  })

const isStorageFull = (error: unknown): boolean =>
  error instanceof FtpTransferInterrupted && error.cause._tag === "FtpRejected" && error.cause.reason === "StorageFull"

/** The partial upload itself is good: a later run may resume it. */
const isInterruption = (cause: Cause.Cause<unknown>): boolean =>
  Cause.isInterruptedOnly(cause) ||
  Option.exists(Cause.failureOption(cause), (error) => error instanceof FtpTransferInterrupted)
