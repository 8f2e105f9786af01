/** Plans of mirrors that are saved in a file and applied later. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"

const write = (root: string, files: Readonly<Record<string, string>>) => {
  for (const [name, content] of Object.entries(files)) {
    Fs.mkdirSync(join(root, name, ".."), { recursive: true })
    Fs.writeFileSync(join(root, name), content)
  }
}

const begin = Effect.gen(function* () {
  const here = yield* folder
  write(join(here, "site"), { "index.html": "<h1>", "css/a.css": "x{}" })
  const { server, urlOf } = yield* serve({ root: { "www/old.txt": "old" }, users: { ann: "secret" } })
  const [url, file] = [urlOf("ann"), join(here, "site.plan")]
  const environment = { FTP_PASSWORD: "secret" }
  const plan = (...flags: ReadonlyArray<string>) =>
    run(["mirror", "--plan", file, ...flags, join(here, "site"), `${url.replace("ann", "ann:secret")}www`])
  const apply = (...flags: ReadonlyArray<string>) => run(["apply", ...flags, file], { environment })
  const files = Effect.map(server.tree, (tree) =>
    tree.flatMap(({ path, type }) => (type === "File" ? [path] : [])).sort()
  )
  return { here, server, file, plan, apply, files, url: `${url.replace("ann", "ann:secret")}www` }
})

describe("a plan in a file", () => {
  it.scopedLive("replaces a file as a whole, and is for its user alone; a pipe or what is open is written into", () =>
    Effect.gen(function* () {
      const { file, here, plan, url } = yield* begin
      const into = (file: string) => run(["mirror", "--plan", file, join(here, "site"), url])
      Fs.writeFileSync(file, "an old one", { mode: 0o644 })
      const other = join(here, "other.plan")
      Fs.linkSync(file, other)
      expect((yield* plan()).code).toBe(0)
      expect(Fs.statSync(file).mode & 0o777).toBe(0o600)
      expect(Fs.readFileSync(other, "utf8")).toBe("an old one")
      Fs.rmSync(other)
      Fs.symlinkSync(file, other)
      const whole = Fs.readFileSync(file, "utf8")
      expect((yield* run(["mirror", "--plan", other, join(here, "site"), "ftp://127.0.0.1:1/www"])).code).toBe(3)
      expect(Fs.readFileSync(file, "utf8")).toBe(whole)
      expect((yield* into(other)).code).toBe(0)
      expect(Fs.lstatSync(other).isSymbolicLink()).toBe(true)
      expect((yield* into("/dev/null")).code).toBe(0)
      expect(Fs.statSync("/dev/null").isCharacterDevice()).toBe(true)
      expect(Fs.readdirSync(here).filter((name) => name.includes("ftp-effect"))).toEqual([])
      expect((yield* into(join(here, "no/such"))).code).toBe(7)
    })
  )

  it.scopedLive("is saved without the password, and nothing is done before it is applied", () =>
    Effect.gen(function* () {
      const { apply, file, files, plan } = yield* begin
      const made = yield* plan("--delete", "extra")
      expect(made).toMatchObject({ code: 0, out: "" })
      expect(made.error).toContain(`saved to ${file}: 2 files to copy, 1 directory to make, 1 entry to delete, 7 B\n`)
      expect(Fs.readFileSync(file, "utf8")).not.toContain("secret")
      expect(Fs.statSync(file).mode & 0o777).toBe(0o600)
      expect(yield* files).toEqual(["/www/old.txt"])
      expect(yield* apply("-n")).toMatchObject({
        code: 0,
        error: "dry run: 2 files to copy, 1 directory to make, 1 entry to delete, 7 B\n"
      })
      expect((yield* apply()).code).toBe(0)
      expect(yield* files).toEqual(["/www/css/a.css", "/www/index.html"])
      const again = yield* apply()
      expect(again).toMatchObject({ code: 0, error: expect.stringMatching(/^nothing to do, 4 done already, in /) })
    })
  )

  it.scopedLive("counts what was done already apart from what is not done, if the server is full", () =>
    Effect.gen(function* () {
      const { apply, plan, server } = yield* begin
      yield* plan("--delete", "extra")
      yield* server.write("www/css/theirs", "t")
      yield* server.fault({ _tag: "Refuse", verb: "STOR", reply: "552 Disk full.", times: Number.POSITIVE_INFINITY })
      const ran = yield* apply("--json")
      expect(ran.code).not.toBe(0)
      const lines = jsonLines(ran.out)
      expect(lines.filter((line) => line.kind === "mirror" && line.state === "Reached")).toMatchObject([
        { path: "css" }
      ])
      const end = lines.at(-1)
      expect(end).toMatchObject({ kind: "mirrorSummary", stopped: "Error", reached: 1 })
      expect(end?.kind === "mirrorSummary" && end.failed + end.leftOut).toBe(3)
      expect((yield* apply()).error).toMatch(/^stopped: nothing was done, 1 done already, \d failed, /m)
    })
  )

  it.scopedLive("names the old name of a moved file that was changed on the server since", () =>
    Effect.gen(function* () {
      const { apply, here, plan, server } = yield* begin
      yield* plan("--delete", "ours")
      expect((yield* apply()).code).toBe(0)
      Fs.renameSync(join(here, "site/css"), join(here, "site/style"))
      yield* plan("--delete", "ours")
      yield* server.write("www/css/a.css", "theirs")
      const ran = yield* apply()
      expect(ran.code).toBe(1)
      expect(ran.error).toMatch(
        /^ftp-effect: warning: skipped style\/a.css: in the target css\/a.css is a file of 6 bytes now, modified \S+$/m
      )
    })
  )

  it.scopedLive("skips and reports what was changed since on either side, deletes nothing then, and exits with 1", () =>
    Effect.gen(function* () {
      const { apply, files, here, plan, server } = yield* begin
      yield* plan("--delete", "extra")
      write(join(here, "site"), { "index.html": "<h1>changed" })
      yield* server.write("www/css/a.css", "theirs")
      const ran = yield* apply()
      expect(ran.code).toBe(1)
      expect(ran.error).toMatch(
        /^ftp-effect: warning: skipped index.html: in the source it is a file of 11 bytes now, modified \S+$/m
      )
      expect(ran.error).toMatch(
        /^ftp-effect: warning: skipped css\/a.css: in the target it is a file of 6 bytes now, modified \S+$/m
      )
      expect(ran.error).toMatch(/^nothing was done, 1 done already, 2 outdated, 1 left out/m)
      expect(yield* files).toEqual(["/www/css/a.css", "/www/old.txt"])
      const [json, shown] = [yield* apply("--json"), yield* apply("-n", "--json")]
      expect(jsonLines(json.out).at(-1)).toMatchObject({ kind: "mirrorSummary", done: true, outdated: 2, reached: 1 })
      expect(jsonLines(shown.out).at(-1)).toMatchObject({ kind: "mirrorSummary", done: false, outdated: 2, reached: 1 })
      expect(shown.code).toBe(1)
    })
  )

  it.scopedLive("asks before it deletes, on a terminal", () =>
    Effect.gen(function* () {
      const { file, files, plan } = yield* begin
      yield* plan("--delete", "extra")
      const terminal = { answer: "secret", typed: "no" }
      const ran = yield* run(["apply", file], { terminal })
      expect(ran.code).toBe(1)
      expect(ran.asked.at(-1)).toMatch(/^delete 1 entry of ftp:\/\/ann@127.0.0.1:\d+\/www\? \[y\/N\] $/)
      expect(yield* files).toEqual(["/www/old.txt"])
    })
  )

  it.scopedLive("is shown with its trees, and no server gets a password for that", () =>
    Effect.gen(function* () {
      const { apply, here, plan, server } = yield* begin
      yield* plan("--delete", "extra")
      const before = yield* server.commands
      const shown = yield* apply("--show")
      expect(shown.code).toBe(0)
      expect(shown.out).toContain("delete    old.txt")
      expect(shown.out).toMatch(/to {3}ftp:\/\/ann@127\.0\.0\.1:\d+\/www\n/)
      expect(shown.out).toContain(`from ${join(here, "site")}\n`)
      expect(jsonLines((yield* apply("--show", "--json")).out)[0]).toMatchObject({ kind: "plan" })
      expect(yield* server.commands).toEqual(before)
    })
  )

  it.scopedLive("is refused if it is none, of a newer version, or leads out of its trees", () =>
    Effect.gen(function* () {
      const { apply, file, files, plan } = yield* begin
      yield* plan("--delete", "extra")
      const text = Fs.readFileSync(file, "utf8")
      for (const [changed, why] of [
        ["hello", "it was not made by mirror --plan"],
        [text.replace('"version":1', '"version":9'), "it is of version 9"],
        [text.replace('"path":"old.txt"', '"path":"../old.txt"'), "a relative path"],
        [text.slice(0, -9), "it was not made by mirror --plan"],
        [text.replace(/"to":"[^"]*"/, '"to":"ftp://ann@good.example:@evil.example/a@b"'), "one with a password"],
        [text.replace(/"to":"[^"]*"/, '"to":"ftp://ann@[2001:db8::66/x@y"'), "no FTP URL"],
        [`{"kind":"ftp-effect plan","from":"a","to":"b","plan":${"[".repeat(5_000_000)}`, "nested too deeply"]
      ] as const) {
        Fs.writeFileSync(file, changed)
        const ran = yield* apply()
        expect(ran.code).toBe(2)
        expect(ran.error).toContain(why)
      }
      expect((yield* run(["apply"])).code).toBe(2)
      expect((yield* run(["apply", `${file}.none`])).code).toBe(7)
      const mistyped = yield* run(["apply", "ftp://ann:hunter2@127.0.0.1/x"])
      expect(mistyped.code).toBe(2)
      expect(mistyped.error).not.toContain("hunter2")
      expect(yield* files).toEqual(["/www/old.txt"])
    })
  )
})
