/** What several files are, and their new names, in one burst each. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { services } from "../support/embedded.ts"
import { login, ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

const names = (...all: ReadonlyArray<string>) => all.map((from) => ({ from, to: `new ${from}` }))

describe("files that are renamed together", () => {
  it.scoped("are renamed in one burst; what is refused is not", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: RNFR a
        C: RNTO new a
        C: RNFR b
        C: RNTO new b
        C: RNFR c
        C: RNTO new c
        C: RNFR d
        C: RNTO new d
        C: NOOP
        S: 350 go on
        S: 250 renamed
        S: 550 no such file
        S: 503 RNFR first
        S: 350 go on
        S: 553 no
        S: 350 go on
        S: 202 superfluous
        S: 200 ok
      `)
      expect(yield* made.renameFirst(names("a", "b", "c", "d"))).toEqual(["Renamed", "Refused", "Refused", "Refused"])
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("count as unknown if RNTO is accepted after an RNFR that was not: it has renamed something else", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: RNFR a
        C: RNTO new a
        C: RNFR b
        C: RNTO new b
        C: NOOP
        S: 350 go on
        S: 250 renamed
        S: 550 no such file
        S: 250 renamed
        S: 200 ok
      `)
      expect(yield* made.renameFirst(names("a", "b"))).toEqual(["Renamed", "Unknown"])
    }).pipe(inMemory)
  )

  const MISLED = `
        ${ready("MLST type*;size*;modify*;")}
        C: RNFR a
        C: RNTO new a
        C: RNFR b
        C: RNTO new b
        C: NOOP
        S: 350 go on
        S: 553 no
        S: 550 no such file
        S: 250 renamed
        S: 200 ok
        C: MLST a`

  it.scoped("get the old name back if a server has renamed the file before the one that was meant", () =>
    Effect.gen(function* () {
      const { script, session: made } = yield* session(`
        ${MISLED}
        S: 550 a: No such file or directory
        C: RNFR new b
        S: 350 go on
        C: RNTO a
        S: 250 renamed
      `)
      expect(yield* made.renameFirst(names("a", "b"))).toEqual(["Refused", "Unknown"])
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("get no name that is in use", () =>
    Effect.gen(function* () {
      const { script, session: made } = yield* session(`
        ${MISLED}
        S: 250-
        S:  type=file;size=3;modify=20260102030405; a
        S: 250 end
      `)
      expect(yield* made.renameFirst(names("a", "b"))).toEqual(["Refused", "Unknown"])
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("count as unknown after a reply too few", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: RNFR a
        C: RNTO new a
        C: NOOP
        S: 350 go on
        S: 200 ok
        S: 421 bye
      `)
      expect(yield* made.renameFirst(names("a"))).toEqual(["Unknown"])
      expect(yield* made.reusable).toBe(false)
    }).pipe(inMemory)
  )
})

const KNOWN = Option.some(expect.objectContaining({ type: "File", size: Option.some(3) }))

describe("files that are looked at together", () => {
  it.scoped("are what MLST says; of the others more has to be asked", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready("MLST type*;size*;modify*;")}
        C: MLST a
        C: MLST b
        C: NOOP
        S: 250-
        S:  type=file;size=3;modify=20260102030405; a
        S: 250 end
        S: 550 no such file
        S: 200 ok
      `)
      expect(yield* made.factsFirst(["a", "b"])).toEqual([KNOWN, Option.none()])
    }).pipe(inMemory)
  )

  it.scoped("are files if SIZE says so, unless it says so of a directory", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: SIZE /
        S: 550 not a plain file
        C: SIZE a
        C: MDTM a
        C: SIZE b
        C: MDTM b
        C: NOOP
        S: 213 3
        S: 213 20260102030405
        S: 550 no such file
        S: 550 no such file
        S: 200 ok
      `)
      expect(yield* made.factsFirst(["a", "b"])).toEqual([KNOWN, Option.none()])
    }).pipe(inMemory)
  )

  it.scoped("are left to the caller if SIZE has an answer for directories, too", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: SIZE /
        S: 213 4096
      `)
      expect(yield* made.factsFirst(["a", "b"])).toEqual([Option.none(), Option.none()])
    }).pipe(inMemory)
  )
})

it.scoped("nothing is sent to a server that bears no bursts", () =>
  Effect.gen(function* () {
    const script = yield* FtpScript.make(ready())
    const capabilities = ServerCapabilities.make()
    const made = yield* login(script, undefined, capabilities)
    capabilities.set("Pipelining", false)
    expect(yield* made.renameFirst(names("a", "b"))).toEqual(["Refused", "Refused"])
    expect(yield* made.factsFirst(["a", "b"])).toEqual([Option.none(), Option.none()])
    yield* script.done
  }).pipe(inMemory)
)
