import { assert, describe, it } from "@effect/vitest"
import { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Listing from "#core/protocol/Listing"
import { connect, dial, download, drain, login, passive, upload } from "../support/rawClient.ts"

const over = Effect.provide(MemoryTransport.layer)

const MAY = new Date("2024-05-06T07:08:09Z")

const TREE: FtpTestServer.Tree = {
  "a.txt": { content: "hello", modified: MAY },
  "pub/b.txt": "line 1\nline 2\n",
  'pub/sp "quoted" dir/': {},
  "old link": { link: "pub" },
  loop: { link: "loop" }
}

const served = (options: FtpTestServer.Options = {}) => FtpTestServer.make({ root: TREE, ...options })

const loggedIn = (options?: FtpTestServer.Options) =>
  Effect.gen(function* () {
    const server = yield* served(options)
    return { server, client: yield* login(server) }
  })

describe("logging in (RFC 959 §4.1.1)", () => {
  it.scoped("a user with a password gets in, with the wrong one not", () =>
    Effect.gen(function* () {
      const server = yield* served({ users: { ann: "secret" } })
      const client = yield* connect(server)
      assert.strictEqual(yield* client.hear, "220 Service ready.")
      assert.match(yield* client.ask("PWD"), /^530 /)
      assert.match(yield* client.ask("AUTH TLS"), /^500 /)
      assert.match(yield* client.ask("PASS secret"), /^503 /)
      assert.match(yield* client.ask("USER ann"), /^331 /)
      assert.strictEqual(yield* client.ask("PASS wrong"), "530 Login incorrect.")
      assert.match(yield* client.ask("USER ann"), /^331 /)
      assert.match(yield* client.ask("PASS secret"), /^230 /)
      assert.match(yield* client.ask("USER bob"), /^530 /)
      assert.match(yield* client.ask("USER anonymous"), /^530 /)
    }).pipe(over)
  )

  it.scoped("an account is asked for where one is needed, and anonymous only where it is allowed", () =>
    Effect.gen(function* () {
      const server = yield* served({ users: { ann: { password: Redacted.make("p"), account: "book" } } })
      const client = yield* connect(server)
      yield* client.hear
      yield* client.ask("USER ann")
      assert.match(yield* client.ask("PASS p"), /^332 /)
      assert.match(yield* client.ask("PWD"), /^530 /)
      assert.match(yield* client.ask("ACCT book"), /^230 /)
      const other = yield* connect(server)
      yield* other.hear
      yield* other.ask("USER anonymous")
      assert.match(yield* other.ask("PASS me@"), /^530 /)
    }).pipe(over)
  )

  it.scoped("the log shows what was sent, secrets masked, and onLine the whole dialogue", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const server = yield* served({
        onLine: ({ connection, from, text }) => Effect.sync(() => void lines.push(`${connection} ${from}: ${text}`))
      })
      const client = yield* login(server)
      yield* client.ask("noop")
      assert.deepStrictEqual(yield* server.commands, ["USER anonymous", "PASS ****", "TYPE I", "noop"])
      assert.deepStrictEqual(lines.slice(-2), ["1 Client: noop", "1 Server: 200 NOOP ok."])
      assert.notInclude(lines.join(), "PASS x")
    }).pipe(over)
  )

  it.scoped("QUIT ends the connection and nothing is left behind", () =>
    Effect.gen(function* () {
      const network = yield* MemoryTransport.MemoryNetwork
      const server = yield* served()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const client = yield* login(server)
          yield* passive(client)
          assert.strictEqual((yield* server.connections).current, 1)
          assert.match(yield* client.ask("QUIT"), /^221 /)
          assert.strictEqual(yield* client.hear, "(end)")
        })
      )
      yield* Effect.repeatN(Effect.yieldNow(), 50)
      assert.deepStrictEqual(yield* server.connections, { current: 0, peak: 1, total: 1, transfers: 0 })
      assert.deepStrictEqual([yield* network.openEnds, yield* network.listeners], [0, 1])
    }).pipe(over)
  )

  for (const like of ["vsftpd", "Pure-FTPd"] as const) {
    for (const per of ["Server", "Address"] as const) {
      it.scoped(`one connection too many is greeted with 421, like ${like}, per ${per}`, () =>
        Effect.gen(function* () {
          const server = yield* served({ limit: { connections: 1, like, per } })
          yield* login(server)
          const second = yield* connect(server)
          assert.match(yield* second.hear, /^421 .*(too many|maximum)/i)
          assert.strictEqual(yield* second.hear, "(end)")
          assert.strictEqual((yield* server.connections).peak, 1)
        }).pipe(over)
      )
    }
  }

  it.scoped("like ProFTPD, one login too many is refused at PASS", () =>
    Effect.gen(function* () {
      const server = yield* served({ limit: { connections: 1, like: "ProFTPD" } })
      yield* login(server)
      const second = yield* connect(server)
      assert.match(yield* second.hear, /^220 /)
      yield* second.ask("USER anonymous")
      assert.match(yield* second.ask("PASS x"), /^530 Sorry, the maximum/)
      assert.strictEqual(yield* second.hear, "(end)")
    }).pipe(over)
  )
})

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

