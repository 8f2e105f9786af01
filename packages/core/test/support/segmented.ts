/** A download of one file in four segments from the embedded server, and what is looked at afterwards. */
import { expect } from "@effect/vitest"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import { FtpTransport } from "@ftp-effect/core/FtpTransport"
import type { Fault, FileStore } from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { isSame, MIB, noise } from "./bytes.ts"
import { endpoint, PASSWORD } from "./embedded.ts"
import { inTime as stepped } from "./inTime.ts"
import * as MemoryFiles from "./memoryFiles.ts"
import { nothingInUse } from "./pool.ts"
import { commandsLike, connections, cut as cutOf } from "./server.ts"

/** Large enough for four segments. */
export const CONTENT = noise(17 * MIB + 4711)

/** How many bytes came over data connections. */
export class Received extends Context.Tag("test/Received")<Received, { bytes: number }>() {}

const counted = Layer.unwrapEffect(
  Effect.gen(function* () {
    const transport = yield* FtpTransport
    const received = { bytes: 0 }
    return Layer.mergeAll(
      Layer.succeed(Received, received),
      Layer.succeed(
        FtpTransport,
        FtpTransport.of({
          ...transport,
          connect: (options) =>
            Effect.map(transport.connect(options), (connection) =>
              options.role === "Control"
                ? connection
                : {
                    ...connection,
                    read: Effect.tap(connection.read, (bytes) => {
                      received.bytes += Option.match(bytes, { onNone: () => 0, onSome: (bytes) => bytes.byteLength })
                    })
                  }
            )
        })
      )
    )
  })
)

interface Stage {
  readonly content?: Uint8Array
  readonly server?: FtpTestServer.Options
  readonly sessions?: number
  /** Makes of the server's files others, slower ones for instance. */
  readonly store?: (store: FileStore) => FileStore
}

export const stage = ({ content = CONTENT, server, sessions = 4, store = (store) => store }: Stage = {}) =>
  Layer.unwrapEffect(
    Effect.map(endpoint, (endpoint) => FtpPool.layer({ endpoints: [endpoint], maxPerHost: sessions }))
  ).pipe(
    Layer.provideMerge(
      Layer.unwrapEffect(
        Effect.map(FtpTestServer.memory({ a: content }), (root) =>
          FtpTestServer.layer({ users: { ann: PASSWORD }, root: store(root), ...server })
        )
      )
    ),
    Layer.provideMerge(Layer.mergeAll(FtpSecurity.layerPlain, FtpDataChannel.layerPassive)),
    Layer.provideMerge(counted),
    Layer.provideMerge(MemoryTransport.layer),
    Layer.provideMerge(MemoryFiles.layer)
  )

/** In steps of a quarter of a second, unless said otherwise: half of a segment takes several. */
export const inTime = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  duration: Duration.DurationInput = "1 minute",
  steps = 240
) => stepped(self, duration, steps)

export const fetch = (options: FtpTransfer.ToFileOptions = {}) =>
  FtpTransfer.toFile("a", "a", { segments: 4, ...options })

export const cut = (afterBytes: number, more: Partial<Fault> = {}): Fault => cutOf("RETR", afterBytes, more)

export const offsets = Effect.map(commandsLike(/^REST /), (lines) => lines.map((line) => Number(line.slice(5))))

export const retrieved = Effect.map(commandsLike(/^RETR /), (lines) => lines.length)

export const peak = Effect.map(connections, ({ peak }) => peak)

/** The local file is the content, no other file is there, and the pool is as before. */
export const isWhole = (content: Uint8Array = CONTENT) =>
  Effect.gen(function* () {
    const { files } = yield* MemoryFiles.MemoryFiles
    expect([...files.keys()]).toEqual(["a"])
    expect(isSame(files.get("a"), content)).toBe(true)
    yield* isPoolFree
  })

/** No session is lent, and the next borrower gets one that is in the login directory. */
export const isPoolFree = Effect.gen(function* () {
  yield* nothingInUse
  const pool = yield* FtpPool.FtpPool
  const again = Effect.scoped(Effect.flatMap(pool.borrow(), (session) => session.workingDirectory))
  expect(yield* inTime(again)).toBe("/")
})

/** A mebibyte takes each connection so long. */
export const slow =
  (each: Duration.DurationInput) =>
  (store: FileStore): FileStore => ({
    ...store,
    openReader: (path, offset) =>
      Effect.map(store.openReader(path, offset), (reader) => ({ ...reader, pull: Effect.delay(reader.pull, each) }))
  })
