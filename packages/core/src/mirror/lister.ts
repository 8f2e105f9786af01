/** Trees that are listed with a session which is kept from one directory to the next. */
import * as Effect from "effect/Effect"
import * as FtpClient from "../client/FtpClient.ts"
import { FtpPool, withKept } from "../pool/FtpPool.ts"
import type { MirrorTree, RemoteTree } from "./trees.ts"

/** For one worker. The session goes back to the pool at the end, or as soon as others wait for one. */
export const withLister = <A, E, R>(
  tree: MirrorTree,
  work: (list: MirrorTree["list"]) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  tree._tag === "Local"
    ? work(tree.list)
    : withKept(tree.pool, (kept) => Effect.flatMap(over(tree, kept), ({ list }) => work(list)))

/** The tree as it is read with the sessions of another pool of its server. */
export const over = (tree: RemoteTree, pool: FtpPool): Effect.Effect<RemoteTree> =>
  Effect.map(Effect.provideService(FtpClient.make, FtpPool, pool), (client) => ({
    ...tree,
    client,
    pool,
    list: (path, descent, options) => tree.list(path, descent, { ...options, client }),
    showsKeepsTimes: (files) => tree.showsKeepsTimes(files, client)
  }))
