/** The flags about transfers: how many at once, how fast, how patient, how strictly verified. */
import type { Strength } from "@ftp-effect/core/FtpEvidence"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type CliError, usage } from "../errors/CliError.ts"
import * as Measure from "../output/Measure.ts"
import * as Flag from "./Flag.ts"

/** Servers on the internet seldom take more from one address, and the pool learns when they take fewer. */
const MAX_PARALLEL = 64
/** How many transfers run at once by default. */
export const DEFAULT_PARALLEL = 4
/** The most that `--segments auto` uses. */
const AUTO_SESSIONS = 8

/** A day: longer than anyone waits, and still a limit. */
export const MAX_TIMEOUT_SECONDS = 86_400

/** `--parallel`, which counts what the help says. */
const parallelOf = (help: string) => Flag.number("parallel", "P", "N", { from: 1, to: MAX_PARALLEL, whole: true }, help)

/** How many transfers at once. */
export const parallel = parallelOf(
  `Transfer N files at once, over N connections. Default: ${DEFAULT_PARALLEL}, or what the server allows.`
)

/** How many removals at once. */
export const parallelRemovals = parallelOf(
  `Remove N entries of a tree at once, over N connections. Default: ${DEFAULT_PARALLEL}, or what the server allows.`
)

/** How long transfers are retried. */
export const retryTime = Flag.number(
  "retry-time",
  undefined,
  "SECONDS",
  { from: 0, to: MAX_TIMEOUT_SECONDS, whole: false },
  "Retry an interrupted transfer for SECONDS without progress; 0 for never. Default: 180."
)

/** Over how many connections each large file comes. */
export const segments = Flag.completing(
  ["auto"],
  Flag.value(
    "segments",
    undefined,
    "N",
    (text): Either.Either<number | "auto", string> =>
      text === "auto"
        ? Either.right("auto")
        : /^[1-9]\d?$/.test(text) && Number(text) <= MAX_PARALLEL
          ? Either.right(Number(text))
          : Either.left(`a whole number from 1 to ${MAX_PARALLEL}, or auto`),
    "Download each large file over at most N connections; auto: as many as make it faster. Default: 1."
  )
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
  "Transfer at most RATE bytes per second, all files together: 500k, 2M. Default: no limit."
)

/** The period that curl measures too. */
export const MINIMUM_SECONDS = 30

/** How fast each transfer must be. */
export const minRate = Flag.value(
  "min-rate",
  undefined,
  "RATE",
  readRate,
  `Reconnect and resume a transfer that is slower than RATE bytes per second for ${MINIMUM_SECONDS} seconds. Default: none.`
)

/** The most bytes that a file may have. */
export const maxBytes = Flag.value(
  "max-bytes",
  undefined,
  "SIZE",
  (text) => Either.fromOption(Measure.readBytes(text), () => "a number of bytes, like 500k or 2G"),
  "Fail a file that has more than SIZE bytes, as soon as that is known: 500k, 2G. Default: no limit."
)

/** The words of `--verify`. */
const STRENGTHS: ReadonlyMap<string, Strength> = new Map([
  ["hash", "Hash"],
  ["time", "SizeAndTime"],
  ["size", "Size"],
  ["reply", "Reply"]
])

/** How strictly each file is verified. */
export const verify = Flag.choice(
  "verify",
  "PROOF",
  STRENGTHS,
  "How strictly to verify each file: hash (the server's hash of it), time (size, and unchanged time of the source), size, " +
    "or reply (the server's confirmation alone, whatever size it reports). Default: the size if the server reports it."
)

/** Whether a downloaded file waits for the disk. */
export const noFsync = Flag.toggle(
  "no-fsync",
  undefined,
  "Rename each downloaded file without waiting until it is on the disk. Faster, but a power cut soon after can damage it."
)

/** When a downloaded file gets its name. */
export const durability = (noFsync: boolean): "Written" | "Synced" => (noFsync ? "Written" : "Synced")

/** Whether the sizes that the server reports count. */
export const ignoreSize = Flag.toggle(
  "ignore-size",
  undefined,
  "Do not compare sizes: for a server whose sizes are wrong for good, as of files that it compresses or generates."
)

/** How strictly each file is verified, as a transfer takes it. */
export const verification = (
  strength: Option.Option<Strength>,
  ignoreSize: boolean
): Effect.Effect<{ readonly verify: Strength | undefined; readonly ignoreSize: boolean }, CliError> => {
  const verify = Option.getOrUndefined(strength)
  return ignoreSize && (verify === "Size" || verify === "SizeAndTime")
    ? usage(
        "--ignore-size can't be combined with --verify size or time",
        "without sizes there is --verify hash or reply"
      )
    : Effect.succeed({ verify, ignoreSize })
}
