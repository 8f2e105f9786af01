/** The test server over a small tree, and a raw client that has logged in. */
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import { login } from "./rawClient.ts"

export const over = Effect.provide(MemoryTransport.layer)

export const MAY = new Date("2024-05-06T07:08:09Z")

export const TREE: FtpTestServer.Tree = {
  "a.txt": { content: "hello", modified: MAY },
  "pub/b.txt": "line 1\nline 2\n",
  'pub/sp "quoted" dir/': {},
  "old link": { link: "pub" },
  loop: { link: "loop" }
}

export const served = (options: FtpTestServer.Options = {}) => FtpTestServer.make({ root: TREE, ...options })

export const loggedIn = (options?: FtpTestServer.Options) =>
  Effect.gen(function* () {
    const server = yield* served(options)
    return { server, client: yield* login(server) }
  })
