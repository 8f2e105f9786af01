/** An examination as a whole: what it reports of a sound server, how it ends, and what it leaves. */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as FtpDoctor from "@ftp-effect/core/FtpDoctor"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { examine, findingOf, server, verdicts } from "../support/doctor.ts"
import { endpoint } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { commands, connections, withFault } from "../support/server.ts"

describe("FtpDoctor.examine", () => {
  it.effect("finds nothing wrong with a sound server but that nothing is encrypted, and writes nothing", () =>
    Effect.gen(function* () {
      const report = yield* examine()
      expect(verdicts(report)).toEqual([
        "Address Ok",
        "Greeting Ok",
        "Tls Warning",
        "Login Ok",
        "Software Note",
        "Features Ok",
        "Pipelining Ok",
        "Latency Ok",
        "Epsv Ok",
        "Pasv Ok",
        "Listing Ok",
        "Names Ok",
        "List Ok",
        "Zone Ok",
        "Size Ok",
        "Modified Ok",
        "Mlst Ok",
        "Restart Ok",
        "Hash Note",
        "Sessions Ok",
        "Throughput Ok"
      ])
      expect(report.error).toEqual(Option.none())
      expect(Option.map(report.profile, ({ works }) => works.includes("EPSV"))).toEqual(Option.some(true))
      const lines = yield* commands
      expect(lines.filter((line) => /^(STOR|APPE|DELE|MKD|RMD|RNFR|RNTO|MFMT|SITE)/.test(line))).toEqual([])
      expect((yield* Effect.flatMap(FtpTestServer.FtpTestServer, ({ connections }) => connections)).current).toBe(0)
    }).pipe(Effect.provide(server()))
  )

  for (const nth of [1, 2, 3, 4]) {
    it.effect(`regression: leaves no connection open if it is interrupted while it says QUIT number ${nth}`, () =>
      Effect.gen(function* () {
        yield* withFault({ _tag: "Silence", verb: "QUIT", times: Number.POSITIVE_INFINITY })
        const fiber = yield* Effect.fork(examine())
        while ((yield* commands).filter((line) => line === "QUIT").length < nth) {
          yield* Effect.yieldNow()
        }
        yield* inTime(Fiber.interrupt(fiber), "1 minute")
        yield* TestClock.adjust("1 minute")
        expect((yield* connections).current).toBe(0)
      }).pipe(Effect.provide(server()))
    )
  }

  it.effect("reports each finding as soon as it is there", () =>
    Effect.gen(function* () {
      const seen: Array<FtpDoctor.Finding> = []
      const report = yield* FtpDoctor.examine(
        { endpoint: yield* endpoint, security: "Plain", sessions: 1 },
        (finding) => Effect.sync(() => seen.push(finding))
      )
      expect(seen).toEqual(report.findings)
    }).pipe(Effect.provide(server()))
  )

  it.effect("ends with the refusal of a wrong password, which is sent once", () =>
    Effect.gen(function* () {
      const { host, port } = yield* endpoint
      const report = yield* examine({ endpoint: FtpEndpoint.make({ host, port, user: "ann", password: "wrong" }) })
      expect(verdicts(report).slice(-1)).toEqual(["Login Error"])
      expect(Option.map(report.error, ({ _tag }) => _tag)).toEqual(Option.some("FtpAuthError"))
      expect(report.profile).toEqual(Option.none())
      expect((yield* commands).filter((line) => line.startsWith("PASS")).length).toBe(1)
    }).pipe(Effect.provide(server()))
  )

  it.effect("ends with the address of a server that is not there", () =>
    Effect.gen(function* () {
      const { host } = yield* endpoint
      const report = yield* examine({ endpoint: FtpEndpoint.make({ host, port: 1 }) })
      expect(verdicts(report)).toEqual(["Address Error"])
      expect(report.findings[0]?.advice.map(({ to }) => to)).toEqual(["User", "Administrator"])
      expect(Option.map(report.error, ({ _tag }) => _tag)).toEqual(Option.some("FtpConnectError"))
    }).pipe(Effect.provide(server()))
  )

  it.effect("goes on when the server hangs up in the middle of a probe", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "CloseControl", verb: "MLST", times: Number.POSITIVE_INFINITY })
      const report = yield* examine()
      expect(findingOf(report, "Mlst")).toMatchObject({ severity: "Warning" })
      expect(findingOf(report, "Restart")).toMatchObject({ severity: "Ok" })
    }).pipe(Effect.provide(server()))
  )

  it.effect("says that a path is not there, rather than to examine what is beside it in silence", () =>
    Effect.gen(function* () {
      expect(findingOf(yield* examine({ path: "pub/nope" }), "Listing")).toMatchObject({
        severity: "Warning",
        text: "pub/nope is not there; its directory has 2 entries",
        facts: { missing: true, directory: "pub" }
      })
      expect(findingOf(yield* examine({ path: "pub/b" }), "Size")).toMatchObject({ facts: { size: 2 } })
    }).pipe(Effect.provide(server()))
  )

  it.effect("gives each finding a section of docs/servers.md, and facts that are JSON", () =>
    Effect.gen(function* () {
      const report = yield* examine({ writeIn: "/pub" })
      const page = readFileSync(new URL("../../../../docs/servers.md", import.meta.url), "utf8")
      const anchors = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
        heading
          .toLowerCase()
          .replace(/[^\w -]/g, "")
          .replaceAll(" ", "-")
      )
      for (const finding of report.findings) {
        expect(anchors).toContain(finding.section)
        const encoded = JSON.parse(JSON.stringify(Schema.encodeSync(FtpDoctor.Finding)(finding)))
        expect(Schema.decodeUnknownSync(FtpDoctor.Finding)(encoded)).toEqual(finding)
      }
    }).pipe(Effect.provide(server()))
  )
})
