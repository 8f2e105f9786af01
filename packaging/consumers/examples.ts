// Runs the README's examples against a server of the test kit, in the current folder.
import { readFile } from "node:fs/promises"
import { FtpError } from "@ftp-effect/core"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import { NodeFtpTransport } from "@ftp-effect/node"
import { Effect, Layer } from "effect"

const REPORT = "day,files\n1,200\n"

const isEqual = (what: string, actual: string, expected: string) =>
  actual === expected ? Effect.log(`${what}: as expected`) : Effect.die(new Error(`${what}: ${actual}`))

const program = Effect.gen(function* () {
  const { address, read } = yield* FtpTestServer.FtpTestServer
  process.env.FTP_URL = `ftp://ann:secret@${address.host}:${address.port}`
  process.env.FTP_HOST = address.host
  process.env.FTP_PORT = String(address.port)
  process.env.FTP_PASSWORD = "secret"
  const readText = (path: string) => Effect.map(read(path), (bytes) => new TextDecoder().decode(bytes))

  yield* Effect.promise(() => import("./layers.js"))
  yield* isEqual("layers", yield* Effect.promise(() => readFile("report.csv", "utf8")), REPORT)
  yield* Effect.promise(() => import("./byHand.js"))
  yield* isEqual("byHand", yield* readText("inbox/today/hello.txt"), "hello\n")
  yield* Effect.promise(() => import("./promises.js"))
  yield* isEqual("promises", yield* readText("inbox/hello.txt"), "hello\n")
}).pipe(
  Effect.provide(
    FtpTestServer.layer({
      users: { ann: "secret" },
      root: { "pub/report.csv": REPORT, "pub/old/": {}, "inbox/": {} }
    })
  ),
  Effect.catchIf(FtpError.isFtpError, (error) => Effect.die(error)),
  Effect.provide(Layer.mergeAll(NodeFtpTransport.layer))
)

await Effect.runPromise(program)
console.log("the examples ran")