describe("what the server says of itself", () => {
  it.scoped("FEAT, HELP and the verbs themselves leave out what is denied", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn({
        denied: ["MLST", "mlsd", "UTF8"],
        deniedReply: "502 Command not implemented."
      })
      const features = yield* client.ask("FEAT")
      assert.notInclude(features, "MLST")
      assert.notInclude(features, "UTF8")
      assert.include(features, "\n REST STREAM\n")
      assert.notInclude(yield* client.ask("HELP"), "MLSD")
      assert.strictEqual(yield* client.ask("MLST a.txt"), "502 Command not implemented.")
      assert.match(yield* client.ask("OPTS UTF8 ON"), /^501 /)
      assert.strictEqual(yield* client.ask("FROB"), "500 Unknown command.")
    }).pipe(over)
  )

  it.scoped("SYST, NOOP, STAT, TYPE, MODE, STRU, ALLO, OPTS and ABOR are answered", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      assert.strictEqual(yield* client.ask("SYST"), "215 UNIX Type: L8")
      assert.match(yield* client.ask("STAT"), /^211-(.|\n)*TYPE: BINARY(.|\n)*\n211 /)
      assert.match(yield* client.ask("TYPE E"), /^504 /)
      assert.match(yield* client.ask("MODE S"), /^200 /)
      assert.match(yield* client.ask("MODE Z"), /^504 /)
      assert.match(yield* client.ask("STRU F"), /^200 /)
      assert.match(yield* client.ask("STRU R"), /^504 /)
      assert.match(yield* client.ask("ALLO 100"), /^202 /)
      assert.match(yield* client.ask("OPTS UTF8 ON"), /^200 /)
      assert.strictEqual(yield* client.ask("OPTS MLST size;type;bogus;"), "200 MLST OPTS type;size;")
      assert.match(yield* client.ask("MLST a.txt"), /\n type=file;size=5; \/a\.txt\n/)
      assert.match(yield* client.ask("ABOR"), /^225 /)
    }).pipe(over)
  )

  it.scoped("several lines make a long greeting", () =>
    Effect.gen(function* () {
      const client = yield* connect(yield* served({ greeting: "Welcome\n to here\nReady" }))
      assert.strictEqual(yield* client.hear, "220-Welcome\n to here\n220 Ready")
    }).pipe(over)
  )

  it.scoped("a line past 4096 bytes ends the conversation", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      assert.match(yield* client.ask(`CWD ${"x".repeat(5000)}`), /^500 Input line too long/)
      assert.strictEqual(yield* client.hear, "(end)")
    }).pipe(over)
  )

  it.scoped("bytes that are not UTF-8, and Telnet's 255, come back as they were sent", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      assert.match(yield* client.ask("MKD caf\xe9 \xff\xff"), /^257 "\/caf\xe9 \xff\xff" /)
      assert.include((yield* download(client, "NLST")).text, "caf\xe9 \xff\r\n")
    }).pipe(over)
  )
})

