/** The zone of LIST of real servers whose machine is not in UTC. Real time: sockets don't run by the TestClock. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as RealServer from "../support/RealServer.ts"

const services = Layer.provideMerge(
  Layer.merge(FtpSecurity.layerPlain, FtpDataChannel.layerPassive),
  NodeFtpTransport.layer
)

const MINUTE = 60_000
const NINE_HOURS = 9 * 60 * MINUTE

describe.skipIf(RealServer.isSkipped)("with a server in Japan", () => {
  it.scopedLive.each([
    // UTC in each answer, whatever the machine's zone.
    ["vsftpd", "vsftpd", [], 0],
    // Local in each answer, MDTM too: the times agree with one another, and nothing shows that they are not UTC.
    ["vsftpd with use_localtime", "vsftpd", ["use_localtime=YES"], NINE_HOURS],
    // Local in LIST alone.
    ["ProFTPD with TimesGMT off", "proftpd", ["TimesGMT off"], 0],
    ["Pure-FTPd", "pure-ftpd", [], 0]
  ] as const)("%s, the times of LIST are those of MDTM", ([_, name, extra, ahead]) =>
    Effect.gen(function* () {
      const { host, password, port, user, write } = yield* RealServer.make(name, { zone: "JST-9", extra })
      const before = Date.now()
      yield* write("a.txt", "12345")
      const session = yield* FtpSession.make({ endpoint: FtpEndpoint.make({ host, port, user, password }) })
      const listed = yield* session.list("", { long: true })
      const time = Option.getOrThrow(listed.entries.find((entry) => entry.name === "a.txt")?.modified ?? Option.none())
      expect(time.zone).toBe("Inferred")
      const at = DateTime.toEpochMillis(time.at)
      const { at: mdtm } = yield* session.modified("a.txt")
      expect(Math.abs(at - DateTime.toEpochMillis(mdtm))).toBeLessThan(MINUTE)
      expect(Math.abs(at - ahead - before)).toBeLessThan(2 * MINUTE)
    }).pipe(Effect.provide(services))
  )
})
