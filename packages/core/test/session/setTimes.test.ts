/** New times for several files, in one burst. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { services } from "../support/embedded.ts"
import { login, ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

const files = (...paths: ReadonlyArray<string>) =>
  paths.map((path) => ({ path, at: DateTime.unsafeMake("2026-01-02T03:04:05Z") }))

const refused = (reason: string, path: string) => expect.objectContaining({ _tag: "FtpRejected", reason, path })

describe("times that are set together", () => {
  it.scoped("are set in one burst by MFMT; a refusal that is about the file is final", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready("MFMT")}
        C: MFMT 20260102030405 a
        C: MFMT 20260102030405 b
        C: MFMT 20260102030405 c
        C: MFMT 20260102030405 d
        C: NOOP
        S: 213 Modify=20260102030405; a
        S: 550 b: Permission denied
        S: 450 busy
        S: 500 unknown command
        S: 200 ok
      `)
      expect(yield* made.setModifiedFirst(files("a", "b", "c", "d"))).toEqual([
        "Set",
        refused("PermissionDenied", "b"),
        "Unknown",
        "Unknown"
      ])
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("are set by the command that the first of them has found", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready("MDTM")}
        C: MFMT 20260102030405 a
        S: 500 unknown command
        C: SITE UTIME a 20260102030405 20260102030405 20260102030405 UTC
        S: 500 unknown SITE command
        C: SITE UTIME 20260102030405 a
        S: 500 unknown SITE command
        C: MDTM 20260102030405 a
        S: 213 File modification time set.
        C: MDTM 20260102030405 b
        C: MDTM 20260102030405 c
        C: NOOP
        S: 213 File modification time set.
        S: 550 Could not set file modification time.
        S: 200 ok
      `)
      // A server that does not know this form of MDTM refuses it in the same way.
      expect(yield* made.setModifiedFirst(files("a", "b", "c"))).toEqual(["Set", "Set", "Unknown"])
    }).pipe(inMemory)
  )

  it.scoped("are not tried any further if the first of them finds no command", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: MFMT 20260102030405 a
        S: 500 unknown command
        C: SITE UTIME a 20260102030405 20260102030405 20260102030405 UTC
        S: 500 unknown command
        C: SITE UTIME 20260102030405 a
        S: 500 unknown command
        C: MDTM 20260102030405 a
        S: 500 unknown command
      `)
      expect(yield* made.setModifiedFirst(files("a", "b"))).toEqual([refused("Unsupported", "a")])
    }).pipe(inMemory)
  )

  it.scoped("are unknown after a reply too few", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready("MFMT")}
        C: MFMT 20260102030405 a
        C: MFMT 20260102030405 b
        C: NOOP
        S: 213 Modify=20260102030405; a
        S: 200 ok
        S: 421 bye
      `)
      expect(yield* made.setModifiedFirst(files("a", "b"))).toEqual(["Unknown", "Unknown"])
      expect(yield* made.reusable).toBe(false)
    }).pipe(inMemory)
  )

  it.scoped("are left to the caller if the server bears no bursts", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(ready("MFMT"))
      const capabilities = ServerCapabilities.make()
      const made = yield* login(script, undefined, capabilities)
      capabilities.set("Pipelining", false)
      expect(yield* made.setModifiedFirst(files("a", "b"))).toEqual(["Unknown", "Unknown"])
      yield* script.done
    }).pipe(inMemory)
  )
})
