/**
 * The GitHub Action as its runner would call it. Real time, as processes have.
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Summary from "../../../scripts/action/summary.mjs"
import { action, inputs, root, runner, script, variables } from "./support/actionRunner.ts"
import { folder, serve } from "./support/cli.ts"
import { TIMEOUT } from "./support/process.ts"

const PASSWORD = "s3cret&word"

const site = (here: string, files: Readonly<Record<string, string>>) => {
  Fs.rmSync(join(here, "dist"), { recursive: true, force: true })
  for (const [name, content] of Object.entries(files)) {
    Fs.mkdirSync(join(here, "dist", name, ".."), { recursive: true })
    Fs.writeFileSync(join(here, "dist", name), content)
  }
}

const server = Effect.map(serve({ root: {}, users: { ann: PASSWORD } }), ({ server }) => ({
  files: Effect.map(server.tree, (entries) => entries.flatMap(({ path, type }) => (type === "File" ? [path] : []))),
  inputs: {
    server: `127.0.0.1:${server.address.port}`,
    username: "ann",
    password: PASSWORD,
    protocol: "ftp",
    "local-dir": "dist/",
    "server-dir": "www/"
  }
}))

describe("action.yml", () => {
  it("passes each input by one variable, and no input to a shell", () => {
    expect(inputs.size).toBeGreaterThan(10)
    expect(variables.map(([, name]) => name)).toEqual([...inputs.keys()])
    for (const [variable, name] of variables) {
      expect(variable).toBe(`INPUT_${name.toUpperCase().replaceAll("-", "_")}`)
    }
    expect(script).toBe('node "$GITHUB_ACTION_PATH/scripts/action.mjs"')
    expect(action.match(/^ +(?:- )?run:/gm)).toHaveLength(1)
  })

  it("has a summary that GitHub takes, whatever the names are written in", () => {
    const summary = Summary.make("dist/", "www/", false)
    for (let index = 0; index < 400; index++) {
      const path = `${"日本語の名前".repeat(200)}${index}`
      summary.add(JSON.stringify({ kind: "mirror", state: "Done", action: "Copy", path, why: "new", bytes: 1 }))
    }
    const text = summary.toMarkdown(0)
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024)
    expect(text).toMatch(/^\d+ more steps are in the log\.$/m)
  })

  it("has links, and what becomes of an earlier run, in words", () => {
    const summary = Summary.make("dist/", "www/", false)
    const add = (line: object) => summary.add(JSON.stringify(line))
    const link = { kind: "mirror", state: "Done", action: "MakeLink", path: "a", to: "b", why: "not in the target" }
    expect(add(link)).toBe("link a  (not in the target)")
    const why = "www.ftp-effect-next-1 is of an unfinished run: waiting 30 s to see whether it is still going on"
    expect(add({ kind: "unfinished", state: "Watching", path: "www.ftp-effect-next-1", why })).toBe(
      `unfinished: ${why}`
    )
    expect(add({ kind: "mirrorSummary", linked: 2, made: 2 })).toBe("2 directories made, 2 links made")
    expect(summary.toMarkdown(0)).toContain("- unfinished: <code>www.ftp-effect-next-1 is of an unfinished run:")
  })

  it.scopedLive(
    "publishes a folder without the repository, and from a fresh checkout only what changed",
    () =>
      Effect.gen(function* () {
        const here = yield* folder
        const { files, inputs } = yield* server
        site(here, { "index.html": "<h1>", "css/a.css": "x{}", ".git/config": "[core]", "node_modules/a/b.js": "b" })
        const first = yield* runner(here, { ...inputs, delete: "ours" })
        expect(first).toMatchObject({ code: 0 })
        expect(yield* files).toEqual(["/www/.ftp-effect-manifest.json", "/www/css/a.css", "/www/index.html"])
        expect(first.summary).toContain(
          "### Published <code>dist/</code> to <code>www/</code>\n\n2 copied, 1 directory made.\n"
        )
        expect(first.summary).toContain("| copy | <code>css/a.css</code> | <code>not in the target</code> | 3 |\n")
        site(here, { "index.html": "<h1>", "css/b.css": "other" })
        expect(first.words).not.toMatch(/--links|--conflict/)
        const second = yield* runner(here, { ...inputs, delete: "ours", links: "skip", conflict: "fail" })
        expect(second.words).toContain("\n--links=skip\n--conflict=fail\n")
        expect(JSON.parse(second.outputs.replace(/^result=/, ""))).toMatchObject({
          copied: 1,
          removed: 1,
          unchanged: 1
        })
        expect(second.log).toContain("\ndelete css/a.css  (not in the source)\n")
        expect(yield* files).toEqual(["/www/.ftp-effect-manifest.json", "/www/css/b.css", "/www/index.html"])
      }),
    TIMEOUT
  )

  it.scopedLive(
    "publishes a whole tree with swap, and fails if something would be lost",
    () =>
      Effect.gen(function* () {
        const here = yield* folder
        const { files, inputs } = yield* server
        const swapping = { ...inputs, swap: "true", manifest: "false" }
        site(here, { a: "a", b: "b" })
        expect(yield* runner(here, swapping)).toMatchObject({ code: 0 })
        site(here, { a: "a2" })
        const refused = yield* runner(here, swapping)
        expect(refused.code).toBe(1)
        expect(refused.summary).toContain("- swap: <code>not swapped: 1 entry (b) of the target would be lost")
        expect(refused.log).toContain("; hint: --delete extra agrees to that\n")
        expect(refused.summary).toContain("\n\nNo changes.\n\n**Not complete**: exit code 1.\n")
        expect(yield* files).toEqual(["/www/a", "/www/b"])
        const swapped = yield* runner(here, { ...swapping, delete: "extra" })
        expect(swapped).toMatchObject({ code: 0 })
        expect(swapped.words).toContain("\n--swap\n")
        expect(swapped.summary).toContain("- swap: <code>swapped by two renames, the old tree removed</code>")
        expect(yield* files).toEqual(["/www/a"])
      }),
    TIMEOUT
  )

  it.scopedLive(
    "has the password in no word, log or summary",
    () =>
      Effect.gen(function* () {
        const here = yield* folder
        const { inputs } = yield* server
        site(here, { a: "a" })
        const { code, environment, log, outputs, summary, words } = yield* runner(here, inputs)
        expect(code).toBe(0)
        expect(environment).toContain("INPUT_USERNAME=ann\n")
        expect(environment).not.toMatch(/PASSWORD/)
        expect(environment).not.toContain(PASSWORD)
        expect(words).toContain(
          `ftp-effect@${JSON.parse(Fs.readFileSync(join(root, "packages/cli/package.json"), "utf8")).version}\n`
        )
        expect(log + outputs + summary + words).not.toContain(PASSWORD)
        const refused = yield* runner(here, { ...inputs, password: "wr0ng&word" })
        expect(refused).toMatchObject({ code: 4, outputs: "result=\n" })
        expect(refused.summary).toContain("### Could not publish <code>dist/</code> to <code>www/</code>\n")
        expect(refused.summary).toContain("**Not complete**: exit code 4.")
        expect(refused.log).toMatch(/^error: .*530 .*; hint: is the user right/m)
        expect(refused.log + refused.summary).not.toContain("wr0ng&word")
      }),
    TIMEOUT
  )

  it.scopedLive(
    "fails if the command can't be installed, and runs nothing",
    () =>
      Effect.gen(function* () {
        const here = yield* folder
        Fs.writeFileSync(join(here, "broken"), "")
        const { inputs } = yield* server
        site(here, { a: "a" })
        const ran = yield* runner(here, inputs)
        expect(ran).toMatchObject({ code: 1, outputs: "result=\n" })
        expect(ran.words).not.toContain("mirror")
      }),
    TIMEOUT
  )

  it.scopedLive(
    "does nothing with dry-run, and shows the plan with names as text",
    () =>
      Effect.gen(function* () {
        const here = yield* folder
        const { files, inputs } = yield* server
        site(here, { "a`|<b>": "a", "\u001b[2J": "c", "::error::b": "b", "$(touch x)": "c" })
        const ran = yield* runner(here, { ...inputs, "dry-run": "true", exclude: "$(touch y)\n# none\n*.tmp" })
        // One name can't be copied.
        expect(ran.code).toBe(1)
        expect(yield* files).toEqual([])
        expect(Fs.readdirSync(here).sort()).toEqual([
          "bin",
          "dist",
          "environment",
          "outputs",
          "summary",
          "temporary",
          "words"
        ])
        expect(ran.words).toContain("--exclude=$(touch y)\n--exclude=*.tmp\n")
        expect(ran.summary).toContain("### Would publish")
        expect(ran.summary).toContain("| copy | <code>a&#96;&#124;&#60;b&#62;</code> |")
        expect(ran.summary).not.toContain("\u001b")
        const token = [...ran.log.matchAll(/^::stop-commands::(\S+)$/gm)].at(-1)?.[1]
        expect(ran.log.trimEnd().split("\n").at(-1)).toBe(`::${token}::`)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "reports a guard that kept something from being deleted, and fails",
    () =>
      Effect.gen(function* () {
        const here = yield* folder
        const { inputs } = yield* server
        site(here, { a: "a", b: "b" })
        yield* runner(here, { ...inputs, delete: "ours" })
        site(here, { a: "a" })
        const ran = yield* runner(here, { ...inputs, delete: "ours", "max-delete": "0" })
        expect(ran.code).toBe(1)
        expect(ran.summary).toContain("1 unchanged, 1 not deleted.")
        expect(ran.summary).toContain("- warning: <code>1 entry not deleted")
      }),
    TIMEOUT
  )

  it.scopedLive(
    "replaces a file by a directory with conflict: replace, for which max-delete counts too",
    () =>
      Effect.gen(function* () {
        const here = yield* folder
        const { files, inputs } = yield* server
        site(here, { css: "x{}" })
        expect((yield* runner(here, { ...inputs, manifest: "false" })).code).toBe(0)
        site(here, { "css/a.css": "x{}" })
        const given = { ...inputs, manifest: "false", conflict: "replace" }
        expect((yield* runner(here, { ...given, "max-delete": "0" })).code).toBe(1)
        expect(yield* files).toEqual(["/www/css"])
        expect((yield* runner(here, given)).code).toBe(0)
        expect(yield* files).toEqual(["/www/css/a.css"])
      }),
    TIMEOUT
  )

  it.scopedLive.each([
    [{ server: "ftp://ann:pw@h/" }, "server: has a password in it"],
    [{ server: "h/www" }, "server: a host has no path"],
    [{ server: "a b" }, "server: neither a host"],
    [{ server: "ftp://h", protocol: "ftps" }, "protocol: is not the one in server"],
    [{ server: "h", protocol: "ftps-legacy" }, "protocol: ftps-legacy is called ftps here"],
    [{ server: "h", protocol: "sftp" }, "protocol: sftp is not ftp, ftpes or ftps"],
    [{ server: "h:21", port: "22" }, "port: is not the one in server"],
    [{ server: "h", port: "x" }, "port: is no number"],
    [{ server: "h", delete: "all" }, "delete: all is not none, ours or extra"],
    [{ server: "h", "dry-run": "yes" }, "dry-run: yes is not true or false"],
    [{ server: "h", links: "all" }, "links: all is not skip, follow or copy"],
    [{ server: "h", conflict: "yes" }, "conflict: yes is not fail or replace"],
    [{ server: "h", swap: "yes" }, "swap: yes is not true or false"],
    [{ server: "h", "max-delete": "3" }, "max-delete needs delete"],
    [{ server: "h", options: "dist" }, "options: dist is no option"],
    [{ server: "h", version: "file:../x" }, "version: neither a version"]
  ] as ReadonlyArray<[Record<string, string>, string]>)(
    "refuses %j before anything is run",
    ([given, message]) =>
      Effect.gen(function* () {
        const ran = yield* runner(yield* folder, given)
        expect(ran).toMatchObject({ code: 2, words: "", summary: "" })
        expect(ran.log).toMatch(new RegExp(`^::error title=ftp-effect::${message}`))
      }),
    TIMEOUT
  )

  it.scopedLive.each([
    [{ server: "h" }, "ftpes://h/"],
    [{ server: "h", "server-dir": "/var/www/" }, "ftpes://h//var/www"],
    [{ server: "h", "server-dir": "./a b/c#d" }, "ftpes://h/a%20b/c%23d"],
    [{ server: "[::1]:2121", protocol: "ftp", username: "a@b" }, "ftp://a%40b@[::1]:2121/"],
    [{ server: "FTPS://ann@h:990/sites/", "server-dir": "www" }, "ftps://ann@h:990/sites/www"]
  ] as ReadonlyArray<[Record<string, string>, string]>)(
    "with %j it calls the right URL",
    ([given, expected]) =>
      Effect.gen(function* () {
        // The command refuses its option, so no server is called.
        const ran = yield* runner(yield* folder, { ...given, options: "--no-such-option" })
        expect(ran.code).toBe(2)
        expect(ran.words.trimEnd().split("\n").slice(-3)).toEqual(["--", "./", expected])
      }),
    TIMEOUT
  )
})
