/**
 * FTP for programs without Effect: promises, async iterables and `await using`.
 *
 *     await using ftp = await FtpPromise.connect("ftp://ann@files.example")
 *     for (const entry of await ftp.list("pub")) console.log(entry.name, entry.size)
 *     for await (const bytes of ftp.download("pub/report.pdf")) …      leaving the loop ends the transfer
 *
 *     connect ──► logged in ──calls──► sessions, kept and shared ──close──► QUIT; later calls: FtpUsageError
 *        └─lazy: nothing dialled before the first call
 *
 * The methods are those of `FtpClient` and `FtpSession`, derived: an `Option` is a value or `undefined`, a `DateTime`
 * is a `Date`, and each call takes a `signal`. A rejection is the typed error itself (see `FtpError`: `_tag`,
 * `message`, `isRetryable`), or the reason of the signal.
 *
 * It logs nothing unless `onLog` is given, and makes no spans unless `tracer` is.
 *
 * @since 0.1.0
 */
import * as FtpClient from "@ftp-effect/core/FtpClient"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpProfile from "@ftp-effect/core/FtpProfile"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as NodeFtp from "./NodeFtp.ts"
import { wrongArgument } from "./promise/callCheck.ts"
import type { Client } from "./promise/client.ts"
import { derive } from "./promise/derive.ts"
import * as IdleClock from "./promise/idleClock.ts"
import { type LogOptions, logTo } from "./promise/log.ts"
import { type ConnectOptions, toLayerOptions } from "./promise/plainOptions.ts"
import * as Runner from "./promise/runner.ts"
import { clientService, sessionService } from "./promise/services.ts"
import { type TracingOptions, traced } from "./promise/tracing.ts"

export type {
  AppendOptions,
  DownloadOptions,
  FromFileOptions,
  ListOptions,
  MirrorEventsOptions,
  MirrorOptions,
  ReadFileOptions,
  RemoveOptions,
  ToFileOptions,
  UploadOptions,
  WalkOptions
} from "./promise/callOptions.ts"
export type { Client, Session } from "./promise/client.ts"
export type { CallOptions, Promised } from "./promise/derive.ts"
export type { LogLine, LogOptions } from "./promise/log.ts"
export type { Given, Plain } from "./promise/plain.ts"
export type { ConnectOptions, TlsOptions } from "./promise/plainOptions.ts"
export type {
  Entry,
  Listing,
  MirrorEvent,
  MirrorResult,
  MirrorStep,
  Time,
  TransferResult
} from "./promise/results.ts"
export type { Retries, RetryOptions } from "./promise/retries.ts"
export type { SessionService } from "./promise/services.ts"
export type { Uploadable, WebStream } from "./promise/source.ts"
export type { OpenTelemetrySpan, OpenTelemetryTracer, TracingOptions } from "./promise/tracing.ts"

/**
 * A client for a URL. It logs in, and rejects if it can't, unless it is `lazy`: then nothing is dialled before the first
 * call. A wrong option is a `FtpUsageError`; one that is not known is ignored.
 *
 * @example
 * ```ts
 * import * as FtpPromise from "@ftp-effect/node/FtpPromise"
 *
 * await using ftp = await FtpPromise.connect({ url: "ftp://ann@files.example", retries: 3 })
 * console.log(await ftp.list("pub"))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const connect = async (to: string | ConnectOptions): Promise<Client> => {
  const options = typeof to === "string" ? { url: to } : to
  const layerOptions = Either.getOrThrowWith(toLayerOptions(options), (error) => error)
  const client = await fromLayer(NodeFtp.layer(layerOptions), options)
  if (options.lazy !== true) {
    try {
      await client.withSession(() => undefined)
    } catch (error) {
      await client.close()
      throw error
    }
  }
  return client
}

/**
 * A client over any layer: another transport, active mode, a security of one's own. Rejects with what the layer fails
 * with.
 *
 * @example
 * ```ts
 * import * as FtpPromise from "@ftp-effect/node/FtpPromise"
 * import * as NodeFtp from "@ftp-effect/node/NodeFtp"
 *
 * const ftp = await FtpPromise.fromLayer(NodeFtp.layer({ url: "ftp://files.example", active: {} }))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromLayer = async <E>(
  layer: Layer.Layer<NodeFtp.NodeFtp, E>,
  options: LogOptions & TracingOptions = {}
): Promise<Client> => {
  const scope = Effect.runSync(Scope.make())
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  const opened = await Effect.runPromiseExit(
    Effect.gen(function* () {
      const context = yield* IdleClock.forkingIdle(Layer.buildWithScope(layer, scope))
      // The runner is made last, so it closes first: no call is left when the sessions are closed.
      return { context, runner: yield* Scope.extend(Runner.make("client", "it is closed"), scope) }
    }).pipe(traced(options), Effect.provide(logTo(options.onLog)))
  )
  if (Exit.isFailure(opened)) {
    await close()
    throw Runner.errorOf(opened.cause)
  }
  return makeClient(opened.value.context, opened.value.runner, close)
}

const makeClient = (
  context: Context.Context<NodeFtp.NodeFtp>,
  runner: Runner.Runner,
  close: () => Promise<void>
): Client => {
  const client = Context.get(context, FtpClient.FtpClient)
  const withSession: Client["withSession"] = (use, options) => {
    const wrong = wrongArgument("withSession", options === undefined ? [use] : [use, options])
    return runner.run(
      wrong ??
        client.withSession((session) =>
          Effect.gen(function* () {
            const lent = derive(sessionService(session), yield* Runner.make("session", "it was given back"))
            const taken = new AbortController()
            yield* Effect.addFinalizer((exit) =>
              Effect.sync(() => (Exit.isInterrupted(exit) ? taken.abort(options?.signal?.reason) : undefined))
            )
            return yield* Effect.tryPromise({ try: async () => use(lent, taken.signal), catch: (error) => error })
          })
        ),
      wrong === undefined ? options?.signal : undefined
    )
  }
  const profiles = () =>
    runner.run(
      Effect.map(Context.get(context, FtpPool).profiles, (profiles) => profiles.map(FtpProfile.toJson)),
      undefined
    )
  return { ...derive(clientService(context), runner), withSession, profiles, close, [Symbol.asyncDispose]: close }
}
