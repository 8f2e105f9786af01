import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"

const tree = {
  "pub/a.txt": "a\n",
  "pub/b.txt": "bb\n",
  "pub/[c].txt": "c\n",
  "pub/deep/er/d.bin": new Uint8Array(100_000).fill(7),
  "pub/empty/": {},
  "pub/link": { link: "a.txt" },
  "evil/ok.txt": "ok",
  "evil/\x1b[2Jname": "x"
}

const files = (directory: string): ReadonlyArray<string> =>
  Fs.readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(directory.length + 1))
    .sort()

const read = (...path: ReadonlyArray<string>): string => Fs.readFileSync(join(...path), "utf8")

describe("ls", () => {
  it.scopedLive("shows names in a pipe, columns on a terminal, and objects with --json", () =>
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

  it.scopedLive("lists everything below with -R, files by name, and what a pattern meets", () =>
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

  it.scopedLive("tells a byte that is no UTF-8 as a surrogate, which a URL has percent-encoded", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "l\udce9": "latin" } })
      const [line] = jsonLines((yield* run(["ls", "--json", url])).out)
      expect(line).toMatchObject({ path: "l\udce9" })
      expect((yield* run(["cat", `${url}l%E9`])).out).toBe("latin")
    })
  )

  it.scopedLive("warns of lines that can't be read, as of anything else", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({ "t/a": "a" })
      const list: typeof store.list = (path) =>
        Effect.map(store.list(path), (infos) => infos.map((named) => ({ ...named, name: `${named.name}\nx\nx` })))
      const one: typeof store.list = (path) =>
        Effect.map(store.list(path), (infos) => infos.map((named) => ({ ...named, name: `${named.name}\nx` })))
      const { url } = yield* serve({ root: { ...store, list } })
      expect((yield* run(["ls", `${url}t`])).error).toBe(
        "ftp-effect: warning: 2 lines of the listing of t can't be read\n"
      )
      const single = yield* serve({ root: { ...store, list: one } })
      expect((yield* run(["ls", single.url])).error).toBe(
        "ftp-effect: warning: a line of the listing of the login directory can't be read\n"
      )
    })
  )

  it.scopedLive("never lets a name drive the terminal", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      expect((yield* run(["ls", `${url}evil`])).out).toBe("\\x1b[2Jname\nok.txt\n")
      const [line] = jsonLines((yield* run(["ls", "--json", `${url}evil`])).out)
      expect(line).toMatchObject({ name: "\x1b[2Jname" })
    })
  )
})

describe("stat and cat", () => {
  it.scopedLive("tell what is known, and print the bytes", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const stat = yield* run(["stat", `${url}pub/deep/er/d.bin`])
      expect(stat.out).toMatch(/^path {6}pub\/deep\/er\/d\.bin\ntype {6}file\nsize {6}100000 bytes \(97\.7 KiB\)\n/)
      expect((yield* run(["cat", `${url}pub/a.txt`, `${url}pub/b.txt`])).out).toBe("a\nbb\n")
      const some = yield* run(["cat", `${url}pub/a.txt`, `${url}nope`, `${url}pub/b.txt`])
      expect(some).toMatchObject({ code: 1, out: "a\nbb\n" })
    })
  )
})

