import { describe, expect, it } from "@effect/vitest"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import type { FtpIntegrityError } from "@ftp-effect/core/FtpError"
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
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import { isSame, KIB, MIB, noise } from "../../support/bytes.ts"
import { endpoint, PASSWORD } from "../../support/embedded.ts"
import { inTime as stepped } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import { nothingInUse } from "../../support/pool.ts"
import { commandsLike, connections, cut as cutOf, withFault } from "../../support/server.ts"

const PART = "a.ftp-effect.part"
const JOURNAL = `${PART}.json`

/** Large enough for four segments. */
const CONTENT = noise(17 * MIB + 4711)

/** How many bytes came over data connections. */
class Received extends Context.Tag("test/Received")<Received, { bytes: number }>() {}

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

const stage = ({ content = CONTENT, server, sessions = 4, store = (store) => store }: Stage = {}) =>
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
const inTime = <A, E, R>(self: Effect.Effect<A, E, R>, duration: Duration.DurationInput = "1 minute", steps = 240) =>
  stepped(self, duration, steps)

const fetch = (options: FtpTransfer.ToFileOptions = {}) => FtpTransfer.toFile("a", "a", { segments: 4, ...options })

const cut = (afterBytes: number, more: Partial<Fault> = {}): Fault => cutOf("RETR", afterBytes, more)

const offsets = Effect.map(commandsLike(/^REST /), (lines) => lines.map((line) => Number(line.slice(5))))

const retrieved = Effect.map(commandsLike(/^RETR /), (lines) => lines.length)

const peak = Effect.map(connections, ({ peak }) => peak)

/** The local file is the content, no other file is there, and the pool is as before. */
const isWhole = (content: Uint8Array = CONTENT) =>
  Effect.gen(function* () {
    const { files } = yield* MemoryFiles.MemoryFiles
    expect([...files.keys()]).toEqual(["a"])
    expect(isSame(files.get("a"), content)).toBe(true)
    yield* isPoolFree
  })

/** No session is lent, and the next borrower gets one that is in the login directory. */
const isPoolFree = Effect.gen(function* () {
  yield* nothingInUse
  const pool = yield* FtpPool.FtpPool
  const again = Effect.scoped(Effect.flatMap(pool.borrow(), (session) => session.workingDirectory))
  expect(yield* inTime(again)).toBe("/")
})

const journal = Effect.map(MemoryFiles.MemoryFiles, ({ files }) => {
  const bytes = files.get(JOURNAL)
  return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes))
})

describe("a download in segments", () => {
  it.effect("begins at several places, and is the file", () =>
    Effect.gen(function* () {
      const result = yield* inTime(fetch())
      expect(result).toMatchObject({ bytes: CONTENT.byteLength })
      yield* isWhole()
      expect(yield* peak).toBe(4)
      const rests = (yield* offsets).sort((left, right) => left - right).slice(0, 3)
      expect(rests.map((offset) => Math.round((4 * offset) / CONTENT.byteLength))).toEqual([1, 2, 3])
      expect(rests.map((offset) => offset % (64 * KIB))).toEqual([0, 0, 0])
      // Each segment is read a little beyond its end, to see that the next one fits.
      expect((yield* Received).bytes).toBeGreaterThan(CONTENT.byteLength)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("of any size over any number of sessions is the file", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(
          FastCheck.integer({ min: 0, max: 20 * MIB }),
          FastCheck.integer({ min: 1, max: 9 }),
          FastCheck.integer({ min: 1, max: 9 }),
          (size, segments, sessions) =>
            Effect.runPromise(
              Effect.gen(function* () {
                const content = noise(size, size + 1)
                const { write } = yield* FtpTestServer.FtpTestServer
                yield* write("/a", content)
                yield* FtpTransfer.toFile("a", "a", { segments })
                const { files } = yield* MemoryFiles.MemoryFiles
                return isSame(files.get("a"), content) && files.size === 1
              }).pipe(Effect.provide(stage({ content: new Uint8Array(0), sessions })))
            )
        ),
        {
          numRuns: 8,
          examples: [
            [0, 4, 4],
            [1, 4, 4],
            [8 * MIB, 2, 2],
            [8 * MIB - 1, 2, 2],
            [8 * MIB + 1, 3, 3]
          ]
        }
      )
    )
  )

  for (const size of [0, 1, 3 * MIB, 8 * MIB - 1]) {
    it.effect(`takes one stream for ${size} bytes`, () =>
      Effect.gen(function* () {
        const content = noise(size)
        yield* inTime(fetch({ expectedSize: size }))
        yield* isWhole(content)
        expect(yield* retrieved).toBe(1)
        expect(yield* peak).toBe(1)
      }).pipe(Effect.provide(stage({ content: noise(size) })))
    )
  }

  it.effect("tells its progress, up to the end", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      yield* inTime(fetch({ onProgress: ({ bytes }) => seen.push(bytes) }))
      expect(seen.every((bytes, at) => bytes >= (seen[at - 1] ?? 0))).toBe(true)
      expect(seen[seen.length - 1]).toBe(CONTENT.byteLength)
    }).pipe(Effect.provide(stage()))
  )
})

