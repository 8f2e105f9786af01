/** A file that the server copies itself (SITE CPFR, SITE CPTO; mod_copy of ProFTPD). */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ServerCopy from "#core/session/serverCopy"
import { services } from "../support/embedded.ts"
import { ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

describe("a copy on the server", () => {
  it.scoped("is two commands, of which the first is answered by 350, and leaves the session as it was", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready("SITE COPY")}
        C: SITE CPFR a b
        S: 350 ready for destination
        C: SITE CPTO c
        S: 250 copied
      `)
      yield* ServerCopy.copy(made, "a b", "c")
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("is refused as it is by the server, and the session serves on", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: SITE CPFR a
        S: 550 a: No such file or directory
      `)
      expect(yield* Effect.flip(ServerCopy.copy(made, "a", "c"))).toMatchObject({
        _tag: "FtpRejected",
        reason: "NotFound"
      })
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("is offered if FEAT lists it", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(ready("SITE MKDIR", "SITE COPY"))
      expect(yield* ServerCopy.isOffered(made)).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped.each([
    [
      "if SITE HELP has both commands",
      "S: 214-The following SITE commands are recognized\nS:  CPFR CPTO\nS: 214 End",
      true
    ],
    ["if SITE HELP has one of them", "S: 214 CPFR HELP", false],
    ["if SITE HELP is refused", "S: 500 Unknown SITE command.", false]
  ] as const)("is offered %s: that is the question without FEAT", ([, reply, isOffered]) =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready()}\nC: SITE HELP\n${reply}`)
      expect(yield* ServerCopy.isOffered(made)).toBe(isOffered)
    }).pipe(inMemory)
  )

  it.each([
    ["a b/c.txt", true],
    ["a  b", false],
    [" a", false],
    ["a ", false],
    ["a\tb", false]
  ])("of the path %j is used: %s, as a server may put words together by single spaces", (path, isPossible) => {
    expect(ServerCopy.isNameable(path)).toBe(isPossible)
  })
})
