/**
 * The client on Node by URL: transport, security, data connections and local files already in.
 *
 *     NodeFtp.layer({ url: "ftp://ann@files.example", password })  ──► FtpClient, FtpPool, FtpLocalFile, FtpHasher
 *
 *     scheme ──securityOf──► ftp: plain · ftpes: TLS after AUTH · ftps: TLS from the first byte on
 *
 * Nothing is dialled until the first operation. The path of a URL is not part of the layer: operations name theirs.
 *
 * It never falls back to plain FTP from another scheme, nor from one data mode to the other.
 *
 * @since 0.1.0
 */
import * as Net from "node:net"
import * as FtpCharset from "@ftp-effect/core/FtpCharset"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import { FtpUsageError, isRetryable, type OpenError } from "@ftp-effect/core/FtpError"
import type { FtpHasher } from "@ftp-effect/core/FtpHasher"
import type { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import type { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpRate from "@ftp-effect/core/FtpRate"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import { FtpAddressFamily, type FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as NodeFtpFile from "./NodeFtpFile.ts"
import * as NodeFtpHasher from "./NodeFtpHasher.ts"
import * as NodeFtpProxy from "./NodeFtpProxy.ts"
import * as NodeFtpTransport from "./NodeFtpTransport.ts"
import * as NodeFtpUploadRecords from "./NodeFtpUploadRecords.ts"
import { mirrorOf, parse, withLogin } from "./options/login.ts"
import type { Options } from "./options/options.ts"

export type { Options }

/**
 * What the layers provide: the client, its pool for `FtpTransfer`, local files for `FtpTransfer.toFile` and `fromFile`,
 * and local hashes for their `evidence`.
 *
 * @since 0.1.0
 * @category models
 */
export type NodeFtp = FtpClient.FtpClient | FtpPool | FtpLocalFile | FtpHasher

/**
 * The client for one server, or several with the same files. Fails with a `FtpUsageError` if a URL is none, or does not
 * go together with the other options.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<NodeFtp, FtpUsageError> =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const url = yield* parse("url", options.url)
      const primary = yield* withLogin(url, options)
      const mirrors = yield* Effect.forEach(options.mirrors ?? [], (mirror) => mirrorOf(mirror, primary))
      const security = yield* securityOf(url, options.tls)
      const dataChannel = yield* dataChannelOf(options)
      const rate = typeof options.rate === "number" ? yield* FtpRate.make(options.rate) : options.rate
      const client = FtpClient.layerPooled({
        endpoints: [primary.endpoint, ...mirrors],
        maxPerHost: options.maxPerHost,
        charset: yield* charsetOf(options.charset),
        zone: options.zone,
        dialect: options.dialect,
        dateOrder: options.dateOrder,
        profile: options.profile,
        rate
      }).pipe(Layer.provide([security, dataChannel]), Layer.provide([transportOf(options), ...settingsOf(options)]))
      const local = Layer.merge(NodeFtpFile.layer, NodeFtpHasher.layer)
      const { uploadRecords } = options
      return Layer.merge(
        client,
        uploadRecords === undefined ? local : Layer.merge(local, NodeFtpUploadRecords.layer(uploadRecords))
      )
    })
  )

/**
 * Dials the server of `url`, secures the connection as the client will, and quits without a login. So a program finds
 * out that a server can't be reached, or has a wrong certificate, before it asks a person for the password. Passwords
 * and mirrors are ignored.
 *
 * @since 0.1.0
 * @category operations
 */
export const greet = (options: Options): Effect.Effect<void, OpenError> =>
  Effect.gen(function* () {
    const url = yield* parse("url", options.url)
    const security = yield* securityOf(url, options.tls)
    const met = Effect.flatMap(FtpRetry.FtpRetry, ({ connect }) =>
      Effect.retry(FtpSession.greet(url.endpoint), { schedule: connect, while: isRetryable })
    )
    yield* Effect.provide(met, Layer.mergeAll(security, transportOf(options), ...settingsOf(options)))
  })

/**
 * The client for one server: `NodeFtp.layerUrl("ftp://files.example")`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerUrl = (url: string): Layer.Layer<NodeFtp, FtpUsageError> => layer({ url })

const optional = <A>(self: Config.Config<A>): Config.Config<A | undefined> =>
  Config.map(Config.option(self), Option.getOrUndefined)

/**
 * Options from the environment: `FTP_URL`, and if they are set `FTP_PASSWORD`, `FTP_ACCOUNT`, `FTP_MIRRORS` (URLs
 * with commas between them), `FTP_MAX_PER_HOST` and `FTP_PROXY`. Empty mirrors are none, and so is an empty proxy.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({
  url: Config.string("FTP_URL"),
  password: optional(Config.redacted("FTP_PASSWORD")),
  account: optional(Config.redacted("FTP_ACCOUNT")),
  mirrors: Config.map(optional(Config.array(Config.string(), "FTP_MIRRORS")), (urls) =>
    urls?.filter((url) => url !== "")
  ),
  maxPerHost: optional(Config.integer("FTP_MAX_PER_HOST")),
  proxy: Config.map(optional(Config.redacted("FTP_PROXY")), (url) =>
    url === undefined || Redacted.value(url) === "" ? undefined : url
  )
})

/**
 * The client with options from the configuration, by default those of `config`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  wrapped: Config.Config.Wrap<Options> = config
): Layer.Layer<NodeFtp, ConfigError.ConfigError | FtpUsageError> =>
  Layer.unwrapEffect(Effect.map(Config.unwrap(wrapped), layer))

/** The one place that turns a scheme into protection: never less than the scheme asks for. */
const charsetOf = (
  name: FtpCharset.Name | undefined
): Either.Either<FtpCharset.FtpCharset | undefined, FtpUsageError> =>
  name === undefined
    ? Either.right(undefined)
    : Either.mapLeft(FtpCharset.make(name), ({ message }) => new FtpUsageError({ argument: "charset", why: message }))

const securityOf = (
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

/**
 * Whether a server can be told to connect to `address` in active mode: it is numeric, and not the one that means "every
 * address of this machine".
 *
 * @since 0.1.0
 * @category guards
 */
export const isAdvertisable = (address: string): boolean =>
  Net.isIP(address) !== 0 && !/^(0\.0\.0\.0|::)$/.test(address)

/** The one place that chooses who dials. */
const dataChannelOf = ({
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

const transportOf = ({ proxy }: Options): Layer.Layer<FtpTransport, FtpUsageError> =>
  proxy === undefined ? NodeFtpTransport.layer : NodeFtpProxy.layerUrl(proxy)

/** What is not set is left as it is outside. */
const settingsOf = ({ family, retry, timeouts }: Options): ReadonlyArray<Layer.Layer<never>> => [
  ...(family === undefined ? [] : [Layer.succeed(FtpAddressFamily, family)]),
  ...(timeouts === undefined ? [] : [FtpTimeouts.layer(timeouts)]),
  ...(retry === undefined ? [] : [FtpRetry.layer(retry)])
]