describe("get", () => {
  it.scopedLive("follows cp's rules for targets", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      const get = (...words: ReadonlyArray<string>) => run(["get", ...words])
      expect((yield* get(`${url}pub/a.txt`, join(here, "x"))).code).toBe(0)
      expect(read(here, "x")).toBe("a\n")
      expect((yield* get(`${url}pub/a.txt`, here)).code).toBe(0)
      expect((yield* get(`${url}pub/a.txt`, `${url}pub/b.txt`, `${join(here, "new")}/`)).code).toBe(0)
      expect(files(here)).toEqual(["a.txt", "new/a.txt", "new/b.txt", "x"])
      expect((yield* get(`${url}pub/*.txt`, join(here, "missing"))).code).toBe(2)
      expect((yield* get(`${url}pub/a.txt`, `${url}pub/b.txt`, join(here, "x"))).code).toBe(2)
      expect((yield* get("-r", `${url}pub/deep`, join(here, "tree"))).code).toBe(0)
      expect((yield* get(`${url}pub/deep`, here, "-r")).code).toBe(0)
      expect(files(here)).toContain("tree/er/d.bin")
      expect(files(here)).toContain("deep/er/d.bin")
    })
  )

  it.scopedLive("says of a target that ends in a slash that it is a file", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      const target = join(here, "hello.txt")
      Fs.writeFileSync(target, "mine")
      const ran = yield* run(["get", `${url}pub/a.txt`, `${target}/`])
      expect(ran).toMatchObject({ code: 2, error: expect.stringContaining("hello.txt/ is a file, not a directory\n") })
      const below = yield* run(["get", `${url}pub/a.txt`, `${target}/below/`])
      expect(below).toMatchObject({
        code: 7,
        error: expect.stringContaining("a part of the path is not a directory\n")
      })
      expect(read(target)).toBe("mine")
    })
  )

  it.scopedLive("downloads a tree, skips links, and tells it in lines that follow the schema", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      const ran = yield* run(["get", "-r", "-P", "3", "--json", `${url}pub`, here])
      expect(ran).toMatchObject({ code: 0, error: "" })
      expect(files(here)).toEqual(["pub/[c].txt", "pub/a.txt", "pub/b.txt", "pub/deep/er/d.bin"])
      expect(Fs.existsSync(join(here, "pub/empty"))).toBe(true)
      const lines = jsonLines(ran.out)
      expect(lines.filter(({ kind }) => kind === "transfer")).toHaveLength(4)
      expect(lines).toContainEqual({ kind: "skipped", path: "pub/link", why: "a symbolic link" })
      expect(lines[lines.length - 1]).toMatchObject({
        kind: "summary",
        files: 4,
        bytes: 100_007,
        skipped: 1,
        failed: 0
      })
    })
  )

  it.scopedLive("refuses names that are unsafe here, takes the rest, and exits with 1", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      const ran = yield* run(["get", "-r", `${url}evil`, here])
      expect(ran.code).toBe(1)
      expect(ran.error).toContain('refused to use the server\'s name for a local file: "\\x1b[2Jname"')
      expect(ran.error).not.toContain("\x1b")
      expect(files(here)).toEqual(["evil/ok.txt"])
    })
  )

  it.scopedLive("goes on when one file fails, and leaves nothing half-written", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: tree })
      const here = yield* folder
      yield* server.fault({ _tag: "Refuse", verb: "RETR", reply: "550 broken" })
      const ran = yield* run(["get", "-r", "-P", "1", `${url}pub`, here])
      expect(ran.code).toBe(1)
      expect(ran.error).toContain("downloaded 3 files")
      expect(ran.error).toContain("1 failed")
      expect(files(here).filter((name) => name.endsWith(".part"))).toEqual([])
    })
  )

  it.scopedLive("goes on past a directory that can't be listed", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({ "t/a": "a", "t/closed/b": "b", "t/open/c": "c" })
      const list: typeof store.list = (path) =>
        path === "/t/closed"
          ? Effect.fail(new FtpTestServer.StoreError({ reason: "PermissionDenied", path }))
          : store.list(path)
      const { url } = yield* serve({ root: { ...store, list } })
      const here = yield* folder
      const ran = yield* run(["get", "-r", `${url}t`, here])
      expect(ran.code).toBe(1)
      expect(ran.error).toContain("t/closed")
      expect(files(here)).toEqual(["t/a", "t/open/c"])
    })
  )

  it.scopedLive("says that a directory needs -r", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      const ran = yield* run(["get", `${url}pub`, here])
      expect(ran).toMatchObject({ code: 1, error: expect.stringContaining("pub is a directory") })
      expect(ran.error).toContain("get -r")
      expect(files(here)).toEqual([])
    })
  )

  it.scopedLive("fetches a large file over as many connections as --segments says", () =>
    Effect.gen(function* () {
      const large = Crypto.randomBytes(13 * 1024 * 1024)
      const { server, url } = yield* serve({ root: { large } })
      const here = yield* folder
      expect((yield* run(["get", "--segments", "3", `${url}large`, here])).code).toBe(0)
      expect(Buffer.compare(Fs.readFileSync(join(here, "large")), large)).toBe(0)
      expect((yield* server.connections).peak).toBe(3)
      expect((yield* run(["get", "--segments", "auto", `${url}large`, join(here, "again")])).code).toBe(0)
      expect(Buffer.compare(Fs.readFileSync(join(here, "again")), large)).toBe(0)
      expect(files(here)).toEqual(["again", "large"])
      const wrong = yield* run(["get", "--segments", "many", `${url}large`, here])
      expect(wrong).toMatchObject({ code: 2 })
      expect(wrong.error).toContain('--segments: "many" is not a whole number from 1 to 64, or auto')
    })
  )

  it.scopedLive("replaces files, but not with --no-clobber", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      Fs.writeFileSync(join(here, "a.txt"), "mine")
      const kept = yield* run(["get", "-n", `${url}pub/a.txt`, here])
      expect(kept).toMatchObject({ code: 0, error: expect.stringContaining("skipped pub/a.txt") })
      expect(read(here, "a.txt")).toBe("mine")
      yield* run(["get", `${url}pub/a.txt`, here])
      expect(read(here, "a.txt")).toBe("a\n")
    })
  )

  it.scopedLive("takes as long as --limit-rate says, over all files together", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { a: new Uint8Array(100_000), b: new Uint8Array(100_000) } })
      const began = Date.now()
      const ran = yield* run(["get", "--limit-rate", "200k", `${url}a`, `${url}b`, yield* folder])
      expect(ran.code).toBe(0)
      expect(Date.now() - began).toBeGreaterThan(800)
    })
  )

  it.scopedLive("stops at a full disk, with exit code 7, and leaves the device alone", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const ran = yield* run(["get", `${url}pub/a.txt`, "/dev/full"])
      expect(ran).toMatchObject({ code: 7, error: expect.stringContaining("no space left") })
      expect(Fs.statSync("/dev/full").isCharacterDevice()).toBe(true)
      expect(Fs.existsSync("/dev/full.ftp-effect.part")).toBe(false)
    })
  )
})

