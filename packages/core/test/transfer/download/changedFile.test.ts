import { assert, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Journal from "#core/transfer/download/journal"
import { MIB, noise } from "../../support/bytes.ts"
import * as Embedded from "../../support/embedded.ts"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"

const LONG = new Uint8Array(100_000).fill(1)
const SHORT = new Uint8Array(10).fill(2)

it.scoped("regression: a file that became shorter than the offset is Changed, not an offset that is refused", () =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    const client = yield* FtpClient.FtpClient
    yield* server.fault({ _tag: "DropData", afterBytes: 50_000, how: "End" })
    const download = Stream.runForEach(client.download("a"), () => Effect.orDie(server.write("a", SHORT)))
    const failed = yield* Effect.fork(Effect.flip(download))
    yield* TestClock.adjust("10 seconds")
    const error = yield* failed
    assert.deepInclude(error, { _tag: "FtpIntegrityError", reason: "Changed" })
  }).pipe(Effect.provide(Embedded.layer({ server: { root: { a: LONG } } })))
)

const LARGE = new Uint8Array(3 * 1024 * 1024).fill(3)

/** Leaves nearly all of a file here, for a later run. */
const interrupted = Effect.gen(function* () {
  const server = yield* FtpTestServer.FtpTestServer
  yield* server.write("b", LARGE)
  yield* server.fault({ _tag: "DropData", afterBytes: LARGE.byteLength - 5, how: "End" })
  yield* inTime(Effect.flip(FtpTransfer.toFile("b", "b", { retry: Schedule.stop })))
})

it.scoped("regression: what is kept of a file that is another, smaller one by now is taken away, its journal too", () =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    const { files } = yield* MemoryFiles.MemoryFiles
    yield* interrupted
    assert.sameMembers([...files.keys()], ["b.ftp-effect.part", "b.ftp-effect.part.json"])
    yield* server.write("b", SHORT)
    yield* inTime(FtpTransfer.toFile("b", "b"))
    assert.deepStrictEqual([...files], [["b", SHORT]])
  }).pipe(Effect.provide(Layer.merge(Embedded.layer(), MemoryFiles.layer)))
)

it.scoped("regression: a whole part of another file is fetched anew in segments, each place by one of them", () =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    const { files, ids } = yield* MemoryFiles.MemoryFiles
    const [kept, there] = [noise(9 * MIB, 1), noise(9 * MIB, 2)]
    yield* server.write("c", there)
    files.set("c.ftp-effect.part", kept)
    ids.set("c.ftp-effect.part", 4711)
    const { servers } = Journal.sourceOf((yield* FtpPool).endpoints, "c")
    const about = { version: 2, servers, path: "c", file: { device: 1, inode: 4711 } }
    const facts = { size: kept.byteLength, modified: null, here: null, boot: null, safe: [[0, kept.byteLength]] }
    files.set("c.ftp-effect.part.json", new TextEncoder().encode(JSON.stringify({ ...about, ...facts })))
    ids.set("c.ftp-effect.part.json", 4712)
    assert.strictEqual(yield* FtpTransfer.keptBytes("c"), kept.byteLength)
    yield* inTime(FtpTransfer.toFile("c", "c", { segments: 2 }))
    assert.sameMembers([...files.keys()], ["c"])
    assert.strictEqual(Buffer.compare(files.get("c") ?? SHORT, there), 0)
  }).pipe(Effect.provide(Layer.merge(Embedded.layer({ pool: { maxPerHost: 4 } }), MemoryFiles.layer)))
)

it.scoped("regression: what is kept is fetched anew from a server that refuses to begin at an offset", () =>
  Effect.gen(function* () {
    const { files } = yield* MemoryFiles.MemoryFiles
    yield* interrupted
    assert.isTrue(files.has("b.ftp-effect.part.json"))
    yield* inTime(FtpTransfer.toFile("b", "b"))
    assert.sameMembers([...files.keys()], ["b"])
    assert.strictEqual(Buffer.compare(files.get("b") ?? SHORT, LARGE), 0)
  }).pipe(Effect.provide(Layer.merge(Embedded.layer({ server: { denied: ["REST"] } }), MemoryFiles.layer)))
)

