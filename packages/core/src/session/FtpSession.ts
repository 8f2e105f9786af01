/**
 * One login on one server: one command, or one transfer, at a time.
 *
 *     dial ──► greeting ──► secure ──► log in ──► negotiate ──► ready ──► QUIT, when its scope closes
 *        └──────┴─────────────┴───────────┴────────────┴── any failure: closed, nothing left behind
 *
 * The dialogues are the files of this folder. A session is `reusable` when its control channel is in step and the
 * server's state for it is as after the login: the pool asks before it lends it again. Floors above reconnect, retry
 * and resume.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Endpoint from "../base/FtpEndpoint.ts"
import type { DataError, FtpListingError, OpenError } from "../base/FtpError.ts"
import { FtpTimeouts } from "../base/FtpTimeouts.ts"
import * as ServerCapabilities from "../base/serverCapabilities.ts"
import { FtpDataChannel } from "../data/FtpDataChannel.ts"
import type { FtpTransport } from "../platform/FtpTransport.ts"
import * as Features from "../protocol/Features.ts"
import type { FtpCharset } from "../protocol/FtpCharset.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as Listing from "../protocol/Listing.ts"
import type { DateOrder } from "../protocol/listing/NumericDate.ts"
import type { FtpSecurity } from "../security/FtpSecurity.ts"
import * as Connect from "./connect.ts"
import type * as SessionContext from "./context.ts"
import * as EntryStream from "./entryStream.ts"
import type { ListOptions } from "./list.ts"
import * as Login from "./login.ts"
import * as Methods from "./methods.ts"
import * as NamesCharset from "./namesCharset.ts"
import * as Negotiate from "./negotiate.ts"
import * as NextPort from "./nextPort.ts"
import type * as Receive from "./receive.ts"
import type { FtpSession, Listed } from "./sessionModel.ts"
import * as State from "./state.ts"

export type { Masked, Restore } from "../base/masked.ts"
export type { ServerCapabilities } from "../base/serverCapabilities.ts"
export type { DialectName } from "../protocol/Listing.ts"
export type { DateOrder } from "../protocol/listing/NumericDate.ts"
export type { Syntax } from "../protocol/NativePath.ts"
export type { OnCommand, TransferOptions } from "./dataTransfer.ts"
export type { Judged, NewName, Rename, Stored } from "./expressFinish.ts"
export type { RetrieveFile, RetrieveOptions, Small } from "./expressRetrieve.ts"
export type { StoreFile, StoreOptions } from "./expressStore.ts"
export type { OnMoved } from "./expressWay.ts"
export type { ListOptions } from "./list.ts"
export type { Incoming } from "./receive.ts"
export type { Removal } from "./removal.ts"
export type { FtpSession, Listed } from "./sessionModel.ts"
export type { TimeSet } from "./setTimes.ts"
export type { Dated, ShownTimes } from "./shownTimes.ts"
export type { Facts, Renamed } from "./together.ts"
export type { TransmitOptions } from "./transmit.ts"
export type { Expected } from "./visits.ts"
export type { Whereabouts } from "./whereabouts.ts"

/**
 * A format of LIST. `"Unix"` has many relatives, classic Macintosh servers among them; `"Dos"` is that of Windows, IIS
 * and Windows CE too.
 *
 * @since 0.1.0
 * @category models
 */
export type Dialect = Listing.DialectName

/**
 * All formats of LIST.
 *
 * @since 0.1.0
 * @category constants
 */
export const dialects: ReadonlyArray<Dialect> = Listing.dialectNames

/**
 * Which server a session is opened on, and what is known of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly endpoint: Endpoint.FtpEndpoint
  /**
   * The charset of names on a server that does not speak UTF-8. It is asked not to. Default that of a profile, else
   * UTF-8, where other bytes of a name are kept as lone surrogates (U+DC00 + byte).
   */
  readonly charset?: FtpCharset | undefined
  /** Where the times of LIST are read (MLSD and MDTM are in UTC). Default what MDTM shows, else UTC. */
  readonly zone?: DateTime.TimeZone | undefined
  /** The format of LIST, if its lines alone do not show it. Default the lines decide. It does not matter to MLSD. */
  readonly dialect?: Dialect | undefined
  /**
   * How dates of numbers in LIST (`04-05-23`) are read, if neither the listing nor an earlier one of this server shows
   * it. Such times have `guess: "DayOrMonth"`. Default the month first, or the day if there are dots between.
   */
  readonly dateOrder?: DateOrder | undefined
  /** What other sessions learned about this server. Default nothing. */
  readonly capabilities?: ServerCapabilities.ServerCapabilities | undefined
  /**
   * Run once the server has accepted the login, which is a round trip before the session is ready. Default nothing.
   *
   * @since 0.1.0
   */
  readonly onAccepted?: Effect.Effect<void> | undefined
  /**
   * Whether a transfer is expected to be the first thing done on the session: its port is asked for with what every
   * session asks, if an earlier session of the same `capabilities` has shown that the server bears that. Default false.
   *
   * @since 0.1.0
   */
  readonly expectsTransfer?: boolean | undefined
}

