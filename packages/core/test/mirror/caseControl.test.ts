/** A server that refuses a question whatever is there: its refusal does not show that there is no such name. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { folding } from "./foldingServer.ts"
import { kinds, onDisk, served, stage, up } from "./stage.ts"

const EXTRA = { delete: "Extra", maxDelete: { _tag: "Count", count: 99 }, verify: "Reply" } as const

const WITHOUT = { denied: ["MLST", "MLSD"] }

const refusing = (reply: string, verbs: ReadonlyArray<string>) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ fault }) =>
    Effect.forEach(verbs, (verb) => fault({ _tag: "Refuse", verb, reply, times: Number.POSITIVE_INFINITY }))
  )

describe("a server on which case does not count, without MLST", () => {
  for (const reply of ["550 Requested action not taken.", "550 Not available", "550 No such file"]) {
    for (const only of ["All", "Newer"] as const) {
      it.effect(
        `keeps what was sent under another case, if it refuses SIZE and MDTM of everything: ${reply}, ${only}`,
        () =>
          Effect.gen(function* () {
            yield* refusing(reply, ["SIZE", "MDTM"])
            yield* onDisk({ "Index.html": "new", keep: "k" })
            const { plan } = yield* up({ ...EXTRA, only })
            expect(plan.skipped.find(({ path }) => path === "index.html")).toMatchObject({ reason: "Collides" })
            expect(Object.values(yield* served("/www/")).sort()).toEqual(["k", "new"])
          }).pipe(Effect.provide(folding({ "www/index.html": "old", "www/keep": "k" }, WITHOUT)))
      )
    }
  }
})

describe("a server on which case does not count, and that refuses MLST of everything", () => {
  for (const reply of ["550 MLST failed", "550 No such file", "501 What"]) {
    it.effect(`keeps what was sent under another case: ${reply}`, () =>
      Effect.gen(function* () {
        yield* refusing(reply, ["MLST"])
        yield* onDisk({ "Index.html": "new", keep: "k" })
        yield* up(EXTRA)
        expect(Object.values(yield* served("/www/")).sort()).toEqual(["k", "new"])
      }).pipe(Effect.provide(folding({ "www/index.html": "old", "www/keep": "k" })))
    )
  }
})

describe("a server on which case does not count, and that answers nothing about names with a dot", () => {
  const hides = (path: string) => /\/\.case\./i.test(path)

  for (const server of [{}, WITHOUT]) {
    it.effect(`gets no two names as one file, ${"denied" in server ? "without MLST" : "with MLST"}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ "a.txt": "a", "A.txt": "A" })
        const result = yield* up()
        expect(result.isComplete).toBe(false)
        expect(yield* served("/www/")).toEqual({ "A.txt": "A", keep: "k" })
      }).pipe(Effect.provide(folding({ "www/keep": "k" }, { ...server, hides })))
    )
  }
})

describe("a server on which case counts, without MLST", () => {
  for (const verbs of [["SIZE"], ["MDTM"]]) {
    it.effect(`shows it by what it answers, if it refuses ${verbs} of everything`, () =>
      Effect.gen(function* () {
        yield* refusing("550 Not available", verbs)
        yield* onDisk({ "Index.html": "new", "new/a": "a", "new/A": "A" })
        const result = yield* up(EXTRA)
        expect(kinds(result)).toContain("Remove index.html")
        expect(result).toMatchObject({ isComplete: true, plan: { skipped: [] } })
        expect(yield* served("/www/")).toEqual({ "Index.html": "new", "new/a": "a", "new/A": "A" })
      }).pipe(Effect.provide(stage({ root: { "www/index.html": "old" }, ...WITHOUT })))
    )
  }

  it.effect("shows it by CWD alone of a directory", () =>
    Effect.gen(function* () {
      yield* refusing("550 Not available", ["SIZE", "MDTM"])
      yield* onDisk({ "Img/a.png": "new" })
      yield* up(EXTRA)
      expect(yield* served("/www/")).toEqual({ "Img/a.png": "new" })
    }).pipe(Effect.provide(stage({ root: { "www/img/a.png": "old" }, ...WITHOUT })))
  )
})
