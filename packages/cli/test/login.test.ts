/** Where user and password come from, and where they never show. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, run, serve } from "./support/cli.ts"
import { tree } from "./support/tree.ts"

describe("logins", () => {
  const users = { ann: "secret", bob: { password: "pw", account: "dept" } }

  it.scopedLive("a login takes its password from the environment, the netrc, or the user, in this order", () =>
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

  it.scopedLive("a netrc with an unclosed quote is an error that names its line and shows nothing of it", () =>
    Effect.gen(function* () {
      const { urlOf } = yield* serve({ root: tree, users })
      const netrc = join(yield* folder, "netrc")
      Fs.writeFileSync(netrc, 'machine 127.0.0.1 login ann\npassword "secret', { mode: 0o600 })
      const ran = yield* run(["ls", urlOf("ann")], { environment: { NETRC: netrc } })
      expect(ran.code).toBe(2)
      expect(ran.error).toContain(`${netrc}: line 2 has a quote that is not closed`)
      expect(ran.error).not.toContain("secret")
    })
  )

  it.scopedLive("a host whose netrc entry has no password is not sent the password of the next entry", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree, users: { ...users, bob: "other" } })
      const netrc = join(yield* folder, "netrc")
      const next = "machine elsewhere.example login bob password other\n"
      for (const own of ["machine 127.0.0.1 login ann password\n", "machine 127.0.0.1 login ann password #s\n"]) {
        Fs.writeFileSync(netrc, own + next, { mode: 0o600 })
        expect(yield* run(["ls", url], { environment: { NETRC: netrc } })).toMatchObject({ code: 4 })
      }
    })
  )

  it.scopedLive("a login warns about a password on the command line and a netrc that others can read", () =>
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

  it.scopedLive("a login shows no secret, even with --verbose or in errors", () =>
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

  it.effect.each([
    "ls ftp:/ann:hunter2@h/",
    "ls ftp:ann:hunter2@h/",
    "ls ftp//ann:hunter2@h/",
    "ls ann:hunter2@h/",
    "ls http://ann:hunter2@h/",
    "ls sftp://ann:hunter2@h/",
    "ls ftp://ann:hunter2",
    "ls ftp://ann:hunter2/x@h/",
    "ls ftp://ann:x/hunter2@h/",
    "ls ftp://ann:hunter2%@h/",
    "ls ftp://ann:hunter2@h:99999/",
    "ls ftp://ann:12/hunter2@h/%0a",
    "ls ftp://ann:hunter2@h/%zz",
    "ls -T ftp://ann:hunter2@h/",
    "ls -T ann:hunter2@h",
    "ls --netrc ftp://ann:hunter2@h/",
    "ls --ca ftp:/ann:hunter2@h/",
    "ls --netrc=ftp://ann:hunter2@h/",
    "ls --ftp://ann:hunter2@h/",
    "ftp://ann:hunter2@h/",
    "ftp:/ann:hunter2@h/",
    "ann:hunter2@h",
    "--json ftp:/ann:hunter2@h/",
    "get ftp:/ann:hunter2@h/ x",
    "get ftp://h/ ftp:/ann:hunter2@h/",
    "put ftp://ann:hunter2@h/x ftp://h/",
    "put ftp:/ann:hunter2@h/x ftp://h/",
    "put x ftp:/ann:hunter2@h/",
    "mv ftp://h/x ftp:/ann:hunter2@h/",
    "serve ftp://ann:hunter2@h/",
    "serve --port ftp://ann:hunter2@h/"
  ])("a mistyped call shows nothing of a password in it: %s", (line) =>
    Effect.gen(function* () {
      const { code, error, out } = yield* run(line.split(" "))
      expect(code).toBe(2)
      expect(error).not.toBe("")
      expect(out + error).not.toContain("hunter2")
    })
  )

  it.effect.each([
    [["ls", "ftp://h/%zz"], "ftp://h/%zz"],
    [["ls", "ftp://ann:hunter2@h:2121/a/%zz"], "ftp://ann@h:2121/a/%zz"],
    [["ls", "files.example/pub"], '"files.example/pub"'],
    [["ls", "ftp:/ann:hunter2@h/"], '"ftp:****"'],
    [["sl"], '"sl"']
  ] as const)("a message repeats of what was typed the part that can't hold a password: %j", ([words, shown]) =>
    Effect.gen(function* () {
      expect((yield* run(words)).error).toContain(shown)
    })
  )
})
