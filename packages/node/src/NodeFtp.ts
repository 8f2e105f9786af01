import * as FtpClient from "@ftp-effect/core/FtpClient"
import { type FtpUsageError, isRetryable, type OpenError } from "@ftp-effect/core/FtpError"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpRate from "@ftp-effect/core/FtpRate"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import { FtpUploadRecords } from "@ftp-effect/core/FtpUploadRecords"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as LocalTransfers from "./client/localTransfers.ts"
import * as NodeFtpFile from "./NodeFtpFile.ts"
import * as NodeFtpHasher from "./NodeFtpHasher.ts"
import * as NodeFtpUploadRecords from "./NodeFtpUploadRecords.ts"
import { mirrorOf, parse, withLogin } from "./options/login.ts"
import * as OptionCheck from "./options/optionCheck.ts"
import type { Options } from "./options/options.ts"
import * as Parts from "./parts.ts"

export type { LocalTransfers } from "./client/localTransfers.ts"
export type { Options }

/**
 * What the layers provide: the client, its pool for `FtpTransfer`, local files for `FtpTransfer.toFile` and `fromFile`,
 * and local hashes for their `evidence`.
 *
 * @since 0.1.0
 * @category models
 */
export type NodeFtp = FtpClient.FtpClient | FtpPool.FtpPool | FtpLocalFile | FtpHasher

/**
 * The client for one server, or several with the same files. Fails with a `FtpUsageError` if an option is wrong: a URL that is
 * none, a number that can't be, options that don't go together.
 *
 * @example
 * ```ts
 * import * as FtpClient from "@ftp-effect/core/FtpClient"
 * import * as NodeFtp from "@ftp-effect/node/NodeFtp"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * const Live = NodeFtp.layer({
 *   url: "ftpes://ann@files.example",
 *   password: Redacted.make("secret"),
 *   timeouts: { reply: "10 seconds" }
 * })
 * const program = Effect.flatMap(FtpClient.FtpClient, (ftp) => ftp.list("pub")).pipe(Effect.provide(Live))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<NodeFtp, FtpUsageError> => Layer.scopedContext(build(options))

const build = (options: Options): Effect.Effect<Context.Context<NodeFtp>, FtpUsageError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* OptionCheck.check(options)
    const url = yield* parse("url", options.url)
    const primary = yield* withLogin(url, options)
    const mirrors = yield* Effect.forEach(options.mirrors ?? [], (mirror) => mirrorOf(mirror, primary))
    const services = yield* Parts.servicesOf(url, options)
    const rate = typeof options.rate === "number" ? yield* FtpRate.make(options.rate) : options.rate
    const pool = yield* Effect.provide(
      FtpPool.make({
        endpoints: [primary.endpoint, ...mirrors],
        maxPerHost: options.maxPerHost,
        timeToLive: options.timeToLive,
        probeAfter: options.probeAfter,
        acquireTimeout: options.acquireTimeout,
        charset: yield* Parts.charsetOf(options.charset),
        zone: options.zone,
        dialect: options.dialect,
        dateOrder: options.dateOrder,
        profile: options.profile,
        rate
      }),
      services
    )
    const client = Context.make(FtpPool.FtpPool, pool).pipe(
      Context.add(FtpClient.FtpClient, yield* Effect.provideService(FtpClient.make, FtpPool.FtpPool, pool)),
      Context.add(FtpLocalFile, NodeFtpFile.make()),
      Context.add(FtpHasher, NodeFtpHasher.make())
    )
    const { uploadRecords } = options
    return uploadRecords === undefined
      ? client
      : Context.add(client, FtpUploadRecords, NodeFtpUploadRecords.make(uploadRecords))
  })

/**
 * A client that is a value: its calls need no service. `context` is what `layer` provides, for the functions of
 * `FtpTransfer` and `FtpMirror`.
 *
 * @since 0.1.0
 * @category models
 */
export interface NodeFtpClient
  extends Omit<FtpClient.FtpClient, keyof LocalTransfers.LocalTransfers>,
    LocalTransfers.LocalTransfers {
  readonly context: Context.Context<NodeFtp>
}

/**
 * A client as a value, for programs that talk to several servers: sessions are closed with the scope. Each call makes a
 * client with sessions of its own.
 *
 * @example
 * ```ts
 * import * as NodeFtp from "@ftp-effect/node/NodeFtp"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const from = yield* NodeFtp.make("ftp://old.example")
 *   const to = yield* NodeFtp.make({ url: "ftpes://ann:secret@new.example", maxPerHost: 2 })
 *   yield* to.upload("report.csv", from.download("pub/report.csv"))
 * }).pipe(Effect.scoped)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: string | Options): Effect.Effect<NodeFtpClient, FtpUsageError, Scope.Scope> =>
  // Not by its layer, which takes a hundred steps more.
  Effect.map(build(typeof options === "string" ? { url: options } : options), fromContext)

/**
 * The client of a layer that was built: what `make` returns, over another transport or security.
 *
 * @example
 * ```ts
 * import * as NodeFtp from "@ftp-effect/node/NodeFtp"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const ftp = Effect.map(Layer.build(NodeFtp.layerUrl("ftp://files.example")), NodeFtp.fromContext)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromContext = (context: Context.Context<NodeFtp>): NodeFtpClient => ({
  ...Context.get(context, FtpClient.FtpClient),
  ...LocalTransfers.make(context),
  context
})

/**
 * Dials the server of `url`, secures the connection as the client will, and quits without a login. So a program finds
 * out that a server can't be reached, or has a wrong certificate, before it asks a person for the password. Passwords
 * and mirrors are ignored.
 *
 * @example
 * ```ts
 * import * as NodeFtp from "@ftp-effect/node/NodeFtp"
 *
 * const isUp = NodeFtp.greet({ url: "ftpes://files.example" })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const greet = (options: Options): Effect.Effect<void, OpenError> =>
  Effect.gen(function* () {
    yield* OptionCheck.check(options)
    const url = yield* parse("url", options.url)
    const services = yield* Parts.meetingOf(url, options)
    const met = Effect.flatMap(FtpRetry.FtpRetry, ({ connect }) =>
      Effect.retry(FtpSession.greet(url.endpoint), { schedule: connect, while: isRetryable })
    )
    yield* Effect.provide(met, services)
  }).pipe(Effect.scoped)

/**
 * The client for one server: `NodeFtp.layerUrl("ftp://files.example")`.
 *
 * @example
 * ```ts
 * import * as NodeFtp from "@ftp-effect/node/NodeFtp"
 *
 * const Live = NodeFtp.layerUrl("ftp://files.example")
 * ```
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
 * @example
 * ```ts
 * import * as NodeFtp from "@ftp-effect/node/NodeFtp"
 * import * as Config from "effect/Config"
 *
 * const Live = NodeFtp.layerConfig()
 * const Other = NodeFtp.layerConfig({ url: Config.string("PARTNER_URL"), password: Config.redacted("PARTNER_PASSWORD") })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  wrapped: Config.Config.Wrap<Options> = config
): Layer.Layer<NodeFtp, ConfigError.ConfigError | FtpUsageError> =>
  Layer.unwrapEffect(Effect.map(Config.unwrap(wrapped), layer))

/**
 * Whether a server can be told to connect to `address` in active mode: it is numeric, and not the one that means "every
 * address of this machine".
 *
 * @since 0.1.0
 * @category guards
 */
export const isAdvertisable: (address: string) => boolean = Parts.isAdvertisable
