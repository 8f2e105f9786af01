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
 * The text's grammar is in `server/Dialogue`. When the scope closes, a broken script or a step that was never reached is
 * a defect of that scope, so a test cannot pass over it; `done` tells of it sooner. It does NOT think: see
 * `FtpTestServer` for a server that does.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { UsageError } from "../FtpError.ts"
import { type Address, type Connection, FtpTransport, type Listener, type TransportError } from "../FtpTransport.ts"
import * as HostPort from "../protocol/HostPort.ts"
import * as WireText from "../protocol/WireText.ts"
import { fromEprt, fromPort } from "./server/DataPort.ts"
import * as Dialogue from "./server/Dialogue.ts"

/**
 * One thing that the peer does or waits for.
 *
 * @since 0.1.0
 * @category models
 */
export type Step = Dialogue.Step

/**
 * The dialogue went another way. The message has what was expected and what came, and the dialogue so far.
 *
 * @since 0.1.0
 * @category errors
 */
export class ScriptMismatch extends Data.TaggedError("ScriptMismatch")<{
  readonly expected: string
  readonly received: string
  /** What happened so far, as lines of a dialogue. */
  readonly dialogue: ReadonlyArray<string>
  /** The steps that were not reached, the one that failed first. */
  readonly missing: ReadonlyArray<string>
}> {
  override get message(): string {
    const [failed, ...rest] = this.missing
    return [
      `expected ${this.expected}, got ${this.received}`,
      ...this.dialogue.map((line) => `    ${line}`),
      ...(failed === undefined ? [] : [`  - ${failed}`]),
      `  + ${this.received}`,
      ...rest.map((line) => `    (not reached) ${line}`)
    ].join("\n")
  }
}

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

/** How much of something is shown. */
const MAX_SHOWN = 200

