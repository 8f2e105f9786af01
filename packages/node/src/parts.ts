/** What the options of a client choose for each axis: security, who dials, transport, settings. */
import * as Net from "node:net"
import * as FtpCharset from "@ftp-effect/core/FtpCharset"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import { FtpAddressFamily, FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
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
const securityOf = (
  url: FtpUrl.FtpUrl,
  tls: FtpSecurity.ExplicitOptions | undefined
): Effect.Effect<FtpSecurity.FtpSecurity, FtpUsageError> => {
  switch (url.security) {
    case "Explicit":
      return FtpSecurity.makeExplicit(tls)
    case "Implicit":
      return FtpSecurity.makeImplicit(tls)
    case "Plain":
      return tls === undefined
        ? Effect.succeed(FtpSecurity.makePlain())
        : new FtpUsageError({
            argument: "tls",
            why: `${FtpUrl.toLabel(url)} has no TLS; with it: ftpes:// (after AUTH) or ftps:// (from the start)`
          })
  }
}

/** The one place that chooses who dials. */
const dataChannelOf = ({
  active,
  passive,
  proxy
}: Options): Either.Either<(transport: FtpTransport) => FtpDataChannel.FtpDataChannel, FtpUsageError> => {
  if (active === undefined) {
    return Either.right((transport) => FtpDataChannel.makePassive(transport, passive))
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
    ? Either.right((transport) => FtpDataChannel.makeActive(transport, active))
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

const transportOf = ({ proxy }: Options): Either.Either<FtpTransport, FtpUsageError> =>
  proxy === undefined ? Either.right(NodeFtpTransport.make()) : NodeFtpProxy.makeUrl(proxy)

/** What is not set is left as it is outside. */
const withSettings = <R>(services: Context.Context<R>, { family, retry, timeouts }: Options): Context.Context<R> => {
  const { busy, connect, resume } = FtpRetry
  const settings: ReadonlyArray<Context.Context<never>> = [
    ...(family === undefined ? [] : [Context.make(FtpAddressFamily, family)]),
    ...(timeouts === undefined ? [] : [Context.make(FtpTimeouts.FtpTimeouts, FtpTimeouts.make(timeouts))]),
    ...(retry === undefined ? [] : [Context.make(FtpRetry.FtpRetry, { connect, busy, resume, ...retry })])
  ]
  return settings.reduce<Context.Context<R>>((all, setting) => Context.merge(all, setting), services)
}

/** What meets a server takes: the transport, the security, and the settings. */
export const meetingOf = (
  url: FtpUrl.FtpUrl,
  options: Options
): Effect.Effect<Context.Context<FtpSecurity.FtpSecurity | FtpTransport>, FtpUsageError> =>
  Effect.gen(function* () {
    const security = Context.make(FtpSecurity.FtpSecurity, yield* securityOf(url, options.tls))
    return withSettings(Context.add(security, FtpTransport, yield* transportOf(options)), options)
  })

/**
 * All that a pool takes. They are put together by hand: to build a layer of each, and those that provide them to each
 * other, takes longer than a login to a server that is near.
 */
export const servicesOf = (
  url: FtpUrl.FtpUrl,
  options: Options
): Effect.Effect<
  Context.Context<FtpSecurity.FtpSecurity | FtpTransport | FtpDataChannel.FtpDataChannel>,
  FtpUsageError
> =>
  Effect.gen(function* () {
    const dataChannel = yield* dataChannelOf(options)
    const met = yield* meetingOf(url, options)
    return Context.add(met, FtpDataChannel.FtpDataChannel, dataChannel(Context.get(met, FtpTransport)))
  })
