/**
 * A download whose end comes only when it is verified. It holds no session by then.
 *
 *     bytes ──► bytes, hashed if demanded ──► end ──► session returned ──► verified ──► end
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { FtpPool } from "../../pool/FtpPool.ts"
import * as AttemptScope from "../attemptScope.ts"
import type { Demand } from "../demand.ts"
import * as DownloadStream from "./stream.ts"
import * as Verification from "./verification.ts"

export const open = (
  path: string,
  demand: Demand,
  options: DownloadStream.Options,
  start: DownloadStream.Start = DownloadStream.startAt(0)
): Effect.Effect<DownloadStream.Download, DownloadStream.DownloadError, FtpPool | Scope.Scope> =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const hash = yield* Verification.begin(demand, path)
    const { close, value } = yield* AttemptScope.open(yield* Effect.scope, DownloadStream.open(path, options, start))
    const { identity, read } = value
    let bytes = 0
    const verified = Effect.suspend(() =>
      Verification.verify(
        demand,
        { path, bytes, identity: identity(), schedules: options.schedules },
        {
          start: () => (hash === undefined ? Effect.dieMessage("no hash was begun") : Effect.succeed(hash)),
          feed: () => Effect.void
        }
      )
    )
    const end = Effect.zipRight(
      close,
      Effect.as(Effect.provideService(verified, FtpPool, pool), Option.none<Uint8Array>())
    )
    return {
      identity,
      read: Effect.flatMap(read, (chunk) => {
        if (Option.isNone(chunk)) {
          return end
        }
        bytes += chunk.value.byteLength
        hash?.update(chunk.value)
        return Effect.succeed(chunk)
      })
    }
  })
