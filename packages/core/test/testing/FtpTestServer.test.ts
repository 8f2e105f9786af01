import { assert, describe, it } from "@effect/vitest"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { connect, download, login, passive } from "../support/rawClient.ts"
import { loggedIn, over, served } from "../support/servedTree.ts"

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

  for (const [line, shown] of [
    ["SITE PSWD old s3cret", "SITE ****"],
    ["PASS\ts3cret", "****"],
    ["PASS\ts3cret s3cret", "****"],
    [" PASS s3cret", "****"]
  ] as const) {
    it.scoped(`the log and onLine mask the secret in ${JSON.stringify(line)}`, () =>
      Effect.gen(function* () {
        const lines: Array<string> = []
        const server = yield* served({ onLine: ({ text }) => Effect.sync(() => void lines.push(text)) })
        const client = yield* login(server)
        yield* client.ask(line)
        assert.strictEqual((yield* server.commands).at(-1), shown)
        assert.notInclude(lines.join(), "s3cret")
      }).pipe(over)
    )
  }

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
      const longest = `CWD ${"x".repeat(4096 - "CWD ".length - "\r".length)}`
      assert.match(yield* client.ask(longest), /^550 /)
      assert.match(yield* client.ask(`${longest}x`), /^500 Input line too long/)
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
