/**
 * The server's side of a control connection, read ahead: command lines, Telnet commands taken out (RFC 854 p.14).
 *
 *     Open ──line──► waiting ──take──►      a FIN or RST after the last line ──► Ended
 *
 * It reads on while a command is carried out, so that an ABOR or the loss of the connection is noticed at once, but for
 * the time of a TLS handshake. Past a few hundred waiting lines the client is made to wait.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Connection } from "../../platform/FtpTransport.ts"
import type { TextCodec } from "../../protocol/FtpCharset.ts"
import * as TelnetLines from "../../protocol/TelnetLines.ts"

/** vsftpd's limit, CR and Telnet commands included. */
const MAX_LINE_LENGTH = 4096

/** More than a client pipelines in earnest. */
const MAX_WAITING = 512

/**
 * A command line without its end. `"TooLong"` stands for one that was given up; nothing comes after it.
 */
export type Line = { readonly _tag: "Line"; readonly text: string } | { readonly _tag: "TooLong" }

export interface CommandLines {
  /** The next line, or `None` when the client ended or lost the connection. */
  readonly take: Effect.Effect<Option.Option<Line>>
  /**
   * Calls back once, perhaps at once, when the next line is an ABOR, or the connection is over with no line left. Takes
   * nothing. Returns how to stop watching; one watches at a time.
   */
  readonly watch: (notice: (what: "Abort" | "Gone") => void) => () => void
  /** Completes when the connection is over, whatever is left. */
  readonly gone: Effect.Effect<void>
  /** Forgets everything that has arrived and was not taken. */
  readonly drop: () => void
  /** Stops reading, for a connection that is to be protected; forgets as `drop` does. */
  readonly pause: Effect.Effect<void>
  /** Reads on, from the same connection or the protected one in its place. */
  readonly resume: (control: Connection) => Effect.Effect<void>
}

interface State {
  readonly lines: Array<Line>
  readonly telnet: TelnetLines.TelnetLines
  readonly codec: TextCodec
  ended: boolean
  reset: boolean
  watcher: ((what: "Abort" | "Gone") => void) | undefined
}

/** Starts reading; ends with the scope. */
export const make = (
  control: Connection,
  codec: TextCodec,
  byteFf: "Doubled" | "Plain"
): Effect.Effect<CommandLines, never, Scope.Scope> =>
  Effect.gen(function* () {
    const state: State = {
      lines: [],
      telnet: TelnetLines.make(MAX_LINE_LENGTH, {
        nul: "Keep",
        counts: "Wire",
        telnet: byteFf === "Plain" ? "Kept" : "Read"
      }),
      codec,
      ended: false,
      reset: false,
      watcher: undefined
    }
    const arrived = Effect.unsafeMakeLatch()
    const wanted = Effect.unsafeMakeLatch()

    const pump = (control: Connection) =>
      Effect.gen(function* () {
        while (!state.ended) {
          while (state.lines.length >= MAX_WAITING) {
            wanted.unsafeClose()
            yield* wanted.await
          }
          const bytes = yield* control.read
          if (Option.isNone(bytes)) {
            return
          }
          feed(state, bytes.value)
          arrived.unsafeOpen()
          notify(state)
        }
      })
    const ending = (reset: boolean) =>
      Effect.sync(() => {
        state.ended = true
        state.reset = reset
        arrived.unsafeOpen()
        notify(state)
      })
    const scope = yield* Effect.scope
    const start = (control: Connection) =>
      Effect.forkIn(
        Effect.matchEffect(pump(control), { onFailure: () => ending(true), onSuccess: () => ending(false) }),
        scope
      )
    let reader = yield* start(control)
    const drop = () => {
      state.lines.length = 0
      state.telnet.drop()
      wanted.unsafeOpen()
    }

    return {
      take: until(arrived, () => {
        const line = next(state)
        wanted.unsafeOpen()
        return line
      }),
      watch: (notice) => {
        state.watcher = notice
        notify(state)
        return () => {
          state.watcher = undefined
        }
      },
      gone: until(arrived, () => (state.ended ? Option.some(undefined) : Option.none())),
      drop,
      pause: Effect.zipRight(
        Effect.suspend(() => Fiber.interrupt(reader)),
        Effect.sync(drop)
      ),
      resume: (control) =>
        Effect.map(start(control), (started) => {
          reader = started
        })
    }
  })

/** Waits until there is something to find; `arrived` opens whenever there may be. */
const until = <A>(arrived: Effect.Latch, look: () => Option.Option<A>): Effect.Effect<A> =>
  Effect.suspend(() => {
    const found = look()
    if (Option.isSome(found)) {
      return Effect.succeed(found.value)
    }
    arrived.unsafeClose()
    return Effect.zipRight(arrived.await, until(arrived, look))
  })

/** The next line, `None` within if there will be none; nothing if it has not arrived. A reset drops what waits. */
const next = (state: State): Option.Option<Option.Option<Line>> => {
  const line = state.reset ? undefined : state.lines.shift()
  return line !== undefined ? Option.some(Option.some(line)) : state.ended ? Option.some(Option.none()) : Option.none()
}

const notify = (state: State): void => {
  const what = state.watcher === undefined ? undefined : interruption(state)
  if (what !== undefined) {
    state.watcher?.(what)
    state.watcher = undefined
  }
}

const interruption = ({ ended, lines, reset }: State): "Abort" | "Gone" | undefined => {
  const next = lines[0]
  return reset || (ended && next === undefined)
    ? "Gone"
    : next?._tag === "Line" && /^ABOR\s*$/i.test(next.text)
      ? "Abort"
      : undefined
}

const feed = (state: State, bytes: Uint8Array): void => {
  const fault = state.telnet.push(bytes, (line) => {
    state.lines.push({ _tag: "Line", text: state.codec.decode(line) })
    return true
  })
  if (fault !== undefined) {
    state.lines.push({ _tag: "TooLong" })
    state.ended = true
  }
}
