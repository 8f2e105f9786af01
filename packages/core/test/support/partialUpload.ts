/** Uploads that resume a partial upload of an earlier run: the local file "a" is sent to "pub/a". */
import { expect } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import { KIB } from "./bytes.ts"
import { endpoint, layer } from "./embedded.ts"
import { hasher } from "./hasher.ts"
import { inTime } from "./inTime.ts"
import * as MemoryFiles from "./memoryFiles.ts"
import * as MemoryRecords from "./memoryRecords.ts"
import { commandsLike } from "./server.ts"

export const MIB = 1024 * KIB
const bytesOf = (seed: number) => Uint8Array.from({ length: 4 * MIB }, (_, at) => (at * seed) ^ (at >> 8))
export const CONTENT = bytesOf(5)
export const OTHER = bytesOf(7)

/** When the local file was written. Only tests change it. */
export class Written extends Context.Tag("test/Written")<Written, { at: DateTime.Utc }>() {}

/** TestClock begins at 0. */
export const WRITTEN = DateTime.unsafeMake(5678)

/** Local files whose time is `Written`. */
const timed = Layer.effectContext(
  Effect.map(FtpLocalFile, (files) => {
    const written = { at: WRITTEN }
    const service = FtpLocalFile.of({
      ...files,
      info: (path) =>
        Effect.map(
          files.info(path),
          Option.map((info) => ({ ...info, modified: Option.some(written.at) }))
        ),
      version: (path) =>
        Effect.map(
          files.version(path),
          Option.map((version) => `${version} ${DateTime.formatIso(written.at)}`)
        )
    })
    return Context.make(Written, written).pipe(Context.add(FtpLocalFile, service))
  })
).pipe(Layer.provideMerge(MemoryFiles.layer))

export const stage = (server: FtpTestServer.Options = {}) =>
  layer({ server: { root: { "pub/": {} }, ...server }, pool: { maxPerHost: 1 } }).pipe(
    Layer.provideMerge(timed),
    Layer.provideMerge(MemoryRecords.layer),
    Layer.provideMerge(Layer.succeed(FtpHasher, hasher))
  )

/** The local file is there, and older than what is written to the server, whose clock is TestClock too. */
export const begin = Effect.gen(function* () {
  const { files } = yield* MemoryFiles.MemoryFiles
  files.set("a", CONTENT)
  yield* TestClock.adjust("1 minute")
})

export const put = (options: FtpTransfer.FromFileOptions = {}) =>
  FtpTransfer.fromFile("a", "pub/a", { resume: "IfVerified", ...options })

/** Uploads with another client, as another process would. */
export const putAgain = (options: FtpTransfer.FromFileOptions = {}) =>
  Effect.gen(function* () {
    let resumedFrom = 0
    let unproven = 0
    const result = yield* inTime(
      Effect.flatMap(endpoint, (endpoint) =>
        Effect.provide(
          put({
            onResume: (bytes) => {
              resumedFrom = bytes
            },
            onUnproven: (bytes) => {
              unproven = bytes
            },
            ...options
          }),
          FtpClient.layerPooled({ endpoints: [endpoint] })
        )
      )
    )
    return { ...result, resumedFrom, unproven }
  })

/** An upload that is interrupted for good after that many bytes. */
export const interruptAt = (afterBytes: number, options: FtpTransfer.FromFileOptions = {}) =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    yield* server.fault({ _tag: "DropData", verb: "STOR", afterBytes, how: "End" })
    const error = yield* inTime(Effect.flip(put({ retry: Schedule.stop, ...options })))
    expect(error).toMatchObject({ _tag: "FtpTransferInterrupted" })
    yield* server.clearFaults
  })

/** A partial upload of so many bytes under the final name, whose run recorded that it had sent as many. */
export const leave = (bytes: number, content = CONTENT) =>
  Effect.gen(function* () {
    yield* interruptAt(2 * MIB)
    yield* write("/pub/a", content.subarray(0, bytes))
    yield* changeRecord((record) => ({ ...record, sent: bytes }))
  })

export const names = Effect.flatMap(FtpTestServer.FtpTestServer, (server) =>
  Effect.map(server.tree, (nodes) => nodes.flatMap(({ path, type }) => (type === "File" ? [path] : [])))
)

export const isOnServer = (path: string, content: Uint8Array) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, (server) =>
    Effect.map(server.read(path), (bytes) => Buffer.compare(bytes, content) === 0)
  )

/** The records that are kept, as they were written. */
export const records = Effect.map(MemoryRecords.MemoryRecords, ({ texts }) =>
  [...texts.values()].map((text): unknown => JSON.parse(text))
)

/** Changes the only record. */
export const changeRecord = (change: (record: Record<string, unknown>) => Record<string, unknown>) =>
  Effect.map(MemoryRecords.MemoryRecords, ({ texts }) => {
    for (const [name, text] of texts) {
      texts.set(name, JSON.stringify(change(JSON.parse(text))))
    }
  })

export const write = (path: string, content: Uint8Array) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, (server) => server.write(path, content))

/** Changes the only file on the server, and returns its name. */
export const changePartialUpload = (change: (bytes: Uint8Array) => void) =>
  Effect.gen(function* () {
    const [path = ""] = yield* names
    const { read } = yield* FtpTestServer.FtpTestServer
    const bytes = (yield* read(path)).slice()
    change(bytes)
    yield* write(path, bytes)
    return path
  })

/** The offsets at which uploads resumed. */
export const resumeOffsets = Effect.map(commandsLike(/^(REST|RETR|STOR|APPE)/), (lines) =>
  lines.flatMap((line, at) =>
    line.startsWith("REST") && /^(STOR|APPE)/.test(lines[at + 1] ?? "") ? [Number(line.slice("REST ".length))] : []
  )
)

export const TEMPORARY = /^\/pub\/\.a\.[0-9a-f]{16}\.[0-9a-f]{8}\.ftp-effect$/
