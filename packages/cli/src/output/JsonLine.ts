/**
 * What `--json` prints, one object a line: results and skipped files on standard output, errors and warnings on
 * standard error. `kind` tells them apart. Fields are added in later versions, never renamed or removed; docs/cli-scripts.md
 * explains each one.
 */
import * as Schema from "effect/Schema"

const Unknown = Schema.NullOr

/** One thing on the server: `ls`, `stat`. */
export const Entry = Schema.Struct({
  kind: Schema.Literal("entry"),
  type: Schema.Literal("File", "Directory", "SymbolicLink", "Other"),
  /** Exactly as the server sent it; a byte that is no UTF-8 is the lone surrogate U+DC00 + byte. */
  name: Schema.String,
  path: Schema.String,
  /** In bytes. */
  size: Unknown(Schema.Number),
  /** ISO 8601, UTC. */
  modified: Unknown(Schema.String),
  modifiedPrecision: Unknown(Schema.Literal("Millisecond", "Second", "Minute", "Day")),
  /** Whether the zone is known (`Utc`), named by --zone, inferred from the server's answers, or assumed to be UTC. */
  modifiedZone: Unknown(Schema.Literal("Utc", "Configured", "Inferred", "Assumed")),
  /** What of it was guessed: the year, or which number is the day and which the month. */
  modifiedGuess: Unknown(Schema.Literal("Year", "DayOrMonth")),
  /** Octal permission bits: `"0644"`. */
  mode: Unknown(Schema.String),
  owner: Unknown(Schema.String),
  group: Unknown(Schema.String),
  linkTarget: Unknown(Schema.String)
})

/** One file copied: `get`, `put`. */
export const Transfer = Schema.Struct({
  kind: Schema.Literal("transfer"),
  direction: Schema.Literal("Download", "Upload"),
  remote: Schema.String,
  local: Schema.String,
  bytes: Schema.Number,
  /**
   * How it was verified: by the server's hash, by the size and the time that the server reported, by the size, or by
   * its final reply alone.
   */
  evidence: Schema.Literal("Hash", "SizeAndTime", "Size", "Reply"),
  hash: Unknown(Schema.Struct({ algorithm: Schema.String, value: Schema.String })),
  seconds: Schema.Number
})

/** One link made as a link: `get -r` and `put -r` with `--links copy`. `path` and `to` are paths of the target. */
export const Link = Schema.Struct({
  kind: Schema.Literal("link"),
  direction: Schema.Literal("Download", "Upload"),
  path: Schema.String,
  to: Schema.String
})

/** A file that was left out on purpose. */
export const Skipped = Schema.Struct({
  kind: Schema.Literal("skipped"),
  path: Schema.String,
  why: Schema.String
})

/** A transfer was interrupted and is resumed: `get`, `put`, `cat`. */
export const Resuming = Schema.Struct({
  kind: Schema.Literal("resuming"),
  direction: Schema.Literal("Download", "Upload"),
  path: Schema.String,
  /** The offset at which it is resumed, in bytes. */
  offset: Schema.Number,
  why: Schema.String
})

/** The last line of `get` and `put`. */
export const Summary = Schema.Struct({
  kind: Schema.Literal("summary"),
  direction: Schema.Literal("Download", "Upload"),
  files: Schema.Number,
  bytes: Schema.Number,
  skipped: Schema.Number,
  failed: Schema.Number,
  /** How many of those are directories that could not be made or read: what is in them is not counted. */
  failedDirectories: Schema.optional(Schema.Number),
  seconds: Schema.Number,
  /** How many links were made as links, with `--links copy`. */
  linked: Schema.optional(Schema.Number),
  /** What stopped it before its end, if anything did. */
  stopped: Schema.optional(Schema.Literal("Error", "Interrupted")),
  /** How many of the files that were found by then were neither finished nor failed. */
  notDone: Schema.optional(Schema.Number)
})

/** Something on the server changed: `rm`, `mv`, `mkdir`. `to` is the new name after `mv`. */
export const Changed = Schema.Struct({
  kind: Schema.Literal("changed"),
  action: Schema.Literal("Removed", "Renamed", "Made"),
  path: Schema.String,
  to: Schema.optional(Schema.String)
})