/**
 * Dials, secures, logs in and negotiates. The session lives as long as the scope, which says QUIT and closes it. A
 * transfer that is still under way then fails.
 *
 * @example
 * ```ts
 * import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
 * import * as FtpSession from "@ftp-effect/core/FtpSession"
 * import * as Command from "@ftp-effect/core/protocol/Command"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const session = yield* FtpSession.make({ endpoint: FtpEndpoint.make({ host: "files.example" }) })
 *   return yield* session.run(Command.raw("STAT"))
 * }).pipe(Effect.scoped)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function* (options: Options) {
  const { endpoint } = options
  const timeouts = yield* FtpTimeouts
  const dataChannel = yield* FtpDataChannel
  const capabilities = options.capabilities ?? ServerCapabilities.make()
  const names = NamesCharset.make(capabilities.listing, options.charset)
  const { control, protection, ready } = yield* Connect.connect(endpoint, capabilities, names.codec)
  yield* Login.login({ control, endpoint, capabilities })
  yield* options.onAccepted ?? Effect.void
  yield* protection.onLogin({ control, capabilities })
  const context: SessionContext.SessionContext = {
    endpoint,
    control,
    dataChannel,
    protection,
    capabilities,
    timeouts,
    names,
    zone: options.zone,
    dialect: options.dialect,
    dateOrder: options.dateOrder,
    features: Features.empty,
    state: State.make()
  }
  yield* Negotiate.negotiate(context, options.expectsTransfer ?? false)
  yield* ready
  // A server may not notice in a transfer that its control connection has ended, as vsftpd.
  yield* Effect.addFinalizer(() =>
    Effect.zipRight(
      Effect.suspend(() => {
        NextPort.forget(context.state)
        return context.state.resetData ?? Effect.void
      }),
      Connect.quit(control, timeouts.quit)
    )
  )
  return Methods.make(context)
})

/**
 * Dials and secures as `make` does, and says QUIT without a login: so that a server that is down, or not the expected
 * one, is known before a person is asked for a password. The user of the endpoint is for messages only.
 *
 * @example
 * ```ts
 * import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
 * import * as FtpSession from "@ftp-effect/core/FtpSession"
 *
 * const isUp = FtpSession.greet(FtpEndpoint.make({ host: "files.example" }))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const greet = (endpoint: Endpoint.FtpEndpoint): Effect.Effect<void, OpenError, FtpTransport | FtpSecurity> =>
  Effect.scoped(
    Effect.gen(function* () {
      const timeouts = yield* FtpTimeouts
      const { control } = yield* Connect.connect(endpoint, ServerCapabilities.make())
      yield* Connect.quit(control, timeouts.quit)
    })
  )

/**
 * The bytes of a transfer as a stream of chunks that the consumer may keep. One scope, the caller's, holds the
 * transfer.
 *
 * @example
 * ```ts
 * import * as FtpSession from "@ftp-effect/core/FtpSession"
 * import * as Command from "@ftp-effect/core/protocol/Command"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const bytes = (session: FtpSession.FtpSession) =>
 *   Stream.unwrapScoped(Effect.map(session.receive(Command.retr("a")), FtpSession.toStream))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const toStream = (incoming: Receive.Incoming): Stream.Stream<Uint8Array, DataError> =>
  Stream.repeatEffectOption(
    Effect.matchEffect(incoming.read, {
      onFailure: (error) => Effect.fail(Option.some(error)),
      onSuccess: Option.match({
        onNone: () => Effect.fail(Option.none()),
        onSome: (bytes) => Effect.succeed(bytes.slice())
      })
    })
  )

/**
 * How a directory is listed while its entries arrive.
 *
 * @since 0.1.0
 * @category models
 */
export interface EntriesOptions extends ListOptions {
  /** Gets what is known at the end, lines that can't be read among it, and may fail the stream. Default nothing. */
  readonly onEnd?: ((listed: Omit<Listed, "entries">) => Effect.Effect<void, FtpListingError>) | undefined
}

/**
 * The entries of a directory while they arrive: see `listInto`. It fails as `list` does, but may have given entries
 * before. Leaving it early resets the data connection, and costs the session if the server does not settle in time.
 *
 * @example
 * ```ts
 * import * as FtpSession from "@ftp-effect/core/FtpSession"
 * import * as Stream from "effect/Stream"
 *
 * const names = (session: FtpSession.FtpSession) => Stream.map(FtpSession.entries(session, "pub"), ({ name }) => name)
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const entries = (
  session: Pick<FtpSession, "listInto">,
  path: string,
  options: EntriesOptions = {}
): Stream.Stream<FtpEntry, DataError | FtpListingError> =>
  EntryStream.make((deliver) =>
    Effect.flatMap(session.listInto(path, deliver, options), ({ entries, ...listed }) =>
      Effect.as(options.onEnd?.(listed) ?? Effect.void, entries)
    )
  )
