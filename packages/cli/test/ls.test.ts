/** Listings: text, columns, JSON, patterns. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { jsonLines, run, serve } from "./support/cli.ts"
import { tree } from "./support/tree.ts"

/** C0 without the line end, DEL, C1, and what turns or breaks lines. */
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/

describe("ls", () => {
  it.scopedLive("ls prints names in a pipe, columns on a terminal, and objects with --json", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const piped = yield* run(["ls", `${url}pub`])
      expect(piped).toMatchObject({ code: 0, out: "[c].txt\na.txt\nb.txt\ndeep/\nempty/\nlink -> a.txt\n", error: "" })
      const terminal = yield* run(["ls", `${url}pub`], { terminal: { answer: "" } })
      expect(terminal.out.split("\n")[1]).toMatch(/^-rw-r--r-- {2}2 {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}a\.txt$/)
      const json = jsonLines((yield* run(["ls", "--json", `${url}pub`])).out)
      expect(json).toHaveLength(6)
      expect(json[1]).toMatchObject({
        kind: "entry",
        type: "File",
        name: "a.txt",
        path: "pub/a.txt",
        size: 2,
        mode: "0644"
      })
    })
  )

  it.scopedLive("ls lists a tree with -R, a single file, and the matches of a pattern", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      expect((yield* run(["ls", "-R", `${url}pub/deep`])).out).toBe("pub/deep:\ner/\n\npub/deep/er:\nd.bin\n")
      expect((yield* run(["ls", `${url}pub/a.txt`])).out).toBe("a.txt\n")
      expect((yield* run(["ls", `${url}pub/?.txt`])).out).toBe("a.txt\nb.txt\n")
      expect((yield* run(["ls", `${url}p*/[c].txt`])).code).toBe(5)
      expect((yield* run(["ls", `${url}p*/%5Bc%5D.txt`])).out).toBe("[c].txt\n")
      expect((yield* run(["ls", `${url}pub/[c].txt`])).out).toBe("[c].txt\n")
    })
  )

  it.scopedLive("a pattern that ends in a slash matches directories, and links to them, only", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { ...tree, "pub/down": { link: "deep" } } })
      const listed = yield* run(["ls", `${url}pub/*/`])
      expect(listed).toMatchObject({
        code: 0,
        out: "pub/deep:\ner/\n\npub/down:\ner/\n\npub/empty:\n",
        error: ""
      })
      expect((yield* run(["ls", `${url}pub/?.txt/`])).code).toBe(5)
    })
  )

  it.scopedLive("ls --json prints a byte that is not UTF-8 as a surrogate; a URL names it percent-encoded", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "l\udce9": "latin" } })
      const [line] = jsonLines((yield* run(["ls", "--json", url])).out)
      expect(line).toMatchObject({ path: "l\udce9" })
      expect((yield* run(["cat", `${url}l%E9`])).out).toBe("latin")
    })
  )

  it.scopedLive("ls of a directory that may not be listed exits with 6", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({ "t/a": "a" })
      const list: typeof store.list = (path) =>
        path === "/t"
          ? Effect.fail(new FtpTestServer.StoreError({ reason: "PermissionDenied", path }))
          : store.list(path)
      const { url } = yield* serve({ root: { ...store, list } })
      expect(yield* run(["ls", `${url}t`])).toMatchObject({
        code: 6,
        out: "",
        error: expect.stringContaining("permission denied")
      })
    })
  )

  it.scopedLive("ls --unread warn warns how many lines of a listing it could not parse", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({ "t/a": "a" })
      const list: typeof store.list = (path) =>
        Effect.map(store.list(path), (infos) => infos.map((named) => ({ ...named, name: `${named.name}\nx\nx` })))
      const one: typeof store.list = (path) =>
        Effect.map(store.list(path), (infos) => infos.map((named) => ({ ...named, name: `${named.name}\nx` })))
      const { url } = yield* serve({ root: { ...store, list } })
      expect((yield* run(["ls", "--unread", "warn", `${url}t`])).error).toBe(
        "ftp-effect: warning: 2 lines of the listing of t can't be read\n"
      )
      const single = yield* serve({ root: { ...store, list: one } })
      expect((yield* run(["ls", "--unread", "warn", single.url])).error).toBe(
        "ftp-effect: warning: a line of the listing of the login directory can't be read\n"
      )
    })
  )

  it.scopedLive(
    "ls -l and a pattern take a directory of 130,000 entries, more than a call can have arguments",
    () =>
      Effect.gen(function* () {
        const store = yield* FtpTestServer.memory({ "t/a": "a" })
        const many: typeof store.list = (path) =>
          Effect.map(store.list(path), ([named]) =>
            named === undefined ? [] : Array.from({ length: 130_000 }, (_, index) => ({ ...named, name: `f${index}` }))
          )
        const { url } = yield* serve({ root: { ...store, list: many } })
        const listed = yield* run(["ls", "-l", `${url}t/f*`])
        expect(listed).toMatchObject({ code: 0, error: "" })
        expect(listed.out.split("\n")).toHaveLength(130_001)
      }),
    // Some 20 MiB of text on real sockets.
    120_000
  )

  it.scopedLive.each([undefined, 1])(
    "ls -R prints a tree in its order over several sessions, or the one that is allowed",
    (connections) =>
      Effect.gen(function* () {
        const folders = Array.from({ length: 40 }, (_, index) => `t/d${index}`)
        const root = Object.fromEntries(
          folders.flatMap((folder) => [
            [`${folder}/b/c`, ""],
            [`${folder}/a`, ""]
          ])
        )
        const limit = connections === undefined ? undefined : { connections, per: "Server" as const }
        const { server, url } = yield* serve({ root, limit })
        const listed = yield* run(["ls", "-R", `${url}t`])
        const sorted = folders.toSorted()
        const sections = sorted.map((folder) => `${folder}:\na\nb/\n\n${folder}/b:\nc\n`)
        const names = sorted.map((folder) => `${folder.slice(2)}/\n`)
        expect(listed).toMatchObject({ code: 0, error: "", out: [`t:\n${names.join("")}`, ...sections].join("\n") })
        const lists = (yield* server.commands).filter((command) => command.startsWith("MLSD t"))
        expect(lists).toHaveLength(2 * folders.length + 1)
        if (connections === undefined) {
          expect((yield* server.connections).total).toBeGreaterThan(1)
        }
      })
  )

  it.scopedLive("ls -R reports a directory that leads into itself, and ends", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({ "a/a/x": "x" })
      const loop: typeof store.list = () => store.list("/a")
      const { url } = yield* serve({ root: { ...store, list: loop } })
      const listed = yield* run(["ls", "-R", `${url}a`])
      expect(listed.code).not.toBe(0)
      expect(listed.error).toBe("ftp-effect: did not list a/a/a: the directory leads back to one above it\n")
      expect(listed.out.match(/:$/gm)).toHaveLength(2)
    })
  )

  it.scopedLive("no command prints a character that drives a terminal, in text, JSON or the dialogue", () =>
    Effect.gen(function* () {
      const unsafe = ["\x1b[2J", "\x9b31m", "\x7f", "\u202e", "\u2066", "\u200f", "\u2028"]
      const name = `n${unsafe.join("")}`
      const encoded = encodeURIComponent(name)
      const { url } = yield* serve({ root: { [`d/${name}`]: "x", [`d/${name}2/a`]: "y" } })
      const printed: Array<string> = []
      for (const style of [[], ["--json"], ["-v"], ["-v", "--json"]]) {
        for (const words of [
          ["ls", "-R", `${url}d`],
          ["stat", `${url}d/${encoded}`],
          ["ls", `${url}none/${encoded}`],
          ["get", `${url}d/none${encoded}`],
          ["mkdir", `${url}d/${encoded}`],
          ["ls", name],
          ["put", name, url],
          ["get", url, name, url]
        ]) {
          const { error, out } = yield* run([...style, ...words])
          const text = out + error
          expect(text, [...style, ...words].join(" ")).not.toMatch(UNSAFE)
          printed.push(text)
          if (style.includes("--json")) {
            jsonLines(text)
          }
        }
      }
      expect(printed.join("")).toContain("\\u009b31m")
      const json = jsonLines((yield* run(["ls", "--json", `${url}d/${encoded}`])).out)
      expect(json).toMatchObject([{ name }])
    })
  )

  it.scopedLive("ls escapes control characters in names, but not in JSON", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      expect((yield* run(["ls", `${url}evil`])).out).toBe("\\x1b[2Jname\nok.txt\n")
      const [line] = jsonLines((yield* run(["ls", "--json", `${url}evil`])).out)
      expect(line).toMatchObject({ name: "\x1b[2Jname" })
    })
  )
})
