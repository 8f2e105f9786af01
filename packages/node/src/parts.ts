/** What the options of a client choose for each axis: security, who dials, transport, settings. */
import * as Net from "node:net"
import * as FtpCharset from "@ftp-effect/core/FtpCharset"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import { FtpAddressFamily, type FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as NodeFtpProxy from "./NodeFtpProxy.ts"
import * as NodeFtpTransport from "./NodeFtpTransport.ts"
import type { Options } from "./options/options.ts"

export const isAdvertisable = (address: string): boolean =>
  Net.isIP(address) !== 0 && !/^(0\.0\.0\.0|::)$/.test(address)

export const charsetOf = (
  name: FtpCharset.Name | undefined
): Either.Either<FtpCharset.FtpCharset | undefined, FtpUsageError> =>
  name === undefined
    ? Either.right(undefined)
    : Either.mapLeft(FtpCharset.make(name), ({ message }) => new FtpUsageError({ argument: "charset", why: message }))

/** The one place that turns a scheme into protection: never less than the scheme asks for. */
export const securityOf = (
  url: FtpUrl.FtpUrl,
  tls: FtpSecurity.ExplicitOptions | undefined
): Either.Either<Layer.Layer<FtpSecurity.FtpSecurity, FtpUsageError>, FtpUsageError> => {
  switch (url.security) {
    case "Explicit":
      return Either.right(FtpSecurity.layerExplicit(tls))
    case "Implicit":
      return Either.right(FtpSecurity.layerImplicit(tls))
    case "Plain":
      return tls === undefined
        ? Either.right(FtpSecurity.layerPlain)
        : Either.left(
            new FtpUsageError({
              argument: "tls",
              why: `${FtpUrl.toLabel(url)} has no TLS; with it: ftpes:// (after AUTH) or ftps:// (from the start)`
            })
          )
  }
}

/** The one place that chooses who dials. */
export const dataChannelOf = ({
  active,
  passive,
  proxy
}: Options): Either.Either<Layer.Layer<FtpDataChannel.FtpDataChannel, never, FtpTransport>, FtpUsageError> => {
  if (active === undefined) {
    return Either.right(FtpDataChannel.layerPassiveWith(passive ?? {}))
  }
  if (active.advertise !== undefined && !isAdvertisable(active.advertise)) {
    return Either.left(
      new FtpUsageError({
        argument: "active.advertise",
        why: `"${active.advertise}" is not a numeric address that a server could connect to, like 203.0.113.7`
      })
    )
  }
  return passive === undefined && proxy === undefined
    ? Either.right(FtpDataChannel.layerActive(active))
    : Either.left(
        new FtpUsageError({
          argument: "active",
          why:
            passive === undefined
              ? "no server can connect to us through a proxy: only passive mode goes together with `proxy`"
              : "does not go together with `passive`"
        })
      )
}

export const transportOf = ({ proxy }: Options): Layer.Layer<FtpTransport, FtpUsageError> =>
  proxy === undefined ? NodeFtpTransport.layer : NodeFtpProxy.layerUrl(proxy)

/** What is not set is left as it is outside. */
export const settingsOf = ({ family, retry, timeouts }: Options): ReadonlyArray<Layer.Layer<never>> => [
  ...(family === undefined ? [] : [Layer.succeed(FtpAddressFamily, family)]),
  ...(timeouts === undefined ? [] : [FtpTimeouts.layer(timeouts)]),
  ...(retry === undefined ? [] : [FtpRetry.layer(retry)])
]
