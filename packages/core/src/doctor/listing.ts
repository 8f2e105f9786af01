/**
 * How the server lists, and what its listings are worth: MLSD or LIST, the dialect, names, the zone of its times.
 *
 *     C: MLSD, or LIST       as a client does
 *     C: LIST                also if there is MLSD: which dialect it is in
 *     C: MDTM a              in UTC (RFC 3659 §3.3): the difference to LIST is the zone of LIST
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { isNotFound } from "../base/FtpError.ts"
import * as ServerCapabilities from "../base/serverCapabilities.ts"
import * as Features from "../protocol/Features.ts"
import type { FtpCharset } from "../protocol/FtpCharset.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as NativePath from "../protocol/NativePath.ts"
import * as WireText from "../protocol/WireText.ts"
import type * as FtpSession from "../session/FtpSession.ts"
import type { Examination } from "./examination.ts"
import * as Finding from "./Finding.ts"
import * as Sample from "./sample.ts"

export const listing = (examination: Examination) =>
  Effect.gen(function* () {
    const session = yield* examination.session
    const { path = "" } = examination.options
    const { directory, isMissing, listed, named } = yield* listPath(session, path)
    examination.listed = { directory, entries: listed.entries }
    examination.isListed = true
    const dialect = Option.getOrNull(listed.dialect)
    const facts = { directory, entries: listed.entries.length, unread: listed.unreadCount, dialect }
    const count = counted(listed.entries.length, "entry", "entries")
    examination.sample = yield* Sample.find(session, directory, listed.entries, named)
    if (isMissing) {
      return Finding.make("Listing", "Warning", `${path} is not there; its directory has ${count}`, {
        facts: { ...facts, missing: true },
        user: "is the path right? It begins at the login directory: //PATH in a URL begins at the root"
      })
    }
    if (listed.unreadCount > 0) {
      return Finding.make("Listing", "Warning", `${count}, and ${listed.unreadCount} lines that can't be read`, {
        facts: { ...facts, lines: listed.unread.slice(0, MAX_LINES) },
        user: "--dialect names the format; please report the lines"
      })
    }
    if (dialect === "Names") {
      return Finding.make("Listing", "Warning", `${count} by names only: no format is known for this LIST`, {
        facts,
        user: "please report a line of the listing"
      })
    }
    const what = listed.entries.length === 0 ? "an empty directory" : count
    return Finding.make(
      "Listing",
      "Ok",
      `${what} ${dialect === "Mlsx" ? "by MLSD" : `by LIST${whyByList(session, examination)}`}`,
      {
        facts
      }
    )
  })

/** MLSD is used where there is one. */
const whyByList = ({ features }: FtpSession.FtpSession, { capabilities }: Examination): string =>
  !Features.has(features, "MLST")
    ? ", as FEAT lists no MLSD"
    : capabilities.get("MLSD") === "Fails"
      ? ": the server refuses MLSD, although FEAT lists it"
      : ""

/** Of a server with which no data connection can be opened. */
export const impossible = (): Finding.Finding =>
  Finding.make("Listing", "Error", "without a data connection nothing can be listed, read or written", {
    facts: { works: false },
    section: "data-connections"
  })

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

const MAX_LINES = 5

/** The directory, or that of the file. */
const listPath = (session: FtpSession.FtpSession, path: string) =>
  Effect.gen(function* () {
    if (path === "" || (yield* session.isDirectory(path))) {
      return { directory: path, isMissing: false, listed: yield* session.list(path), named: undefined }
    }
    const syntax = yield* session.syntaxOf(path)
    const { directory: above, name } = NativePath.split(syntax, path)
    const directory = above === "." ? "" : above
    const listed = yield* session.list(directory)
    const isListed = listed.entries.some((entry) => NativePath.isNamed(syntax, entry.name, name))
    const isMissing = !isListed && (yield* isAbsent(session, path))
    return { directory, isMissing, listed, named: { syntax, directory, name } }
  })

