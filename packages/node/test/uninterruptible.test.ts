/** Callers that can't be interrupted, as finalizers and acquisitions are: their calls end, and limits of time hold. */
import * as Fs from "node:fs"
import * as Net from "node:net"
import * as Os from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"

/** Says its words, agrees to TLS, and nothing else. */
const silent = (words: string) =>
  Effect.acquireRelease(
    Effect.async<Net.Server>((resume) => {
      const server = Net.createServer((socket) => {
        socket.on("error", () => socket.destroy())
        socket.on("data", (bytes) => String(bytes).startsWith("AUTH") && socket.write("234 go on\r\n"))
        socket.write(words)
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  )

const LIMIT = "200 millis"

for (const [what, scheme, words, detail] of [
  ["no greeting", "ftp", "", /no greeting/],
  ["no reply to USER", "ftp", "220 hello\r\n", /no finished login/],
  ["no handshake", "ftps", "", /no TLS handshake/],
  ["no handshake after AUTH", "ftpes", "220 hello\r\n", /no TLS handshake/]
] as const) {
  it.scopedLive(`a caller that can't be interrupted gets ${what} in time`, () =>
    Effect.gen(function* () {
      const { port } = (yield* silent(words)).address() as Net.AddressInfo
      const layer = NodeFtp.layer({
        url: `${scheme}://u:p@127.0.0.1:${port}`,
        timeouts: { connect: LIMIT, greeting: LIMIT, login: LIMIT, quit: LIMIT },
        retry: { connect: Schedule.stop }
      })
      const error = yield* FtpClient.pipe(
        Effect.flatMap((client) => client.list("/")),
        Effect.flip,
        Effect.uninterruptible,
        Effect.provide(layer)
      )
      expect(error.message).toMatch(detail)
    })
  )
}

/** Some 700 kB: enough for segments, and for the bytes to be made durable in between. */
const BIG = 700_000

const directory = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(join(Os.tmpdir(), "uninterruptible-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
)

const served = Effect.map(FtpTestServer.FtpTestServer, ({ address }) => `ftp://ann:pw@127.0.0.1:${address.port}`)

const server = FtpTestServer.layer({
  root: { small: "s", big: "x".repeat(BIG), "t/1/a": "a", "t/2/b": "b" },
  users: { ann: "pw" }
}).pipe(Layer.provide(NodeFtpTransport.layer))

type Call = (path: string) => Effect.Effect<unknown, unknown, NodeFtp.NodeFtp>

const withClient =
  <A, E>(use: (client: FtpClient, path: string) => Effect.Effect<A, E, NodeFtp.NodeFtp>): Call =>
  (path) =>
    Effect.flatMap(FtpClient, (client) => use(client, path))

const CALLS: ReadonlyArray<readonly [what: string, call: Call]> = [
  ["a small file", withClient((client, path) => client.toFile("small", join(path, "a")))],
  ["a large file", withClient((client, path) => client.toFile("big", join(path, "a")))],
  ["a file in segments", withClient((client, path) => client.toFile("big", join(path, "a"), { segments: 2 }))],
  ["the head of a walk", withClient((client) => Stream.runHead(client.walk("")))],
  ["the head of a listing", withClient((client) => Stream.runHead(client.entries("")))],
  ["a copy", withClient((client) => client.upload("copy", FtpSource.fromStream(client.download("big"))))],
  [
    "a stream that fails",
    withClient((client) =>
      Effect.flip(Stream.run(Stream.concat(Stream.make(new Uint8Array(9)), Stream.fail("away")), client.sink("up")))
    )
  ],
  ["a tree", (path) => FtpMirror.downloadTree("t", path)],
  [
    "a tree whose events are left",
    (path) => Stream.runHead(FtpMirror.events((onEvent) => FtpMirror.downloadTree("t", path, { onEvent })))
  ],
  ["a tree with a manifest", (path) => upload(path, { delete: "Ours" })],
  ["a tree that is swapped in", (path) => upload(path, { delete: "Extra", swap: "RemovePrevious" })]
]

const upload = (path: string, options: FtpMirror.MirrorOptions) =>
  Effect.zipRight(
    Effect.sync(() => Fs.writeFileSync(join(path, "a"), "a")),
    FtpMirror.uploadTree(path, "new", options)
  )

describe("a caller that can't be interrupted", () => {
  const call = (run: Call) =>
    Effect.gen(function* () {
      const path = yield* directory
      const layer = NodeFtp.layer({ url: yield* served })
      return yield* Effect.provide(Effect.uninterruptible(run(path)), layer)
    }).pipe(Effect.provide(server))

  for (const [what, run] of CALLS) {
    it.scopedLive(`regression: transfers ${what}, and goes on`, () => Effect.asVoid(call(run)))
  }

  it.scopedLive("regression: learns that the root of a mirror is missing, and goes on", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(call((path) => FtpMirror.downloadTree("missing", path)))
      expect(error).toMatchObject({ reason: "NotFound" })
    })
  )

  it.scopedLive("regression: lists over a data connection that the server opens, and goes on", () =>
    Effect.gen(function* () {
      const layer = NodeFtp.layer({ url: yield* served, active: {} })
      const list = Effect.flatMap(FtpClient, (client) => client.list("t"))
      expect(yield* Effect.provide(Effect.uninterruptible(list), layer)).toHaveLength(2)
    }).pipe(Effect.provide(server))
  )

  it.scopedLive("regression: closes the client that it opened", () =>
    Effect.gen(function* () {
      const layer = NodeFtp.layer({ url: yield* served })
      const list = Effect.flatMap(FtpClient, (client) => client.list("t"))
      expect(yield* Effect.uninterruptible(Effect.provide(list, layer))).toHaveLength(2)
    }).pipe(Effect.provide(server))
  )
})
