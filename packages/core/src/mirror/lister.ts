/** One worker that lists directory after directory, with a session that it keeps from one to the next. */
import * as Effect from "effect/Effect"
import * as FtpClient from "../client/FtpClient.ts"
import { FtpPool, withKept } from "../pool/FtpPool.ts"
import type { MirrorTree } from "./trees.ts"

/** The session goes back to the pool at the end, or as soon as others wait for one. */
export const withLister = <A, E, R>(
  tree: MirrorTree,
  work: (list: MirrorTree["list"]) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  tree._tag === "Local"
    ? work(tree.list)
    : withKept(tree.pool, (kept) =>
        Effect.flatMap(Effect.provideService(FtpClient.make, FtpPool, kept), (client) =>
          work((path, descent, options) => tree.list(path, descent, { ...options, client }))
        )
      )
