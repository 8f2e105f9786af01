/** From flags to the client for a server: how many sessions, how long to wait, how often to try again. */
import type { OpenError } from "@ftp-effect/core/FtpError"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Flag from "../arguments/Flag.ts"
import { DEFAULT_PARALLEL, MINIMUM_SECONDS } from "../arguments/transferFlags.ts"
import * as Connection from "./Connection.ts"
import type { Login } from "./Login.ts"
import * as Profiles from "./Profiles.ts"
import type { Route, Settings } from "./Settings.ts"
import * as StateFolder from "./stateFolder.ts"

/** Limits that only some commands offer. */
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
export const make = (
  login: Login,
  { encryption, network }: Route,
  settings: Settings,
  { limitRate = Option.none(), minRate = Option.none(), parallel = Option.none(), retryTime = Option.none() }: Limits
): Connection.Client => {
  const options: Connection.Options = {
    maxPerHost: Flag.orElse(parallel, DEFAULT_PARALLEL),
    timeouts: {
      ...timeoutsOf(settings),
      // The process ends, and the server with it: its goodbye would cost a round trip.
      quit: Duration.zero,
      ...Option.match(minRate, {
        onNone: () => undefined,
        onSome: (bytesPerSecond) => ({ minimumRate: { bytesPerSecond, over: Duration.seconds(MINIMUM_SECONDS) } })
      })
    },
    retry: {
      ...(Option.isSome(settings.timeout) && { connect: answered }),
      ...Option.match(retryTime, {
        onNone: () => undefined,
        onSome: (seconds) => ({ busy: askingFor(seconds), resume: resumingFor(seconds) })
      })
    },
    rate: Option.getOrUndefined(limitRate),
    dialect: Option.getOrUndefined(settings.listing.dialect),
    dateOrder: Option.getOrUndefined(settings.listing.dateOrder),
    zone: Option.getOrUndefined(settings.listing.zone),
    charset: Option.getOrUndefined(settings.listing.charset),
    ...network
  }
  return Effect.gen(function* () {
    const uploadRecords = yield* StateFolder.uploadRecords
    if (settings.noProfile) {
      return yield* Connection.make(login, { ...options, uploadRecords }, encryption)
    }
    const known = yield* Profiles.find(login.url.endpoint)
    const profile = Option.getOrUndefined(known)
    const client = yield* Connection.make(login, { ...options, profile, uploadRecords }, encryption)
    yield* Profiles.keepAtEnd(known, Context.get(client, FtpPool))
    return client
  })
}

/** A server that did not answer within --timeout is not asked again: the whole wait would be a multiple of it. */
const answered: FtpRetry.Policies["connect"] = FtpRetry.connect.pipe(
  Schedule.whileInput((error: OpenError) => !(error._tag === "FtpConnectError" && error.reason === "TimedOut"))
)

/** What the server refuses for now: 0 seconds never try again. */
const askingFor = (seconds: number): FtpRetry.Policies["busy"] =>
  seconds === 0 ? Schedule.stop : Schedule.intersect(FtpRetry.busy, Schedule.recurUpTo(Duration.seconds(seconds)))

const resumingFor = (seconds: number): FtpRetry.Policies["resume"] =>
  seconds === 0 ? Schedule.stop : FtpRetry.resumeFor(Duration.seconds(seconds))

/** The limits that --timeout asks for, if any. */
export const timeoutsOf = ({ timeout }: Settings): Partial<FtpTimeouts.Timeouts> =>
  Option.match(timeout, { onNone: () => ({}), onSome: timeouts })

/** One limit for every wait on the server. Where another way is tried after the wait, a long limit makes it no longer. */
const timeouts = (seconds: number): Partial<FtpTimeouts.Timeouts> => {
  const limit = Duration.seconds(seconds)
  const { dataConnect, optionalReply, preliminary } = FtpTimeouts.defaults
  return {
    connect: limit,
    greeting: limit,
    reply: limit,
    optionalReply: Duration.min(limit, optionalReply),
    preliminary: Duration.min(limit, preliminary),
    dataConnect: Duration.min(limit, dataConnect),
    dataStall: limit,
    finalReply: limit
  }
}
