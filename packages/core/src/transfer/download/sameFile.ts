/**
 * Whether the sessions of one download see one file.
 *
 *     each of them, as it begins ──► the same as the first? ──► when the last byte is here, once more
 *
 * It does NOT compare bytes: `worker` does.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type { FtpIntegrityError, FtpTransferInterrupted } from "../../base/FtpError.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import * as Identity from "../identity.ts"
import * as Interruption from "../interruption.ts"
import * as Verification from "../verification.ts"

/** Of which nothing is known. */
export const NOBODY: Identity.Identity = { size: Option.none(), modified: Option.none() }

/** The sessions saw one file when they began; it must be the same now that the last byte is here. */
export const unchanged = (
  { path, schedule }: { readonly path: string; readonly schedule: Schedule.Schedule<unknown, FtpTransferInterrupted> },
  server: string,
  before: Identity.Identity
) =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const ask = Effect.scoped(
      Effect.flatMap(pool.borrow(), (session) =>
        Option.isSome(before.modified)
          ? Effect.map(session.modified(path), (at) => ({ ...NOBODY, modified: Option.some(at) }))
          : Effect.map(session.size(path), (bytes) => ({ ...NOBODY, size: Option.some(bytes) }))
      )
    )
    const size = Option.getOrElse(before.size, () => 0)
    yield* same(path, server, before, yield* Verification.persist(ask, path, "Download", size, schedule))
  })

/** Fails with `Changed` where they are known to be two. */
export const same = (
  path: string,
  server: string,
  before: Identity.Identity,
  after: Identity.Identity
): Effect.Effect<void, FtpIntegrityError> =>
  Effect.suspend(() =>
    Identity.isSame(before, after)
      ? Effect.void
      : Interruption.integrity("Changed", "Download", path, server, Identity.describe(before), Identity.describe(after))
  )
