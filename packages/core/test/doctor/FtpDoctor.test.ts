/** Findings about the embedded server, sound and with faults. */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as FtpCharset from "@ftp-effect/core/FtpCharset"
import * as FtpDoctor from "@ftp-effect/core/FtpDoctor"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { endpoint, PASSWORD, services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { commands, connections, withFault } from "../support/server.ts"

const root = { "pub/a": "12345", "pub/b": "22", "large.bin": new Uint8Array(300 * 1024) }
const users = { ann: PASSWORD }

const server = (options: FtpTestServer.Options = {}) =>
  FtpTestServer.layer({ users, root, ...options }).pipe(Layer.provideMerge(services))

const examine = (options: Partial<FtpDoctor.Options> = {}) =>
  Effect.flatMap(endpoint, (endpoint) =>
    inTime(FtpDoctor.examine({ endpoint, security: "Plain", sessions: 3, ...options }), "10 minutes")
  )

/** `"Epsv Ok"`. */
const verdicts = ({ findings }: FtpDoctor.Report) => findings.map(({ check, severity }) => `${check} ${severity}`)

const findingOf = ({ findings }: FtpDoctor.Report, check: FtpDoctor.Check) =>
  findings.find((finding) => finding.check === check)

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

  for (const [what, options, fault, check, expected] of [
    ["no EPSV", { denied: ["EPSV"] }, [], "Epsv", { severity: "Note", facts: { works: false, refused: true } }],
    [
      "a PASV that names another address",
      {},
      [{ _tag: "ForeignPasv", host: "10.0.0.5", times: Number.POSITIVE_INFINITY }],
      "Pasv",
      { severity: "Warning", facts: { address: "10.0.0.5" }, section: "behind-nat" }
    ],
    ["no PASV", { denied: ["PASV"] }, [], "Pasv", { severity: "Note", facts: { works: false } }],
    ["neither EPSV nor PASV", { denied: ["EPSV", "PASV"] }, [], "Pasv", { severity: "Error" }],
    [
      "no MLSD",
      { denied: ["MLST", "MLSD"] },
      [],
      "Listing",
      { severity: "Ok", text: "1 entry by LIST, as FEAT lists no MLSD", facts: { dialect: "Unix" } }
    ],
    [
      "no sizes in LIST",
      { listing: "Vms", denied: ["MLST", "MLSD"], root: { "A.TXT": "12345" } },
      [],
      "Size",
      { severity: "Ok", facts: { works: true, size: 5, listed: null } }
    ],
    [
      "no sizes in LIST (REST)",
      { listing: "Vms", denied: ["MLST"], root: { "A.TXT": "12345" } },
      [],
      "Restart",
      { severity: "Ok" }
    ],
    ["no file", { root: { "sub/": {} } }, [], "Size", { severity: "Note", facts: { works: null } }],
    [
      "no file to measure with",
      { root: {} },
      [],
      "Throughput",
      { text: "not measured: no file of a known size is here" }
    ],
    ["a file of one byte", { root: { a: "1" } }, [], "Restart", { severity: "Note", facts: { works: null } }],
    [
      "a refused PASV, the reason of which is given once",
      { denied: ["EPSV", "PASV"] },
      [],
      "Pasv",
      {
        severity: "Error",
        text: expect.stringMatching(/^the server refuses it \(5\d\d [^)]*\)$/),
        facts: { refused: true },
        advice: [{ to: "User" }, { to: "Administrator", text: expect.stringMatching(/^allow passive mode/) }]
      }
    ],
    ["the format of DOS", { listing: "Dos", denied: ["MLST", "MLSD"] }, [], "List", { facts: { dialect: "Dos" } }],
    [
      "a size that differs from the listing",
      {},
      [{ _tag: "WrongSize", verb: "SIZE", by: 7, times: Number.POSITIVE_INFINITY }],
      "Size",
      { severity: "Warning" }
    ],
    ["no MDTM", { denied: ["MDTM"] }, [], "Modified", { severity: "Note", facts: { works: false } }],
    ["no REST", { denied: ["REST"] }, [], "Restart", { severity: "Warning", facts: { works: false } }],
    [
      "a REST that is ignored",
      {},
      [{ _tag: "IgnoreRest", times: Number.POSITIVE_INFINITY }],
      "Restart",
      { severity: "Warning", facts: { claimed: true, works: false } }
    ],
    [
      "room for two sessions",
      { limit: { connections: 2 } },
      [],
      "Sessions",
      { severity: "Warning", facts: { sessions: 2 } }
    ],
    ["no FEAT", { denied: ["FEAT"] }, [], "Features", { severity: "Note" }],
    ["a known name", { greeting: "(vsFTPd 3.0.3)" }, [], "Software", { facts: { name: "vsftpd", version: "3.0.3" } }]
  ] as ReadonlyArray<
    readonly [string, FtpTestServer.Options, ReadonlyArray<FtpTestServer.Fault>, FtpDoctor.Check, object]
  >) {
    it.effect(`finds out about a server with ${what}`, () =>
      Effect.gen(function* () {
        yield* withFault(...fault)
        const report = yield* examine({ sessions: check === "Sessions" ? 3 : 1 })
        expect(findingOf(report, check)).toMatchObject(expected)
      }).pipe(Effect.provide(server({ root: { "pub/a": "12345" }, ...options })))
    )
  }

  const GREETINGS = "Gr\u00fc\u00dfe"
  const LATIN1 = Either.getOrThrow(FtpCharset.make("latin1"))
  const long = { denied: ["MLST", "MLSD"], root: { a: "12345" } }
  for (const [what, options, asked, check, expected] of [
    [
      "the zone that is named",
      { ...long, listMinutesAhead: 120 },
      { zone: DateTime.zoneMakeOffset(120 * 60_000) },
      "Zone",
      { severity: "Ok", text: "LIST has times of UTC+02:00, as --zone says", facts: { minutes: 120, fits: true } }
    ],
    [
      "a zone of places that has the offset at the time of the file",
      { ...long, listMinutesAhead: 60 },
      { zone: DateTime.zoneUnsafeMakeNamed("Europe/Berlin") },
      "Zone",
      { severity: "Ok", facts: { minutes: 60, fits: true } }
    ],
    [
      "another zone than the one that is named",
      { ...long, listMinutesAhead: 120 },
      { zone: DateTime.zoneMakeOffset(0) },
      "Zone",
      { severity: "Warning", text: "LIST has times of UTC+02:00, which --zone does not say", facts: { fits: false } }
    ],
    [
      "UTC where a zone is named",
      long,
      { zone: DateTime.zoneUnsafeMakeNamed("Asia/Tokyo") },
      "Zone",
      { severity: "Warning", facts: { minutes: 0, fits: false } }
    ],
    [
      "the charset that is named",
      { charset: "latin1", root: { [GREETINGS]: "1" } },
      { charset: LATIN1 },
      "Names",
      { severity: "Ok", text: "latin1, seen in 1 name", facts: { charset: "latin1", broken: 0 } }
    ],
    [
      "UTF-8 where a charset is named",
      { root: { [GREETINGS]: "1" } },
      { charset: LATIN1 },
      "Names",
      { severity: "Warning", text: "UTF-8, seen in 1 name, not latin1", advice: [{ text: "leave out --charset" }] }
    ],
    [
      "another charset than UTF-8",
      { charset: "latin1", root: { [GREETINGS]: "1" } },
      {},
      "Names",
      { severity: "Warning", text: "1 name not in UTF-8", facts: { broken: 1 } }
    ],
    [
      "dates of numbers in the order that is named",
      { denied: ["MLST", "MLSD"], listing: "Dos", root: { a: "12345" } },
      { dialect: "Dos", dateOrder: "DayFirst" },
      "List",
      { facts: { dialect: "Dos" } }
    ]
  ] as ReadonlyArray<readonly [string, FtpTestServer.Options, Partial<FtpDoctor.Options>, FtpDoctor.Check, object]>) {
    it.effect(`finds out about ${what}`, () =>
      Effect.gen(function* () {
        const report = yield* examine({ sessions: 1, ...asked })
        expect(findingOf(report, check)).toMatchObject(expected)
      }).pipe(Effect.provide(server(options)))
    )
  }

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
