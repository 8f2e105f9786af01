/**
 * An upload that is seen only when it is whole: it goes to a name of its own, beside the final one, and is renamed.
 *
 *     C: STOR .a.txt.3f09c1d2.ftp-effect ──► proven ──► `publish`: RNFR, RNTO a.txt
 *        │ fails for good, is interrupted                  │ refused
 *        ▼                                                 ▼
 *     C: DELE .a.txt.3f09c1d2.ftp-effect ◄─────────────── a.txt is what it was
 *
 * An interrupted upload goes on under the same name. With a `version` of the source, which is then a part of the name, a
 * later run goes on with what was left, and so an upload that is interrupted for good leaves it. It does NOT fall back to
 * the final name where a server takes no other.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { FtpTransferInterrupted } from "../../base/FtpError.ts"
import type { FtpSource } from "../../base/FtpSource.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import * as Interruption from "../interruption.ts"
import * as PartialUpload from "./partialUpload.ts"
import * as Publish from "./publish.ts"
import * as Send from "./send.ts"

export const send = <E, R>(
  path: string,
  source: FtpSource<E, R>,
  choices: Send.Choices,
  version: Option.Option<string>
): Effect.Effect<Send.Sent, Send.UploadError | E, Exclude<R, Scope.Scope> | FtpPool> =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const name = temporaryName(path, version)
    const at = yield* name
    const host = yield* Effect.scoped(Effect.map(pool.borrow(), ({ endpoint }) => endpoint))
    const publication = Publish.make({ path, at, host, aside: yield* temporaryName(path, ASIDE) })
    let reached = 0
    const find: PartialUpload.Find = (session, outgoing) =>
      PartialUpload.hidden(
        session,
        { path, isOurs: isTemporaryNameOf(path, version) },
        outgoing,
        choices.demand,
        (left) =>
          Effect.tap(name, (claimed) =>
            Effect.map(session.rename(left, claimed), () => {
              publication.at = claimed
            })
          )
      )
    const upload = Send.send({ path, at, isFresh: true, host, ...(Option.isSome(version) && { find }) }, source, {
      ...choices,
      onProgress: (bytes) => {
        reached = Math.max(reached, bytes)
        choices.onProgress(bytes)
      }
    })
    return yield* Effect.onExit(
      Effect.tap(upload, (sent) => Publish.publish(publication, sent, choices)),
      (exit) =>
        Exit.isSuccess(exit) ||
        (publication.stage === "Hidden" &&
          Option.isSome(version) &&
          reached >= Interruption.WORTH_KEEPING &&
          isInterruption(exit.cause))
          ? Effect.void
          : Publish.settle(publication, exit)
    )
  })

/** Nothing is wrong with what is there: a later run may go on with it. */
const isInterruption = (cause: Cause.Cause<unknown>): boolean =>
  Cause.isInterruptedOnly(cause) ||
  Option.exists(Cause.failureOption(cause), (error) => error instanceof FtpTransferInterrupted)

const SUFFIX = ".ftp-effect"
/** In place of a version: what made room is no part of anything, and no later run takes it for one. */
const ASIDE = Option.some("old")
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
