/**
 * Plays the steps of a dialogue against one client after another.
 *
 *     step ──performed──► next step ──► … ──► over
 *       └──something else came──► ScriptMismatch
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { Address, Connection, FtpTransport, FtpTransportError, Listener } from "../../platform/FtpTransport.ts"
import * as HostPort from "../../protocol/HostPort.ts"
import * as WireText from "../../protocol/WireText.ts"
import { fromEprt, fromPort } from "../server/DataPort.ts"
import { type Step, toBytes } from "./Dialogue.ts"

/** The dialogue went another way. The message has what was expected and what came, and the dialogue so far. */
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

export interface Player {
  readonly transport: FtpTransport
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

export const mismatch = (
  player: Player,
  received: string,
  over = "no more lines, the script is over"
): ScriptMismatch =>
  new ScriptMismatch({
    expected: player.steps[player.at]?.shown ?? over,
    received,
    dialogue: player.dialogue,
    missing: player.steps.slice(player.at).map(({ shown }) => shown)
  })

export const breakOff = (held: Held | undefined): Effect.Effect<void> => held?.connection.reset ?? Effect.void

export const play = (player: Player): Effect.Effect<void, ScriptMismatch> =>
  Effect.gen(function* () {
    for (let step = player.steps[0]; step !== undefined; step = player.steps[player.at]) {
      const shown = yield* Effect.catchTag(perform(player, step), "FtpTransportError", (error) =>
        Effect.fail(mismatch(player, `a connection that failed: ${error.message}`))
      )
      player.dialogue.push(shown ?? step.shown)
      player.at += 1
    }
  })

type Performed = Effect.Effect<string | undefined, FtpTransportError | ScriptMismatch>

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
const controlOf = (player: Player): Effect.Effect<Held, FtpTransportError> =>
  player.control !== undefined
    ? Effect.succeed(player.control)
    : Effect.tap(hold(player, player.listener.accept), (held) =>
        Effect.sync(() => {
          player.control = held
        })
      )

const hold = (
  player: Player,
  open: Effect.Effect<Connection, FtpTransportError, Scope.Scope>
): Effect.Effect<Held, FtpTransportError> =>
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
  use: (control: Held) => Effect.Effect<void, FtpTransportError | ScriptMismatch>
): Performed => Effect.as(Effect.flatMap(controlOf(player), use), undefined)

const withData = (
  player: Player,
  use: (data: Held) => Effect.Effect<void, FtpTransportError | ScriptMismatch>
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
    yield* connection.write(toBytes(text))
    return text === template ? undefined : `S: ${show(text.replace(/\r\n$/, ""))}`
  })

const openDataPort = (player: Player, host: string): Effect.Effect<Address, FtpTransportError> =>
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
const openData = (player: Player, open: Effect.Effect<Connection, FtpTransportError, Scope.Scope>): Performed =>
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
const nextLine = (held: Held): Effect.Effect<string | undefined, FtpTransportError> =>
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
const more = (held: Held): Effect.Effect<boolean, FtpTransportError> =>
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
): Effect.Effect<void, FtpTransportError | ScriptMismatch> =>
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

const expectEnd = (
  player: Player,
  held: Held,
  prefix: string
): Effect.Effect<void, FtpTransportError | ScriptMismatch> =>
  Effect.gen(function* () {
    if (held.rest.byteLength > 0 || (yield* more(held))) {
      return yield* mismatch(player, `${prefix} ${showBytes(held.rest)}`)
    }
  })

/** After the last step: a QUIT is a good manner, another line or another connection was not foreseen. */
export const afterwards = (player: Player): Effect.Effect<void, ScriptMismatch> => {
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
    yield* control.connection.write(toBytes("221 Goodbye.\r\n"))
    yield* closeControl(player)
    return yield* Effect.never
  })
  return Effect.raceFirst(quietly(lines), quietly(another))
}

/** The script is over: that a connection breaks now is nobody's fault. */
const quietly = (
  watch: Effect.Effect<never, FtpTransportError | ScriptMismatch>
): Effect.Effect<never, ScriptMismatch> => Effect.catchTag(watch, "FtpTransportError", () => Effect.never)

/** How much of something is shown. */
const MAX_SHOWN = 200

export const show = (text: string): string => {
  const shown = WireText.toDisplay(text)
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}… (${text.length} characters)` : shown
}

export const showBytes = (bytes: Uint8Array): string => {
  const shown = WireText.toDisplay(WireText.decode(bytes.subarray(0, MAX_SHOWN)))
  return bytes.byteLength > MAX_SHOWN ? `${shown}… (${bytes.byteLength} bytes)` : shown
}
