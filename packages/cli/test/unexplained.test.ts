/** Refusals of a server that gives no reason, as vsftpd: of files that it lists, and of the wrong kind of path. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"

const HINT = "it is listed, so permission may be missing"

describe("a file that is listed and can't be read", () => {
  const refusing = (times = Number.POSITIVE_INFINITY, reply = "550 Failed to open file.") =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "out/a.csv": "a", "out/b.csv": "b" } })
      yield* server.fault({ _tag: "Refuse", verb: "RETR", reply, times })
      return url
    })

  for (const words of [
    ["get", "out/*.csv"],
    ["get", "-r", "out"],
    ["mirror", "out"]
  ]) {
    it.scopedLive(`is one whose permission may be missing: ${words.join(" ")}`, () =>
      Effect.gen(function* () {
        const url = yield* refusing()
        const named = [...words.slice(0, -1), `${url}${words.at(-1)}`]
        const ran = yield* run([...named, yield* folder])
        expect(ran.code).toBe(5)
        expect(ran.error).toContain(`hint: ${HINT}`)
        expect(ran.error).not.toContain("is the path right?")
        const json = yield* run([...named, yield* folder, "--json"])
        expect(jsonLines(json.error).flatMap((line) => (line.kind === "error" ? [line.hint] : []))).toEqual([
          HINT,
          HINT
        ])
      })
    )
  }

  it.scopedLive("is not such a one if its name was typed, or the server says that it is gone", () =>
    Effect.gen(function* () {
      const typed = yield* run(["get", `${yield* refusing()}out/a.csv`, yield* folder])
      expect(typed.error).toContain("is the path right?")
      const url = yield* refusing(Number.POSITIVE_INFINITY, "550 a.csv: No such file or directory")
      expect((yield* run(["get", `${url}out/*.csv`, yield* folder])).error).not.toContain(HINT)
    })
  )
})

describe("the wrong kind of path", () => {
  it.scopedLive("cat of a directory says that it is one", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "out/a.csv": "a" } })
      yield* server.fault({ _tag: "Refuse", verb: "RETR", reply: "550 Failed to open file.", times: 9 })
      expect(yield* run(["cat", `${url}out`])).toMatchObject({
        code: 1,
        error: expect.stringMatching(/out is a directory\n.*hint: ls lists it/)
      })
      expect((yield* run(["cat", `${url}gone`])).code).toBe(5)
    })
  )

  it.scopedLive("mirror of a file says that it is one, on either side", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "out/a.csv": "a" } })
      const here = yield* folder
      const file = join(here, "file.bin")
      Fs.writeFileSync(file, "x")
      for (const [from, to, name] of [
        [`${url}out/a.csv`, here, "out/a.csv"],
        [here, `${url}out/a.csv`, "out/a.csv"],
        [file, `${url}new`, file],
        [`${url}out`, file, file]
      ] as const) {
        for (const more of [[], ["--delete", "extra"]]) {
          const ran = yield* run(["mirror", ...more, from, to])
          expect([from, ran.code]).toEqual([from, 2])
          expect(ran.error).toContain(`${name} is a file, and mirror is for directories`)
          expect(ran.error).toContain("hint: for one file: ftp-effect get")
        }
      }
      expect((yield* run(["mirror", `${url}gone`, here])).code).toBe(5)
    })
  )
})
