import { describe, expect, it } from "@effect/vitest"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type { Fault, FileStore } from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { isSame, KIB, MIB, noise } from "../../support/bytes.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import {
  CONTENT,
  cut,
  fetch,
  inTime,
  isWhole,
  offsets,
  peak,
  Received,
  retrieved,
  slow,
  stage
} from "../../support/segmented.ts"
import { withFault } from "../../support/server.ts"

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

  it.effect.each(["MDTM", "SIZE"])("is complete if the file was taken away before its last question: %s", (verb) =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const taken = server.fault({ _tag: "Refuse", verb, reply: "550 No such file.", times: Number.POSITIVE_INFINITY })
      let isTaken = false
      const onProgress = ({ bytes }: FtpTransfer.Progress) => {
        if (!isTaken && bytes > CONTENT.byteLength - MIB) {
          isTaken = true
          Effect.runSync(taken)
        }
      }
      expect(yield* inTime(fetch({ onProgress }))).toMatchObject({ bytes: CONTENT.byteLength })
      yield* isWhole()
    }).pipe(Effect.provide(stage({ store: slow("1 second"), server: { denied: verb === "SIZE" ? ["MDTM"] : [] } })))
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

  it.effect("reports its progress, up to the end", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      yield* inTime(fetch({ onProgress: ({ bytes }) => seen.push(bytes) }))
      expect(seen.every((bytes, at) => bytes >= (seen[at - 1] ?? 0))).toBe(true)
      expect(seen[seen.length - 1]).toBe(CONTENT.byteLength)
    }).pipe(Effect.provide(stage()))
  )
})

describe("a download in segments resumes by itself", () => {
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

describe("a download in segments waits for no slow one", () => {
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

describe('a download in "auto" segments', () => {
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
