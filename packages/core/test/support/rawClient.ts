/**
 * A client for tests of the test server: it says lines and hears whole replies, and trusts nothing of the library but
 * `Connection`.
 */
import {
  type Connection,
  type ConnectOptions,
  FtpTransport,
  type FtpTransportError
} from "@ftp-effect/core/FtpTransport"
import type { FtpTestServer } from "@ftp-effect/core/testing/FtpTestServer"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"

type Server = FtpTestServer

export interface RawClient {
  readonly control: Connection
  readonly say: (line: string) => Effect.Effect<void, FtpTransportError>
  /** The next reply, lines joined by LF; `"(end)"` at a FIN, `"(lost)"` when the connection broke. */
  readonly hear: Effect.Effect<string>
  readonly ask: (line: string) => Effect.Effect<string, FtpTransportError>
  /** How often `read` gave bytes. */
  readonly reads: () => number
}

export const dial = (host: string, port: number, role: ConnectOptions["role"]) =>
  Effect.flatMap(FtpTransport, (transport) =>
    transport.connect({ host, port, family: "Any", timeout: Duration.seconds(10), role })
  )

export const connect = (server: Server): Effect.Effect<RawClient, FtpTransportError, FtpTransport | Scope.Scope> =>
  Effect.map(dial(server.address.host, server.address.port, "Control"), (control) => {
    let text = ""
    let reads = 0
    const line: Effect.Effect<string> = Effect.suspend(() => {
      const end = text.indexOf("\r\n")
      if (end !== -1) {
        const found = text.slice(0, end)
        text = text.slice(end + 2)
        return Effect.succeed(found)
      }
      return Effect.flatMap(Effect.either(control.read), (read) => {
        if (read._tag === "Left" || Option.isNone(read.right)) {
          return Effect.succeed(read._tag === "Left" ? "(lost)" : "(end)")
        }
        reads += 1
        text += Buffer.from(read.right.value).toString("latin1")
        return line
      })
    })
    const hear = Effect.gen(function* () {
      const lines = [yield* line]
      const [, code] = /^(\d\d\d)-/.exec(lines[0] ?? "") ?? []
      while (code !== undefined && !lines[lines.length - 1]?.startsWith(`${code} `)) {
        lines.push(yield* line)
      }
      return lines.join("\n")
    })
    const say = (command: string) => control.write(Buffer.from(`${command}\r\n`, "latin1"))
    return { control, say, hear, ask: (command) => Effect.zipRight(say(command), hear), reads: () => reads }
  })

/** A client that has read the greeting. */
export const greeted = (server: Server) => Effect.tap(connect(server), ({ hear }) => hear)

/** Greeted, logged in as anonymous, in TYPE I. */
export const login = (server: Server) =>
  Effect.gen(function* () {
    const client = yield* greeted(server)
    yield* client.ask("USER anonymous")
    yield* client.ask("PASS x")
    yield* client.ask("TYPE I")
    return client
  })

/** A passive data connection. */
export const passive = (client: RawClient) =>
  Effect.gen(function* () {
    const reply = yield* client.ask("EPSV")
    const port = Number(/\(\|\|\|(\d+)\|\)/.exec(reply)?.[1])
    return yield* dial(client.control.remote.host, port, "Data")
  })

/** All that comes until the end, and how it ended. */
export const drain = (connection: Connection) =>
  Effect.gen(function* () {
    const chunks: Array<Buffer> = []
    for (;;) {
      const read = yield* Effect.either(connection.read)
      if (read._tag === "Left") {
        return { text: Buffer.concat(chunks).toString("latin1"), end: read.left.reason }
      }
      if (Option.isNone(read.right)) {
        return { text: Buffer.concat(chunks).toString("latin1"), end: "FIN" }
      }
      chunks.push(Buffer.from(read.right.value))
    }
  })

/** `command` over a passive connection: the two replies and what came. */
export const download = (client: RawClient, command: string) =>
  Effect.gen(function* () {
    const data = yield* passive(client)
    const first = yield* client.ask(command)
    const { end, text } = yield* drain(data)
    return { first, text, end, final: yield* client.hear }
  }).pipe(Effect.scoped)

export const upload = (client: RawClient, command: string, content: string) =>
  Effect.gen(function* () {
    const data = yield* passive(client)
    const first = yield* client.ask(command)
    yield* data.write(Buffer.from(content, "latin1"))
    yield* data.endOutput
    return { first, final: yield* client.hear }
  }).pipe(Effect.scoped)
