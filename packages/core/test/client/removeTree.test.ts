import { assert, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Embedded from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"

const denied = (path: string) => Effect.fail(new FtpTestServer.StoreError({ reason: "PermissionDenied", path }))

/** A tree in which one file can't be removed, and one directory not be listed. */
const stage = Effect.map(
  FtpTestServer.memory({
    "t/a": "a",
    "t/in/locked": "stays",
    "t/in/free": "goes",
    "t/in/er/b": "b",
    "t/closed/c": "stays",
    "t/z/z": "z",
    keep: "stays"
  }),
  (store) => {
    const root: FtpTestServer.FileStore = {
      ...store,
      removeFile: (path) => (path === "/t/in/locked" ? denied(path) : store.removeFile(path)),
      list: (path) => (path === "/t/closed" ? denied(path) : store.list(path))
    }
    const names = (path: string) => Effect.map(store.list(path), (infos) => infos.map(({ name }) => name).sort())
    return { root, left: Effect.all([names("/"), names("/t"), names("/t/in"), names("/t/closed")]) }
  }
)

const embedded = (options: FtpTestServer.Options) => Embedded.layer({ server: options })

it.scoped("a recursive remove removes all that it can, logs the rest, and fails with the first error", () =>
  Effect.gen(function* () {
    const { left, root } = yield* stage
    yield* Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const told: Array<readonly [path: string, tag: string]> = []
      const removal = client.remove("t", {
        recursive: true,
        onFailure: (error, path) => Effect.sync(() => void told.push([path, error._tag]))
      })
      const failure = yield* inTime(Effect.flip(removal))
      assert.deepInclude(failure, { _tag: "FtpRejected", reason: "PermissionDenied" })
      // Neither the directories that hold them, as what is in the way is known.
      assert.sameDeepMembers(told, [
        ["t/in/locked", "FtpRejected"],
        ["t/closed", "FtpRejected"]
      ])
      assert.deepStrictEqual(yield* left, [["keep", "t"], ["closed", "in"], ["locked"], ["c"]])
    }).pipe(Effect.provide(embedded({ root })))
  })
)

it.scoped("a recursive remove is over with what would befall the rest too", () =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    const client = yield* FtpClient.FtpClient
    yield* server.fault({ _tag: "CloseControl", verb: "RMD", times: Number.POSITIVE_INFINITY })
    const told: Array<string> = []
    const removal = client.remove("t", {
      recursive: true,
      onFailure: (_, path) => Effect.sync(() => void told.push(path))
    })
    assert.deepInclude(yield* inTime(Effect.flip(removal)), { _tag: "FtpConnectionLost" })
    assert.deepStrictEqual(told, [])
  }).pipe(Effect.provide(embedded({ root: { "t/a": {}, "t/b": {} } })))
)
