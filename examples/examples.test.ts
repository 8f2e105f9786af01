import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const REPORT = "day,files\n1,200\n"

const server = FtpTestServer.layer({
  users: { ann: "secret" },
  root: { "pub/report.csv": REPORT, "pub/old/": {}, "inbox/": {} }
}).pipe(Layer.provide(NodeFtpTransport.layer))

/** Runs an example as a reader would: with the environment that it asks for, in a folder of its own. */
const run = (name: string) =>
  Effect.gen(function* () {
    const { address } = yield* FtpTestServer.FtpTestServer
    const folder = yield* Effect.acquireRelease(
      Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "example-"))),
      (folder) => Effect.promise(() => Fs.rm(folder, { recursive: true }))
    )
    const before = process.cwd()
    yield* Effect.acquireRelease(
      Effect.sync(() => process.chdir(folder)),
      () => Effect.sync(() => process.chdir(before))
    )
    process.env.FTP_URL = `ftp://ann:secret@${address.host}:${address.port}`
    process.env.FTP_HOST = address.host
    process.env.FTP_PORT = String(address.port)
    process.env.FTP_PASSWORD = "secret"
    yield* Effect.promise(() => import(`./${name}.ts`))
    return folder
  })

describe("the README's examples run", () => {
  it.scopedLive("layers", () =>
    Effect.gen(function* () {
      const folder = yield* run("layers")
      assert.strictEqual(yield* Effect.promise(() => Fs.readFile(Path.join(folder, "report.csv"), "utf8")), REPORT)
    }).pipe(Effect.provide(server))
  )

  it.scopedLive("layers, by hand", () =>
    Effect.gen(function* () {
      yield* run("byHand")
      const { read } = yield* FtpTestServer.FtpTestServer
      assert.strictEqual(new TextDecoder().decode(yield* read("inbox/today/hello.txt")), "hello\n")
    }).pipe(Effect.provide(server))
  )

  it.scopedLive("promises", () =>
    Effect.gen(function* () {
      const folder = yield* run("promises")
      const { read } = yield* FtpTestServer.FtpTestServer
      assert.strictEqual(yield* Effect.promise(() => Fs.readFile(Path.join(folder, "report.csv"), "utf8")), REPORT)
      assert.strictEqual(new TextDecoder().decode(yield* read("inbox/hello.txt")), "hello\n")
    }).pipe(Effect.provide(server))
  )
})
