/**
 * The process's own streams: results go to standard output, everything else to standard error.
 *
 *     stderr   notices and errors, line by line
 *              ┌ progress, a few lines ┐   taken away before anything else is written, painted again after
 */
import { isatty } from "node:tty"
import { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { OutputClosed } from "../errors/CliError.ts"
import * as Bar from "./Bar.ts"
import * as Measure from "./Measure.ts"

/** Where the command speaks and hears. */
export interface Screen {
  readonly outIsTerminal: boolean
  readonly errorIsTerminal: boolean
  /** Whether a person can be asked: both ends of the conversation are a terminal. */
  readonly canAsk: boolean
  /** Whether the terminal shows more than ASCII, as the locale says. */
  readonly unicode: boolean
  /** Of the terminal, as it is now; standard error's. */
  readonly size: Effect.Effect<{ readonly columns: number; readonly rows: number }>
  /** Completes when the bytes are taken, so that a slow reader slows the writer. */
  readonly write: (bytes: Uint8Array | string) => Effect.Effect<void, OutputClosed | FtpLocalFileError>
  /** One line to standard error. */
  readonly line: (line: string) => Effect.Effect<void>
  /** Replaces the progress that is shown; no lines takes it away. Each line must fit. */
  readonly progress: (lines: ReadonlyArray<string>) => Effect.Effect<void>
  /**
   * One line, which must fit, where no progress is shown; what is said or painted next replaces it. Empty takes it
   * away.
   */
  readonly notice: (line: string) => Effect.Effect<void>
  /** Asks for a line, which is shown as it is typed; empty if there is none. */
  readonly ask: (question: string) => Effect.Effect<string>
  /** Asks for a secret, which is not shown. */
  readonly askSecret: (question: string) => Effect.Effect<Redacted.Redacted<string>>
}

/** The tag of `Screen`. */
export const Screen: Context.Tag<Screen, Screen> = Context.GenericTag<Screen>("ftp-effect/Screen")

/** If a terminal does not report its size. */
const DEFAULT_COLUMNS = 80
const DEFAULT_ROWS = 24

/** The streams of this process. */
export const ofProcess: Effect.Effect<Screen> = Effect.sync(() => make(process, process))

/** The three streams of a process; of standard error no more than is used. */
export interface Streams extends Pick<NodeJS.Process, "stdin" | "stdout"> {
  readonly stderr: NodeJS.WritableStream & Partial<Pick<NodeJS.WriteStream, "isTTY" | "columns" | "rows">>
}

/** What says how a terminal behaves. */
export type Terminal = Pick<NodeJS.Process, "env" | "platform">

/** A screen on these streams. */
export const make = (streams: Streams, { env, platform }: Terminal): Screen => {
  // Standard input is opened when it is first read from: most commands never ask.
  const { stderr, stdout } = streams
  // A terminal without cursor movement, such as an editor's, shows lines only.
  const canRepaint = env.TERM !== "dumb"
  let painted: ReadonlyArray<string> = []
  let isWaiting = false
  let isAsking = false
  // A stream without a listener throws its errors; ours come back from each write.
  stdout.on("error", () => {})
  stderr.on("error", () => {})

  /** Writes the lines in the place of what is painted, at once: a terminal may show what one write leaves. */
  const replace = (lines: ReadonlyArray<string>, end = "") => {
    const rows = painted.length > 0 ? rowsOf(painted, stderr.columns || DEFAULT_COLUMNS) : 0
    // Row by row: tmux keeps what CSI J erases of a whole screen in its history.
    const isCovered = rows <= lines.length && end === ""
    const text = lines.map((line) => (rows > 0 && isCovered ? `\x1b[2K${line}` : line)).join("\n")
    const up = rows > 1 ? `\x1b[${rows - 1}A` : ""
    const erased = `${"\x1b[2K\x1b[1A".repeat(Math.max(0, rows - 1))}\r\x1b[2K\x1b[J`
    const start = rows === 0 ? "" : isCovered ? `${up}\r` : erased
    if (rows > 0 || lines.length > 0) {
      stderr.write(`${start}${text}${end}`)
    }
    painted = []
    isWaiting = false
  }
  const erase = () => replace([])

  /** The line of a question is the user's until it is answered. */
  const alone = <A>(asking: Effect.Effect<A>): Effect.Effect<A> =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        erase()
        isAsking = true
      }),
      () => asking,
      () =>
        Effect.sync(() => {
          isAsking = false
        })
    )

  return Screen.of({
    outIsTerminal: stdout.isTTY === true,
    errorIsTerminal: stderr.isTTY === true,
    unicode: Bar.isUnicode(env, platform),
    canAsk: isatty(0) && stderr.isTTY === true,
    size: Effect.sync(() => ({
      columns: stderr.columns || DEFAULT_COLUMNS,
      rows: stderr.rows || DEFAULT_ROWS
    })),
    write: (bytes) =>
      Effect.async((resume) => {
        if (stdout.isTTY) {
          erase()
        }
        const done = (error?: Error | null) => resume(error ? failure(error) : Effect.void)
        try {
          stdout.write(bytes, done)
        } catch (error) {
          // To a file Node writes at once, and some versions throw what went wrong.
          done(error instanceof Error ? error : new Error(String(error)))
        }
      }),
    line: (line) =>
      Effect.sync(() => {
        replace([line], "\n")
      }),
    progress: (lines) =>
      Effect.sync(() => {
        if (isAsking || !canRepaint) {
          return
        }
        replace(lines)
        painted = lines
      }),
    notice: (line) =>
      Effect.sync(() => {
        if (isAsking || !canRepaint || (painted.length > 0 && !isWaiting)) {
          return
        }
        const lines = line === "" ? [] : [line]
        replace(lines)
        painted = lines
        isWaiting = lines.length > 0
      }),
    ask: (question) => alone(Effect.suspend(() => ask(streams.stdin, stderr, question))),
    askSecret: (question) => alone(Effect.suspend(() => askSecret(streams.stdin, stderr, question)))
  })
}

