/**
 * The combinations that one real server has, as `scripts/servers/combinations.mjs` lists them. Each setting is a server
 * of its own, shared by passive and active.
 */
import { describe, layer } from "@effect/vitest"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import type { FtpTransport, TlsIdentity } from "@ftp-effect/core/FtpTransport"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Combinations from "../../../../scripts/servers/combinations.mjs"
import { makeCheck } from "../../../core/test/suites/client/Check.ts"
import * as Certificates from "../support/Certificates.ts"
import * as RealServer from "../support/RealServer.ts"
import * as RealServerSide from "../support/RealServerSide.ts"
import { matrixCases } from "./cases.ts"

const START_LIMIT = Duration.seconds(60)

export const matrixSuite = (name: RealServer.ServerName): void => {
  describe.skipIf(RealServer.isSkipped)(`matrix: ${RealServer.titleOf(name)}`, () => {
    for (const setting of Combinations.settings) {
      if (Combinations.missing(name, setting) !== undefined) {
        continue
      }
      layer(servicesOf(name, setting), { excludeTestServices: true, timeout: START_LIMIT })(
        Combinations.titleOf(setting),
        (it) => {
          for (const mode of Combinations.dataModesOf(setting)) {
            it.layer(dataChannels[mode])(mode.toLowerCase(), (it) => matrixCases(makeCheck(it)))
          }
        }
      )
    }
  })
}

/** The server is empty again before the next cases. */
const empty = (channel: typeof FtpDataChannel.layerPassive) =>
  Layer.merge(channel, Layer.effectDiscard(Effect.flatMap(RealServer.RealServer, ({ clear }) => clear)))

const dataChannels: {
  readonly [M in Combinations.DataMode]: Layer.Layer<
    FtpDataChannel.FtpDataChannel,
    never,
    FtpTransport | RealServer.RealServer
  >
} = {
  Passive: empty(FtpDataChannel.layerPassive),
  Active: empty(FtpDataChannel.layerActive())
}

const servicesOf = (name: RealServer.ServerName, setting: Combinations.Setting) =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const { authority, server } = yield* Certificates.make
      return Layer.mergeAll(
        RealServerSide.layer.pipe(Layer.provideMerge(RealServer.layer(name, variantOf(setting, server)))),
        securityOf(setting, authority),
        NodeFtpFile.layer,
        NodeFtpTransport.layer
      )
    })
  )

const variantOf = (
  { family, limits, requireReuse, security, version }: Combinations.Setting,
  identity: TlsIdentity
): RealServer.Variant => ({
  family,
  activeOnly: limits === "ActiveOnly",
  deny: limits === "NoRfc2428" ? ["EPSV", "EPRT"] : [],
  tls:
    security === "Plain"
      ? undefined
      : {
          mode: security,
          requireReuse,
          versions: version,
          certificate: identity.certificate,
          key: Redacted.value(identity.key)
        }
})

/** With the options' defaults: the server's version is what it has to agree on. */
const securityOf = ({ security }: Combinations.Setting, authority: string) => {
  switch (security) {
    case "Plain":
      return FtpSecurity.layerPlain
    case "Explicit":
      return FtpSecurity.layerExplicit({ authorities: [authority] })
    case "Implicit":
      return FtpSecurity.layerImplicit({ authorities: [authority] })
  }
}
