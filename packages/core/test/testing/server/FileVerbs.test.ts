import { assert, describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as ListingText from "../../support/listingText.ts"
import { download } from "../../support/rawClient.ts"
import { loggedIn, over, TREE } from "../../support/servedTree.ts"

describe("names and directories", () => {
  it.scoped("CWD, CDUP and PWD keep an absolute clean path and double quotes (RFC 959 appendix II)", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      assert.match(yield* client.ask('CWD pub/./x/../sp "quoted" dir/'), /^250 /)
      assert.match(yield* client.ask("PWD"), /^257 "\/pub\/sp ""quoted"" dir" /)
      assert.match(yield* client.ask("CDUP"), /^250 /)
      assert.match(yield* client.ask("XPWD"), /^257 "\/pub" /)
      assert.match(yield* client.ask("CWD ../../.."), /^250 /)
      assert.match(yield* client.ask("PWD"), /^257 "\/" /)
      assert.strictEqual(yield* client.ask("CWD nope"), "550 nope: No such file or directory")
      assert.strictEqual(yield* client.ask("CWD a.txt"), "550 a.txt: Not a directory")
      assert.match(yield* client.ask("CWD old link"), /^250 /)
      assert.match(yield* client.ask("SIZE b.txt"), /^213 14$/)
      assert.strictEqual(yield* client.ask("CWD /loop"), "550 /loop: Too many levels of symbolic links")
      assert.match(yield* client.ask("CWD"), /^501 /)
    }).pipe(over)
  )

  it.scoped("MKD, RMD, DELE, RNFR and RNTO change the tree, and say why not", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      assert.match(yield* client.ask('MKD new "one"'), /^257 "\/new ""one""" /)
      assert.strictEqual(yield* client.ask('MKD new "one"'), '550 new "one": File exists')
      assert.match(yield* client.ask("MKD no/where"), /^550 no\/where: No such file/)
      assert.strictEqual(yield* client.ask("RMD pub"), "550 pub: Directory not empty")
      assert.match(yield* client.ask('RMD new "one"'), /^250 /)
      assert.match(yield* client.ask("RMD /"), /^550 /)
      assert.strictEqual(yield* client.ask("DELE pub"), "550 pub: Is a directory")
      assert.strictEqual(yield* client.ask("DELE nope"), "550 nope: No such file or directory")
      assert.match(yield* client.ask("RNTO x"), /^503 /)
      assert.match(yield* client.ask("RNFR nope"), /^550 /)
      assert.match(yield* client.ask("RNFR a.txt"), /^350 /)
      assert.match(yield* client.ask("RNTO pub/b.txt"), /^250 /)
      assert.strictEqual(new TextDecoder().decode(yield* server.read("pub/b.txt")), "hello")
      assert.match(yield* client.ask("RNFR pub"), /^350 /)
      assert.match(yield* client.ask("RNTO pub/inside"), /^553 /)
      assert.match(yield* client.ask("RNFR pub"), /^350 /)
      assert.match(yield* client.ask("NOOP"), /^200 /)
      assert.match(yield* client.ask("RNTO elsewhere"), /^503 /)
      assert.match(yield* client.ask("DELE pub/b.txt"), /^250 /)
      const paths = (yield* server.tree).map(({ path }) => path)
      assert.deepStrictEqual(paths, ["/loop", "/old link", "/pub", '/pub/sp "quoted" dir'])
    }).pipe(over)
  )

  it.scoped.each([
    { minutesAhead: 120, time: "20240309094100", listed: "Mar 09 09:41" },
    { minutesAhead: -90, time: "20240309061100", listed: "Mar 09 06:11" }
  ])("a server that is $minutesAhead minutes ahead reports and sets its own times", ({ listed, minutesAhead, time }) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2024, 2, 9, 7, 41))
      const { client, server } = yield* loggedIn({ minutesAhead })
      yield* server.write("new", new Uint8Array(1))
      assert.strictEqual(yield* client.ask("MDTM new"), `213 ${time}`)
      assert.include(yield* client.ask("STAT new"), listed)
      assert.include(yield* client.ask("MLST new"), `modify=${time};`)
      yield* client.ask("MFMT 20200101000000 new")
      assert.strictEqual(yield* client.ask("MDTM new"), "213 20200101000000")
    }).pipe(over)
  )

  it.scoped("SIZE, MDTM, MFMT and SITE tell and set (RFC 3659 §3, §4)", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      assert.strictEqual(yield* client.ask("SIZE a.txt"), "213 5")
      assert.strictEqual(yield* client.ask("MDTM a.txt"), "213 20240506070809")
      assert.match(yield* client.ask("SIZE pub"), /^550 /)
      assert.match(yield* client.ask("MDTM nope"), /^550 /)
      assert.strictEqual(yield* client.ask("MFMT 20200102030405 a.txt"), "213 Modify=20200102030405; a.txt")
      assert.match(yield* client.ask("MFMT tomorrow a.txt"), /^501 /)
      assert.strictEqual(yield* client.ask("MDTM a.txt"), "213 20200102030405")
      assert.match(yield* client.ask("SITE UTIME 202101020304 a.txt"), /^200 /)
      assert.strictEqual(yield* client.ask("MDTM a.txt"), "213 20210102030400")
      assert.match(yield* client.ask("SITE UTIME a.txt 20220102030405 20220102030406 20220102030405 UTC"), /^200 /)
      assert.strictEqual(yield* client.ask("MDTM a.txt"), "213 20220102030406")
      assert.match(yield* client.ask('SITE CHMOD 4750 pub/sp "quoted" dir'), /^200 /)
      assert.match(yield* client.ask('MLST pub/sp "quoted" dir'), /UNIX\.mode=04750;/)
      assert.match(yield* client.ask("SITE EXEC rm"), /^500 /)
      yield* client.ask("TYPE A")
      assert.match(yield* client.ask("SIZE a.txt"), /^550 /)
    }).pipe(over)
  )

  it.scoped("a read-only server refuses whatever writes", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn({ readOnly: true })
      for (const line of [
        "MKD x",
        "RMD pub",
        "DELE a.txt",
        "RNFR a.txt",
        "STOR x",
        "APPE a.txt",
        "SITE CHMOD 644 a.txt"
      ]) {
        assert.strictEqual(yield* client.ask(line), "550 Permission denied.")
      }
      assert.strictEqual((yield* download(client, "RETR a.txt")).text, "hello")
      assert.strictEqual((yield* server.tree).length, 6)
    }).pipe(over)
  )
})

