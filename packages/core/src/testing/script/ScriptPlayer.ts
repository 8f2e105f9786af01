/**
 * Plays the steps of a dialogue against one client after another.
 *
 *     step ──performed──► next step ──► … ──► over ──QUIT──► 221
 *       └──anything else──► ScriptMismatch ◄──anything else──┘
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { Address, Connection, FtpTransport, FtpTransportError, Listener } from "../../platform/FtpTransport.ts"
import * as HostPort from "../../protocol/HostPort.ts"
import { fromEprt, fromPort } from "../server/PortArgument.ts"
import { type Step, toBytes } from "./Dialogue.ts"
import { type HeldConnection, hold, nextLine, readMore } from "./HeldConnection.ts"
import { ScriptMismatch, show, showBytes } from "./ScriptMismatch.ts"

export interface Player {
  readonly transport: FtpTransport
  readonly listener: Listener
  readonly scope: Scope.Scope
  readonly steps: ReadonlyArray<Step>
  readonly dialogue: Array<string>
  at: number
  control: HeldConnection | undefined
  data: HeldConnection | undefined
  dataListener: Listener | undefined
  activeAddress: Address | undefined
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

/** Does one step; returns the line to be shown for it if that is not the step's own. */
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

/** The control connection; waits for one if there is none yet. */
const controlOf = (player: Player): Effect.Effect<HeldConnection, FtpTransportError> =>
  player.control !== undefined
    ? Effect.succeed(player.control)
    : Effect.tap(hold(player.scope, player.listener.accept), (held) =>
        Effect.sync(() => {
          player.control = held
        })
      )

const closeControl = (player: Player): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { control } = player
    player.control = undefined
    return control === undefined ? Effect.void : Scope.close(control.scope, Exit.void)
  })

const withControl = (
  player: Player,
  use: (control: HeldConnection) => Effect.Effect<void, FtpTransportError | ScriptMismatch>
): Performed => Effect.as(Effect.flatMap(controlOf(player), use), undefined)

const withData = (
  player: Player,
  use: (data: HeldConnection) => Effect.Effect<void, FtpTransportError | ScriptMismatch>
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

/** The default of a client. */
const CONNECT_TIMEOUT = Duration.seconds(10)

/** Closes the previous data connection, if there is one. */
const openData = (player: Player, open: Effect.Effect<Connection, FtpTransportError, Scope.Scope>): Performed =>
  Effect.gen(function* () {
    if (player.data !== undefined) {
      yield* Scope.close(player.data.scope, Exit.void)
    }
    player.data = yield* hold(player.scope, open)
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

const expectBytes = (
  player: Player,
  data: HeldConnection,
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
      if (!(yield* readMore(data))) {
        return yield* mismatch(player, `D: send ${showBytes(rest)} and the end`)
      }
    }
  })

const expectEnd = (
  player: Player,
  held: HeldConnection,
  prefix: string
): Effect.Effect<void, FtpTransportError | ScriptMismatch> =>
  Effect.gen(function* () {
    if (held.rest.byteLength > 0 || (yield* readMore(held))) {
      return yield* mismatch(player, `${prefix} ${showBytes(held.rest)}`)
    }
  })

/** After the last step: QUIT is answered, another line or another connection is a mismatch. */
export const watchAfterEnd = (player: Player): Effect.Effect<void, ScriptMismatch> => {
  const another = Effect.zipRight(
    hold(player.scope, player.listener.accept),
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
  return Effect.raceFirst(untilBroken(lines), untilBroken(another))
}

/** The script is over: a connection that breaks now is no mismatch. */
const untilBroken = (
  watch: Effect.Effect<never, FtpTransportError | ScriptMismatch>
): Effect.Effect<never, ScriptMismatch> => Effect.catchTag(watch, "FtpTransportError", () => Effect.never)
