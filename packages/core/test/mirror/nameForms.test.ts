/** Names that are one on some servers for more than the case of ASCII letters: no content is lost, and none is left out unseen. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { inTime } from "../support/inTime.ts"
import { FOLDS, folding } from "./foldingServer.ts"
import { kinds, onDisk, served, stage, up } from "./stage.ts"

const EXTRA = { delete: "Extra", maxDelete: { _tag: "Count", count: 99 } } as const

const WITHOUT = { denied: ["MLST", "MLSD"] }

const PAIRS: ReadonlyArray<readonly [what: string, source: string, target: string, fold: (name: string) => string]> = [
  ["a final sigma and a capital one", "ΟΔΟΣ.txt", "οδος.txt", FOLDS.windows],
  ["a sharp s and two letters", "STRASSE.txt", "straße.txt", FOLDS.casefold],
  ["a variation selector", "\u2764.txt", "\u2764\ufe0f.txt", FOLDS.casefold]
]

describe.each(PAIRS)("a file of the source, and one of the target that differs by %s", (_, source, target, fold) => {
  for (const [by, options] of [
    ["with MLST", {}],
    ["without MLST", WITHOUT]
  ] as const) {
    it.effect(`is not deleted where it is the same, ${by}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ [source]: "new one", keep: "k" })
        const result = yield* up(EXTRA)
        expect(result).toMatchObject({ isComplete: true, failures: [] })
        expect(yield* served("/www/")).toEqual({ [target]: "new one", keep: "k" })
        expect(kinds(yield* up(EXTRA))).toEqual([])
      }).pipe(Effect.provide(folding({ [`www/${target}`]: "old", "www/keep": "k" }, { ...options, fold })))
    )
  }

  it.effect("is deleted where it is another one", () =>
    Effect.gen(function* () {
      yield* onDisk({ [source]: "new" })
      expect(yield* up(EXTRA)).toMatchObject({ isComplete: true })
      expect(yield* served("/www/")).toEqual({ [source]: "new" })
    }).pipe(Effect.provide(stage({ root: { [`www/${target}`]: "old" }, ...WITHOUT })))
  )
})

describe.each([
  ...PAIRS,
  ["Unicode forms", "caf\u00e9", "cafe\u0301", FOLDS.forms] as const,
  ["Unicode forms, and a server that ignores case", "caf\u00e9", "cafe\u0301", FOLDS.casefold] as const
])("two names of a source that differ by %s", (_, one, other, fold) => {
  const SOURCE = { [`new/${one}`]: "one", [`new/${other}`]: "other", c: "c" }
  const [first = ""] = [one, other].sort()

  for (const [how, options, server] of [
    ["by a plan", EXTRA, {}],
    ["while both are read", {}, WITHOUT]
  ] as const) {
    it.effect(`never become one file, ${how}`, () =>
      Effect.gen(function* () {
        yield* onDisk(SOURCE)
        const expected = { [`new/${first}`]: SOURCE[`new/${first}`], c: "c" }
        // The next run does not put the other one there.
        for (let run = 0; run < 2; run++) {
          expect(yield* up(options)).toMatchObject({ isComplete: false, failures: [] })
          expect(yield* served("/www/")).toEqual(expected)
        }
      }).pipe(Effect.provide(folding({}, { ...server, fold })))
    )

    it.effect(`are two where they are, ${how}`, () =>
      Effect.gen(function* () {
        const { tree } = yield* FtpTestServer.FtpTestServer
        yield* onDisk(SOURCE)
        expect(yield* up(options)).toMatchObject({ isComplete: true, failures: [] })
        expect(yield* served("/www/")).toEqual(SOURCE)
        expect((yield* tree).filter(({ path }) => path.includes("ftp-effect"))).toEqual([])
      }).pipe(Effect.provide(stage(server)))
    )
  }

  it.effect("are one, of which the target has one, for each of the next runs", () =>
    Effect.gen(function* () {
      yield* onDisk({ [one]: "one", [other]: "other" })
      for (const options of [EXTRA, {}, EXTRA]) {
        const { isComplete, plan } = yield* up(options)
        expect({ isComplete, skipped: plan.skipped }).toMatchObject({
          isComplete: false,
          skipped: [{ reason: "Collides" }]
        })
        expect(Object.values(yield* served("/www/"))).toEqual([first === one ? "one" : "other"])
      }
    }).pipe(Effect.provide(folding({ [`www/${one}`]: "before" }, { fold })))
  )
})

describe("a server that ignores the case of ASCII letters alone", () => {
  it.effect("has both of two names that differ in the case of others, beside two that are one", () =>
    Effect.gen(function* () {
      yield* onDisk({ "B.txt": "B new", "Ä.txt": "Ä new" })
      expect(yield* up(EXTRA)).toMatchObject({ isComplete: true, failures: [] })
      expect(yield* served("/www/")).toEqual({ "b.txt": "B new", "Ä.txt": "Ä new" })
    }).pipe(Effect.provide(folding({ "www/b.txt": "b", "www/ä.txt": "a new" }, { fold: FOLDS.ascii })))
  )
})

describe("a source that has no two such names", () => {
  it.effect("has nothing asked about them", () =>
    Effect.gen(function* () {
      const { commands } = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ "straße.txt": "1", "caf\u00e9": "2", "ΟΔΟΣ.txt": "3" })
      yield* up(EXTRA)
      expect((yield* commands).filter((line) => /^MLST|\.case\./.test(line))).toHaveLength(0)
    }).pipe(Effect.provide(stage({ root: { "www/straße.txt": "old" } })))
  )
})

describe("a login directory", () => {
  it.effect("is inside a directory that a server may take for one above it", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* inTime(FtpClient.isInside(client, "/ΟΔΟΣ/a", "/οδος"))).toBe(true)
      expect(yield* inTime(FtpClient.isInside(client, "/ΟΔΟΣ/a", "/οδο"))).toBe(false)
    }).pipe(Effect.provide(folding({ "ΟΔΟΣ/a/b": "b" })))
  )

  it.effect("is not inside one that is another directory there", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* inTime(FtpClient.isInside(client, "/ΟΔΟΣ/a", "/οδος"))).toBe(false)
    }).pipe(Effect.provide(stage({ root: { "ΟΔΟΣ/a/b": "b" } })))
  )
})