/** How many rows lines take: a terminal that became narrower since has wrapped them. */
const rowsOf = (lines: ReadonlyArray<string>, columns: number): number =>
  lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(Measure.width(line) / columns)), 0)

const failure = (error: NodeJS.ErrnoException): Effect.Effect<never, OutputClosed | FtpLocalFileError> =>
  error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED"
    ? Effect.fail(new OutputClosed())
    : Effect.fail(
        new FtpLocalFileError({
          reason: error.code === "ENOSPC" || error.code === "EDQUOT" ? "NoSpace" : "Other",
          operation: "Write",
          path: "standard output",
          detail: error.code === "ENOSPC" ? "no space left on the device" : error.message
        })
      )

/** The terminal edits the line and Ctrl-C is a signal, as everywhere. What is typed after the line is dropped. */
const ask = (stdin: NodeJS.ReadStream, stderr: Streams["stderr"], question: string): Effect.Effect<string> =>
  Effect.async((resume) => {
    let typed = ""
    const close = () => {
      stdin.off("data", take)
      stdin.off("end", end)
      stdin.pause()
    }
    const end = () => {
      close()
      stderr.write("\n")
      resume(Effect.succeed(""))
    }
    const take = (data: Buffer) => {
      typed += data.toString("utf8")
      const [line, ...more] = typed.split(/\r?\n/)
      if (more.length > 0) {
        close()
        resume(Effect.succeed(line ?? ""))
      }
    }
    stderr.write(question)
    stdin.on("data", take)
    stdin.on("end", end)
    stdin.resume()
    return Effect.sync(() => {
      close()
      stderr.write("\n")
    })
  })

const KEYS = { enter: /[\r\n]/, interrupt: "\x03", end: "\x04", eraseAll: "\x15", erase: /[\x7f\b]/ }

/** Keys come one by one, as the terminal must not show them. Ctrl-C is a key then, and no signal. */
const askSecret = (
  stdin: NodeJS.ReadStream,
  stderr: Streams["stderr"],
  question: string
): Effect.Effect<Redacted.Redacted<string>> =>
  Effect.async((resume) => {
    let typed: Array<string> = []
    const close = () => {
      stdin.off("data", take)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write("\n")
    }
    const take = (data: Buffer) => {
      for (const key of data.toString("utf8")) {
        if (key === KEYS.interrupt || (key === KEYS.end && typed.length === 0)) {
          close()
          return resume(Effect.interrupt)
        }
        if (KEYS.enter.test(key) || key === KEYS.end) {
          close()
          return resume(Effect.succeed(Redacted.make(typed.join(""))))
        }
        if (key === KEYS.eraseAll) {
          typed = []
        } else if (KEYS.erase.test(key)) {
          typed.pop()
        } else if (key >= " ") {
          typed.push(key)
        }
      }
    }
    stderr.write(question)
    stdin.setRawMode(true)
    stdin.on("data", take)
    stdin.resume()
    return Effect.sync(close)
  })