describe("segments go on by themselves", () => {
  const faults: ReadonlyArray<readonly [string, ReadonlyArray<Fault>]> = [
    ["data is reset on each of them", [cut(MIB, { times: 4 })]],
    ["data is reset time and again", [cut(MIB + 1, { times: 12 })]],
    ["data ends early with 451", [cut(2 * MIB, { how: "End", reply: "451 Local error.", times: 2 })]],
    ["the server restarts", [cut(3 * MIB), { _tag: "ResetAll", verb: "REST" }]],
    ["control closes in place of final replies", [{ _tag: "CloseControl", verb: "RETR", at: "FinalReply", times: 2 }]],
    ["the final replies never come", [{ _tag: "WithholdFinal", verb: "RETR", times: 4 }]],
    ["logins are refused for a while", [cut(MIB), { _tag: "CloseControl", verb: "USER", times: 2 }]],
    ["a server goes silent at a RETR", [{ _tag: "Silence", verb: "REST" }]]
  ]
  for (const [what, list] of faults) {
    it.effect(`when ${what}`, () =>
      Effect.gen(function* () {
        yield* withFault(...list)
        yield* inTime(fetch(), "5 minutes")
        yield* isWhole()
      }).pipe(Effect.provide(stage()))
    )
  }
})

describe("segments are fewer, and the file is whole", () => {
  for (const like of ["vsftpd", "ProFTPD"] as const) {
    for (const connections of [1, 2]) {
      it.effect(`when the server takes ${connections} connections, as ${like} says it`, () =>
        Effect.gen(function* () {
          yield* inTime(fetch())
          yield* isWhole()
          expect(yield* peak).toBeLessThanOrEqual(like === "vsftpd" ? connections : 4)
        }).pipe(Effect.provide(stage({ server: { limit: { connections, like } } })))
      )
    }
  }

  it.effect("when the pool has one session", () =>
    Effect.gen(function* () {
      yield* inTime(fetch())
      yield* isWhole()
      expect(yield* retrieved).toBe(1)
    }).pipe(Effect.provide(stage({ sessions: 1 })))
  )

  it.effect("when others have the pool's sessions, who get the next ones", () =>
    Effect.gen(function* () {
      const pool = yield* FtpPool.FtpPool
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.replicateEffect(pool.borrow(), 3)
          yield* inTime(fetch())
          expect(yield* retrieved).toBe(1)
        })
      )
      yield* isWhole()
    }).pipe(Effect.provide(stage()))
  )

  it.effect("when somebody waits for a session, who gets one before they lose patience", () =>
    Effect.gen(function* () {
      const pool = yield* FtpPool.FtpPool
      const fiber = yield* Effect.fork(fetch({ segments: 2 }))
      yield* TestClock.adjust("1 second")
      const other = Effect.scoped(Effect.flatMap(pool.borrow(), (session) => session.workingDirectory))
      // Each of the two is busy for longer than a minute.
      expect(yield* inTime(other, "65 seconds")).toBe("/")
      yield* inTime(Fiber.join(fiber), "5 minutes")
      yield* isWhole()
    }).pipe(Effect.provide(stage({ sessions: 2, store: slow("15 seconds") })))
  )

  it.effect("when the server refuses REST", () =>
    Effect.gen(function* () {
      yield* inTime(fetch())
      yield* isWhole()
      expect(yield* retrieved).toBe(1)
    }).pipe(Effect.provide(stage({ server: { denied: ["REST"] } })))
  )

  it.effect("when the server takes REST and ignores it, which is seen at once", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "IgnoreRest", verb: "REST", times: Number.POSITIVE_INFINITY })
      yield* inTime(fetch())
      yield* isWhole()
      expect((yield* Received).bytes).toBeLessThan(CONTENT.byteLength + 8 * MIB)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("when one session ignores REST and the others don't", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "IgnoreRest", verb: "REST" })
      yield* inTime(fetch())
      yield* isWhole()
    }).pipe(Effect.provide(stage()))
  )

  it.effect("when REST is ignored for a file that begins with zeros, which is seen where segments meet", () => {
    const content = CONTENT.slice()
    content.fill(0, 0, 64 * KIB)
    return Effect.gen(function* () {
      yield* withFault({ _tag: "IgnoreRest", verb: "REST", times: Number.POSITIVE_INFINITY })
      yield* inTime(fetch())
      yield* isWhole(content)
    }).pipe(Effect.provide(stage({ content })))
  })

  it.effect("when the server tells no sizes", () =>
    Effect.gen(function* () {
      expect(yield* inTime(fetch())).toMatchObject({ bytes: CONTENT.byteLength })
      yield* isWhole()
      expect(yield* retrieved).toBe(1)
    }).pipe(Effect.provide(stage({ server: { denied: ["SIZE", "MLST"] } })))
  )

  it.effect("of zeros alone they are as many as asked for", () =>
    Effect.gen(function* () {
      yield* inTime(fetch())
      yield* isWhole(new Uint8Array(17 * MIB))
      expect((yield* offsets).length).toBeGreaterThanOrEqual(3)
    }).pipe(Effect.provide(stage({ content: new Uint8Array(17 * MIB) })))
  )
})

