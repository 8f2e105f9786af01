import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"

describe("FtpTestServer.layerClient", () => {
  it.effect("without users, an anonymous client reads and writes what the server has", () =>
    Effect.gen(function* () {
      const ftp = yield* FtpClient.FtpClient
      const { commands, read } = yield* FtpTestServer.FtpTestServer
      assert.strictEqual(yield* ftp.readFileString("pub/a.txt"), "hello")
      yield* ftp.upload("pub/b.txt", "world")
      assert.strictEqual(new TextDecoder().decode(yield* read("pub/b.txt")), "world")
      assert.include(yield* commands, "USER anonymous")
    }).pipe(Effect.provide(FtpTestServer.layerClient({ root: { "pub/a.txt": "hello" } })))
  )

  it.effect("logs in as the first user, with the account that the server asks for", () =>
    Effect.gen(function* () {
      const ftp = yield* FtpClient.FtpClient
      const { commands } = yield* FtpTestServer.FtpTestServer
      assert.deepStrictEqual(yield* ftp.list(""), [])
      assert.deepStrictEqual((yield* commands).slice(0, 3), ["USER ann", "PASS ****", "ACCT ****"])
    }).pipe(
      Effect.provide(
        FtpTestServer.layerClient({ users: { ann: { password: "secret", account: "book" }, bob: "other" } })
      )
    )
  )

  it.effect("the options of the pool are the client's", () =>
    Effect.gen(function* () {
      const ftp = yield* FtpClient.FtpClient
      const { connections } = yield* FtpTestServer.FtpTestServer
      yield* Effect.all([ftp.size("a"), ftp.size("b"), ftp.size("c")], { concurrency: "unbounded" })
      assert.strictEqual((yield* connections).peak, 1)
    }).pipe(Effect.provide(FtpTestServer.layerClient({ root: { a: "1", b: "2", c: "3" }, pool: { maxPerHost: 1 } })))
  )

  it.effect("each build has a server of its own", () => {
    const layer = FtpTestServer.layerClient()
    const upload = Effect.flatMap(FtpClient.FtpClient, (ftp) => ftp.upload("a", "1"))
    const exists = Effect.flatMap(FtpClient.FtpClient, (ftp) => ftp.exists("a"))
    return Effect.gen(function* () {
      yield* Effect.provide(upload, layer)
      assert.isFalse(yield* Effect.provide(exists, layer))
    })
  })
})
