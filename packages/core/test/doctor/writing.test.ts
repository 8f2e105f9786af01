/** What is tried in a directory that the caller names for it. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { examine, findingOf, server, verdicts } from "../support/doctor.ts"
import { commands } from "../support/server.ts"

describe("an examination that may write", () => {
  it.effect("tries uploads in a directory of its own, and leaves nothing", () =>
    Effect.gen(function* () {
      const report = yield* examine({ writeIn: "/pub" })
      expect(verdicts(report).slice(-5)).toEqual([
        "Upload Ok",
        "ResumeUpload Ok",
        "Rename Ok",
        "SetTime Ok",
        "Removal Ok"
      ])
      const embedded = yield* FtpTestServer.FtpTestServer
      expect((yield* commands).filter((line) => line.startsWith("MKD")).length).toBe(1)
      const paths = (yield* embedded.tree).map(({ path }) => path)
      expect(paths.filter((path) => path.startsWith("/pub/"))).toEqual(["/pub/a", "/pub/b"])
    }).pipe(Effect.provide(server()))
  )

  for (const [system, listing, home, file, readable] of [
    ["OpenVMS", "Vms", "DISK:[FTP]", "DISK:[FTP.SUB]A.TXT", "SUB/A.TXT"],
    ["z/OS", "Mvs", "'FTP.'", "'FTP.LIB.CNTL(AB)'", "LIB.CNTL/AB"]
  ] as const) {
    it.effect(`names, reads and writes the paths of ${system}`, () =>
      Effect.gen(function* () {
        const report = yield* examine({ path: file, writeIn: "" })
        expect(findingOf(report, "Login")).toMatchObject({
          text: `logged in as ann, home is ${home}: paths are those of ${system}`,
          section: "paths-without-slashes"
        })
        expect(findingOf(report, "Listing")?.severity).toBe("Ok")
        expect(findingOf(report, "Size")).toMatchObject({ severity: "Ok", facts: { size: 5 } })
        expect(verdicts(report).slice(-5)).toEqual([
          "Upload Ok",
          "ResumeUpload Ok",
          "Rename Ok",
          "SetTime Ok",
          "Removal Ok"
        ])
        const embedded = yield* FtpTestServer.FtpTestServer
        const files = (yield* embedded.tree).filter(({ type }) => type === "File")
        expect(files.map(({ path }) => path)).toEqual([`/${readable}`])
      }).pipe(
        Effect.provide(server({ listing, paths: "Native", denied: ["MLST", "MLSD"], root: { [readable]: "12345" } }))
      )
    )
  }

  it.effect("advises about a directory to write in that is not there", () =>
    Effect.gen(function* () {
      const report = yield* examine({ writeIn: "/nope" })
      expect(report.findings.at(-1)).toMatchObject({
        severity: "Error",
        advice: [{ to: "User", text: "--write names a directory that is on the server" }]
      })
    }).pipe(Effect.provide(server()))
  )

  it.effect("reports that nothing can be written", () =>
    Effect.gen(function* () {
      const report = yield* examine({ writeIn: "/pub" })
      expect(verdicts(report).slice(-1)).toEqual(["Upload Error"])
    }).pipe(Effect.provide(server({ readOnly: true })))
  )
})
