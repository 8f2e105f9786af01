/** The time of one file of a tree. */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FtpClient from "../client/FtpClient.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** With a session of its pool, which a worker may keep: that of the tree's own client may be another one. */
export const setTime = (target: MirrorTree, path: string, at: DateTime.Utc): Effect.Effect<void, MirrorError> =>
  target._tag === "Local"
    ? target.setModified(path, at)
    : Effect.flatMap(FtpClient.make, (client) => client.setModified(target.pathOf(path), at)).pipe(
        Effect.provideService(FtpPool, target.pool)
      )