/** A mebibyte takes each connection so long. */
const slow =
  (each: Duration.DurationInput) =>
  (store: FileStore): FileStore => ({
    ...store,
    openReader: (path, offset) =>
      Effect.map(store.openReader(path, offset), (reader) => ({ ...reader, pull: Effect.delay(reader.pull, each) }))
  })

/** A mebibyte takes so long, over however many connections. */
const narrow =
  (each: Duration.DurationInput) =>
  (store: FileStore): FileStore => {
    const line = Effect.unsafeMakeSemaphore(1)
    return {
      ...store,
      openReader: (path, offset) =>
        Effect.map(store.openReader(path, offset), (reader) => ({
          ...reader,
          pull: line.withPermits(1)(Effect.delay(reader.pull, each))
        }))
    }
  }

describe("no segment is waited for", () => {
  it.effect("when one stands still, it is fetched over another connection", () => {
    let opened = 0
    const store = (store: FileStore): FileStore => ({
      ...store,
      openReader: (path, offset) =>
        Effect.map(store.openReader(path, offset), (reader) => {
          const stands = ++opened === 3
          let pulls = 0
          const pull = Effect.suspend(() => (stands && ++pulls > 1 ? Effect.never : reader.pull))
          return { ...reader, pull: Effect.delay(pull, "500 millis") }
        })
    })
    return Effect.gen(function* () {
      // Less than the 60 seconds after which a silent connection is given up.
      yield* inTime(fetch(), "30 seconds")
      yield* isWhole()
    }).pipe(Effect.provide(stage({ store })))
  })

  it.effect("when one is slow, those that are done share its work", () => {
    const store = (store: FileStore): FileStore => ({
      ...store,
      openReader: (path, offset) =>
        Effect.map(store.openReader(path, offset), (reader) => ({
          ...reader,
          pull: Effect.delay(reader.pull, offset === 0 ? "5 seconds" : "200 millis")
        }))
    })
    return Effect.gen(function* () {
      // Alone it would take 25 seconds for its quarter.
      yield* inTime(fetch(), "15 seconds")
      yield* isWhole()
    }).pipe(Effect.provide(stage({ store })))
  })
})