it.scoped("regression: a download cut short is an error though SIZE was refused at its beginning", () =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    const client = yield* FtpClient.FtpClient
    yield* server.fault({ _tag: "Refuse", verb: "SIZE", reply: "450 Busy.", times: 1 })
    yield* server.fault({ _tag: "DropData", afterBytes: 50_000, how: "End", reply: "226 Done.", times: 1 })
    const error = yield* inTime(Effect.flip(Stream.runDrain(client.download("a"))))
    assert.deepInclude(error, {
      _tag: "FtpIntegrityError",
      reason: "Size",
      expected: "100000 bytes",
      actual: "50000 bytes"
    })
  }).pipe(Effect.provide(Embedded.layer({ server: { root: { a: LONG } } })))
)

it.scoped.each([
  ["a file of the same size", new Uint8Array(LONG.byteLength).fill(2)],
  ["a file of another size", SHORT]
] as const)("a download during which the file is written in place is Changed: %s", ([, next]) =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    const { files } = yield* MemoryFiles.MemoryFiles
    yield* TestClock.adjust("1 hour")
    const download = FtpTransfer.toFile("a", "a", {
      rate: LONG.byteLength / 4,
      onProgress: ({ bytes }) => (bytes === LONG.byteLength ? Effect.runSync(server.write("a", next)) : undefined)
    })
    const error = yield* inTime(Effect.flip(download), "1 minute")
    assert.deepInclude(error, { _tag: "FtpIntegrityError", reason: "Changed" })
    assert.isFalse(files.has("a"))
  }).pipe(Effect.provide(Layer.merge(Embedded.layer({ server: { root: { a: LONG } } }), MemoryFiles.layer)))
)

it.scoped("a stream during which the file is written in place fails at its end", () =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    const client = yield* FtpClient.FtpClient
    yield* TestClock.adjust("1 hour")
    const read = Stream.runForEach(client.download("a", { rate: LONG.byteLength / 4 }), () =>
      Effect.orDie(server.write("a", new Uint8Array(LONG.byteLength).fill(2)))
    )
    const error = yield* inTime(Effect.flip(read), "1 minute")
    assert.deepInclude(error, { _tag: "FtpIntegrityError", reason: "Changed" })
  }).pipe(Effect.provide(Embedded.layer({ server: { root: { a: LONG } } })))
)

it.scoped("a download within a second asks for the time once", () =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    const client = yield* FtpClient.FtpClient
    yield* Stream.runDrain(client.download("a"))
    assert.deepStrictEqual(
      (yield* server.commands).filter((line) => line.startsWith("MDTM")),
      ["MDTM a"]
    )
  }).pipe(Effect.provide(Embedded.layer({ server: { root: { a: LONG } } })))
)

it.scoped("a file that is taken away right after its download is no failure", () =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    const client = yield* FtpClient.FtpClient
    const read = Stream.runForEach(client.download("a", { rate: LONG.byteLength / 4 }), () =>
      server.fault({ _tag: "Refuse", verb: "MDTM", reply: "550 No such file." })
    )
    yield* inTime(read, "1 minute")
  }).pipe(Effect.provide(Embedded.layer({ server: { root: { a: LONG } } })))
)

it.scoped("a download whose connection is lost after its last reply asks for the time on another one", () =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    const client = yield* FtpClient.FtpClient
    const download = client.download("a", {
      rate: LONG.byteLength / 4,
      onProgress: ({ bytes }) =>
        bytes === LONG.byteLength ? Effect.runSync(server.fault({ _tag: "CloseControl", verb: "MDTM" })) : undefined
    })
    yield* inTime(Stream.runDrain(download), "1 minute")
    assert.lengthOf(
      (yield* server.commands).filter((line) => line.startsWith("RETR")),
      1
    )
  }).pipe(Effect.provide(Embedded.layer({ server: { root: { a: LONG } } })))
)
