/**
 * The flags that every command has, or every one that meets a server, and what they make: how the command speaks, and
 * the layer of the client.
 *
 * It does NOT read URLs (`Remote`) or secrets (`Login`), and has the flags about the way to the server from `Network`, those
 * about TLS from `Encryption`.
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import type { OpenError } from "@ftp-effect/core/FtpError"
import type { Strength } from "@ftp-effect/core/FtpEvidence"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import type * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Flag from "../arguments/Flag.ts"
import { type CliError, Incomplete } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import * as Measure from "../output/Measure.ts"
import * as Output from "../output/Output.ts"
import type { Screen } from "../output/Screen.ts"
import * as Connection from "./Connection.ts"
import * as Encryption from "./Encryption.ts"
import type { Login, NetrcPlace } from "./Login.ts"
import * as Network from "./Network.ts"

/** Servers on the internet seldom take more from one address, and ours learns when they take fewer. */
const MAX_PARALLEL = 64
const DEFAULT_PARALLEL = 4
/** As many as `--segments auto` may come to use. */
const AUTO_SESSIONS = 8

/** A day: longer than anybody waits, and still a limit. */
const MAX_TIMEOUT_SECONDS = 86_400

const json = Flag.toggle("json", undefined, "Print one JSON object a line: results on stdout, errors on stderr.")
const quiet = Flag.toggle("quiet", "q", "No notices, no progress, no summary; results and errors remain.")
const verbose = Flag.toggle("verbose", "v", "Show the dialogue with the server on stderr. Secrets are masked.")
const timeout = Flag.number(
  "timeout",
  "T",
  "SECONDS",
  { from: 0.1, to: MAX_TIMEOUT_SECONDS, whole: false },
  "The longest wait for a connection, a reply, or the next bytes. Default: 15 to 60, depending on which."
)
const netrc = Flag.text("netrc", undefined, "FILE", "Take logins from FILE instead of ~/.netrc.")
const noNetrc = Flag.toggle("no-netrc", undefined, "Do not look into ~/.netrc.")

/** How many transfers at once. */
export const parallel = Flag.number(
  "parallel",
  "P",
  "N",
  { from: 1, to: MAX_PARALLEL, whole: true },
  `Transfer N files at once, over N connections. Default: ${DEFAULT_PARALLEL}, or what the server allows.`
)

/** How long transfers are tried again. */
export const retryTime = Flag.number(
  "retry-time",
  undefined,
  "SECONDS",
  { from: 0, to: MAX_TIMEOUT_SECONDS, whole: false },
  "How long an interrupted transfer is tried again while no byte moves; 0 for not at all. Default: 180."
)

/** Over how many connections each large file comes. */
export const segments = Flag.value(
  "segments",
  undefined,
  "N",
  (text): Either.Either<number | "auto", string> =>
    text === "auto"
      ? Either.right("auto")
      : /^[1-9]\d?$/.test(text) && Number(text) <= MAX_PARALLEL
        ? Either.right(Number(text))
        : Either.left(`a whole number from 1 to ${MAX_PARALLEL}, or auto`),
  "Fetch each large file over N connections at most; auto: over as many as make it faster. Default: 1."
)

/** How many files are transferred at once. */
export const atOnce = (parallel: Option.Option<number>): number => Flag.orElse(parallel, DEFAULT_PARALLEL)

/** Sessions at most, for so many files at once and so many connections for each. */
export const sessions = (
  parallel: Option.Option<number>,
  segments: Option.Option<number | "auto">
): Option.Option<number> =>
  Option.match(segments, {
    onNone: () => parallel,
    onSome: (segments) => Option.some(Math.max(atOnce(parallel), segments === "auto" ? AUTO_SESSIONS : segments))
  })

const readRate: Flag.Read<number> = (text) =>
  Either.fromOption(Measure.readBytes(text), () => "a number of bytes in a second, like 500k or 2M")

/** How fast all transfers together may be. */
export const limitRate = Flag.value(
  "limit-rate",
  undefined,
  "RATE",
  readRate,
  "Transfer at most so many bytes in a second, all files together: 500k, 2M. Default: no limit."
)

/** As long as curl measures. */
const MINIMUM_SECONDS = 30

/** How fast each transfer must be. */
export const minRate = Flag.value(
  "min-rate",
  undefined,
  "RATE",
  readRate,
  `Break off a transfer that the server lets move fewer bytes in a second for ${MINIMUM_SECONDS} seconds, and go on over a new connection. Default: none.`
)

/** How people call the strengths of a proof. */
const STRENGTHS: { readonly [word: string]: Strength } = {
  hash: "Hash",
  time: "SizeAndTime",
  size: "Size",
  reply: "Reply"
}

/** The least that has to show that a file is whole. */
export const verify = Flag.value(
  "verify",
  undefined,
  "PROOF",
  (text): Either.Either<Strength, string> => {
    const strength = STRENGTHS[text]
    return strength === undefined ? Either.left("hash, time, size or reply") : Either.right(strength)
  },
  "What must show that a file is whole, or it fails: hash (the server's, of all of it), time (its size, and that it was " +
    "not written meanwhile), size, or reply (the server's word alone). Default: reply; more is told where it is known."
)