describe("segments never splice", () => {
  const replaced = (size: number, then: Effect.Effect<void> = Effect.void) =>
    Effect.gen(function* () {
      const { write } = yield* FtpTestServer.FtpTestServer
      const fiber = yield* Effect.fork(Effect.flip(fetch()))
      yield* TestClock.adjust("3 seconds")
      yield* write("/a", noise(size, 7))
      yield* then
      const error = yield* inTime(Fiber.join(fiber))
      expect(error).toMatchObject({ _tag: "FtpIntegrityError" })
      const { files } = yield* MemoryFiles.MemoryFiles
      expect(files.has("a")).toBe(false)
      yield* isPoolFree
      return error as FtpIntegrityError
    })

  it.effect("when the file is replaced by a larger one", () =>
    replaced(20 * MIB).pipe(Effect.provide(stage({ store: slow("1 second") })))
  )

  it.effect("when the file is replaced by one of the same size, while it is read", () =>
    Effect.map(replaced(CONTENT.byteLength), ({ reason }) => expect(reason).toBe("Changed")).pipe(
      Effect.provide(stage({ store: slow("1 second") }))
    )
  )

  it.effect("when the file is replaced by one of the same size, while the server restarts", () =>
    Effect.gen(function* () {
      const { resetConnections } = yield* FtpTestServer.FtpTestServer
      const { reason } = yield* replaced(CONTENT.byteLength, resetConnections)
      expect(reason).toBe("Changed")
    }).pipe(Effect.provide(stage({ store: slow("1 second") })))
  )

  it.effect("unless the caller lets it start over", () =>
    Effect.gen(function* () {
      const { resetConnections, write } = yield* FtpTestServer.FtpTestServer
      const fiber = yield* Effect.fork(fetch({ changed: "StartOver" }))
      yield* TestClock.adjust("3 seconds")
      yield* write("/a", noise(12 * MIB, 7))
      yield* resetConnections
      yield* inTime(Fiber.join(fiber))
      yield* isWhole(noise(12 * MIB, 7))
    }).pipe(Effect.provide(stage({ store: slow("1 second") })))
  )
})