describe("put", () => {
  const local = Effect.map(folder, (here) => {
    Fs.mkdirSync(join(here, "site/css"), { recursive: true })
    Fs.writeFileSync(join(here, "site/index.html"), "<html>")
    Fs.writeFileSync(join(here, "site/css/main.css"), "x{}")
    Fs.writeFileSync(join(here, "site/-odd name.txt"), "odd")
    Fs.symlinkSync("index.html", join(here, "site/inside"))
    Fs.symlinkSync("/etc/hostname", join(here, "site/outside"))
    Fs.symlinkSync("css", join(here, "site/directory"))
    Fs.symlinkSync("nothing", join(here, "site/broken"))
    return here
  })

  it.scopedLive("uploads a tree, makes each directory once, and skips links that lead out", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      const here = yield* local
      const ran = yield* run(["put", "-r", join(here, "site"), `${url}www/`, "--json"])
      expect(ran).toMatchObject({ code: 0, error: "" })
      const paths = (yield* server.tree).filter(({ type }) => type === "File").map(({ path }) => path)
      expect(paths).toEqual([
        "/www/site/-odd name.txt",
        "/www/site/css/main.css",
        "/www/site/index.html",
        "/www/site/inside"
      ])
      const skipped = jsonLines(ran.out).flatMap((line) => (line.kind === "skipped" ? [line.why] : []))
      expect(skipped.sort()).toEqual(["a dangling link", "a link that leaves the tree", "a link to a directory"])
      const made = (yield* server.commands).filter((line) => line.startsWith("MKD"))
      expect(made).toEqual([...new Set(made)])
    })
  )

  it.scopedLive("follows cp's rules for targets, and expands quoted patterns", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "in/": {} } })
      const here = yield* local
      const put = (...words: ReadonlyArray<string>) => run(["put", ...words])
      expect((yield* put(join(here, "site/index.html"), `${url}in`)).code).toBe(0)
      expect((yield* put(join(here, "site/index.html"), `${url}in/new.html`)).code).toBe(0)
      expect((yield* put(join(here, "site/*.html"), `${url}more/`)).code).toBe(0)
      expect((yield* put(join(here, "site/*.html"), `${url}nowhere`)).code).toBe(2)
      expect((yield* put(join(here, "site"), `${url}in`)).code).toBe(1)
      const paths = (yield* server.tree).filter(({ type }) => type === "File").map(({ path }) => path)
      expect(paths).toEqual(["/in/index.html", "/in/new.html", "/more/index.html"])
    })
  )

  it.scopedLive("keeps what is on the server with --no-clobber, and tells a missing file", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "index.html": "theirs" } })
      const here = yield* local
      expect((yield* run(["put", "-n", join(here, "site/index.html"), url])).code).toBe(0)
      expect(new TextDecoder().decode(yield* server.read("/index.html"))).toBe("theirs")
      const missing = yield* run(["put", join(here, "nope"), url])
      expect(missing).toMatchObject({ code: 7, error: expect.stringContaining("no such file") })
    })
  )

  it.scopedLive("fails for a name that is not UTF-8, also without a word of notices, and takes the rest", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      const here = yield* folder
      Fs.mkdirSync(join(here, "t"))
      Fs.writeFileSync(Buffer.concat([Buffer.from(`${join(here, "t")}/l`), Buffer.of(0xe9)]), "latin")
      Fs.writeFileSync(join(here, "t/ok"), "ok")
      const ran = yield* run(["put", "-r", "--quiet", join(here, "t"), `${url}t`])
      expect(ran).toMatchObject({ code: 1, error: expect.stringContaining("its name is not UTF-8") })
      expect((yield* server.tree).map(({ path }) => path)).toEqual(["/t", "/t/ok"])
    })
  )

  it.scopedLive("stops when the server is full", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: {}, quota: 4 })
      const here = yield* local
      const ran = yield* run(["put", "-r", join(here, "site"), url, "-P1"])
      expect(ran).toMatchObject({ code: 11, error: expect.stringContaining("no space left on the server") })
    })
  )
})