/** One thing that was looked at: `doctor`. */
export const Finding = Schema.Struct({
  kind: Schema.Literal("finding"),
  /** What: `Address`, `Tls`, `Epsv` and so on. */
  check: Schema.String,
  severity: Schema.Literal("Ok", "Note", "Warning", "Error"),
  text: Schema.String,
  /** The same for programs: which fields depends on `check`. Times are in milliseconds, sizes in bytes. */
  facts: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  advice: Schema.Array(Schema.Struct({ to: Schema.Literal("User", "Administrator"), text: Schema.String })),
  /** Of docs/servers.md. */
  section: Schema.String
})

/** The last line of `doctor`. */
export const Examined = Schema.Struct({
  kind: Schema.Literal("examined"),
  server: Schema.String,
  errors: Schema.Number,
  warnings: Schema.Number,
  /** What was learned, as it is kept in the cache; `null` without a login. */
  profile: Unknown(Schema.Unknown)
})

/** Which trees a plan in a file is of, without a password: `apply --show`. */
export const Plan = Schema.Struct({ kind: Schema.Literal("plan"), from: Schema.String, to: Schema.String })

/**
 * One step of `mirror` or `apply`: it is planned (`--dry-run`), was done, or was left out after a failure. With `apply`
 * also: it was not needed any more, or its source or target is no longer as planned.
 */
export const Mirror = Schema.Struct({
  kind: Schema.Literal("mirror"),
  state: Schema.Literal("Planned", "Done", "LeftOut", "Reached", "Outdated"),
  action: Schema.Literal("MakeDirectory", "Rename", "Copy", "Replace", "SetTime", "MakeLink", "Remove"),
  path: Schema.String,
  /** The old path of a file that is renamed. */
  from: Unknown(Schema.String),
  /** Where a link leads that is made, relative to TARGET; empty for TARGET itself. */
  to: Unknown(Schema.String),
  /** What is transferred, if the size is known. */
  bytes: Unknown(Schema.Number),
  /** In words. */
  why: Schema.String
})

/** `mirror --swap`: what becomes of an earlier run that was cut off, as it happens. `"Watching"` takes 30 seconds. */
export const Unfinished = Schema.Struct({
  kind: Schema.Literal("unfinished"),
  state: Schema.Literal("Watching", "Claimed", "Tidied"),
  path: Schema.String,
  why: Schema.String
})

/** How `mirror --swap` ended: what is live, and where the other tree is. */
export const Swap = Schema.Struct({
  kind: Schema.Literal("swap"),
  published: Schema.Literal("Unchanged", "Swapped", "NotSwapped"),
  /** Why it was not swapped: `Refused`, `CantRename`, `RenameFailed` and so on. */
  because: Unknown(Schema.String),
  live: Schema.Literal("New", "Old", "None", "Other", "Unknown"),
  /** What became of the old tree. */
  oldTree: Unknown(Schema.Literal("None", "Removed", "Kept", "Left")),
  /** The paths of the new and the old tree, if they are not live. */
  stage: Unknown(Schema.String),
  previous: Unknown(Schema.String),
  /** The first paths that would have been lost, or that keep the old tree from being removed. */
  paths: Schema.Array(Schema.String),
  /** In words. */
  why: Schema.String,
  /** What removes the old tree, if it is left. */
  hint: Unknown(Schema.String)
})

/** What would be done about one path, and why: `mirror --explain`. */
export const Explained = Schema.Struct({
  kind: Schema.Literal("explained"),
  path: Schema.String,
  /** What each side has there. */
  source: Schema.Literal("Absent", "File", "Directory", "Link", "Other"),
  target: Schema.Literal("Absent", "File", "Directory", "Link", "Other"),
  /** What would be done: `Copy`, `Remove` and so on, or why nothing would be. */
  verdict: Schema.String,
  /** The pattern that includes it again. */
  includedBy: Unknown(Schema.String),
  /** In words. */
  why: Schema.String
})

