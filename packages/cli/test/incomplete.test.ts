/** Runs that do not do all they were asked for: what they report of that, and by what exit code. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"
import { files, secured } from "./support/secured.ts"

const summaryOf = (out: string) => jsonLines(out).find(({ kind }) => kind === "mirrorSummary" || kind === "summary")

describe("a mirror to a server that makes no directories", () => {
  for (const [flags, expected] of [
    [[], "1 file copied, 4 B, 1 failed (1 directory, with all that is in it), in "],
    [["--last", "none"], "1 file copied, 4 B, 1 failed, 2 left out after that, in "]
  ] as const) {
    it.scopedLive(`says that what is in them was not copied either, with flags [${flags}]`, () =>
      Effect.gen(function* () {
        const { server, url } = yield* serve({ root: { "www/": {} } })
        yield* server.fault({ _tag: "Refuse", verb: "MKD", reply: "550 No.", times: Number.POSITIVE_INFINITY })
        const here = yield* folder
        Fs.mkdirSync(join(here, "sub"))
        for (const name of ["good", "sub/a", "sub/b"]) {
          Fs.writeFileSync(join(here, name), "good")
        }
        const ran = yield* run(["mirror", ...flags, here, `${url}www`])
        expect(ran.code).toBe(1)
        expect(ran.error).toContain(expected)
      })
    )
  }
})

describe("a mirror of a name that the target can't have", () => {
  const stage = Effect.gen(function* () {
    const { url } = yield* serve({ root: {} })
    const here = yield* folder
    Fs.writeFileSync(join(here, "good"), "good")
    Fs.writeFileSync(join(here, "a\nb"), "bad")
    return (...flags: ReadonlyArray<string>) => run(["mirror", ...flags, here, `${url}www`])
  })

  for (const flags of [[], ["--manifest"]]) {
    it.scopedLive(`a name that can't be copied is a warning, and makes the exit code 1, with flags [${flags}]`, () =>
      Effect.gen(function* () {
        const mirror = yield* stage
        const ran = yield* mirror(...flags)
        expect(ran.code).toBe(1)
        expect(ran.error).toMatch(/^ftp-effect: warning: skipped .*a.*b.*: .+$/m)
        expect(ran.error).toMatch(/; not complete: 1 entry could not be copied$/m)
        const quiet = yield* mirror("-q", ...flags)
        expect(quiet.code).toBe(1)
        expect(quiet.error).toMatch(/^ftp-effect: warning: skipped .*\n$/)
        const json = yield* mirror("--json", ...flags)
        expect(json.code).toBe(1)
        expect(jsonLines(json.error).map(({ kind }) => kind)).toEqual(["warning"])
        expect(jsonLines(json.out).filter(({ kind }) => kind === "skipped")).toHaveLength(1)
        expect(summaryOf(json.out)).toMatchObject({ done: true, failed: 0, incomplete: 1, skipped: { Unsafe: 1 } })
      })
    )
  }

  it.scopedLive("--dry-run exits as the run would", () =>
    Effect.gen(function* () {
      const mirror = yield* stage
      const ran = yield* mirror("-n")
      expect(ran.code).toBe(1)
      expect(ran.error).toMatch(/^dry run: 1 file to copy.*; not complete: 1 entry could not be copied$/m)
      const { url } = yield* serve({ root: { "www/a": "a" } })
      const empty = yield* folder
      expect((yield* run(["mirror", "-n", "--delete", "extra", empty, `${url}www`])).code).toBe(1)
      expect((yield* run(["mirror", "--delete", "extra", empty, `${url}www`])).code).toBe(1)
    })
  )

  it.scopedLive("--dry-run saves its plan all the same", () =>
    Effect.gen(function* () {
      const mirror = yield* stage
      const file = join(yield* folder, "site.plan")
      expect((yield* mirror("-n", "--plan", file)).code).toBe(1)
      expect(Fs.existsSync(file)).toBe(true)
    })
  )
})

describe("a run that an error stops", () => {
  const three = Effect.map(folder, (here) => {
    for (const [name, content] of Object.entries({ a: "aaaa", b: "bb", c: "cc" })) {
      Fs.writeFileSync(join(here, name), content)
    }
    return here
  })

  for (const flags of [[], ["--manifest"]]) {
    it.scopedLive(
      `a mirror counts the file that failed and those not done, and is not done, with flags [${flags}]`,
      () =>
        Effect.gen(function* () {
          const { url } = yield* serve({ root: {}, quota: 5 })
          const ran = yield* run(["mirror", "-P1", "--json", ...flags, yield* three, `${url}www`])
          expect(ran.code).toBe(11)
          const summary = summaryOf(ran.out)
          expect(summary).toMatchObject({ kind: "mirrorSummary", done: false, stopped: "Error", copied: 1, failed: 1 })
          expect(summary).toMatchObject({ leftOut: 1 })
          const errors = jsonLines(ran.error)
          expect(errors).toHaveLength(1)
          expect(errors[0]).toMatchObject({ kind: "error", exitCode: 11, subject: "www/b" })
        })
    )
  }

  it.scopedLive("put -r counts the file that failed and those not done, and names the file", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: {}, quota: 5 })
      const here = yield* three
      const ran = yield* run(["put", "-r", "-P1", "--json", here, `${url}www`])
      expect(ran.code).toBe(11)
      expect(summaryOf(ran.out)).toMatchObject({ files: 1, failed: 1, notDone: 1, stopped: "Error" })
      const errors = jsonLines(ran.error).filter(({ kind }) => kind === "error")
      expect(errors).toHaveLength(1)
      expect(errors[0]).toMatchObject({ subject: join(here, "b"), exitCode: 11 })
      const text = yield* run(["put", "-r", "-P1", here, `${url}other`])
      expect(text.error).toMatch(/^stopped: uploaded 0 files, .*1 failed, 2 not done$/m)
    })
  )

  it.scopedLive("an error about a path names it in JSON, also if it ends the command", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { a: "a" } })
      for (const words of [
        ["get", `${url}missing`, yield* folder],
        ["ls", `${url}missing`],
        ["stat", `${url}missing`]
      ]) {
        const ran = yield* run([...words, "--json"])
        expect(jsonLines(ran.error)[0], words[0]).toMatchObject({ kind: "error", subject: "missing" })
      }
    })
  )
})

describe("the question before a mirror deletes", () => {
  it.scopedLive("names the target as it was named, without the password", () =>
    Effect.gen(function* () {
      const { authority } = yield* secured()
      const { ca } = yield* files
      const here = yield* folder
      const terminal = { answer: "secret", typed: "no" }
      const words = ["mirror", "--delete", "extra", "--force", "--max-delete", "9", "--ca", ca, here]
      Fs.writeFileSync(join(here, "a.txt"), "a")
      const ran = yield* run([...words, `ftpes://ann:secret@${authority}/`], { terminal })
      expect(ran.asked.at(-1)).toBe(`delete 1 entry of ftpes://ann@${authority}/? [y/N] `)
    })
  )
})
