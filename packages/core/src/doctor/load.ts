/** How much the server bears: round trips, sessions at once, and how quickly a file comes over one and over several. */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Command from "../protocol/Command.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import type { Examination } from "./examination.ts"
import * as Finding from "./Finding.ts"
import * as Sample from "./sample.ts"

const ROUNDS = 5

/** The middle one of a few round trips. */
export const latency = (examination: Examination) =>
  Effect.gen(function* () {
    const session = yield* examination.session
    // Any answer is one, a refusal too.
    const once = Effect.map(Effect.timed(Effect.either(session.run(Command.noop))), ([took]) => Duration.toMillis(took))
    const times = (yield* Effect.replicateEffect(once, ROUNDS)).sort((left, right) => left - right)
    const middle = Math.round(10 * (times[Math.floor(ROUNDS / 2)] ?? 0)) / 10
    return Finding.make("Latency", "Ok", `${middle} ms for a command and its answer`, { facts: { millis: middle } })
  })

const DEFAULT_SESSIONS = 8

/** How many sessions a client opens by default. */
const USUAL = 4

/** Opens one session after the other, and keeps them, until one is refused. */
export const sessions = (examination: Examination) =>
  Effect.gen(function* () {
    yield* examination.hangUp
    const most = Math.max(1, examination.options.sessions ?? DEFAULT_SESSIONS)
    const refused = yield* Effect.scoped(
      Effect.gen(function* () {
        for (let count = 0; count < most; count++) {
          const opened = yield* Effect.either(examination.open())
          if (Either.isLeft(opened)) {
            return { count, error: opened.left }
          }
        }
        return { count: most, error: undefined }
      })
    )
    const { count, error } = refused
    if (error === undefined) {
      return Finding.make("Sessions", "Ok", `${count} at once; more were not tried`, {
        facts: { sessions: count, limited: false }
      })
    }
    if (count > 0) {
      examination.capabilities.limited(count, yield* DateTime.now)
    }
    return Finding.make("Sessions", count < USUAL ? "Warning" : "Ok", `${count} at once; then: ${error.message}`, {
      facts: { sessions: count, limited: true },
      user: count < USUAL ? `-P ${Math.max(1, count)} does not run into that limit` : undefined,
      administrator: count < USUAL ? `allow ${USUAL} sessions for each user and address at least` : undefined
    })
  })

const MAX_BYTES = 64 * 1024 * 1024
const MAX_MILLIS = 3000

/** Several connections are worth it from this factor on. */
const WORTH = 1.5

/** A file that has come sooner says little: a connection begins slowly, and so does a program. */
const ENOUGH_MILLIS = 300

/** One connection, then several, each for three seconds at most. Nothing is kept of the file. */
export const throughput = (examination: Examination, sample: FtpEntry | undefined, mayRestart: boolean) =>
  Effect.gen(function* () {
    const size = sample === undefined ? 0 : Option.getOrElse(sample.size, () => 0)
    if (sample === undefined || size < Sample.ENOUGH_BYTES) {
      const isUnknown = sample === undefined || Option.isNone(sample.size)
      const text = isUnknown ? "no file of a known size is here" : `${sample.name} is below 256 KiB`
      return Finding.make("Throughput", "Note", `not measured: ${text}`, { facts: { bytesPerSecond: null } })
    }
    yield* examination.hangUp
    const allowed = examination.capabilities.profile(examination.options.endpoint, yield* DateTime.now)?.sessions?.limit
    const several = Math.min(USUAL, allowed ?? USUAL, examination.options.sessions ?? USUAL)
    const single = yield* rateOf(examination, sample, size, [0])
    if (several < 2) {
      return throughputFinding(single, undefined)
    }
    const offsets = Array.from({ length: several }, (_, at) => (mayRestart ? Math.floor((at * size) / several) : 0))
    const together = yield* Effect.either(rateOf(examination, sample, size, offsets))
    return throughputFinding(single, Either.isRight(together) ? { ...together.right, connections: several } : undefined)
  })

/** `rate` in bytes a second. */
interface Measured {
  readonly rate: number
  readonly millis: number
}

const throughputFinding = (
  single: Measured,
  together: (Measured & { readonly connections: number }) | undefined
): Finding.Finding => {
  const facts = {
    bytesPerSecond: Math.round(single.rate),
    millis: single.millis,
    connections: together?.connections ?? null,
    bytesPerSecondTogether: together === undefined ? null : Math.round(together.rate)
  }
  const isRough = single.millis < ENOUGH_MILLIS
  const rough = isRough ? ": roughly, as the file is too small for more" : ""
  const alone = `${inMiB(single.rate)} over one connection`
  if (together === undefined) {
    return Finding.make("Throughput", "Ok", `${alone}${rough}`, { facts })
  }
  const isWorth = !isRough && together.rate > WORTH * single.rate
  return Finding.make("Throughput", "Ok", `${alone}, ${inMiB(together.rate)} over ${together.connections}${rough}`, {
    facts,
    user: isWorth ? `--segments ${together.connections} makes a large download quicker` : undefined
  })
}

const MIB = 1024 * 1024

const inMiB = (bytesPerSecond: number): string => `${(bytesPerSecond / MIB).toFixed(1)} MiB/s`

const MILLIS_PER_SECOND = 1000

/** Over one session for each offset. */
const rateOf = (examination: Examination, { path }: FtpEntry, size: number, offsets: ReadonlyArray<number>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const sessions = yield* Effect.forEach(offsets, (offset) =>
        Effect.map(examination.open(), (session) => ({ session, offset }))
      )
      const begun = yield* Clock.currentTimeMillis
      const share = Math.min(MAX_BYTES, Math.ceil(size / offsets.length))
      const counts = yield* Effect.forEach(
        sessions,
        ({ offset, session }) => readFor(session, path, offset, share, begun + MAX_MILLIS),
        { concurrency: "unbounded" }
      )
      const took = Math.max(1, (yield* Clock.currentTimeMillis) - begun)
      return { rate: (MILLIS_PER_SECOND * counts.reduce((sum, count) => sum + count, 0)) / took, millis: took }
    })
  )

/** Reads until there is enough, the time is up, or the file ends. */
const readFor = (session: FtpSession, path: string, offset: number, bytes: number, until: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const incoming = yield* session.receive(Command.retr(path), { path, offset: offset === 0 ? undefined : offset })
      let count = 0
      while (count < bytes && (yield* Clock.currentTimeMillis) < until) {
        const chunk = yield* incoming.read
        if (Option.isNone(chunk)) {
          break
        }
        count += chunk.value.byteLength
      }
      return count
    })
  )
