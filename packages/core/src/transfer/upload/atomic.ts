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
 * run that it was about to take over (`kept.ts`). If the server refuses the temporary name, the upload fails: it does not
 * fall back to the final one.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { FtpSource } from "../../base/FtpSource.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import * as Kept from "./kept.ts"
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
    const moved = Kept.make()
    const find = findIn(publication, version, choices, moved)
    const upload = Send.send({ path, at, isFresh: true, host, ...(Option.isSome(version) && { find }) }, source, {
      ...choices,
      onStore: (state) => {
        moved.isStored ||= state === "Sent"
        choices.onStore?.(state)
      },
      onProgress: (bytes) => {
        moved.own = bytes
        choices.onProgress(bytes)
      }
    })
    left.publication = undefined
    return yield* Effect.onExit(
      Effect.tap(upload, (sent) => publish(publication, sent, choices)),
      (exit) =>
        Exit.isSuccess(exit)
          ? choices.recording.forget
          : Effect.gen(function* () {
              const kept = Option.isSome(version) ? yield* Kept.find(publication, moved, exit.cause) : Option.none()
              if (Option.isNone(kept)) {
                yield* Publication.cleanUp(publication, exit)
                return yield* choices.recording.discard
              }
              if (!kept.value.isOwn && moved.isStored) {
                yield* Publication.cleanUp(publication, exit)
              }
              choices.onKept(kept.value.at)
            })
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

/** Finds a partial upload, which takes the place of the publication's own file. */
const findIn =
  (
    publication: Publication.Publication,
    version: Option.Option<string>,
    choices: Choices,
    moved: Kept.Moved
  ): PartialUpload.Find =>
  (session, source) => {
    const { demand, isLookedFor, onUnproven, recording } = choices
    const { path } = publication
    const claim = (from: string, bytes: number) =>
      Effect.gen(function* () {
        const to = yield* TemporaryName.make(path, version, yield* session.syntaxOf(path))
        // Until an answer shows which, it may have either name.
        moved.claimed = { bytes, from, to }
        yield* recording.rename(session.endpoint, from, to, bytes)
        yield* Effect.tapErrorTag(session.rename(from, to), "FtpRejected", () =>
          Effect.sync(() => {
            moved.claimed = undefined
          })
        )
        moved.claimed = undefined
        moved.own = bytes
        publication.at = to
        return to
      })
    const isOurs = TemporaryName.isOf(path, version)
    return PartialUpload.underTemporaryName(
      session,
      { path, demand, recording, isLookedFor, onUnproven, isOurs, claim },
      source
    )
  }
