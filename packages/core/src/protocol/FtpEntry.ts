/**
 * One entry of a directory, as a listing or MLST reports it.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * A time together with how much of it is known. LIST prints minutes for recent files and only the day for older ones;
 * MLSx and MDTM print seconds or finer. `zone` says where the zone comes from: `"Utc"` when the protocol fixes it
 * (MLSx, MDTM: RFC 3659 §2.3). LIST has none: `"Configured"` when the caller named it, `"Inferred"` when a comparison
 * with MDTM showed it, `"Assumed"` when it was taken to be UTC. `guess` is there if part of the date was guessed: `"Year"` if none was printed, `"DayOrMonth"` if a date of numbers could be read in more than
 * one order and nothing in the listing shows which.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpTime {
  readonly at: DateTime.Utc
  readonly precision: "Millisecond" | "Second" | "Minute" | "Day"
  readonly zone: "Utc" | "Configured" | "Inferred" | "Assumed"
  readonly guess?: "Year" | "DayOrMonth" | undefined
}

/**
 * `"SymbolicLink"` says nothing of what the link points to; `"Other"` is a device, socket or type that is not known.
 *
 * @since 0.1.0
 * @category models
 */
export type FtpEntryType = "File" | "Directory" | "SymbolicLink" | "Other"

/**
 * One directory entry. `name` is one path component exactly as the server sent it, to be checked with
 * `RemotePath.isSafeName` before it is used for a local name; `path` is the listed directory joined with it. `size` is
 * in bytes and only if the server reported it in bytes. `mode` holds the lowest twelve bits. `raw` is the line.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpEntry {
  readonly name: string
  readonly path: string
  readonly type: FtpEntryType
  readonly size: Option.Option<number>
  readonly modified: Option.Option<FtpTime>
  readonly mode: Option.Option<number>
  readonly owner: Option.Option<string>
  readonly group: Option.Option<string>
  readonly linkTarget: Option.Option<string>
  /** The server's identity of the file (MLSx `unique`): equal for two names of one file within a session. */
  readonly unique: Option.Option<string>
  readonly raw: string
}

/**
 * The facts of an entry about which nothing is known but its name and type. To be spread before those that are known.
 *
 * @since 0.1.0
 * @category constants
 */
export const noFacts: Pick<FtpEntry, "size" | "modified" | "mode" | "owner" | "group" | "linkTarget" | "unique"> = {
  size: Option.none(),
  modified: Option.none(),
  mode: Option.none(),
  owner: Option.none(),
  group: Option.none(),
  linkTarget: Option.none(),
  unique: Option.none()
}

/** A fact that may be missing: left out of the encoded entry then. */
const fact = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { as: "Option" })

const Time = Schema.Struct({
  at: Schema.DateTimeUtc,
  precision: Schema.Literal("Millisecond", "Second", "Minute", "Day"),
  zone: Schema.Literal("Utc", "Configured", "Inferred", "Assumed"),
  guess: Schema.optional(Schema.Literal("Year", "DayOrMonth"))
})

/**
 * An entry as JSON, for what travels between processes: facts that are not known are left out, and times are ISO 8601 in
 * UTC. A byte of a name that is not UTF-8 is a lone surrogate, in JSON too. Its JSON Schema is
 * `@ftp-effect/core/schema/entry.schema.json`.
 *
 * @example
 * ```ts
 * import * as FtpEntry from "@ftp-effect/core/FtpEntry"
 * import * as Schema from "effect/Schema"
 *
 * const toJson = Schema.encodeSync(Schema.parseJson(FtpEntry.schema))
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const schema = Schema.Struct({
  name: Schema.String,
  path: Schema.String,
  type: Schema.Literal("File", "Directory", "SymbolicLink", "Other"),
  size: fact(Schema.NonNegativeInt),
  modified: fact(Time),
  mode: fact(Schema.NonNegativeInt),
  owner: fact(Schema.String),
  group: fact(Schema.String),
  linkTarget: fact(Schema.String),
  unique: fact(Schema.String),
  raw: Schema.String
})
