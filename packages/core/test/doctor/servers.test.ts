/** What an examination finds out about servers that lack something, or do it in their own way. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpDoctor from "@ftp-effect/core/FtpDoctor"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { examine, findingOf, server } from "../support/doctor.ts"
import { withFault } from "../support/server.ts"

describe("an examination", () => {
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
})