/** A listing need not show all that is there: the server is asked as well. */
const isAbsent = (session: FtpSession.FtpSession, path: string) =>
  Effect.catchIf(
    Effect.as(session.stat(path), false),
    (error) => error._tag === "FtpRejected",
    (error) => Effect.succeed(isNotFound(error))
  )

/** LIST beside MLSD, and the zone of its times. Both, as one listing serves for both. */
export const byList = (examination: Examination) =>
  Effect.gen(function* () {
    yield* examination.hangUp
    const capabilities = ServerCapabilities.make()
    capabilities.set("MLSD", false)
    for (const fact of ["EPSV", "Pipelining"] as const) {
      const known = examination.capabilities.get(fact)
      if (known !== "Unknown") {
        capabilities.set(fact, known === "Works")
      }
    }
    const { directory } = examination.sample ?? examination.listed
    const session = yield* examination.open({ capabilities })
    const listed = yield* session.list(directory)
    const dialect = Option.getOrNull(listed.dialect)
    examination.capabilities.listing.dialect = Option.orElse(
      capabilities.listing.dialect,
      () => examination.capabilities.listing.dialect
    )
    examination.capabilities.listing.dateOrder = capabilities.listing.dateOrder
    const known = ["LIST path", "LIST -a"] as const
    for (const fact of known) {
      if (capabilities.get(fact) !== "Unknown") {
        examination.capabilities.set(fact, capabilities.get(fact) === "Works")
      }
    }
    const zone = yield* zoneOf(session, listed.entries, examination.options.zone)
    if (typeof zone !== "string") {
      examination.capabilities.listing.zone = { minutes: zone.minutes, at: yield* DateTime.now, isHint: false }
    }
    return { listed, dialect, zone }
  })

/** What LIST looks like. */
export const dialectFinding = (listed: FtpSession.Listed): Finding.Finding => {
  const dialect = Option.getOrNull(listed.dialect)
  const guesses = listed.entries.filter(({ modified }) =>
    Option.exists(modified, ({ guess }) => guess === "DayOrMonth")
  )
  const facts = { dialect, entries: listed.entries.length, unread: listed.unreadCount, ambiguousDates: guesses.length }
  return listed.unreadCount > 0
    ? Finding.make("List", "Warning", `${listed.unreadCount} lines can't be read`, {
        facts: { ...facts, lines: listed.unread.slice(0, MAX_LINES) },
        user: "--dialect names the format; please report the lines"
      })
    : guesses.length > 0
      ? Finding.make("List", "Warning", `format ${dialect}; whether the day or the month comes first is not clear`, {
          facts
        })
      : Finding.make("List", "Ok", dialect === null ? "nothing is listed" : `format ${dialect}`, { facts })
}

/** How many files are asked for their time. */
const ASKED = 3
const QUARTER_MINUTES = 15
/** From UTC-12 to UTC+14. */
const FURTHEST_WEST = -12 * 60
const FURTHEST_EAST = 14 * 60

/** `fits`: whether the zone that the caller names has this offset; `undefined` if none is named. */
type Zone =
  | { readonly minutes: number; readonly files: number; readonly fits?: boolean | undefined }
  | "Disagree"
  | "Unknown"

/** How many minutes the times of LIST are ahead of MDTM, in quarters of an hour; all files must agree. */
const zoneOf = (
  session: FtpSession.FtpSession,
  entries: ReadonlyArray<FtpEntry>,
  named: DateTime.TimeZone | undefined
) =>
  Effect.gen(function* () {
    const dated = entries.filter(
      ({ modified, type }) =>
        type === "File" &&
        Option.exists(modified, ({ guess, precision }) => precision !== "Day" && guess !== "DayOrMonth")
    )
    const found: Array<number> = []
    let fits = true
    for (const { modified, path } of dated.slice(0, ASKED)) {
      const at = yield* Effect.option(session.modified(path))
      if (Option.isSome(at) && Option.isSome(modified)) {
        const wall = modified.value.at
        const minutes = quarters(DateTime.toEpochMillis(wall) - DateTime.toEpochMillis(at.value.at))
        found.push(minutes)
        fits &&= named === undefined || minutes === quarters(DateTime.zonedOffset(DateTime.setZone(at.value.at, named)))
      }
    }
    const [first] = found
    return first === undefined
      ? ("Unknown" as const)
      : found.some((minutes) => minutes !== first) || first < FURTHEST_WEST || first > FURTHEST_EAST
        ? ("Disagree" as const)
        : { minutes: first, files: found.length, ...(named !== undefined && { fits }) }
  })

