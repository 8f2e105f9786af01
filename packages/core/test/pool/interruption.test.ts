import { assert, describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import type { FtpSession } from "@ftp-effect/core/FtpSession"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Embedded from "../support/embedded.ts"
import { hasher } from "../support/hasher.ts"
import { inTime } from "../support/inTime.ts"

const CONTENT = new Uint8Array(2998)

/** More turns of the scheduler than a download of one chunk has left after that chunk. */
const TURNS = 60

/** Whether the session came back. */
const interruptedAfter = (turns: number) =>
  Effect.gen(function* () {
    const client = yield* FtpClient.FtpClient
    const pool = yield* FtpPool.FtpPool
    const due = yield* Deferred.make<void>()
    const download = client.download("a", { onProgress: () => Deferred.unsafeDone(due, Exit.void) })
    const fiber = yield* Effect.fork(Stream.runDrain(download))
    yield* Deferred.await(due)
    for (let turn = 0; turn < turns; turn++) {
      yield* Effect.yieldNow()
    }
    yield* Fiber.interrupt(fiber)
    return (yield* pool.status)[0]?.inUse === 0
  }).pipe(Effect.provide(Embedded.layer({ server: { root: { a: CONTENT } } })))

// A pool whose session is never given back never closes, and the test ends by its limit.
it.effect("regression: a session is given back at whatever moment of its end a download is interrupted", () =>
  Effect.gen(function* () {
    for (let turns = 0; turns < TURNS; turns++) {
      assert.isTrue(yield* interruptedAfter(turns), `interrupted ${turns} turns after the last chunk`)
    }
  })
)

const OLD = "what was there before"

const stage = (server: FtpTestServer.Options = {}) =>
  Embedded.layer({
    server: { root: { "x.txt": OLD, "a dir/": {}, "pub/": {} }, hasher, ...server },
    pool: { maxPerHost: 1 }
  })

const using = <A, E>(use: (session: FtpSession) => Effect.Effect<A, E>) =>
  Effect.flatMap(FtpClient.FtpClient, (client) => client.withSession(use))

/** Runs an effect, interrupts it while the server has that verb before it, and lets the server answer. */
const interruptedAt = <A, E, R>(verb: string, self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    yield* using((session) => session.run(Command.noop))
    yield* server.fault({ _tag: "Delay", verb, duration: "300 millis" })
    const fiber = yield* Effect.fork(self)
    yield* TestClock.adjust("100 millis")
    const [last] = (yield* server.commands).filter((line) => !line.startsWith("RETR")).slice(-1)
    expect(last).toMatch(verb)
    const interruption = yield* Effect.fork(Fiber.interrupt(fiber))
    yield* TestClock.adjust("1 seconds")
    yield* Fiber.join(interruption)
    yield* server.clearFaults
  })

/** The next borrower's upload is where it should be, whole, and nowhere else. */
const uploadLands = Effect.gen(function* () {
  const client = yield* FtpClient.FtpClient
  const server = yield* FtpTestServer.FtpTestServer
  yield* inTime(client.upload("x.txt", FtpSource.fromString("a\nb")))
  expect(new TextDecoder().decode(yield* server.read("x.txt"))).toBe("a\nb")
  const files = (yield* server.tree).filter(({ type }) => type === "File")
  expect(files.map(({ path }) => path)).toEqual(["/x.txt"])
  return (yield* server.connections).total
})

describe("a session whose state on the server is not known is not lent again:", () => {
  const withoutLists = { denied: ["MLSD", "MLST"] }
  const fromOffset = (session: FtpSession) =>
    Effect.scoped(Effect.flatMap(session.receive(Command.retr("x.txt"), { offset: 5 }), ({ read }) => read))

  const cases: ReadonlyArray<
    readonly [string, string, Effect.Effect<unknown, unknown, FtpClient.FtpClient>, FtpTestServer.Options?]
  > = [
    ["CWD", "CWD", using((session) => session.run(Command.cwd("pub")))],
    ["CDUP", "CDUP", using((session) => session.run({ verb: "CDUP", argument: undefined }))],
    ["TYPE A", "TYPE", using((session) => session.run(Command.type("A")))],
    ["REST", "REST", using((session) => session.run(Command.rest(5)))],
    ["RNFR", "RNFR", using((session) => session.run(Command.rnfr("x.txt")))],
    ["RNFR of a rename", "RNFR", using((session) => session.rename("pub", "public"))],
    ["OPTS", "OPTS", using((session) => session.run(Command.opts("HASH SHA-512")))],
    ["OPTS of a hash", "OPTS", using((session) => session.hash("x.txt", "MD5")), { denied: ["XMD5", "MD5"] }],
    ["CWD of an isDirectory", "CWD", using((session) => session.isDirectory("pub"))],
    ["CWD of a list", "CWD", using((session) => session.list("a dir")), withoutLists],
    ["REST of a download", "REST", using(fromOffset), { denied: ["FEAT"] }],
    [
      "REST of an upload",
      "REST",
      using((session) => session.transmit(Command.stor("x.txt"), Effect.succeedNone, { offset: 5 }))
    ]
  ]
  for (const [what, verb, interrupted, server] of cases) {
    it.effect(what, () =>
      Effect.gen(function* () {
        yield* interruptedAt(verb, interrupted)
        expect(yield* uploadLands).toBe(2)
      }).pipe(Effect.provide(stage(server)))
    )
  }

  it.effect("REST in one burst with a RETR that is refused", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Refuse", verb: "RETR", reply: "450 File busy." })
      yield* interruptedAt("REST", using(fromOffset))
      expect(yield* uploadLands).toBe(2)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("REST before a RETR that is refused after the wait for its first reply", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Delay", verb: "RETR", duration: "6 seconds" })
      yield* server.fault({ _tag: "Refuse", verb: "RETR", reply: "450 File busy." })
      yield* inTime(Effect.exit(using(fromOffset)), "1 minute")
      expect(yield* uploadLands).toBe(2)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("also when another command was answered since", () =>
    Effect.gen(function* () {
      const both = using((session) =>
        Effect.zipRight(
          Effect.timeoutOption(session.run(Command.cwd("pub")), "100 millis"),
          Effect.zipRight(Effect.exit(session.run(Command.cwd("missing"))), session.run(Command.type("I")))
        )
      )
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Delay", verb: "CWD", duration: "300 millis" })
      yield* inTime(both, "10 seconds")
      expect(yield* uploadLands).toBe(2)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("a directory that was looked at from another than the login directory", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      yield* client.withSession((session) =>
        Effect.zipRight(session.run(Command.cwd("pub")), session.isDirectory("/a dir"))
      )
      expect(yield* uploadLands).toBe(2)
    }).pipe(Effect.provide(stage()))
  )
})

it.effect("a refused change, and one that was never sent, cost no session", () =>
  Effect.gen(function* () {
    const client = yield* FtpClient.FtpClient
    const refused = [Command.cwd("missing"), Command.cwd("line\nend"), Command.rest(-1)]
    yield* client.withSession((session) => Effect.forEach(refused, (command) => Effect.flip(session.run(command))))
    expect(yield* uploadLands).toBe(1)
  }).pipe(Effect.provide(stage()))
)
