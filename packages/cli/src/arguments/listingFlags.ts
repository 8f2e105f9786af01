/** How listings are read: their format, their dates, and what lines mean that can't be read. */
import type * as FtpSession from "@ftp-effect/core/FtpSession"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import type * as Option from "effect/Option"
import { charsetFlag } from "./charsetFlag.ts"
import * as DialectFlag from "./dialectFlag.ts"
import * as Flag from "./Flag.ts"

const ofGroup = <A>(flag: Flag.Flag<A>) => Flag.inGroup("Listings", flag)

const dialect = ofGroup(
  DialectFlag.make("Read LIST as this format, if its lines alone do not show it. Default: the lines decide.")
)

const DATE_ORDERS: ReadonlyMap<string, FtpSession.DateOrder> = new Map([
  ["month-first", "MonthFirst"],
  ["day-first", "DayFirst"],
  ["year-first", "YearFirst"]
])

const dateOrder: Flag.Flag<Option.Option<FtpSession.DateOrder>> = ofGroup(
  Flag.choice(
    "date-order",
    "ORDER",
    DATE_ORDERS,
    "Read dates like 04-05-23 in LIST this way, if no listing of the server shows which number is which. Default: the " +
      "month first, or the day if there are dots between."
  )
)

/** A name of the time zone database, or an offset from UTC. */
const readZone: Flag.Read<DateTime.TimeZone> = (text) =>
  Either.fromOption(DateTime.zoneFromString(text), () => "a time zone, like Europe/Berlin or +02:00")

const zone = ofGroup(
  Flag.value("zone", undefined, "ZONE", readZone, "The time zone of the times in LIST: Europe/Berlin, +02:00.")
)

/** A failure, a warning, or nothing. */
export type UnreadPolicy = "Fail" | "Warn" | "Ignore"

const UNREAD: ReadonlyMap<string, UnreadPolicy> = new Map([
  ["fail", "Fail"],
  ["warn", "Warn"],
  ["ignore", "Ignore"]
])

const unread = ofGroup(
  Flag.choice(
    "unread",
    "POLICY",
    UNREAD,
    "What a line of a listing means that can't be read: a failure, a warning, or nothing. Default: fail."
  )
)

const charset = ofGroup(
  charsetFlag("The charset of names, on a server that does not speak UTF-8: latin1, shift_jis, gbk. Default: UTF-8.")
)

export const flags = { dialect, dateOrder, zone, charset, unread }
