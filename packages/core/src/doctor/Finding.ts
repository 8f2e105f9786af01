/** What an examination finds: one thing that was looked at, how it is, and what to do about it. */
import * as Schema from "effect/Schema"

/**
 * What was looked at. `Sessions`: how many are let in. `Restart`: REST. `SetTime`, `Upload`, `Rename`, `ResumeUpload` and
 * `Removal` need a directory to write in.
 *
 * @since 0.1.0
 * @category models
 */
export const Check = Schema.Literal(
  "Address",
  "Greeting",
  "Software",
  "Tls",
  "Certificate",
  "Login",
  "Features",
  "Pipelining",
  "Epsv",
  "Pasv",
  "Active",
  "SessionReuse",
  "Listing",
  "List",
  "Names",
  "Size",
  "Modified",
  "Mlst",
  "Restart",
  "Hash",
  "Zone",
  "Latency",
  "Sessions",
  "Throughput",
  "Upload",
  "ResumeUpload",
  "Rename",
  "SetTime",
  "Removal"
)

/**
 * @since 0.1.0
 * @category models
 */
export type Check = typeof Check.Type

/**
 * `"Error"`: something that is needed does not work. `"Warning"`: it costs time, safety or exactness. `"Note"`: the
 * server does without it, and so can we.
 *
 * @since 0.1.0
 * @category models
 */
export const Severity = Schema.Literal("Ok", "Note", "Warning", "Error")

/**
 * @since 0.1.0
 * @category models
 */
export type Severity = typeof Severity.Type

const Value = Schema.Union(Schema.String, Schema.Number, Schema.Boolean, Schema.Null, Schema.Array(Schema.String))

/**
 * What the user can do by an option of the command, or the server's administrator by a setting.
 *
 * @since 0.1.0
 * @category models
 */
export const Advice = Schema.Struct({ to: Schema.Literal("User", "Administrator"), text: Schema.String })

/**
 * @since 0.1.0
 * @category models
 */
export type Advice = typeof Advice.Type

/**
 * One finding. `text` is one line for people and may hold text of the server, unescaped; `facts` are the same for
 * programs (sizes in bytes, times in milliseconds). `section` is a heading of `docs/servers.md`, as a link names it.
 *
 * @since 0.1.0
 * @category models
 */
export class Finding extends Schema.Class<Finding>("FtpDoctorFinding")({
  check: Check,
  severity: Severity,
  text: Schema.String,
  facts: Schema.Record({ key: Schema.String, value: Value }),
  advice: Schema.Array(Advice),
  section: Schema.String
}) {}

/** What is said beside the text. */
export interface Details {
  readonly facts?: Finding["facts"]
  readonly user?: string | undefined
  readonly administrator?: string | undefined
  readonly section?: string | undefined
}

export const make = (check: Check, severity: Severity, text: string, details: Details = {}): Finding =>
  new Finding({
    check,
    severity,
    text,
    facts: details.facts ?? {},
    advice: [
      ...(details.user === undefined ? [] : [{ to: "User" as const, text: details.user }]),
      ...(details.administrator === undefined ? [] : [{ to: "Administrator" as const, text: details.administrator }])
    ],
    section: details.section ?? SECTIONS[check]
  })

const SECTIONS: { readonly [check in Check]: string } = {
  Address: "reaching-the-server",
  Greeting: "reaching-the-server",
  Software: "what-was-found-on-each-server",
  Tls: "encryption",
  Certificate: "encryption",
  Login: "reaching-the-server",
  Features: "facts-about-files",
  Pipelining: "sessions-and-speed",
  Epsv: "data-connections",
  Pasv: "data-connections",
  Active: "data-connections",
  SessionReuse: "encryption",
  Listing: "listings-and-times",
  List: "listings-and-times",
  Names: "listings-and-times",
  Size: "facts-about-files",
  Modified: "facts-about-files",
  Mlst: "facts-about-files",
  Restart: "facts-about-files",
  Hash: "facts-about-files",
  Zone: "listings-and-times",
  Latency: "sessions-and-speed",
  Sessions: "sessions-and-speed",
  Throughput: "sessions-and-speed",
  Upload: "writing",
  ResumeUpload: "writing",
  Rename: "writing",
  SetTime: "writing",
  Removal: "writing"
}