describe("listings", () => {
  const parse = (text: string, now: number) =>
    ListingText.parse(Buffer.from(text, "latin1").toString(), { directory: "/", now: DateTime.unsafeMake(now) })

  it.scoped("LIST reads back to what is there, options ignored", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2024-06-01T00:00:00Z"))
      const { client } = yield* loggedIn({
        root: {
          ...TREE,
          "  lead": "x",
          ancient: { content: "", modified: new Date("2001-02-03T04:05:06Z"), mode: 0o1755 }
        }
      })
      const { text } = yield* download(client, "LIST -a -l")
      assert.include(text, "-rw-r--r--    1 ftp      ftp                 5 May 06 07:08 a.txt\r\n")
      assert.include(text, "-rwxr-xr-t    1 ftp      ftp                 0 Feb 03  2001 ancient\r\n")
      const { entries, unread } = parse(text, yield* Clock.currentTimeMillis)
      assert.deepStrictEqual(unread, [])
      assert.deepStrictEqual(
        entries.map(({ linkTarget, name, type }) => [name, type, Option.getOrUndefined(linkTarget)]),
        [
          ["a.txt", "File", undefined],
          ["pub", "Directory", undefined],
          ["old link", "SymbolicLink", "pub"],
          ["loop", "SymbolicLink", "loop"],
          ["  lead", "File", undefined],
          ["ancient", "File", undefined]
        ]
      )
      const modified = entries[0]?.modified.pipe(Option.map(({ at }) => DateTime.formatIso(at)))
      expect(modified).toEqual(Option.some("2024-05-06T07:08:00.000Z"))
      assert.match((yield* download(client, "LIST a.txt")).text, /^-rw.* a\.txt\r\n$/)
    }).pipe(over)
  )

  it.scoped("MLSD reads back to what is there (RFC 3659 §7)", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      const { text } = yield* download(client, "MLSD")
      assert.match(text, /^type=cdir;modify=/)
      const { entries, unread } = ListingText.parseMlsd(text, { directory: "/", now: DateTime.unsafeMake(0) })
      assert.deepStrictEqual(unread, [])
      assert.deepStrictEqual(
        entries.map(({ name, size, type }) => [name, type, Option.getOrUndefined(size)]),
        [
          ["a.txt", "File", 5],
          ["pub", "Directory", undefined],
          ["old link", "SymbolicLink", undefined],
          ["loop", "SymbolicLink", undefined]
        ]
      )
      assert.strictEqual((yield* download(client, 'MLSD pub/sp "quoted" dir')).text.split("\r\n").length, 3)
    }).pipe(over)
  )

  it.scoped("NLST names, STAT lists on the control connection, and LIST can be DOS-like", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn({ listing: "Dos" })
      assert.strictEqual((yield* download(client, "NLST")).text, "a.txt\r\npub\r\nold link\r\nloop\r\n")
      assert.strictEqual((yield* download(client, "NLST pub")).text, 'pub/b.txt\r\npub/sp "quoted" dir\r\n')
      assert.match(yield* client.ask("STAT a.txt"), /^213-Status follows:\n {1}05-06-24 {2}07:08AM +5 a\.txt\n213 /)
      assert.match((yield* download(client, "LIST")).text, /<DIR> +pub\r\n/)
      assert.strictEqual(yield* client.ask("SYST"), "215 Windows_NT")
    }).pipe(over)
  )

  it.scoped("MLST reports one path on the control connection", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      const lines = (yield* client.ask("MLST a.txt")).split("\n")
      assert.strictEqual(
        lines[1],
        " type=file;size=5;modify=20240506070809;perm=adfrw;unique=1g2;UNIX.mode=0644;UNIX.owner=ftp;UNIX.group=ftp; /a.txt"
      )
      assert.match(yield* client.ask("MLST"), /\n type=dir;.* \/\n250 /)
      assert.match(yield* client.ask("MLST nope"), /^550 /)
    }).pipe(over)
  )
})
