/**
 * The client's suite with the embedded server over every axis: how it is protected, who dials data, and the family. The
 * sessions over TLS are the strict ones: each data connection must go on with the session of its control connection.
 */
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import type { TlsSettings } from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as EmbeddedSide from "../../core/test/suites/client/embeddedSide.ts"
import { clientSuite } from "../../core/test/suites/clientSuite.ts"
import * as Certificates from "./support/Certificates.ts"

const protections = ["plain", "explicit TLS", "implicit TLS"] as const

const dataModes = [
  ["passive", FtpDataChannel.layerPassive],
  ["active", FtpDataChannel.layerActive()]
] as const

const families = [
  ["IPv4", "127.0.0.1"],
  ["IPv6", "::1"]
] as const

const tlsOf = (
  protection: (typeof protections)[number],
  { server: identity }: Certificates.Certificates
): TlsSettings | undefined =>
  protection === "plain"
    ? undefined
    : {
        mode: protection === "explicit TLS" ? "Explicit" : "Implicit",
        identity,
        required: true,
        requireReuse: "vsftpd"
      }

const securityOf = (protection: (typeof protections)[number], { authority }: Certificates.Certificates) => {
  switch (protection) {
    case "plain":
      return FtpSecurity.layerPlain
    case "explicit TLS":
      return FtpSecurity.layerExplicit({ authorities: [authority] })
    case "implicit TLS":
      return FtpSecurity.layerImplicit({ authorities: [authority] })
  }
}

for (const protection of protections) {
  for (const [mode, data] of dataModes) {
    for (const [family, host] of families) {
      // EmbeddedServer.test.ts has the plain, passive, IPv4 one.
      if (protection !== "plain" || mode !== "passive" || family !== "IPv4") {
        clientSuite(
          `FtpClient over ${protection}, ${mode}, ${family}, with the embedded server`,
          Layer.unwrapEffect(
            Effect.map(Certificates.make, (certificates) =>
              Layer.mergeAll(
                EmbeddedSide.layer({ server: { host, tls: tlsOf(protection, certificates) } }),
                securityOf(protection, certificates),
                data,
                NodeFtpFile.layer
              ).pipe(Layer.provideMerge(NodeFtpTransport.layer))
            )
          )
        )
      }
    }
  }
}