/** The last line of `mirror` and `apply`: of what was done, or with `--dry-run` (`done` is false) of what would be. */
export const MirrorSummary = Schema.Struct({
  kind: Schema.Literal("mirrorSummary"),
  done: Schema.Boolean,
  /** What stopped it before its end, if anything did: `done` is false then. */
  stopped: Schema.optional(Schema.Literal("Error", "Interrupted")),
  copied: Schema.Number,
  replaced: Schema.Number,
  renamed: Schema.Number,
  made: Schema.Number,
  linked: Schema.Number,
  removed: Schema.Number,
  /** With `--swap --keep-previous`, what only the old tree has, which is kept: none of it is `removed`. */
  setAside: Schema.Number,
  unchanged: Schema.Number,
  bytes: Schema.Number,
  failed: Schema.Number,
  leftOut: Schema.Number,
  /** Times alone that the target has refused to set. */
  timesNotKept: Schema.Number,
  outdated: Schema.Number,
  reached: Schema.Number,
  /** What was to be replaced by something of another type, and is not where it belongs: paths below TARGET. */
  displaced: Schema.Array(
    Schema.Struct({
      path: Schema.String,
      live: Schema.Literal("Old", "New", "None", "Unknown"),
      old: Schema.optional(Schema.String),
      replacement: Schema.optional(Schema.String)
    })
  ),
  /** How many paths were left as they are, by the reason: `Excluded`, `Link` and so on. */
  skipped: Schema.Record({ key: Schema.String, value: Schema.Number }),
  /** How many of those leave the target incomplete, which is exit code 1. */
  incomplete: Schema.Number,
  /** With `--delete ours`, if nothing is known to be ours: how many files only the target has. They stay. */
  unclaimed: Schema.Number,
  /** What a guard kept from being deleted. */
  notDeleted: Schema.Number,
  seconds: Schema.Number
})

/** A server is up: `serve`. */
export const Serving = Schema.Struct({
  kind: Schema.Literal("serving"),
  url: Schema.String,
  directory: Schema.String,
  writable: Schema.Boolean,
  /** Of its certificate, as `--pin` takes it; `null` without `--tls`. */
  pin: Schema.NullOr(Schema.String),
  /** PEM, as `--ca` takes it; `null` without `--tls`. */
  certificate: Schema.NullOr(Schema.String)
})

/** One step of `demo`. */
export const Step = Schema.Struct({
  kind: Schema.Literal("step"),
  step: Schema.Literal("Serve", "List", "Download", "Upload", "Verify"),
  files: Schema.Number,
  bytes: Schema.Number,
  seconds: Schema.Number,
  ok: Schema.Boolean
})

/** On standard error: what went wrong. `tag` and `reason` are those of the library (`FtpError`). */
export const ErrorLine = Schema.Struct({
  kind: Schema.Literal("error"),
  tag: Schema.String,
  reason: Unknown(Schema.String),
  message: Schema.String,
  hint: Unknown(Schema.String),
  /** The path or URL that it is about, where it is about one of several. */
  subject: Unknown(Schema.String),
  exitCode: Schema.Number
})

/** On standard error: something to know. */
export const Warning = Schema.Struct({ kind: Schema.Literal("warning"), message: Schema.String })

/** On standard error with `--verbose`: one line of a dialogue, secrets masked. */
export const Dialogue = Schema.Struct({
  kind: Schema.Literal("dialogue"),
  server: Schema.String,
  /** Which session of the command it is, from 1 on; of `serve`, which names the client, there is none. */
  session: Schema.optional(Schema.Number),
  line: Schema.String
})

/** Any line. */
export const JsonLine = Schema.Union(
  Entry,
  Transfer,
  Link,
  Skipped,
  Resuming,
  Summary,
  Changed,
  Finding,
  Examined,
  Plan,
  Mirror,
  Unfinished,
  Swap,
  Explained,
  MirrorSummary,
  Serving,
  Step,
  ErrorLine,
  Warning,
  Dialogue
)

/** Any line. */
export type JsonLine = typeof JsonLine.Type