/** In minutes. */
const quarters = (millis: number): number => {
  const minutes = Math.round(Math.abs(millis) / (QUARTER_MINUTES * MINUTE)) * QUARTER_MINUTES
  return millis < 0 && minutes > 0 ? -minutes : minutes
}

const MINUTE = 60_000

export const zoneFinding = (zone: Zone): Finding.Finding => {
  if (zone === "Unknown") {
    return Finding.make("Zone", "Note", "can't be found out: no file here has a time of day both in LIST and by MDTM", {
      facts: { minutes: null }
    })
  }
  if (zone === "Disagree") {
    return Finding.make("Zone", "Warning", "MDTM and LIST give times that do not fit together", {
      facts: { minutes: null }
    })
  }
  const { fits, minutes } = zone
  const facts = { minutes, ...(fits !== undefined && { fits }) }
  const isUtc = minutes === 0
  const text = isUtc ? "LIST has times in UTC, as MDTM has" : `LIST has times of ${offset(minutes)}`
  if (fits === false) {
    return Finding.make("Zone", "Warning", `${text}, which --zone does not say`, {
      facts,
      user: "leave out --zone: what MDTM shows is used then"
    })
  }
  return isUtc
    ? Finding.make("Zone", "Ok", text, { facts })
    : Finding.make("Zone", fits === true ? "Ok" : "Note", fits === true ? `${text}, as --zone says` : text, {
        facts,
        administrator: "let listings be in UTC: summer time then moves no file's time"
      })
}

const offset = (minutes: number): string => {
  const whole = Math.floor(Math.abs(minutes) / 60)
  const rest = Math.abs(minutes) % 60
  return `UTC${minutes < 0 ? "-" : "+"}${String(whole).padStart(2, "0")}:${String(rest).padStart(2, "0")}`
}

/** Bytes that are no character of the charset stand in names as lone surrogates. */
const NO_CHARACTER = /[\ud800-\udfff]/u
const NO_ASCII = /[^\u0020-\u007e]/

export const names = (examination: Examination, claimed: boolean): Finding.Finding => {
  const { charset } = examination.options
  const others = examination.listed.entries.filter(({ name }) => NO_ASCII.test(name))
  const broken = others.filter(({ name }) => NO_CHARACTER.test(name))
  const isUtf8 = others.length > 0 && others.every(({ name }) => isUtf8In(name, charset))
  const facts = { claimed, names: others.length, broken: broken.length, charset: charset?.name ?? "utf-8" }
  if (charset !== undefined && isUtf8) {
    return Finding.make("Names", "Warning", `UTF-8, seen in ${counted(others.length, "name")}, not ${charset.name}`, {
      facts,
      user: "leave out --charset"
    })
  }
  if (broken.length > 0) {
    return Finding.make("Names", "Warning", `${counted(broken.length, "name")} not in ${charset?.name ?? "UTF-8"}`, {
      facts,
      user: `--charset names ${charset === undefined ? "the" : "another"} charset: latin1, shift_jis, gbk`,
      administrator: "let the server send names in UTF-8"
    })
  }
  return others.length > 0
    ? Finding.make("Names", "Ok", `${charset?.name ?? "UTF-8"}, seen in ${counted(others.length, "name")}`, { facts })
    : claimed
      ? Finding.make("Names", "Ok", "UTF-8, says FEAT; no name here shows it", { facts })
      : Finding.make("Names", "Note", "FEAT does not list UTF8, and no name here shows what it is", { facts })
}

const isUtf8In = (name: string, charset: FtpCharset | undefined): boolean =>
  charset !== undefined &&
  Either.match(charset.encode(name), {
    onLeft: () => false,
    onRight: (bytes) => !NO_CHARACTER.test(WireText.decode(bytes))
  })