describe("what a run leaves, the next one goes on with", () => {
  /** Ends a run while it is under way. */
  const interrupted = (options: FtpTransfer.ToFileOptions = {}, after: Duration.DurationInput = "2600 millis") =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(fetch(options))
      yield* TestClock.adjust(after)
      yield* inTime(Fiber.interrupt(fiber), "1 second", 4)
      yield* isPoolFree
    })

  for (const [first, second] of [
    [4, 4],
    [4, 1],
    [4, 2],
    [2, 4],
    [1, 4],
    [4, "auto"]
  ] as const) {
    it.effect(`${first} segments and then ${second}, and only what is missing is fetched`, () =>
      Effect.gen(function* () {
        const received = yield* Received
        yield* interrupted({ segments: first })
        const { files } = yield* MemoryFiles.MemoryFiles
        expect([...files.keys()].sort()).toEqual([PART, JOURNAL])
        const left = yield* journal
        expect(left).toMatchObject({ version: 1, path: "a", here: first === 1 ? null : expect.any(Array) })
        const here =
          first === 1
            ? (files.get(PART)?.byteLength ?? 0)
            : left.here.reduce((sum: number, [from, at]: [number, number]) => sum + at - from, 0)
        expect(here).toBeGreaterThan(1.5 * MIB)
        received.bytes = 0
        yield* inTime(fetch({ segments: second }))
        yield* isWhole()
        // What is missing, and for each place where segments meet what one of them was ahead.
        expect(received.bytes - (CONTENT.byteLength - here)).toBeLessThan(2 * MIB)
      }).pipe(Effect.provide(stage({ store: slow("1 second") })))
    )
  }

  it.effect("after the server died for good", () =>
    Effect.gen(function* () {
      const { clearFaults } = yield* FtpTestServer.FtpTestServer
      yield* withFault(cut(2 * MIB, { times: Number.POSITIVE_INFINITY }))
      const error = yield* inTime(Effect.flip(fetch({ retry: Schedule.stop })))
      expect(error).toMatchObject({ _tag: "FtpTransferInterrupted", direction: "Download" })
      expect(yield* journal).toMatchObject({ version: 1, here: expect.any(Array) })
      yield* clearFaults
      yield* inTime(fetch())
      yield* isWhole()
    }).pipe(Effect.provide(stage()))
  )

  it.effect("after the disk was full", () =>
    Effect.gen(function* () {
      const disk = yield* MemoryFiles.MemoryFiles
      disk.room = 9 * MIB
      expect(yield* inTime(Effect.flip(fetch()))).toMatchObject({ _tag: "FtpLocalFileError", reason: "NoSpace" })
      disk.room = Number.POSITIVE_INFINITY
      yield* inTime(fetch())
      yield* isWhole()
    }).pipe(Effect.provide(stage()))
  )

  it.effect("but not when the server has another file by then", () =>
    Effect.gen(function* () {
      const { write } = yield* FtpTestServer.FtpTestServer
      yield* interrupted()
      yield* write("/a", noise(CONTENT.byteLength, 9))
      yield* inTime(fetch())
      yield* isWhole(noise(CONTENT.byteLength, 9))
    }).pipe(Effect.provide(stage({ store: slow("1 second") })))
  )

  it.effect("not what a journal says that nobody wrote", () =>
    Effect.gen(function* () {
      yield* interrupted()
      const { files } = yield* MemoryFiles.MemoryFiles
      const left = yield* journal
      // The part has other bytes than the journal says, as after a power cut.
      files.get(PART)?.fill(0)
      for (const here of [
        [[5, 3]],
        [
          [0, MIB],
          [KIB, 2 * MIB]
        ],
        [[0, 1e15]],
        left.here
      ]) {
        files.set(JOURNAL, new TextEncoder().encode(JSON.stringify({ ...left, here })))
      }
      yield* inTime(fetch())
      yield* isWhole()
    }).pipe(Effect.provide(stage({ store: slow("1 second") })))
  )

  it.effect("or nothing, where nothing is to be kept", () =>
    Effect.gen(function* () {
      yield* interrupted({ partialFile: "Remove" })
      const { files } = yield* MemoryFiles.MemoryFiles
      expect([...files.keys()]).toEqual([])
    }).pipe(Effect.provide(stage({ store: slow("1 second") })))
  )
})

describe('"auto"', () => {
  const LARGE = noise(32 * MIB)

  it.effect("takes more connections where each of them is throttled", () =>
    Effect.gen(function* () {
      yield* inTime(fetch({ segments: "auto" }), "16 seconds", 64)
      yield* isWhole(LARGE)
      expect(yield* peak).toBe(4)
    }).pipe(Effect.provide(stage({ content: LARGE, store: slow("1 second") })))
  )

  it.effect("tries one more where the line is full, and leaves it at that", () =>
    Effect.gen(function* () {
      yield* inTime(fetch({ segments: "auto" }), "16 seconds", 64)
      yield* isWhole(LARGE)
      expect(yield* peak).toBe(2)
    }).pipe(Effect.provide(stage({ content: LARGE, sessions: 8, store: narrow("160 millis") })))
  )

  it.effect("stays with one for what takes no time", () =>
    Effect.gen(function* () {
      yield* inTime(fetch({ segments: "auto" }))
      yield* isWhole()
      expect(yield* retrieved).toBe(1)
    }).pipe(Effect.provide(stage()))
  )
})
