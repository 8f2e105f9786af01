/** Directories that are made in one burst. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Effect from "effect/Effect"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { services } from "../support/embedded.ts"
import { login, ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

describe("directories that are made together", () => {
  it.scoped("are made in one burst; one that is there already, or was refused, does not count as made", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: MKD a
        C: MKD b
        C: MKD c
        C: MKD d
        C: NOOP
        S: 257 "/a" created
        S: 550 exists
        S: 202 superfluous
        S: 257 "/d" created
        S: 200 ok
      `)
      expect(yield* made.makeFirst(["a", "b", "c", "d"])).toEqual([true, false, false, true])
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("count as not made after a reply too few, and the session ends", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: MKD a
        C: MKD b
        C: NOOP
        S: 257 "/a" created
        S: 200 ok
        S: 421 bye
      `)
      expect(yield* made.makeFirst(["a", "b"])).toEqual([false, false])
      expect(yield* made.reusable).toBe(false)
    }).pipe(inMemory)
  )

  it.scoped("are left to the caller if the server bears no bursts", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(ready())
      const capabilities = ServerCapabilities.make()
      const made = yield* login(script, undefined, capabilities)
      capabilities.set("Pipelining", false)
      expect(yield* made.makeFirst(["a", "b"])).toEqual([false, false])
      yield* script.done
    }).pipe(inMemory)
  )
})
