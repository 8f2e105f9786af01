/**
 * What `doctor` prints for people: a line for each finding, and at the end what to do.
 *
 *       ok    TLS           1.3 and 1.2, TLS_AES_256_GCM_SHA384
 *     ! warn  PASV          works, but names 10.0.0.5 for 203.0.113.7, which we dial
 *
 *     Tell the server's administrator
 *       - let PASV name 203.0.113.7: clients that believe it can't connect
 *         https://github.com/ftp-effect/ftp-effect/blob/main/docs/servers.md#behind-nat
 *
 *     More about
 *       - vsftpd
 *         https://github.com/ftp-effect/ftp-effect/blob/main/docs/servers.md#vsftpd
 */
import type { Advice, Check, Finding, Severity } from "@ftp-effect/core/FtpDoctor"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Measure from "./Measure.ts"

const MARKS: { readonly [severity in Severity]: string } = {
  Ok: "  ok   ",
  Note: "  note ",
  Warning: "! warn ",
  Error: "X FAIL "
}

const LABELS: { readonly [check in Check]: string } = {
  Address: "address",
  Greeting: "greeting",
  Software: "software",
  Tls: "TLS",
  Certificate: "certificate",
  Login: "login",
  Features: "FEAT",
  Pipelining: "pipelining",
  Epsv: "EPSV",
  Pasv: "PASV",
  Active: "active mode",
  SessionReuse: "TLS reuse",
  Listing: "listing",
  List: "LIST",
  Names: "names",
  Size: "SIZE",
  Modified: "MDTM",
  Mlst: "MLST",
  Restart: "REST",
  Hash: "hash",
  Zone: "time zone",
  Latency: "latency",
  Sessions: "sessions",
  Throughput: "throughput",
  Upload: "upload",
  ResumeUpload: "resuming",
  Rename: "rename",
  SetTime: "set time",
  Removal: "removal"
}

const LABEL_COLUMNS = 13

/** Lines longer than this are hard to read. */
const MAX_COLUMNS = 100

/** Narrower terminals wrap by themselves. */
const MIN_COLUMNS = 50

const roomOf = (columns: number): number => Math.max(MIN_COLUMNS, Math.min(columns, MAX_COLUMNS))

/** One finding in lines of so many columns. */
export const finding = ({ check, severity, text }: Finding, columns: number): string => {
  const head = `${MARKS[severity]}${LABELS[check].padEnd(LABEL_COLUMNS)}`
  const [first = "", ...more] = Measure.wrap(WireText.toDisplay(text), roomOf(columns), " ".repeat(head.length))
  return [`${head}${first.slice(head.length)}`, ...more].join("\n")
}

/** An installed command has no `docs` beside it. */
const PAGE = "https://github.com/ftp-effect/ftp-effect/blob/main/docs/servers.md"

const HEADINGS: ReadonlyArray<readonly [to: Advice["to"], heading: string]> = [
  ["User", "What you can do"],
  ["Administrator", "Tell the server's administrator"]
]

/** What to do, where more is said, and how many findings are bad. */
export const advice = (findings: ReadonlyArray<Finding>, columns: number): string => {
  const lines = HEADINGS.flatMap(([to, heading]) => {
    const items = new Map<string, string>()
    for (const finding of findings) {
      for (const advice of finding.advice) {
        if (advice.to === to && !items.has(advice.text)) {
          items.set(advice.text, finding.section)
        }
      }
    }
    return list(heading, items, columns)
  })
  return ["", ...lines, ...list("More about", unadvised(findings), columns), verdict(findings)].join("\n")
}

/** That a server has no name, or that there is no file to measure with, needs no page. */
const WITHOUT_MORE: ReadonlySet<Check> = new Set(["Software", "Throughput"])

/** What is not as usual and has no advice, and the server: their sections, of which each is named once. */
const unadvised = (findings: ReadonlyArray<Finding>): ReadonlyMap<string, string> => {
  const advised = new Set(findings.flatMap(({ advice, section }) => (advice.length > 0 ? [section] : [])))
  const labels = new Map<string, Array<string>>()
  for (const { check, facts, section, severity } of findings) {
    const isServer = check === "Software" && typeof facts.name === "string"
    const isDeviation = severity !== "Ok" && !WITHOUT_MORE.has(check)
    if (!advised.has(section) && (isServer || isDeviation)) {
      labels.set(section, [...(labels.get(section) ?? []), isServer ? String(facts.name) : LABELS[check]])
    }
  }
  return new Map([...labels].map(([section, names]) => [[...new Set(names)].join(", "), section]))
}

const list = (heading: string, items: ReadonlyMap<string, string>, columns: number): ReadonlyArray<string> =>
  items.size === 0
    ? []
    : [
        heading,
        ...[...items].flatMap(([text, section]) => [
          ...item(WireText.toDisplay(text), roomOf(columns)),
          `    ${PAGE}#${section}`
        ]),
        ""
      ]

const item = (text: string, room: number): ReadonlyArray<string> => {
  const [first = "", ...more] = Measure.wrap(text, room, "    ")
  return [`  - ${first.slice("    ".length)}`, ...more]
}

/** How many findings have a severity. */
export const countOf = (findings: ReadonlyArray<Finding>, severity: Severity): number =>
  findings.filter((finding) => finding.severity === severity).length

const verdict = (findings: ReadonlyArray<Finding>): string => {
  const errors = countOf(findings, "Error")
  const warnings = countOf(findings, "Warning")
  return errors === 0 && warnings === 0
    ? "Nothing is wrong with this server."
    : `${Measure.count(errors, "error")}, ${Measure.count(warnings, "warning")}.`
}