describe("data connections (RFC 959 §3.2, RFC 2428)", () => {
  it.scoped("150 comes only once the data connection is up", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      const port = Number(/\|(\d+)\|/.exec(yield* client.ask("EPSV"))?.[1])
      yield* client.say("RETR a.txt")
      const waiting = yield* Effect.fork(client.hear)
      yield* Effect.repeatN(Effect.yieldNow(), 50)
      assert.isTrue(Option.isNone(yield* waiting.poll))
      const data = yield* dial("127.0.0.1", port, "Data")
      assert.match(yield* waiting.await.pipe(Effect.flatten), /^150 .*\(5 bytes\)/)
      assert.deepStrictEqual(yield* drain(data), { text: "hello", end: "FIN" })
      assert.match(yield* client.hear, /^226 /)
    }).pipe(over)
  )

  it.scoped("a passive port serves one transfer; without one there is 425", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      assert.match(yield* client.ask("RETR a.txt"), /^425 /)
      assert.strictEqual((yield* download(client, "RETR a.txt")).text, "hello")
      assert.match(yield* client.ask("RETR a.txt"), /^425 /)
    }).pipe(over)
  )

  it.scoped("nobody dials: 425 when the clock says so", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn({ dataTimeout: "30 seconds" })
      yield* client.ask("EPSV")
      yield* client.say("RETR a.txt")
      const waiting = yield* Effect.fork(client.hear)
      yield* TestClock.adjust("30 seconds")
      assert.match(yield* waiting.await.pipe(Effect.flatten), /^425 /)
      assert.match(yield* client.ask("NOOP"), /^200 /)
    }).pipe(over)
  )

  it.scoped("PASV names the address in six numbers, or the one of the options", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn({ passivePorts: [50000, 50001] })
      assert.strictEqual(yield* client.ask("PASV"), "227 Entering Passive Mode (127,0,0,1,195,80).")
      const elsewhere = yield* login(yield* served({ passiveHost: "192.0.2.9" }))
      assert.match(yield* elsewhere.ask("PASV"), /\(192,0,2,9,\d+,\d+\)/)
    }).pipe(over)
  )

  it.scoped("over IPv6 there is EPSV and EPRT only, and EPSV ALL forbids the rest", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn({ host: "::1" })
      assert.match(yield* client.ask("PASV"), /^425 /)
      assert.match(yield* client.ask("EPSV 1"), /^522 .*\(2\)/)
      assert.match(yield* client.ask("EPRT |1|127.0.0.1|5000|"), /^522 .*\(2\)/)
      assert.match(yield* client.ask("EPRT |2|0:0:0:0:0:0:0:1|5000|"), /^200 /)
      assert.strictEqual((yield* download(client, "RETR a.txt")).text, "hello")
      assert.match(yield* client.ask("EPSV ALL"), /^200 /)
      assert.match(yield* client.ask("EPRT |2|::1|5000|"), /^501 /)
      assert.match(yield* client.ask("PASV"), /^501 /)
      assert.match(yield* client.ask("EPSV"), /^229 /)
    }).pipe(over)
  )

  for (const argument of ["PORT 127,0,0,1,195,80", "EPRT |1|127.0.0.1|50000|"]) {
    it.scoped(`the server dials after ${argument}`, () =>
      Effect.gen(function* () {
        const { client } = yield* loggedIn()
        const listener = yield* (yield* FtpTransport).listen({ host: "127.0.0.1", ports: [50000, 50000] })
        assert.match(yield* client.ask(argument), /^200 /)
        yield* client.say("RETR a.txt")
        const data = yield* listener.accept
        assert.match(yield* client.hear, /^150 /)
        assert.strictEqual((yield* drain(data)).text, "hello")
        assert.match(yield* client.hear, /^226 /)
      }).pipe(over)
    )
  }

  it.scoped("PORT to another host or a service's port is refused (RFC 2577 §3)", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      assert.match(yield* client.ask("PORT 192,0,2,1,195,80"), /^500 /)
      assert.match(yield* client.ask("PORT 127,0,0,1,0,25"), /^500 /)
      assert.match(yield* client.ask("PORT 1,2,3"), /^501 /)
      assert.match(yield* client.ask("EPRT |3|x|1|"), /^522 /)
      assert.match(yield* client.ask("RETR a.txt"), /^425 /)
    }).pipe(over)
  )

  it.scoped("nobody listens where the server is to dial: 425", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      yield* client.ask("PORT 127,0,0,1,195,80")
      assert.match(yield* client.ask("RETR a.txt"), /^425 /)
    }).pipe(over)
  )
})

