/**
 * Who dials the data connection of a transfer, and where. Each mode has its dialogue in a file of its own: `passive`,
 * `active`. Transfer commands, the bytes and their protection are the session's.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { DataError } from "../base/FtpError.ts"
import { FtpTransport } from "../platform/FtpTransport.ts"
import * as Active from "./active.ts"
import type { DataContext, DirectContext, DirectData, Prepared, Question } from "./dataContext.ts"
import * as Passive from "./passive.ts"

export type { Capability, ListingMemory, ServerCapabilities, Zone } from "../base/serverCapabilities.ts"
export type { ActiveOptions } from "./active.ts"
export type { DataContext, DirectContext, DirectData, Prepared, Question } from "./dataContext.ts"
export type { PassiveOptions } from "./passive.ts"

/**
 * Opens the data connection of one transfer.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpDataChannel {
  readonly prepare: (context: DataContext) => Effect.Effect<Prepared, DataError, Scope.Scope>
  /** How a short exchange gets its connection: only where it is known to work, and the transport has such calls. */
  readonly direct?: ((context: DirectContext) => DirectData | undefined) | undefined
  /**
   * What can be asked ahead of a transfer, so that `prepare` finds the `port` open. `mayHaveEpsv`: whether a server that
   * has not answered EPSV yet is likely to know it.
   *
   * @since 0.1.0
   */
  readonly ahead?:
    | ((context: Pick<DataContext, "capabilities" | "control">, mayHaveEpsv: boolean) => Question | undefined)
    | undefined
}

/**
 * The tag of `FtpDataChannel`.
 *
 * @since 0.1.0
 * @category tags
 */
export const FtpDataChannel: Context.Tag<FtpDataChannel, FtpDataChannel> = Context.GenericTag<FtpDataChannel>(
  "@ftp-effect/core/FtpDataChannel"
)

/**
 * Passive mode over a transport, as a value: see `layerPassiveWith`.
 *
 * @example
 * ```ts
 * import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
 * import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
 *
 * const passive = FtpDataChannel.makePassive(NodeFtpTransport.make(), { address: "Server" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makePassive = (transport: FtpTransport, options: Passive.PassiveOptions = {}): FtpDataChannel => ({
  prepare: Passive.prepare(transport, options),
  direct: (context) => {
    const direct = context.tls === undefined ? transport.direct : transport.direct?.protectedBy?.(context.tls)
    return direct && Passive.direct(context, direct, options)
  },
  ahead: (context, mayHaveEpsv) => Passive.questionFor(context, options, mayHaveEpsv)
})

/**
 * Active mode over a transport, as a value: see `layerActive`.
 *
 * @example
 * ```ts
 * import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
 * import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
 *
 * const active = FtpDataChannel.makeActive(NodeFtpTransport.make())
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeActive = (transport: FtpTransport, options: Active.ActiveOptions = {}): FtpDataChannel => ({
  prepare: Active.prepare(transport, options)
})

/** Never shared: a second client in the same application may have another transport. */
const layerOf = (make: (transport: FtpTransport) => FtpDataChannel): Layer.Layer<FtpDataChannel, never, FtpTransport> =>
  Layer.fresh(Layer.effect(FtpDataChannel, Effect.map(FtpTransport, make)))

/**
 * Passive mode with options.
 *
 * @example
 * ```ts
 * import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
 *
 * const AnyAddress = FtpDataChannel.layerPassiveWith({ address: "Server" })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPassiveWith = (options: Passive.PassiveOptions): Layer.Layer<FtpDataChannel, never, FtpTransport> =>
  layerOf((transport) => makePassive(transport, options))

/**
 * Passive mode: EPSV, then PASV; the control connection's peer is dialled.
 *
 * @example
 * ```ts
 * import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
 * import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
 * import * as Layer from "effect/Layer"
 *
 * const Live = Layer.provide(FtpDataChannel.layerPassive, NodeFtpTransport.layer)
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPassive: Layer.Layer<FtpDataChannel, never, FtpTransport> = layerPassiveWith({})

/**
 * Active mode: we listen, the server dials.
 *
 * @example
 * ```ts
 * import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
 * import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
 * import * as Layer from "effect/Layer"
 *
 * const Live = Layer.provide(FtpDataChannel.layerActive({}), NodeFtpTransport.layer)
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerActive = (options: Active.ActiveOptions = {}): Layer.Layer<FtpDataChannel, never, FtpTransport> =>
  layerOf((transport) => makeActive(transport, options))
