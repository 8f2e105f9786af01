// Real time: sockets don't run by the TestClock.
import { describe, expect, it } from "@effect/vitest"
import * as FtpClients from "@ftp-effect/core/FtpClient"
import { FtpClient, type ListOptions } from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import type { FtpSession } from "@ftp-effect/core/FtpSession"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import type { Fault, FtpTestServer } from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as ServerCapabilities from "../../core/src/base/serverCapabilities.ts"
import { login, ready } from "../../core/test/support/scripted.ts"
import { serve } from "./support/byUrl.ts"
import { sentBy } from "./support/smallFiles.ts"

const ROOT = {
  "a/1.txt": "1",
  "a/2.txt": "2",
  "b c/3.txt": "3",
  "b c/4.txt": "4",
  "one/5.txt": "5",
  "empty/": ""
}

const list = (path: string, options?: ListOptions) =>
  Effect.flatMap(FtpClient, (client) =>
    Effect.map(client.list(path, options), (all) => all.map(({ name }) => name).sort())
  )

/** A client that keeps its session, and has listed before: what the server can do is known. */
const stage = <A, E>(
  play: (server: FtpTestServer) => Effect.Effect<A, E, FtpClients.FtpClient | FtpPool.FtpPool>,
  options: Parameters<typeof serve>[0] = {}
): Effect.Effect<A, unknown> =>
  Effect.gen(function* () {
    const server = yield* serve({ root: ROOT, ...options })
    const played = FtpPool.keepSession(
      Effect.gen(function* () {
        const client = yield* FtpClients.make
        return yield* Effect.provideService(
          Effect.zipRight(Effect.all([list(""), list("a"), list("b c")]), play(server)),
          FtpClient,
          client
        )
      })
    )
    const client = NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
    const limits = FtpTimeouts.layer({ preliminary: Duration.millis(500), settle: Duration.millis(200) })
    return yield* Effect.provide(played, Layer.provide(client, limits))
  }).pipe(Effect.scoped)

/** The next listing breaks off. */
const DROPPED: Fault = { _tag: "DropData", afterBytes: 5, how: "Reset" }

const WITHOUT_MLSD = { denied: ["MLST", "MLSD"] }

const A = ["1.txt", "2.txt"]
const BC = ["3.txt", "4.txt"]

describe("a listing whose server is known", () => {
  it.live("takes two commands, and one after another listing", () =>
    stage((server) =>
      Effect.gen(function* () {
        const { commands, result } = yield* sentBy(server, Effect.all([list("a"), list("b c"), list("a")]))
        expect(result).toMatchObject({ value: [A, BC, A] })
        expect(commands.filter((command) => command !== "EPSV")).toEqual(["MLSD a", "MLSD b c", "MLSD a"])
        expect(commands.length).toBeLessThanOrEqual(7)
        expect(commands.slice(-3)).toEqual(["EPSV", "MLSD a", "EPSV"])
      })
    )
  )

  it.live("enters a directory whose name LIST may read its own way, and asks for a port on the way back", () =>
    stage(
      (server) =>
        Effect.gen(function* () {
          yield* list("a")
          const { commands, result } = yield* sentBy(server, Effect.all([list("b c"), list("b c"), list("a")]))
          expect(result).toMatchObject({ value: [BC, BC, A] })
          expect(commands).toEqual([
            ...["CWD b c", "LIST -a", "CWD /", "EPSV"],
            ...["CWD b c", "LIST -a", "CWD /", "EPSV"],
            ...["LIST -a a", "EPSV"]
          ])
        }),
      WITHOUT_MLSD
    )
  )

  it.live.each(["a", "b c", "one", "empty", ""])("is that of the long way for %o", (path) =>
    Effect.gen(function* () {
      for (const options of [{}, WITHOUT_MLSD]) {
        const short = yield* stage(() => list(path), options)
        const long = yield* stage((server) => Effect.zipRight(server.fault(DROPPED), list(path)), options)
        expect(short).toEqual(long)
      }
    })
  )

  it.live.each([
    ["a", WITHOUT_MLSD],
    ["b c", WITHOUT_MLSD],
    ["a", {}]
  ] as const)("of %o is whole, and so are those after it, if its data is reset: %o", ([path, options]) =>
    stage(
      (server) =>
        Effect.gen(function* () {
          const before = yield* list(path)
          yield* server.fault(DROPPED)
          expect(yield* list(path)).toEqual(before)
          expect(yield* list(path)).toEqual(before)
          expect(yield* list("a")).toEqual(A)
          expect((yield* server.connections).total).toBe(1)
        }),
      options
    )
  )

  it.live("is whole, and so are those after it, if the port for the next one is refused", () =>
    stage(
      (server) =>
        Effect.gen(function* () {
          yield* list("b c")
          yield* server.fault({ _tag: "Refuse", verb: "EPSV", reply: "500 Not during a transfer." })
          const { commands, result } = yield* sentBy(server, Effect.all([list("b c"), list("b c")]))
          expect(result).toMatchObject({ value: [BC, BC] })
          expect(commands).toEqual([
            ...["CWD b c", "LIST -a", "CWD /", "EPSV"],
            // Nothing is sent before the final reply of a listing from now on.
            ...["CWD b c", "EPSV", "LIST -a", "CWD /"]
          ])
          expect((yield* server.connections).total).toBe(1)
        }),
      WITHOUT_MLSD
    )
  )

  it.live.each(["missing", "mis sing"])("fails for %o as the long way does, and leaves the session as it was", (path) =>
    Effect.gen(function* () {
      for (const options of [{}, WITHOUT_MLSD]) {
        yield* stage(
          (server) =>
            Effect.gen(function* () {
              const error = yield* Effect.flip(list(path))
              expect(error).toMatchObject({ _tag: "FtpRejected", reason: "NotFound" })
              expect(yield* list("a")).toEqual(A)
              expect((yield* server.connections).total).toBe(1)
            }),
          options
        )
      }
    })
  )

  it.live("of too many entries is an error", () =>
    stage((server) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(list("a", { maxEntries: 1 }))
        expect(error).toMatchObject({ _tag: "FtpListingError", reason: "TooManyEntries", limit: 1 })
        expect(yield* list("a")).toEqual(A)
        expect((yield* server.connections).total).toBe(1)
      })
    )
  )

  it.live.each(["Command", "FinalReply"] as const)("is asked for on another session if this one ends at the %s", (at) =>
    stage((server) =>
      Effect.gen(function* () {
        yield* server.fault({ _tag: "CloseControl", verb: "MLSD", at, how: "Reset" })
        expect(yield* list("a")).toEqual(A)
        expect(yield* list("b c")).toEqual(BC)
        expect((yield* server.connections).total).toBe(2)
      })
    )
  )

  it.live("is read though it comes byte by byte", () =>
    stage(
      (server) =>
        Effect.gen(function* () {
          yield* server.fault({ _tag: "TinyWrites" })
          expect(yield* list("b c")).toEqual(BC)
        }),
      WITHOUT_MLSD
    )
  )

  it.live("that is interrupted leaves no session in another directory", () =>
    stage(
      (server) =>
        Effect.gen(function* () {
          yield* server.fault({ _tag: "Delay", verb: "LIST", duration: "3 seconds" })
          const before = (yield* server.commands).length
          const fiber = yield* Effect.fork(list("b c"))
          yield* Effect.repeat(server.commands, {
            until: ({ length }) => length > before,
            schedule: Schedule.spaced(10)
          })
          yield* Fiber.interrupt(fiber)
          expect(yield* list("a")).toEqual(A)
        }),
      WITHOUT_MLSD
    )
  )
})

