/** Data connections, and how many sessions are opened at once. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { examine, findingOf, server, verdicts } from "../support/doctor.ts"

describe("an examination", () => {
  it.effect("looks for nothing else when no data connection can be opened", () =>
    Effect.gen(function* () {
      const report = yield* examine({ sessions: 1 })
      expect(verdicts(report).slice(-4)).toEqual(["Epsv Note", "Pasv Error", "Listing Error", "Sessions Ok"])
    }).pipe(Effect.provide(server({ denied: ["EPSV", "PASV"] })))
  )

  it.effect("goes on in active mode, and does not advise to try it, when only that works", () =>
    Effect.gen(function* () {
      const report = yield* examine({ active: {} })
      expect(verdicts(report)).toContain("Active Ok")
      expect(findingOf(report, "Pasv")).toMatchObject({
        severity: "Warning",
        advice: [{ text: "--active is needed with this server" }, { to: "Administrator" }]
      })
      expect(findingOf(report, "Size")?.severity).toBe("Ok")
    }).pipe(Effect.provide(server({ denied: ["EPSV", "PASV"] })))
  )

  it.effect("opens no more sessions at once than it may, for the throughput either", () =>
    Effect.gen(function* () {
      const connectionsOf = (sessions: number) =>
        Effect.map(examine({ sessions }), (report) => findingOf(report, "Throughput")?.facts.connections)
      expect([yield* connectionsOf(1), yield* connectionsOf(2), yield* connectionsOf(8)]).toEqual([null, 2, 4])
    }).pipe(Effect.provide(server()))
  )

  it.effect("gives no advice by the throughput of a file that came at once", () =>
    Effect.gen(function* () {
      expect(findingOf(yield* examine(), "Throughput")).toMatchObject({
        severity: "Ok",
        text: expect.stringMatching(/: roughly, as the file is too small for more$/),
        advice: []
      })
    }).pipe(Effect.provide(server()))
  )
})
