/** The ordering hazards of data connections: what servers do, in orders that the RFC does not draw. */
import { describe, expect, it } from "@effect/vitest"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { fetch, ready, session } from "../support/scripted.ts"

describe("a transfer whose replies and data come in an unusual order", () => {
  const inMemory = Effect.provide(services)

  it.scoped("125 means the same as 150", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S: 125 already open
        D: send hello
        D: end
        S: 250 done
      `)
      expect(yield* fetch(made, "a")).toBe("hello")
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("150 and 226 in one segment, before the data, lose nothing (aria2 hangs here)", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S~ 150 here\\r\\n226 done\\r\\n
        D: send hello
        D: end
      `)
      expect(yield* fetch(made, "a")).toBe("hello")
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("226 at once, with the data connection never used, is an empty file", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S: 226 nothing in it
      `)
      expect(yield* inTime(fetch(made, "a"), "10 seconds")).toBe("")
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("leaving a download early keeps the session if the server settles (426)", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S: 150 here
        D: send hello
        -- wait 100 millis
        S: 426 you left
        C: NOOP
        S: 200 ok
      `)
      yield* inTime(
        Effect.scoped(Effect.flatMap(made.receive(Command.retr("a")), (incoming) => incoming.read)),
        "1 second"
      )
      expect(yield* made.reusable).toBe(true)
      yield* made.run(Command.noop)
    }).pipe(inMemory)
  )

  it.scoped("leaving a download early gives the session up if the last reply is a second 150 (Pure-FTPd)", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S: 150 here
        D: send hello
        S: 150 aborted
      `)
      yield* inTime(
        Effect.scoped(Effect.flatMap(made.receive(Command.retr("a")), (incoming) => incoming.read)),
        "2 seconds"
      )
      expect(yield* made.reusable).toBe(false)
    }).pipe(inMemory)
  )

  it.scoped("a REST that the server refuses fails before the transfer and leaves nothing pending", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        D: accept
        C: REST 5
        S: 502 no
      `)
      expect(
        yield* Effect.flip(Effect.scoped(made.receive(Command.retr("a"), { offset: 5, path: "a" })))
      ).toMatchObject({ _tag: "FtpRejected", command: "REST 5" })
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  /** Up to the command that begins within a file. */
  const within = `
    ${ready("REST STREAM")}
    C: EPSV
    S: 229 ok (|||{port}|)
    D: accept
  `

  it.scoped("REST and RETR share a burst if REST STREAM is listed", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${within}
        C: REST 5
        C: RETR a
        S: 350 from there
        S: 150 here
        D: send 56789
        D: end
        S: 226 done
      `)
      const incoming = yield* made.receive(Command.retr("a"), { offset: 5, path: "a" })
      expect(Option.getOrUndefined(yield* incoming.read)).toEqual(new TextEncoder().encode("56789"))
      expect(yield* incoming.read).toEqual(Option.none())
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("an upload waits for the answer to REST, as without it STOR would cut what is there", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${within}
        C: REST 5
        S: 502 not today
      `)
      const sending = made.transmit(Command.stor("a"), Effect.succeedNone, { offset: 5, path: "a" })
      expect(yield* Effect.flip(sending)).toMatchObject({ _tag: "FtpRejected", command: "REST 5" })
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("a RETR whose REST was refused in the same burst is left, and the session stays usable", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${within}
        C: REST 5
        C: RETR a
        S: 501 not today
        S: 150 here
        D: send 01234
        S: 426 you left
      `)
      const asked = Effect.scoped(made.receive(Command.retr("a"), { offset: 5, path: "a" }))
      expect(yield* Effect.flip(asked)).toMatchObject({ _tag: "FtpRejected", command: "REST 5" })
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("each transfer has a data port of its own", () =>
    Effect.gen(function* () {
      const one = `
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S: 150 here
        D: send hello
        D: end
        S: 226 done
      `
      const { session: made } = yield* session(`${ready()}${one}${one}`)
      expect(yield* fetch(made, "a")).toBe("hello")
      expect(yield* fetch(made, "a")).toBe("hello")
    }).pipe(inMemory)
  )
})
