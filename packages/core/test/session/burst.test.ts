/** Commands in one burst are answered by order alone (RFC 959 §5.4): what a reply proves if that order is not right. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as OptionalVerbs from "#core/base/optionalVerbs"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { services } from "../support/embedded.ts"
import { login, ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

describe("a burst of removals", () => {
  it.scoped("proves nothing if a command was lost and 421 came in place of the last reply", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: DELE link
        C: DELE directory
        C: NOOP
        S: 550 directory is a directory
        S: 200 ok
        S: 421 too long idle
      `)
      expect(yield* made.removeFirst("Files", ["link", "directory"])).toEqual(["Unknown", "Unknown"])
    }).pipe(inMemory)
  )

  it.scoped.each([
    ["alone", ["a"], `C: DELE a\nS: 202 superfluous`],
    ["in a burst", ["a", "b"], `C: DELE a\nC: DELE b\nC: NOOP\nS: 202 superfluous\nS: 202 superfluous\nS: 200 ok`]
  ] as const)(
    "does not count a file as removed by a command that the server calls superfluous (%s)",
    ([, paths, lines]) =>
      Effect.gen(function* () {
        const { session: made } = yield* session(`${ready()}\n${lines}`)
        expect(yield* made.removeFirst("Files", paths)).toEqual(paths.map(() => "Unknown"))
      }).pipe(inMemory)
  )

  it.scoped("is not sent to a server that leaves NOOP unanswered", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`${ready()}\nC: DELE a\nS: 250 removed`)
      const optionalVerbs = OptionalVerbs.make(() => {}, ["NOOP"])
      const made = yield* login(script, undefined, { ...ServerCapabilities.make(), optionalVerbs })
      expect(yield* made.removeFirst("Files", ["a", "b"])).toEqual(["Removed"])
    }).pipe(inMemory)
  )

  it.scoped("leaves the session to no other caller if it is interrupted and a reply too many comes", () =>
    Effect.gen(function* () {
      const sent = yield* Deferred.make<void>()
      const interrupted = yield* Deferred.make<void>()
      const answered = yield* Deferred.make<void>()
      const script = yield* FtpScript.make([
        `${ready()}\nC: DELE a\nC: DELE b\nC: NOOP`,
        FtpScript.run(Effect.zipRight(Deferred.succeed(sent, undefined), Deferred.await(interrupted))),
        `S: 250 one too many\nS: 250 removed\nS: 250 removed`,
        FtpScript.run(Deferred.succeed(answered, undefined))
      ])
      const made = yield* login(script)
      const removal = yield* Effect.fork(made.removeFirst("Files", ["a", "b"]))
      yield* Deferred.await(sent)
      yield* Fiber.interrupt(removal)
      yield* Deferred.succeed(interrupted, undefined)
      yield* Deferred.await(answered)
      expect(yield* made.settle).toBe(true)
      expect(yield* made.reusable).toBe(false)
    }).pipe(inMemory)
  )
})

describe("a burst of visits", () => {
  const visit = (entered: string, back: string) =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: PWD
        S: 257 "/home"
        C: CWD a
        C: PWD
        C: CWD /home
        C: NOOP
        S: ${entered}
        S: 257 "/home/a"
        S: ${back}
        S: 200 ok
      `)
      const resolved = yield* made.resolveDirectories([{ path: "a", expected: "/home/a" }])
      return { resolved, isReusable: yield* made.reusable }
    })

  it.scoped("enters no directory by a CWD that the server calls superfluous", () =>
    Effect.gen(function* () {
      expect((yield* visit("202 superfluous", "250 ok")).resolved).toEqual([Option.none()])
    }).pipe(inMemory)
  )

  it.scoped("ends the session if the server calls the way back superfluous", () =>
    Effect.gen(function* () {
      expect(yield* visit("250 ok", "202 superfluous")).toEqual({
        resolved: [Option.some("/home/a")],
        isReusable: false
      })
    }).pipe(inMemory)
  )
})