/** Flags of every command. */
export const styleFlags = [json, quiet, verbose]

/** Flags of the commands that meet a server. */
export const flags = [...styleFlags, timeout, netrc, noNetrc, ...Network.flags, ...Encryption.flags]

/** For the parser: how the command speaks. */
export const styleOptions = { json: json.options, quiet: quiet.options, verbose: verbose.options }

/** For the parser: how the command speaks, and to whom. */
export const options = {
  ...styleOptions,
  timeout: timeout.options,
  netrc: netrc.options,
  noNetrc: noNetrc.options,
  network: Network.options,
  encryption: Encryption.options
}

/** `options`, parsed. */
export interface Settings extends Output.Style {
  readonly timeout: Option.Option<number>
  readonly netrc: Option.Option<string>
  readonly noNetrc: boolean
  readonly network: Network.Choices
  readonly encryption: Encryption.Choices
}

/** Where logins come from. */
export const netrcPlace = (settings: Settings): NetrcPlace =>
  settings.noNetrc ? "None" : Option.match(settings.netrc, { onNone: () => "Usual", onSome: (file) => ({ file }) })

/** What the flags make for a server; it is told before anybody is asked for a password. */
export const read = (
  url: FtpUrl.FtpUrl,
  { encryption, network }: Settings
): Effect.Effect<Route, CliError, FileSystem.FileSystem | Output.Output> =>
  Effect.all({ encryption: Encryption.read(encryption, url), network: Network.read(network) })

/** How to get to a server. */
export interface Route {
  readonly encryption: Option.Option<Encryption.Encryption>
  readonly network: Network.Network
}

/** What only some commands let people choose. */
export interface Limits {
  /** Sessions at most. */
  readonly parallel?: Option.Option<number>
  /** In seconds. */
  readonly retryTime?: Option.Option<number>
  /** In bytes in a second. */
  readonly limitRate?: Option.Option<number>
  /** In bytes in a second. */
  readonly minRate?: Option.Option<number>
}

/** The client for a server. */
export const clientLayer = (
  login: Login,
  { encryption, network }: Route,
  settings: Settings,
  { limitRate = Option.none(), minRate = Option.none(), parallel = Option.none(), retryTime = Option.none() }: Limits
): Connection.ClientLayer =>
  Connection.layer(
    login,
    {
      maxPerHost: Flag.orElse(parallel, DEFAULT_PARALLEL),
      timeouts: {
        ...Option.match(settings.timeout, { onNone: () => undefined, onSome: timeouts }),
        // The process ends, and the server with it: its goodbye would be a round trip that somebody waits for.
        quit: Duration.zero,
        minimumRate: Option.getOrUndefined(
          Option.map(minRate, (bytesPerSecond) => ({ bytesPerSecond, over: Duration.seconds(MINIMUM_SECONDS) }))
        )
      },
      retry: {
        ...(Option.isSome(settings.timeout) && { connect: answered }),
        ...Option.match(retryTime, { onNone: () => undefined, onSome: (seconds) => ({ resume: goingOnFor(seconds) }) })
      },
      rate: Option.getOrUndefined(limitRate),
      ...network
    },
    encryption
  )

/** A server that did not answer in the time that somebody gave it is not asked again: that would be a multiple of it. */
const answered: FtpRetry.Policies["connect"] = FtpRetry.connect.pipe(
  Schedule.whileInput((error: OpenError) => !(error._tag === "FtpConnectError" && error.reason === "TimedOut"))
)

/** As patient as FtpRetry.resume from one try to the next. */
const FIRST_PAUSE = Duration.millis(500)
const LONGEST_PAUSE = Duration.seconds(30)

const goingOnFor = (seconds: number): Schedule.Schedule<unknown> =>
  seconds === 0
    ? Schedule.stop
    : Schedule.exponential(FIRST_PAUSE).pipe(
        Schedule.union(Schedule.spaced(LONGEST_PAUSE)),
        Schedule.jittered,
        Schedule.intersect(Schedule.recurUpTo(Duration.seconds(seconds)))
      )

/** One limit for every wait on the server. A data port must give way to the other way of asking for one sooner. */
const timeouts = (seconds: number): Partial<FtpTimeouts.Timeouts> => {
  const limit = Duration.seconds(seconds)
  return {
    connect: limit,
    greeting: limit,
    reply: limit,
    dataConnect: Duration.min(limit, FtpTimeouts.defaults.dataConnect),
    dataStall: limit,
    finalReply: limit
  }
}

/** What commands may use. */
export type Environment = Screen | FileSystem.FileSystem | Path.Path

/** Runs a command in its style: its failure is told, and what is left of it is the exit code. */
export const run = <E extends ExitCode.Failure, R>(
  style: Output.Style,
  command: Effect.Effect<void, E, R>
): Effect.Effect<void, Incomplete, Exclude<R, Output.Output> | Screen> =>
  Effect.flatMap(Output.make(style), (output) =>
    command.pipe(
      Effect.catchAll((error) => Effect.zipRight(output.failure(error), new Incomplete({ code: ExitCode.of(error) }))),
      Effect.provideService(Output.Output, output),
      Effect.provide(Output.layerLogger(style))
    )
  )