describe("rm, mv and mkdir", () => {
  it.scopedLive("change the server", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: tree })
      const paths = Effect.map(server.tree, (nodes) => nodes.map(({ path }) => path))
      expect((yield* run(["rm", `${url}pub/?.txt`, "--json"])).out).toContain('"action":"Removed","path":"pub/a.txt"')
      expect((yield* run(["rm", `${url}pub/deep`])).code).toBe(11)
      expect((yield* run(["rm", "-r", `${url}pub/deep`])).code).toBe(0)
      expect((yield* run(["rm", `${url}nope`])).code).toBe(5)
      expect((yield* run(["rm", "-f", `${url}nope`])).code).toBe(0)
      expect((yield* run(["mkdir", `${url}x/y`])).code).not.toBe(0)
      expect((yield* run(["mkdir", "-p", `${url}x/y/`])).code).toBe(0)
      expect((yield* run(["mv", `${url}pub/[c].txt`, `${url}x`])).code).toBe(0)
      expect((yield* run(["mv", `${url}evil/ok.txt`, `${url}x/fine.txt`])).code).toBe(0)
      expect((yield* run(["mv", "-n", `${url}x/fine.txt`, `${url}x/%5Bc%5D.txt`])).code).toBe(1)
      expect(yield* paths).toEqual(
        expect.arrayContaining(["/x", "/x/y", "/x/[c].txt", "/x/fine.txt", "/pub", "/pub/link"])
      )
      expect(yield* paths).not.toContain("/pub/deep")
    })
  )

  it.scopedLive("never remove the root or the login directory", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: tree })
      for (const path of ["", "/", ".", "pub/..", "%2F"]) {
        expect((yield* run(["rm", "-rf", `${url}${path}`])).code).toBe(2)
      }
      expect((yield* server.tree).length).toBeGreaterThan(5)
    })
  )
})

