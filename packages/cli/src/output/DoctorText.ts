/**
 * What `doctor` prints for people: a line for each finding, and at the end what to do.
 *
 *       ok    TLS           1.3 and 1.2, TLS_AES_256_GCM_SHA384
 *     ! warn  PASV          works, but names 10.0.0.5 for 203.0.113.7, which we dial
 *
 *     Tell the server's administrator
 *       - let PASV name 203.0.113.7: clients that believe it can't connect
 *         (docs/servers.md#behind-nat)
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

const HEADINGS: ReadonlyArray<readonly [to: Advice["to"], heading: string]> = [
  ["User", "What you can do"],
  ["Administrator", "Tell the server's administrator"]
]

/** What to do, and how many findings are bad. */
export const advice = (findings: ReadonlyArray<Finding>, columns: number): string => {
  const lines = HEADINGS.flatMap(([to, heading]) => {
    const items = new Map<string, string>()
    for (const finding of findings) {
      for (const advice of finding.advice) {
        if (advice.to === to) {
          items.set(advice.text, finding.section)
        }
      }
    }
    return items.size === 0
      ? []
      : [
          heading,
          ...[...items].flatMap(([text, section]) => [
            ...item(WireText.toDisplay(text), roomOf(columns)),
            `    (docs/servers.md#${section})`
          ]),
          ""
        ]
  })
  return ["", ...lines, verdict(findings)].join("\n")
}

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