describe("transfers", () => {
  it.scoped("RETR sends a large file whole", () =>
    Effect.gen(function* () {
      const content = "0123456789abcdef".repeat(200_000)
      const { client, server } = yield* loggedIn()
      yield* server.write("big/file", content)
      const { end, final, first, text } = yield* download(client, "RETR big/file")
      assert.match(first, /^150 .*\(3200000 bytes\)/)
      assert.isTrue(text === content)
      assert.strictEqual(end, "FIN")
      assert.match(final, /^226 /)
    }).pipe(over)
  )

  it.scoped("REST makes RETR start there, once, and outlives other commands (RFC 3659 §5)", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      assert.match(yield* client.ask("REST 3"), /^350 .*\(3\)/)
      yield* client.ask("PWD")
      assert.strictEqual((yield* download(client, "RETR a.txt")).text, "lo")
      assert.strictEqual((yield* download(client, "RETR a.txt")).text, "hello")
      assert.match(yield* client.ask("REST -1"), /^501 /)
      yield* client.ask("REST 5")
      assert.strictEqual((yield* download(client, "RETR a.txt")).text, "")
      yield* client.ask("REST 6")
      assert.match(yield* client.ask("RETR a.txt"), /^554 /)
    }).pipe(over)
  )

  it.scoped("STOR replaces, APPE adds, and after REST both write in place", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      const content = Effect.map(server.read("up"), (bytes) => new TextDecoder().decode(bytes))
      yield* TestClock.setTime(MAY.getTime())
      const { final, first } = yield* upload(client, "STOR up", "first version")
      assert.match(first, /^150 /)
      assert.match(final, /^226 /)
      assert.strictEqual(yield* content, "first version")
      assert.strictEqual(yield* client.ask("MDTM up"), "213 20240506070809")
      yield* upload(client, "STOR up", "2nd")
      assert.strictEqual(yield* content, "2nd")
      yield* upload(client, "APPE up", "+more")
      assert.strictEqual(yield* content, "2nd+more")
      yield* client.ask("REST 4")
      yield* upload(client, "STOR up", "MO")
      assert.strictEqual(yield* content, "2nd+MOre")
      yield* client.ask("REST 8")
      yield* upload(client, "APPE up", "!")
      assert.strictEqual(yield* content, "2nd+MOre!")
      yield* client.ask("REST 100")
      assert.match(yield* client.ask("STOR up"), /^554 /)
      assert.match((yield* upload(client, "APPE fresh", "x")).final, /^226 /)
    }).pipe(over)
  )

  it.scoped("STOU chooses a name and tells it in the 150 (RFC 1123 §4.1.2.9)", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      assert.strictEqual((yield* upload(client, "STOU", "one")).first, "150 FILE: STOU")
      assert.strictEqual((yield* upload(client, "STOU", "two")).first, "150 FILE: STOU.1")
      assert.strictEqual(new TextDecoder().decode(yield* server.read("STOU.1")), "two")
    }).pipe(over)
  )

  it.scoped("a tree given by the caller is never written to", () =>
    Effect.gen(function* () {
      const mine = new TextEncoder().encode("mine")
      const { client, server } = yield* loggedIn({ root: { f: mine } })
      yield* client.ask("REST 1")
      yield* upload(client, "STOR f", "XX")
      assert.strictEqual(new TextDecoder().decode(yield* server.read("f")), "mXXe")
      assert.strictEqual(new TextDecoder().decode(mine), "mine")
    }).pipe(over)
  )

  it.scoped("TYPE A turns LF into CRLF and back (RFC 959 §3.1.1.1)", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      yield* client.ask("TYPE A")
      assert.strictEqual((yield* download(client, "RETR pub/b.txt")).text, "line 1\r\nline 2\r\n")
      yield* upload(client, "STOR t", "a\r\nb\rc\r\r\n\r")
      assert.strictEqual(new TextDecoder().decode(yield* server.read("t")), "a\nb\rc\r\n\r")
    }).pipe(over)
  )

  it.scoped("beyond the quota there is 552, and what fitted stays", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn({ root: { old: "12345" }, quota: 10 })
      assert.match((yield* upload(client, "STOR new", "123456789")).final, /^552 /)
      assert.strictEqual((yield* server.read("new")).byteLength, 5)
      yield* client.ask("DELE new")
      assert.match((yield* upload(client, "STOR new", "12345")).final, /^226 /)
    }).pipe(over)
  )

  it.scoped("what cannot be opened is 550 before any data connection, whose port is closed", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      const data = yield* passive(client)
      assert.strictEqual(yield* client.ask("RETR nope"), "550 nope: No such file or directory")
      assert.strictEqual((yield* drain(data)).end, "Reset")
      assert.strictEqual(yield* client.ask("RETR pub"), "550 pub: Not a regular file")
      assert.strictEqual(yield* client.ask("STOR pub"), "550 pub: Is a directory")
      assert.match(yield* client.ask("STOR no/where"), /^550 /)
      assert.match(yield* client.ask("LIST nope"), /^550 /)
      assert.match(yield* client.ask("MLSD a.txt"), /^501 /)
    }).pipe(over)
  )

  it.scoped("an upload that is reset is 426 and leaves what came", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      const data = yield* passive(client)
      yield* client.ask("STOR part")
      yield* data.write(Buffer.from("some"))
      yield* Effect.repeatN(Effect.yieldNow(), 50)
      yield* data.reset
      assert.match(yield* client.hear, /^426 /)
      assert.strictEqual((yield* server.read("part")).byteLength, 4)
    }).pipe(over)
  )

  it.scoped("a download whose client leaves is 426, and the session goes on", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      yield* server.write("big", new Uint8Array(1_000_000))
      const data = yield* passive(client)
      yield* client.ask("RETR big")
      yield* data.reset
      assert.match(yield* client.hear, /^426 /)
      assert.match(yield* client.ask("NOOP"), /^200 /)
    }).pipe(over)
  )

  it.scoped("ABOR stops a transfer under way: 426, then 226 (RFC 959 §4.1.3)", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      yield* server.write("big", new Uint8Array(1_000_000))
      const data = yield* passive(client)
      assert.match(yield* client.ask("RETR big"), /^150 /)
      assert.strictEqual((yield* server.connections).transfers, 1)
      assert.match(yield* client.ask("\xff\xf4\xff\xf2ABOR"), /^426 /)
      assert.match(yield* client.hear, /^226 /)
      assert.strictEqual((yield* drain(data)).end, "Reset")
      assert.strictEqual((yield* server.connections).transfers, 0)
      assert.match(yield* client.ask("ABOR"), /^225 /)
    }).pipe(over)
  )

  it.scoped("a control connection that is lost takes its transfer with it", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      yield* server.write("big", new Uint8Array(1_000_000))
      const data = yield* passive(client)
      yield* client.ask("RETR big")
      yield* client.control.reset
      assert.strictEqual((yield* drain(data)).end, "Reset")
      yield* Effect.repeatN(Effect.yieldNow(), 50)
      assert.strictEqual((yield* server.connections).current, 0)
    }).pipe(over)
  )

  it.scoped("pipelined commands are answered in order, those behind a transfer after it", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      const data = yield* passive(client)
      yield* client.say("PWD\r\nRETR a.txt\r\nNOOP\r\nSYST")
      const codes: Array<string> = []
      for (let count = 0; count < 5; count += 1) {
        codes.push((yield* client.hear).slice(0, 3))
      }
      assert.deepStrictEqual(codes, ["257", "150", "226", "200", "215"])
      assert.strictEqual((yield* drain(data)).text, "hello")
    }).pipe(over)
  )
})

describe("listings", () => {
  const parse = (text: string, now: number) =>
    Listing.parse(Buffer.from(text, "latin1").toString(), { directory: "/", now: DateTime.unsafeMake(now) })

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
      assert.deepStrictEqual(modified, Option.some("2024-05-06T07:08:00.000Z"))
      assert.match((yield* download(client, "LIST a.txt")).text, /^-rw.* a\.txt\r\n$/)
    }).pipe(over)
  )

  it.scoped("MLSD reads back to what is there (RFC 3659 §7)", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      const { text } = yield* download(client, "MLSD")
      assert.match(text, /^type=cdir;modify=/)
      const { entries, unread } = Listing.parseMlsd(text, { directory: "/", now: DateTime.unsafeMake(0) })
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

  it.scoped("MLST tells of one path on the control connection", () =>
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