describe("logins", () => {
  const users = { ann: "secret", bob: { password: "pw", account: "dept" } }

  it.scopedLive("take the password from the environment, the netrc, or a person, in this order", () =>
    Effect.gen(function* () {
      const { url, urlOf } = yield* serve({ root: tree, users })
      const here = yield* folder
      const netrc = join(here, "netrc")
      Fs.writeFileSync(netrc, "machine 127.0.0.1 login ann password secret", { mode: 0o600 })
      const ok = { code: 0, error: "", asked: [] }
      expect(yield* run(["ls", urlOf("ann")], { environment: { FTP_PASSWORD: "secret" } })).toMatchObject(ok)
      expect(yield* run(["ls", urlOf("ann")], { environment: { NETRC: netrc } })).toMatchObject(ok)
      expect(yield* run(["ls", urlOf("ann"), "--netrc", netrc])).toMatchObject(ok)
      expect(yield* run(["ls", url], { environment: { NETRC: netrc } })).toMatchObject(ok)
      const asked = yield* run(["ls", urlOf("ann")], { terminal: { answer: "secret" } })
      expect(asked).toMatchObject({ code: 0, asked: ["Password for ann@127.0.0.1: "] })
      expect(yield* run(["ls", "--no-netrc", url], { environment: { NETRC: netrc } })).toMatchObject({ code: 4 })
      const wrong = { environment: { NETRC: netrc, FTP_PASSWORD: "wrong" } }
      expect(yield* run(["ls", urlOf("ann")], wrong)).toMatchObject({ code: 4 })
      const account = { environment: { FTP_PASSWORD: "pw", FTP_ACCOUNT: "dept" } }
      expect(yield* run(["ls", urlOf("bob")], account)).toMatchObject(ok)
    })
  )

  it.scopedLive("warn about a password on the command line and a netrc that others can read", () =>
    Effect.gen(function* () {
      const { urlOf } = yield* serve({ root: tree, users })
      const here = yield* folder
      const netrc = join(here, "netrc")
      Fs.writeFileSync(netrc, "machine 127.0.0.1 login ann password secret", { mode: 0o644 })
      const inUrl = yield* run(["ls", urlOf("ann:secret")])
      expect(inUrl).toMatchObject({ code: 0, error: expect.stringContaining("a password on the command line") })
      const open = yield* run(["ls", urlOf("ann")], { environment: { NETRC: netrc } })
      expect(open).toMatchObject({ code: 0, error: expect.stringContaining("chmod 600") })
    })
  )

  it.scopedLive("show no secret anywhere, also not with --verbose or in errors", () =>
    Effect.gen(function* () {
      const { urlOf } = yield* serve({ root: tree, users: { ann: "other" } })
      const environment = { FTP_PASSWORD: "hunter2", FTP_ACCOUNT: "hunter3" }
      for (const words of [
        ["ls", "-v", urlOf("ann")],
        ["ls", "-v", "--json", urlOf("ann")],
        ["ls", "-v", urlOf("ann:hunter2")],
        ["ls", `${urlOf("ann:hunter2").replace("ftp:", "ftq:")}`],
        ["ls", `${urlOf("ann:hunter2")}%0a`],
        ["ls", urlOf("ann:hunter2"), urlOf("bob:hunter2")]
      ]) {
        const ran = yield* run(words, { environment })
        expect(ran.code).not.toBe(0)
        expect(ran.out + ran.error).not.toMatch(/hunter/)
      }
      const verbose = yield* run(["ls", "-v", urlOf("ann")], { environment })
      expect(verbose.error).toContain("> PASS ****\n")
      expect(verbose.error).toContain("< 530 ")
    })
  )
})

describe("help", () => {
  it.live("is there for the program and every command, and fits the terminal", () =>
    Effect.gen(function* () {
      const whole = yield* run([])
      expect(whole).toMatchObject({ code: 0, error: "" })
      for (const name of ["ls", "get", "put", "cat", "rm", "mv", "mkdir", "stat", "demo", "serve"]) {
        expect(whole.out).toContain(`  ${name} `)
        const page = yield* run([name, "--help"])
        expect(page).toMatchObject({ code: 0, error: "" })
        expect(page.out).toContain("Examples")
        expect(page.out).toContain("--json")
        expect(page.out).not.toContain("\x1b")
      }
    })
  )
})
