/** A session that is closed while a transfer of it is under way, in a scope that lives on. */
import { describe, expect, it } from "@effect/vitest"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { services } from "../support/embedded.ts"
import { begun, login, ready } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

describe("a session that is closed", () => {
  it.scoped("resets its data connection, although the scope of an earlier transfer has ended since", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`
        ${ready()}
        ${begun("RETR a")}
        D: end
        S: 226 done
        ${begun("RETR b")}
        D: send hello
      `)
      const [whole, first] = [yield* Scope.make(), yield* Scope.make()]
      const session = yield* Scope.extend(login(script), whole)
      const earlier = yield* Scope.extend(session.receive(Command.retr("a")), first)
      expect(yield* earlier.read).toEqual(Option.none())
      const incoming = yield* session.receive(Command.retr("b"))
      yield* Scope.close(first, Exit.void)
      expect(Option.isSome(yield* incoming.read)).toBe(true)
      yield* script.done
      const reading = yield* Effect.fork(incoming.read)
      yield* Scope.close(whole, Exit.void)
      expect(Exit.isFailure(yield* Fiber.await(reading))).toBe(true)
    }).pipe(inMemory)
  )
})
