/** Whether the options of a client are what their types say: JavaScript callers can give anything. */
import type { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Checks from "./checks.ts"
import type { Options } from "./options.ts"

const { duration, flag, oneOf, record, text, texts, wholeFrom } = Checks

const MAX_PORT = 65_535

const isPort = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_PORT

const isRange = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every(isPort) && value[0] <= value[1]

const ports = Checks.when((value) => value === "Any" || isRange(value), '"Any", or like [50000, 50100]')

/** All fields are limits, whatever their names, but one. */
const timeouts = (value: unknown): Checks.Check =>
  record({
    ...(Predicate.isRecord(value) ? Object.fromEntries(Object.keys(value).map((name) => [name, duration])) : {}),
    minimumRate: record({
      bytesPerSecond: Checks.when((value) => Number.isFinite(value) && Number(value) >= 0, "a number from 0 on"),
      over: duration
    })
  })

const OPTIONS: Checks.Checks = {
  mirrors: Checks.unshown(Array.isArray, "an array of URLs"),
  maxPerHost: wholeFrom(1),
  family: oneOf("Any", "IPv4", "IPv6"),
  timeToLive: duration,
  probeAfter: duration,
  acquireTimeout: duration,
  timeouts: (value, argument) => timeouts(value)(value, argument),
  charset: text,
  dialect: oneOf(...FtpSession.dialects),
  dateOrder: oneOf("MonthFirst", "DayFirst", "YearFirst"),
  rate: Checks.when(
    (value) => typeof value === "number" || Predicate.hasProperty(value, "take"),
    "a number of bytes, or a FtpRate"
  ),
  tls: record({
    authorities: texts,
    pins: texts,
    certificates: oneOf("Verify", "DangerouslyAcceptAny"),
    protectData: oneOf("BeforeLogin", "AfterLogin"),
    alpn: oneOf("Ftp", "None"),
    authSsl: flag
  }),
  passive: record({
    address: oneOf("ControlPeer", "Server"),
    epsv: oneOf("First", "Never"),
    ports: oneOf("Unprivileged", "Any")
  }),
  active: record({ ports, advertise: text }),
  proxy: Checks.unshown((value) => typeof value === "string" || Redacted.isRedacted(value), "the URL of a proxy"),
  uploadRecords: Checks.when((value) => typeof value === "string" && value !== "", "the path of a folder")
}

/** The options, unless one is wrong. Their URLs are read by `login.ts`. */
export const check = (options: Options): Either.Either<Options, FtpUsageError> => {
  const wrong = record(OPTIONS)(options, "")
  return wrong === undefined ? Either.right(options) : Either.left(wrong)
}
