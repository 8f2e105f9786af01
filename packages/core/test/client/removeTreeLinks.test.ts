import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Embedded from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"

const TREE = {
  "docs/a.txt": "stays",
  "www/index.html": "stays",
  "www/build/x.js": "goes",
  "www/build/sub/y.js": "goes"
}

const denied = (path: string) => Effect.fail(new FtpTestServer.StoreError({ reason: "PermissionDenied", path }))

/** A server that shows links as what they lead to, with a link in the tree that is to be removed. */
const withLink = (
  target: string,
  change: (store: FtpTestServer.FileStore) => FtpTestServer.FileStore = (store) => store
) =>
  Effect.map(
    Effect.tap(FtpTestServer.memory(TREE), (store) => store.makeLink("/www/build/sub/link", target)),
    (store) => Embedded.layer({ server: { root: change(store), links: "Followed" } })
  )

const paths = Effect.flatMap(FtpTestServer.FtpTestServer, ({ tree }) =>
  Effect.map(tree, (entries) => entries.map(({ path }) => path).sort())
)

const OTHERS = ["/docs", "/docs/a.txt", "/www", "/www/index.html"]

describe("recursive removal, if a listing shows a link as a directory", () => {
  it.scoped.each([
    ["to an ancestor of the tree", "../../.."],
    ["to the root", "/"],
    ["to a directory beside the tree", "/docs"],
    ["to the tree itself", ".."]
  ] as const)("removes a link %s, and nothing that it leads to", ([, target]) =>
    Effect.gen(function* () {
      yield* Effect.gen(function* () {
        const client = yield* FtpClient.FtpClient
        yield* inTime(client.remove("www/build", { recursive: true }))
        assert.deepStrictEqual(yield* paths, OTHERS)
      }).pipe(Effect.provide(yield* withLink(target)))
    })
  )

  it.scoped.each([
    ["to an ancestor of the tree", "../../.."],
    ["to the tree itself", ".."]
  ] as const)("does not follow a link %s that can't be removed", ([, target]) =>
    Effect.gen(function* () {
      const layer = yield* withLink(target, (store) => ({
        ...store,
        removeFile: (path) => (path === "/www/build/sub/link" ? denied(path) : store.removeFile(path))
      }))
      yield* Effect.gen(function* () {
        const client = yield* FtpClient.FtpClient
        const failure = yield* inTime(Effect.flip(client.remove("www/build", { recursive: true })))
        assert.include(["FtpRejected", "FtpListingError"], failure._tag)
        const left = yield* paths
        for (const path of OTHERS) {
          assert.include(left, path)
        }
      }).pipe(Effect.provide(layer))
    })
  )
})
