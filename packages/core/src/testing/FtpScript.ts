/**
 * A peer written as a dialogue: it says what the script says, hears what the script expects, and anything else is an
 * error that shows both. For exact tests of the wire on any `FtpTransport`.
 *
 *     const script = yield* FtpScript.make(`
 *       S: 220 hi
 *       C: USER ann
 *       S: 331 go on
 *     `)
 *
 *     playing ──last step──► over ──another line──► broken          (QUIT is heard out: 221)
 *        └──something else──► broken: all connections are reset
 *
 * The text's grammar is in `script/Dialogue`. When the scope closes, a broken script or a step that was never reached
 * is a defect of that scope, so a test cannot pass over it; `done` reports it sooner. A
 * server that answers by itself is `FtpTestServer`.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Scope from "effect/Scope"
import type { FtpUsageError } from "../base/FtpError.ts"
import { type Address, FtpTransport, type FtpTransportError } from "../platform/FtpTransport.ts"
import type { Step } from "./script/Dialogue.ts"
import * as Dialogue from "./script/Dialogue.ts"
import { resetIfOpen } from "./script/HeldConnection.ts"
import { type ScriptMismatch, show, showBytes } from "./script/ScriptMismatch.ts"
import { mismatch, type Player, play, watchAfterEnd } from "./script/ScriptPlayer.ts"

export type { Step } from "./script/Dialogue.ts"
export { ScriptMismatch } from "./script/ScriptMismatch.ts"

/**
 * A script that is being played.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpScript {
  readonly address: Address
  /** Completes with the last step. */
  readonly done: Effect.Effect<void, ScriptMismatch>
}

/**
 * How a script is played.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** A numeric local address. Default 127.0.0.1. */
  readonly host?: string | undefined
  /** Default `"Any"`. */
  readonly port?: "Any" | number | undefined
}

/**
 * The server says a line; CRLF comes by itself.
 *
 * @since 0.1.0
 * @category steps
 */
export const say = (line: string): Step => ({ _tag: "Say", text: `${line}\r\n`, shown: `S: ${show(line)}` })

/**
 * The server says these bytes in one write.
 *
 * @since 0.1.0
 * @category steps
 */
export const sayBytes = (bytes: Uint8Array): Step => ({ _tag: "SayBytes", bytes, shown: `S~ ${showBytes(bytes)}` })

/**
 * The client says a line: exactly this, or one that fits, `what` being its description.
 *
 * @since 0.1.0
 * @category steps
 */
export const expect = (line: string | ((line: string) => boolean), what = "a line that fits"): Step =>
  typeof line === "string"
    ? { _tag: "Expect", fits: (actual) => actual === line, shown: `C: ${show(line)}` }
    : { _tag: "Expect", fits: line, shown: `C: (${what})` }

/**
 * The server sends these bytes over the data connection.
 *
 * @since 0.1.0
 * @category steps
 */
export const sendData = (bytes: Uint8Array): Step => ({
  _tag: "SendData",
  bytes,
  shown: `D: send ${showBytes(bytes)}`
})

/**
 * The client sends these bytes over the data connection, cut as it likes.
 *
 * @since 0.1.0
 * @category steps
 */
export const expectData = (bytes: Uint8Array): Step => ({
  _tag: "ExpectData",
  bytes,
  shown: `D: expect ${showBytes(bytes)}`
})

/**
 * Waits, by Effect's Clock.
 *
 * @since 0.1.0
 * @category steps
 */
export const wait = (duration: Duration.DurationInput): Step => ({
  _tag: "Wait",
  duration: Duration.decode(duration),
  shown: `-- wait ${Duration.format(duration)}`
})

/**
 * Something of the test's own at this place of the dialogue: open a latch, look at a count.
 *
 * @since 0.1.0
 * @category steps
 */
export const run = (effect: Effect.Effect<void>): Step => ({ _tag: "Run", effect, shown: "-- run" })

/**
 * Starts listening and plays the dialogue, given as text, as steps, or as both in turn.
 *
 * @example
 * ```ts
 * import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
 *
 * const script = FtpScript.make(`
 *   S: 220 hi
 *   C: NOOP
 *   S: 200 ok
 * `)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  dialogue: string | ReadonlyArray<string | Step>,
  options: Options = {}
): Effect.Effect<FtpScript, FtpTransportError | FtpUsageError, FtpTransport | Scope.Scope> =>
  Effect.gen(function* () {
    const transport = yield* FtpTransport
    const parts = typeof dialogue === "string" ? [dialogue] : dialogue
    const steps = yield* Either.all(
      parts.map((part) => (typeof part === "string" ? Dialogue.parse(part) : Either.right([part])))
    )
    // Of its own, so that connections opened later than the verdict's finalizer are still there when it runs.
    const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
    const listener = yield* transport.listen({
      host: options.host ?? "127.0.0.1",
      ports: options.port === undefined || options.port === "Any" ? "Any" : [options.port, options.port],
      role: "Control"
    })
    const player: Player = {
      transport,
      listener,
      scope,
      steps: steps.flat(),
      dialogue: [],
      at: 0,
      control: undefined,
      data: undefined,
      dataListener: undefined,
      activeAddress: undefined
    }
    const played = yield* Deferred.make<void, ScriptMismatch>()
    const broken = yield* Deferred.make<never, ScriptMismatch>()
    const playing = Effect.gen(function* () {
      yield* play(player)
      yield* Deferred.succeed(played, undefined)
      yield* watchAfterEnd(player)
    })
    const judged = Effect.catchAll(playing, (error) =>
      Deferred.fail(played, error).pipe(
        Effect.zipRight(Deferred.fail(broken, error)),
        Effect.zipRight(resetIfOpen(player.data)),
        Effect.zipRight(resetIfOpen(player.control))
      )
    )
    // A caller who can't be interrupted must not pass that on: the scope would never close.
    yield* Effect.forkScoped(Effect.interruptible(judged))
    // Added last so that it runs first, while the script is still being played.
    yield* Effect.addFinalizer(() => verdict(player, played, broken))
    return { address: listener.address, done: Deferred.await(played) }
  })

/** Turns that the peer still gets when the scope closes, to hear what the client said last. */
const LAST_TURNS = 100

/** What became of the script, when its scope closes: a defect unless all of it was played. */
const verdict = (
  player: Player,
  played: Deferred.Deferred<void, ScriptMismatch>,
  broken: Deferred.Deferred<never, ScriptMismatch>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let turn = 0; turn < LAST_TURNS && !(yield* Deferred.isDone(broken)); turn += 1) {
      yield* Effect.yieldNow()
    }
    const error = (yield* Deferred.isDone(broken))
      ? yield* Effect.flip(Deferred.await(broken))
      : (yield* Deferred.isDone(played))
        ? undefined
        : mismatch(player, "nothing more: the test is over")
    if (error !== undefined) {
      yield* Effect.die(error)
    }
  })
