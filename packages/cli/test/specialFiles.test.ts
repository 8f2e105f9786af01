/** What is neither a file nor a directory: pipes, sockets, devices, and what a server does not say the type of. */
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"
import { files } from "./support/tree.ts"

/** A folder with a file and a named pipe. */
const withPipe = Effect.map(folder, (here) => {
  Fs.writeFileSync(join(here, "a"), "a")
  execFileSync("mkfifo", [join(here, "pipe")])
  return here
})

/** A server whose listings all have that line too. */
const listing = (line: string, denied: ReadonlyArray<string> = []) =>
  Effect.tap(serve({ root: { "t/a": "a" }, denied: [...denied] }), ({ server }) =>
    server.fault({ _tag: "StrayLine", line, verb: ["LIST", "MLSD"], times: Number.POSITIVE_INFINITY })
  )

const skipped = (out: string) =>
  jsonLines(out).flatMap((line) => (line.kind === "skipped" ? [[line.path, line.why]] : []))

describe.skipIf(process.platform === "win32")("a named pipe in a local folder", () => {
  it.scopedLive("is left out with a note by mirror and put -r, and is no failure", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: {} })
      const here = yield* withPipe
      expect(yield* run(["mirror", here, `${url}one`])).toMatchObject({
        code: 0,
        error: expect.stringMatching(
          /^skipped pipe: neither a file nor a directory\n1 file copied, .*skipped: 1 special, in [^;]*\n$/
        )
      })
      expect(yield* run(["mirror", "--dry-run", here, `${url}one`])).toMatchObject({ code: 0 })
      const swapped = yield* run(["mirror", "--swap", here, `${url}two`])
      expect(swapped).toMatchObject({ code: 0, error: expect.stringContaining("swapped by one rename") })
      expect(yield* run(["put", "-r", here, `${url}three`])).toMatchObject({
        code: 0,
        error: expect.stringMatching(/^skipped .*pipe: neither a file nor a directory\nuploaded 1 file, .*1 skipped\n$/)
      })
      expect((yield* run(["ls", "-R", url])).out).toBe(".:\none/\nthree/\ntwo/\n\none:\na\n\nthree:\na\n\ntwo:\na\n")
    })
  )

  it.scopedLive("is not replaced nor deleted by a download, which is not complete then", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "t/a": "a", "t/pipe": "p" } })
      const here = yield* withPipe
      const ran = yield* run(["mirror", "--delete", "extra", `${url}t`, here])
      expect(ran).toMatchObject({ code: 1, error: expect.stringContaining("skipped pipe: a file in the source") })
      expect(Fs.statSync(join(here, "pipe")).isFIFO()).toBe(true)
    })
  )
})

describe("what a server lists as a pipe, a socket or a device", () => {
  for (const letter of ["p", "s", "b", "c"]) {
    it.scopedLive(`is left out with a note by mirror and get -r, and is no failure: ${letter}`, () =>
      Effect.gen(function* () {
        const line = `${letter}rw-r--r--   1 ann  ann         0 Nov 29 2023 special`
        const { url } = yield* listing(line, ["MLST", "MLSD"])
        const here = yield* folder
        const mirrored = yield* run(["mirror", "--json", `${url}t`, join(here, "one")])
        expect([mirrored.code, skipped(mirrored.out)]).toEqual([0, [["special", "neither a file nor a directory"]]])
        const got = yield* run(["get", "-r", "--json", `${url}t`, join(here, "two")])
        expect([got.code, skipped(got.out)]).toEqual([0, [["t/special", "neither a file nor a directory"]]])
        expect(files(here)).toEqual(["one/a", "two/a"])
      })
    )
  }
})

describe("a pipe that a server lists as a file, and does not send", () => {
  it.scopedLive("is no directory, so that get -r and mirror don't hint at get -r", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "t/a": "a" } })
      const reply = "550 a: Not a regular file"
      yield* server.fault({ _tag: "Refuse", verb: "RETR", reply, times: Number.POSITIVE_INFINITY })
      const here = yield* folder
      for (const words of [["get", "-r"], ["mirror"], ["mirror", "--delete", "ours"]]) {
        const ran = yield* run([...words, `${url}t`, join(here, "new")])
        expect(ran.error).toContain(reply)
        expect(ran.error).not.toContain("get -r")
        expect(ran.error).toContain("hint: the dialogue may show more: --verbose\n")
      }
      expect((yield* run(["get", `${url}t/a`, here])).error).toContain("hint: if that is a directory: ls lists it")
    })
  )
})

describe("what a server lists without its type", () => {
  it.scopedLive("is left out by mirror and get -r, which are not complete", () =>
    Effect.gen(function* () {
      const { url } = yield* listing("size=4;modify=20231129120000; odd")
      const here = yield* folder
      const why = "the server does not say whether it is a file"
      const mirrored = yield* run(["mirror", "--json", `${url}t`, join(here, "one")])
      expect([mirrored.code, skipped(mirrored.out)]).toEqual([1, [["odd", why]]])
      expect(mirrored.error).toContain(`skipped odd: ${why}`)
      const got = yield* run(["get", "-r", `${url}t`, join(here, "two")])
      expect(got).toMatchObject({ code: 1, error: expect.stringContaining(`${join(here, "two/odd")}: ${why}`) })
      expect(files(here)).toEqual(["one/a", "two/a"])
    })
  )
})
