/**
 * Files that the live tree has unchanged, copied into a stage by the server, where it can do that:
 *
 *     C: SITE CPFR www/a              S: 350
 *     C: SITE CPTO www.…-next-ID/a    S: 250
 *     C: SIZE www.…-next-ID/a         is it as long as the source?
 *     C: MDTM www/a                   was it still what the plan has compared?
 *     C: MFMT www.…-next-ID/a         the time of the source: from here on a later run takes it for the source's
 *
 * If it is not, it is sent instead. So is what the server refuses, and after the first refusal all others are.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as FtpEvidence from "../base/FtpEvidence.ts"
import * as FtpClient from "../client/FtpClient.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as ServerCopy from "../session/serverCopy.ts"
import { isSameTime } from "./compare.ts"
import type { Copied, FileStep } from "./copyModel.ts"
import type { HashFiles } from "./hashFile.ts"
import type { MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

/** `None` if the file has to be sent. The target is the stage, with the session of the worker. */
export type OnServer = (step: FileStep, target: MirrorTree) => Effect.Effect<Option.Option<Copied>, MirrorError>

interface Options {
  readonly keepsTimes: boolean
  readonly hash: HashFiles | undefined
}

/** `undefined` if the server does not offer it. */
export const make = (
  source: MirrorTree,
  live: RemoteTree,
  { hash, keepsTimes }: Options
): Effect.Effect<OnServer | undefined, MirrorError> =>
  Effect.map(live.client.withSession(ServerCopy.isOffered), (isOffered) => {
    if (!isOffered) {
      return undefined
    }
    let isWorking = true
    return (step, target) => {
      const from = live.pathOf(step.path)
      const to = target.pathOf(step.path)
      const { bytes, modified, reason } = step
      const planned = reason._tag === "Unchanged" ? reason.modified : undefined
      if (
        !isWorking ||
        planned === undefined ||
        target._tag === "Local" ||
        bytes === undefined ||
        !ServerCopy.isNameable(from) ||
        !ServerCopy.isNameable(to)
      ) {
        return Effect.succeedNone
      }
      const copied = Effect.gen(function* () {
        const client = yield* FtpClient.make
        yield* client.withSession((session) => ServerCopy.copy(session, from, to))
        const size = yield* client.size(to)
        if (size !== bytes || !isSameTime(planned, yield* client.modified(from))) {
          return Option.none()
        }
        if (keepsTimes && modified !== undefined) {
          yield* client.setModified(to, modified.at)
        }
        const sha256 = hash === undefined ? undefined : yield* hash.ofFile(source, step.path)
        return Option.some<Copied>({
          bytes,
          evidence: FtpEvidence.size,
          sha256,
          given: keepsTimes ? modified : undefined
        })
      })
      return copied.pipe(
        Effect.provideService(FtpPool, target.pool),
        Effect.catchTag("FtpRejected", () => {
          isWorking = false
          return Effect.succeedNone
        })
      )
    }
  })