/** A session with a server without MLSD, and with EPSV, bursts and `LIST -a`, which is in /home. */
const scripted = (...dialogue: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const script = yield* FtpScript.make([ready("EPSV"), ...dialogue])
    const capabilities = ServerCapabilities.make()
    for (const works of ["EPSV", "LIST -a", "LIST path", "Pipelining"] as const) {
      capabilities.set(works, true)
    }
    capabilities.listing.dialect = Option.some("Unix")
    capabilities.listing.zone = "Unclear"
    const session = yield* login(script, undefined, capabilities).pipe(
      Effect.provide(Layer.mergeAll(FtpDataChannel.layerPassive, FtpSecurity.layerPlain))
    )
    return { script, session, capabilities }
  }).pipe(Effect.provide(NodeFtpTransport.layer))

const LINE = "-rw-r--r-- 1 ann staff 1 Jan 01 2020"

/** In steps, as where the session is has to be asked first. */
const FIRST = `
  C: PWD
  S: 257 "/home"
  C: CWD b c
  S: 250 in
  C: EPSV
  S: 229 ok (|||{port}|)
  C: LIST -a
  D: accept
`

const ENTERED = `
  C: CWD b c
  C: EPSV
  S: 250 in
  S: 229 ok (|||{port}|)
  C: LIST -a
  D: accept
`

const SENT = `
  S: 150 here
  D: send ${LINE} 3.txt\r\n
  D: end
`

const BACK = `
  S: 226 done
  C: CWD /home
  S: 250 back
`

const listed = ["3.txt"]

const namesOf = (session: FtpSession, path: string) =>
  Effect.map(session.list(path), ({ entries }) => entries.map(({ name }) => name))

describe("a listing from inside, on one session", () => {
  it.scopedLive("leaves the session where it was", () =>
    Effect.gen(function* () {
      const { script, session } = yield* scripted(`${FIRST} ${SENT} ${BACK} ${ENTERED} ${SENT}
        S: 226 done
        C: CWD /home
        S: 250 back
      `)
      yield* namesOf(session, "b c")
      expect(yield* namesOf(session, "b c")).toEqual(listed)
      expect(yield* session.reusable).toBe(true)
      yield* script.done
    })
  )

  it.scopedLive("fails, and the session ends, if there is no way back", () =>
    Effect.gen(function* () {
      const { script, session } = yield* scripted(`${FIRST} ${SENT} ${BACK} ${ENTERED} ${SENT}
        S: 226 done
        C: CWD /home
        S: 550 gone
        C: CWD /home
        S: 550 gone
      `)
      yield* namesOf(session, "b c")
      expect(yield* Effect.exit(namesOf(session, "b c"))).toMatchObject({ _tag: "Failure" })
      expect(yield* session.reusable).toBe(false)
      yield* script.done
    })
  )
})