const show = (text: string): string => {
  const shown = WireText.toDisplay(text)
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}… (${text.length} characters)` : shown
}

const showBytes = (bytes: Uint8Array): string => {
  const shown = WireText.toDisplay(WireText.decode(bytes.subarray(0, MAX_SHOWN)))
  return bytes.byteLength > MAX_SHOWN ? `${shown}… (${bytes.byteLength} bytes)` : shown
}

interface Player {
  readonly transport: FtpTransport["Type"]
  readonly listener: Listener
  readonly scope: Scope.Scope
  readonly steps: ReadonlyArray<Step>
  readonly dialogue: Array<string>
  at: number
  control: Held | undefined
  data: Held | undefined
  dataListener: Listener | undefined
  activeAddress: Address | undefined
}

/** A connection in a scope of its own, with what was read of it and not yet used. */
interface Held {
  readonly connection: Connection
  readonly scope: Scope.CloseableScope
  rest: Uint8Array
}

/**
 * Starts listening and plays the dialogue, given as text, as steps, or as both in turn.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  dialogue: string | ReadonlyArray<string | Step>,
  options: Options = {}
): Effect.Effect<FtpScript, TransportError | UsageError, FtpTransport | Scope.Scope> =>
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
      ports: options.port === undefined || options.port === "Any" ? "Any" : [options.port, options.port]
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
      yield* afterwards(player)
    })
    yield* Effect.forkScoped(
      Effect.catchAll(playing, (error) =>
        Deferred.fail(played, error).pipe(
          Effect.zipRight(Deferred.fail(broken, error)),
          Effect.zipRight(breakOff(player.data)),
          Effect.zipRight(breakOff(player.control))
        )
      )
    )
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

const mismatch = (player: Player, received: string, over = "no more lines, the script is over"): ScriptMismatch =>
  new ScriptMismatch({
    expected: player.steps[player.at]?.shown ?? over,
    received,
    dialogue: player.dialogue,
    missing: player.steps.slice(player.at).map(({ shown }) => shown)
  })

const breakOff = (held: Held | undefined): Effect.Effect<void> => held?.connection.reset ?? Effect.void

const play = (player: Player): Effect.Effect<void, ScriptMismatch> =>
  Effect.gen(function* () {
    for (let step = player.steps[0]; step !== undefined; step = player.steps[player.at]) {
      const shown = yield* Effect.catchTag(perform(player, step), "TransportError", (error) =>
        Effect.fail(mismatch(player, `a connection that failed: ${error.message}`))
      )
      player.dialogue.push(shown ?? step.shown)
      player.at += 1
    }
  })

type Performed = Effect.Effect<string | undefined, TransportError | ScriptMismatch>

/** Does one step; the line to be shown for it where that is not the step's own. */
const perform = (player: Player, step: Step): Performed => {
  switch (step._tag) {
    case "Say":
      return sayText(player, step.text)
    case "SayBytes":
      return withControl(player, ({ connection }) => connection.write(step.bytes))
    case "Expect":
      return expectLine(player, step.fits)
    case "Accept":
      return acceptData(player)
    case "Connect":
      return connectData(player)
    case "SendData":
      return withData(player, ({ connection }) => connection.write(step.bytes))
    case "ExpectData":
      return withData(player, (data) => expectBytes(player, data, step.bytes))
    case "ExpectDataEnd":
      return withData(player, (data) => expectEnd(player, data, "D: send"))
    case "EndData":
      return withData(player, ({ connection }) => connection.endOutput)
    case "ResetData":
      return withData(player, ({ connection }) => connection.reset)
    case "Wait":
      return Effect.as(Effect.sleep(step.duration), undefined)
    case "ExpectEnd":
      return withControl(player, (control) => expectEnd(player, control, "C:"))
    case "Close":
      return withControl(player, () => closeControl(player))
    case "Reset":
      return withControl(player, ({ connection }) => connection.reset)
    case "NextConnection":
      return Effect.as(Effect.zipRight(closeControl(player), controlOf(player)), undefined)
    case "Run":
      return Effect.as(step.effect, undefined)
  }
}

/** The control connection, waited for where there is none yet. */
const controlOf = (player: Player): Effect.Effect<Held, TransportError> =>
  player.control !== undefined
    ? Effect.succeed(player.control)
    : Effect.tap(hold(player, player.listener.accept), (held) =>
        Effect.sync(() => {
          player.control = held
        })
      )

const hold = (
  player: Player,
  open: Effect.Effect<Connection, TransportError, Scope.Scope>
): Effect.Effect<Held, TransportError> =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(player.scope, ExecutionStrategy.sequential)
    const connection = yield* Scope.extend(open, scope)
    return { connection, scope, rest: NOTHING }
  })

const NOTHING = new Uint8Array(0)

const closeControl = (player: Player): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { control } = player
    player.control = undefined
    return control === undefined ? Effect.void : Scope.close(control.scope, Exit.void)
  })

const withControl = (
  player: Player,
  use: (control: Held) => Effect.Effect<void, TransportError | ScriptMismatch>
): Performed => Effect.as(Effect.flatMap(controlOf(player), use), undefined)

const withData = (
  player: Player,
  use: (data: Held) => Effect.Effect<void, TransportError | ScriptMismatch>
): Performed =>
  player.data === undefined
    ? Effect.fail(mismatch(player, "no data connection: the script neither accepted nor connected one"))
    : Effect.as(use(player.data), undefined)

const sayText = (player: Player, template: string): Performed =>
  Effect.gen(function* () {
    const { connection } = yield* controlOf(player)
    const text = /\{port\}|\{pasv\}/.test(template)
      ? withAddress(template, yield* openDataPort(player, connection.local.host))
      : template
    yield* connection.write(Dialogue.toBytes(text))
    return text === template ? undefined : `S: ${show(text.replace(/\r\n$/, ""))}`
  })

const openDataPort = (player: Player, host: string): Effect.Effect<Address, TransportError> =>
  Effect.map(Scope.extend(player.transport.listen({ host, ports: "Any" }), player.scope), (listener) => {
    player.dataListener = listener
    return listener.address
  })

const withAddress = (template: string, { host, port }: Address): string => {
  const numbers = Option.getOrElse(HostPort.toPort(host, port), () => "")
  return template.replaceAll("{port}", String(port)).replaceAll("{pasv}", numbers)
}

const acceptData = (player: Player): Performed =>
  player.dataListener === undefined
    ? Effect.fail(mismatch(player, "no data port: no line of the script had {port} or {pasv}"))
    : openData(player, player.dataListener.accept)

const connectData = (player: Player): Performed =>
  player.activeAddress === undefined
    ? Effect.fail(mismatch(player, "no address: the client sent neither PORT nor EPRT"))
    : openData(player, player.transport.connect({ ...player.activeAddress, timeout: CONNECT_TIMEOUT, role: "Data" }))

/** As patient as a client is by default. */
const CONNECT_TIMEOUT = Duration.seconds(10)

/** The data connection before it, if any, is closed. */
const openData = (player: Player, open: Effect.Effect<Connection, TransportError, Scope.Scope>): Performed =>
  Effect.gen(function* () {
    if (player.data !== undefined) {
      yield* Scope.close(player.data.scope, Exit.void)
    }
    player.data = yield* hold(player, open)
    return undefined
  })

const expectLine = (player: Player, fits: (line: string) => boolean): Performed =>
  Effect.gen(function* () {
    const line = yield* nextLine(yield* controlOf(player))
    if (line === undefined) {
      return yield* mismatch(player, "the end of input")
    }
    if (!line.endsWith("\r") || !fits(line.slice(0, -1))) {
      return yield* mismatch(player, shownLine(line))
    }
    player.activeAddress = addressIn(line.slice(0, -1)) ?? player.activeAddress
    return shownLine(line)
  })

/** A line end other than CRLF is part of what went wrong. */
const shownLine = (line: string): string => `C: ${show(line.endsWith("\r") ? line.slice(0, -1) : `${line}\n`)}`

const addressIn = (line: string): Address | undefined => {
  const [, verb, argument = ""] = /^(PORT|EPRT) (.*)$/i.exec(line) ?? []
  const address =
    verb === undefined ? undefined : verb.toUpperCase() === "PORT" ? fromPort(argument) : fromEprt(argument)
  return typeof address === "object" ? address : undefined
}

const LF = 0x0a

/** The next line up to its LF, which is left out; `undefined` at the end of input. */
const nextLine = (held: Held): Effect.Effect<string | undefined, TransportError> =>
  Effect.gen(function* () {
    for (;;) {
      const end = held.rest.indexOf(LF)
      if (end !== -1) {
        const line = WireText.decode(held.rest.subarray(0, end))
        held.rest = held.rest.subarray(end + 1)
        return line
      }
      if (!(yield* more(held))) {
        return undefined
      }
    }
  })

/** Reads on; false at the end. */
const more = (held: Held): Effect.Effect<boolean, TransportError> =>
  Effect.map(
    held.connection.read,
    Option.match({
      onNone: () => false,
      onSome: (bytes) => {
        const joined = new Uint8Array(held.rest.byteLength + bytes.byteLength)
        joined.set(held.rest)
        joined.set(bytes, held.rest.byteLength)
        held.rest = joined
        return true
      }
    })
  )

const expectBytes = (
  player: Player,
  data: Held,
  wanted: Uint8Array
): Effect.Effect<void, TransportError | ScriptMismatch> =>
  Effect.gen(function* () {
    for (;;) {
      const { rest } = data
      const length = Math.min(rest.byteLength, wanted.byteLength)
      if (!rest.subarray(0, length).every((byte, index) => byte === wanted[index])) {
        return yield* mismatch(player, `D: send ${showBytes(rest)}`)
      }
      if (length === wanted.byteLength) {
        data.rest = rest.subarray(length)
        return
      }
      if (!(yield* more(data))) {
        return yield* mismatch(player, `D: send ${showBytes(rest)} and the end`)
      }
    }
  })

const expectEnd = (player: Player, held: Held, prefix: string): Effect.Effect<void, TransportError | ScriptMismatch> =>
  Effect.gen(function* () {
    if (held.rest.byteLength > 0 || (yield* more(held))) {
      return yield* mismatch(player, `${prefix} ${showBytes(held.rest)}`)
    }
  })

/** After the last step: a QUIT is a good manner, another line or another connection was not foreseen. */
const afterwards = (player: Player): Effect.Effect<void, ScriptMismatch> => {
  const another = Effect.zipRight(
    hold(player, player.listener.accept),
    Effect.fail(mismatch(player, "another connection", "no other connection, the script is over"))
  )
  const lines = Effect.gen(function* () {
    const { control } = player
    const line = control === undefined ? undefined : yield* nextLine(control)
    if (control === undefined || line === undefined) {
      return yield* Effect.never
    }
    if (line !== "QUIT\r") {
      return yield* mismatch(player, shownLine(line))
    }
    yield* control.connection.write(Dialogue.toBytes("221 Goodbye.\r\n"))
    yield* closeControl(player)
    return yield* Effect.never
  })
  return Effect.raceFirst(quietly(lines), quietly(another))
}

/** The script is over: that a connection breaks now is nobody's fault. */
const quietly = (watch: Effect.Effect<never, TransportError | ScriptMismatch>): Effect.Effect<never, ScriptMismatch> =>
  Effect.catchTag(watch, "TransportError", () => Effect.never)
