/**
 * The client with the embedded server over every combination of the axes: how it is protected, who dials data, and the
 * family. Three combinations have the whole suite, the others the cases of the matrix. The sessions over TLS are the
 * strict ones: each data connection must go on with the session of its control connection.
 */
import { layer } from "@effect/vitest"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import type { TlsSettings } from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeCheck } from "../../../core/test/suites/client/Check.ts"
import * as EmbeddedSide from "../../../core/test/suites/client/embeddedSide.ts"
import { clientSuite } from "../../../core/test/suites/clientSuite.ts"
import { matrixCases } from "../matrix/cases.ts"
import * as Certificates from "../support/Certificates.ts"

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

/** With `EmbeddedServer.test.ts`, which has plain, passive and IPv4, these hold most pairs of two axes' values. */
const whole = ["plain, active, IPv6", "explicit TLS, active, IPv4", "implicit TLS, passive, IPv6"]

for (const protection of protections) {
  for (const [mode, data] of dataModes) {
    for (const [family, host] of families) {
      const combination = `${protection}, ${mode}, ${family}`
      const name = `FtpClient over ${combination}, with the embedded server`
      const services = Layer.unwrapEffect(
        Effect.map(Certificates.make, (certificates) =>
          Layer.mergeAll(
            EmbeddedSide.layer({ server: { host, tls: tlsOf(protection, certificates) } }),
            securityOf(protection, certificates),
            data,
            NodeFtpFile.layer
          ).pipe(Layer.provideMerge(NodeFtpTransport.layer))
        )
      )
      if (whole.includes(combination)) {
        clientSuite(name, services)
      } else {
        layer(services, { excludeTestServices: true })(name, (it) => matrixCases(makeCheck(it)))
      }
    }
  }
}
