/** A symbolic link on the server (SITE SYMLINK; mod_site_misc of ProFTPD). */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SymbolicLink from "#core/session/symbolicLink"
import { services } from "../support/embedded.ts"
import { ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

describe("a symbolic link on the server", () => {
  it.scoped("is made from inside its directory, and leaves the session as it was", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready("SITE SYMLINK")}
        C: PWD
        S: 257 "/home/ann" is the current directory
        C: CWD www/docs
        S: 250 done
        C: SITE SYMLINK ../v2 latest
        S: 200 SITE SYMLINK command successful
        C: CWD /home/ann
        S: 250 done
      `)
      yield* SymbolicLink.make(made, "../v2", "www/docs/latest")
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("is refused as it is by the server, and the session returns", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready("SITE SYMLINK")}
        C: PWD
        S: 257 "/" is the current directory
        C: CWD /www
        S: 250 done
        C: SITE SYMLINK gone latest
        S: 550 SYMLINK gone latest: No such file or directory
        C: CWD /
        S: 250 done
      `)
      const refused = yield* Effect.flip(SymbolicLink.make(made, "gone", "/www/latest"))
      expect(refused).toMatchObject({ _tag: "FtpRejected", reason: "NotFound" })
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped.each([
    ["its target", ".. evil", "www/latest"],
    ["its target", "~ann", "www/latest"],
    ["its name", "v2", "www/late st"],
    ["its name", "v2", "www/~ann"]
  ] as const)("is not asked for if the server would read %s as another one: %o, %o", ([, target, path]) =>
    Effect.gen(function* () {
      const { session: made } = yield* session(ready("SITE SYMLINK"))
      expect(yield* Effect.flip(SymbolicLink.make(made, target, path))).toMatchObject({
        _tag: "FtpUsageError",
        argument: "link"
      })
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("is offered if FEAT lists it", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(ready("SITE MKDIR", "SITE SYMLINK"))
      expect(yield* SymbolicLink.isOffered(made)).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped.each([
    ["if SITE HELP has it", "S: 214-Commands\nS:  SYMLINK <sp> source <sp> destination\nS: 214 End", true],
    ["if SITE HELP has another", "S: 214 CHMOD HELP", false],
    ["if SITE HELP is refused", "S: 500 Unknown SITE command.", false]
  ] as const)("is offered %s: that is the question without FEAT", ([, reply, isOffered]) =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready()}\nC: SITE HELP\n${reply}`)
      expect(yield* SymbolicLink.isOffered(made)).toBe(isOffered)
    }).pipe(inMemory)
  )

  it.each([
    ["latest", true],
    ["../v2/ü-1.html", true],
    ["a b", false],
    ['q"', false],
    ["it's", false],
    ["a\\b", false],
    ["#x", false],
    ["d/#x", false],
    ["x#", true],
    ["", false],
    ["~", false],
    ["~ann", false],
    ["~/x", false],
    ["d/~x", true],
    ["x~", true]
  ] as const)("can be named %s: %s", (path, isNameable) => {
    expect(SymbolicLink.isNameable(path)).toBe(isNameable)
  })
})
