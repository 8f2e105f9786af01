/** How many round trips it takes on a line with delay until something is asked for, from the first connection on. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import { MemoryNetwork } from "@ftp-effect/core/testing/MemoryTransport"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { fetch } from "../support/scripted.ts"

const ROUND_TRIP = 50

const root = { "sub/a.txt": "a", "sub/b.txt": "b", "file.txt": "x" }

const OLD = { denied: ["MLST", "MLSD"] }

/** After how many round trips each of the commands reached the server for the first time. */
const arrivals = <A, E>(
  use: (client: FtpClient.FtpClient, pool: FtpPool.FtpPool) => Effect.Effect<A, E>,
  verbs: ReadonlyArray<string>,
  server: FtpTestServer.Options = {}
) => {
  const first = new Map<string, number>()
  const onLine: FtpTestServer.Options["onLine"] = ({ from, text }) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const verb = text.split(" ", 1)[0] ?? ""
      if (from === "Client" && !first.has(verb)) {
        first.set(verb, now / ROUND_TRIP)
      }
    })
  return Effect.gen(function* () {
    const network = yield* MemoryNetwork
    yield* network.delay(ROUND_TRIP / 2)
    const used = yield* Effect.exit(
      inTime(use(yield* FtpClient.FtpClient, yield* FtpPool.FtpPool), ROUND_TRIP * 50, 500)
    )
    // No time passes while the sessions are closed.
    yield* network.delay(0)
    yield* used
    return Object.fromEntries(verbs.map((verb) => [verb, first.get(verb)]))
  }).pipe(Effect.provide(layer({ server: { root, onLine, ...server }, pool: { maxPerHost: 4 } })))
}

const noteLogins =
  (logins: Array<number>): FtpTestServer.Options["onLine"] =>
  ({ from, text }) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      if (from === "Client" && text.startsWith("USER")) {
        logins.push(now / ROUND_TRIP)
      }
    })

const noteLast =
  (last: Map<string, number>): FtpTestServer.Options["onLine"] =>
  ({ from, text }) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      if (from === "Client") {
        last.set(text.split(" ", 1)[0] ?? "", now / ROUND_TRIP)
      }
    })

/** One for the connection, and half of one each for the greeting and the command. */
const USER = 2

describe("round trips until a command reaches the server", () => {
  it.effect.each([
    ["MLSD", {}],
    ["LIST", OLD],
    ["MLSD", { pret: true }]
  ] as const)("%s of a path that may be a file, on a server with %j", ([verb, server]) =>
    Effect.gen(function* () {
      const found = yield* arrivals(
        (client) => Effect.zipRight(client.leadsToDirectory("sub"), client.list("sub", { times: false })),
        ["USER", "PASS", "FEAT", "EPSV", verb],
        server
      )
      expect(found).toEqual({ USER, PASS: USER + 1, FEAT: USER + 2, EPSV: USER + 3, [verb]: USER + 5 })
    })
  )

  it.effect.each([
    ["MLSD", {}],
    ["LIST", OLD]
  ] as const)("%s of a directory, on a server with %j", ([verb, server]) =>
    Effect.gen(function* () {
      const found = yield* arrivals((client) => client.list("sub", { times: false }), ["EPSV", verb], server)
      expect(found).toEqual({ EPSV: USER + 3, [verb]: USER + 5 })
    })
  )

  it.effect.each([
    ["MLST", {}, 16],
    ["LIST", OLD, 17]
  ] as const)(
    "RMD of a directory that is removed with all in it, on a server that tells what a path is by %s",
    ([, server, expected]) =>
      Effect.gen(function* () {
        const found = yield* arrivals((client) => client.remove("sub", { recursive: true }), ["RMD"], server)
        expect(found).toEqual({ RMD: USER + expected })
      })
  )

  it.effect("RETR of a file", () =>
    Effect.gen(function* () {
      const found = yield* arrivals(
        (client) => client.withSession((session) => fetch(session, "file.txt")),
        ["EPSV", "RETR"]
      )
      expect(found).toEqual({ EPSV: USER + 3, RETR: USER + 5 })
    })
  )

  it.effect("the login of a further session that is opened in advance", () =>
    Effect.gen(function* () {
      const logins: Array<number> = []
      yield* arrivals(
        (client, pool) =>
          Effect.scoped(
            Effect.zipRight(pool.warm(2), Effect.zipRight(client.exists("file.txt"), Effect.sleep(ROUND_TRIP * 5)))
          ),
        [],
        { onLine: noteLogins(logins) }
      )
      // It is dialled when the answer to the first password is there, half a round trip before FEAT arrives.
      expect(logins).toEqual([USER, USER + 1.5 + USER])
    })
  )

  it.effect("the port of a further session that is opened in advance, which comes with FEAT", () =>
    Effect.gen(function* () {
      const last = new Map<string, number>()
      yield* arrivals(
        (client, pool) =>
          Effect.zipRight(
            client.list("sub"),
            Effect.scoped(Effect.zipRight(pool.warm(2), Effect.sleep(ROUND_TRIP * 10)))
          ),
        [],
        { onLine: noteLast(last) }
      )
      expect(last.get("EPSV")).toBeDefined()
      expect(last.get("EPSV")).toBe(last.get("FEAT"))
    })
  )
})
