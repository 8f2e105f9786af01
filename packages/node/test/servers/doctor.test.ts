/** What the doctor says of the real servers. Real time: sockets don't run by the TestClock. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpDoctor from "@ftp-effect/core/FtpDoctor"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as RealServer from "../support/RealServer.ts"

const SOUND = ["Login", "Epsv", "Pasv", "List", "Zone", "Size", "Modified", "Restart", "Upload", "Rename", "Removal"]

describe.skipIf(RealServer.isSkipped)("FtpDoctor.examine with the real server", () => {
  it.scopedLive.each([
    ["vsftpd", "vsftpd", { Listing: "Unix", Mlst: "Note", Hash: "Note" }],
    ["proftpd", "ProFTPD", { Listing: "Mlsx", Mlst: "Ok", Hash: "Ok" }],
    ["pure-ftpd", "Pure-FTPd", { Listing: "Mlsx", Mlst: "Ok", Hash: "Note" }],
    ["pyftpdlib", "pyftpdlib", { Listing: "Mlsx", Mlst: "Ok", Hash: "Note" }]
  ] as const)("%s: what works and what does not", ([server, software, expected]) =>
    Effect.gen(function* () {
      const { host, password, port, user, write } = yield* RealServer.make(server)
      yield* write("a.txt", "12345")
      const report = yield* FtpDoctor.examine({
        endpoint: FtpEndpoint.make({ host, port, user, password }),
        security: "Plain",
        sessions: 1,
        writeIn: ""
      })
      expect(report.error).toEqual(Option.none())
      const by = new Map(report.findings.map((finding) => [finding.check as string, finding]))
      expect(SOUND.filter((check) => by.get(check)?.severity !== "Ok")).toEqual([])
      expect(by.get("Software")?.facts).toMatchObject({ name: software })
      expect(by.get("Listing")?.facts).toMatchObject({ dialect: expected.Listing })
      expect(by.get("Mlst")?.severity).toBe(expected.Mlst)
      expect(by.get("Hash")?.severity).toBe(expected.Hash)
    }).pipe(Effect.provide(NodeFtpTransport.layer))
  )
})
