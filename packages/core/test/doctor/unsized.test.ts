/** Servers that say of no file how large it is: neither in LIST nor by SIZE, as z/OS of data sets. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpDoctor from "@ftp-effect/core/FtpDoctor"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { examine, findingOf, server } from "../support/doctor.ts"
import { commands, withFault } from "../support/server.ts"

const unsized = (options: FtpTestServer.Options) =>
  server({ listing: "Mvs", paths: "Native", denied: ["MLST", "MLSD", "SIZE", "MDTM"], ...options })

const findings = (options: Partial<FtpDoctor.Options> = {}) =>
  Effect.map(examine({ sessions: 1, ...options }), (report) => (check: FtpDoctor.Check) => findingOf(report, check))

describe("an examination of a server without sizes", () => {
  it.effect.each([undefined, "'FTP.LIB.CNTL(AB)'"])(
    "counts the bytes of a file, and tries the rest with it (%s)",
    (path) =>
      Effect.gen(function* () {
        const of = yield* findings({ path })
        expect(of("Size")).toMatchObject({
          severity: "Note",
          text: "does not work (SIZE: 500), and the listing has no sizes in bytes: AB was read, and has 5 bytes",
          facts: { works: false, size: 5, listed: null },
          advice: []
        })
        expect(of("Modified")).toMatchObject({ severity: "Note", facts: { works: false } })
        expect(of("Mlst")).toMatchObject({ severity: "Note", facts: { works: false } })
        expect(of("Restart")).toMatchObject({ severity: "Ok", facts: { works: true } })
        expect(of("Hash")).toMatchObject({
          severity: "Note",
          text: "the server computes none: transfers are verified by its reply alone"
        })
        expect(of("Throughput")).toMatchObject({ severity: "Note", text: "not measured: AB is below 256 KiB" })
      }).pipe(Effect.provide(unsized({ root: { "LIB.CNTL/AB": "12345" } })))
  )

  it.effect("measures the throughput with a file whose bytes were counted", () =>
    Effect.gen(function* () {
      const of = yield* findings()
      expect(of("Size")?.facts.size).toBe(300 * 1024)
      expect(of("Throughput")?.severity).toBe("Ok")
    }).pipe(Effect.provide(unsized({ root: { "DATA.BIN": new Uint8Array(300 * 1024) } })))
  )

  it.effect("says why REST is not tried if the file is too large to be counted", () =>
    Effect.gen(function* () {
      const of = yield* findings()
      expect(of("Size")).toMatchObject({
        severity: "Note",
        text: "does not work (SIZE: 500), and the listing has no sizes in bytes: DATA.BIN has more than 1 MiB",
        facts: { works: false, size: null }
      })
      expect(of("Restart")).toMatchObject({
        severity: "Note",
        text: "not tried: how large DATA.BIN is could not be found out",
        facts: { works: null }
      })
      expect(of("Hash")?.facts.works).toBe(false)
      expect(of("Throughput")).toMatchObject({ text: "not measured: no file of a known size is here" })
    }).pipe(Effect.provide(unsized({ root: { "DATA.BIN": new Uint8Array(1024 * 1024 + 1) } })))
  )

  it.effect("says that a file can't be read", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Refuse", verb: "RETR", reply: "550 no", times: Number.POSITIVE_INFINITY })
      const of = yield* findings()
      expect(of("Size")).toMatchObject({
        text: "does not work (SIZE: 500), and the listing has no sizes in bytes: AB can't be read (RETR: 550)",
        facts: { works: false, size: null }
      })
      expect(of("Restart")).toMatchObject({ severity: "Note", facts: { works: null } })
    }).pipe(Effect.provide(unsized({ root: { "LIB.CNTL/AB": "12345" } })))
  )

  it.effect("prefers a file whose size is known", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Refuse", verb: "SIZE", reply: "550 no", times: 1 })
      const of = yield* findings()
      expect(of("Size")).toMatchObject({ severity: "Ok", facts: { size: 2 } })
      expect((yield* commands).filter((line) => line.startsWith("RETR")).length).toBe(1)
    }).pipe(Effect.provide(unsized({ denied: ["MLST", "MLSD"], root: { "A.TXT": "1", "B.TXT": "22" } })))
  )
})
