/** The flags of `mirror`: what is compared, left out, deleted, and how it is published. */
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as Either from "effect/Either"
import { conflictOf } from "./conflictFlag.ts"
import * as Flag from "./Flag.ts"
import { linksOf } from "./linksFlag.ts"

export const dryRun = Flag.toggle("dry-run", "n", "Show what would be done, and do nothing.")

export const deletes = Flag.choice(
  "delete",
  "WHAT",
  new Map([
    ["ours", "Ours" as const],
    ["extra", "Extra" as const]
  ]),
  "Delete in the target: ours (what an earlier run put there and SOURCE no longer has; keeps a manifest), or extra (all " +
    "that SOURCE doesn't have). Default: nothing."
)

export const maxDelete = Flag.value(
  "max-delete",
  undefined,
  "N|N%",
  (text): Either.Either<FtpMirror.MaxDelete, string> => {
    const [, digits, percent] = /^(\d{1,9})(%?)$/.exec(text) ?? []
    return digits === undefined
      ? Either.left("a number, or a number with %")
      : Either.right(
          percent === "%"
            ? { _tag: "Percent", percent: Number(digits), free: 0 }
            : { _tag: "Count", count: Number(digits) }
        )
  },
  "Delete nothing at all if it would be more than N entries, or N% of the target. A file that is only moved does not count. " +
    "Default: 50%, if that is more than 10."
)

export const exclude = Flag.values(
  "exclude",
  "PATTERN",
  Either.right<string>,
  "Leave out what matches PATTERN, in .gitignore syntax: neither copied nor deleted. !PATTERN includes again; the last " +
    "one that matches decides."
)

export const include = Flag.counting(
  "include",
  "PATTERN",
  exclude,
  // A name that begins with ! is written with a backslash.
  (pattern) => `!${pattern.startsWith("!") ? "\\" : ""}${pattern}`,
  "Include again what matches PATTERN and an earlier --exclude leaves out. Nothing below an excluded directory can be " +
    "included: --exclude '*' --include '*/' --include '*.html' copies only those files."
)

export const excludeFrom = Flag.file("exclude-from", "Read such patterns from FILE, before those of --exclude.")

export const compare = Flag.choice(
  "compare",
  "HOW",
  new Map<string, FtpMirror.CompareBy>([
    ["size-and-time", "SizeAndTime"],
    ["size", "Size"],
    ["time", "Time"],
    ["hash", "Hash"],
    ["nothing", "Nothing"]
  ]),
  "Compare files by size-and-time, size, time, or hash (the server's, which reads them all); nothing copies them all. Default: size-and-time."
)

export const only = Flag.choice(
  "only",
  "WHICH",
  new Map([
    ["newer", "Newer" as const],
    ["missing", "Missing" as const],
    ["existing", "Existing" as const]
  ]),
  "Copy only files that are newer in SOURCE, missing in TARGET, or existing in TARGET."
)

export const conflict = conflictOf(
  "A file where the other side has a directory: fail (both stay), or replace (what TARGET has is deleted, with all that is " +
    "in a directory, once all of the new one is there). Default: fail."
)

export const manifest = Flag.toggle(
  "manifest",
  undefined,
  "Keep a manifest in TARGET: a fresh checkout then uploads only what changed, and with --delete moved files are renamed."
)

export const deleteExcluded = Flag.toggle(
  "delete-excluded",
  undefined,
  "With --delete: delete in TARGET what a pattern leaves out, too. Default: it stays."
)

export const deleteWhen = Flag.choice(
  "delete-when",
  "WHEN",
  new Map([
    ["before", "Before" as const],
    ["during", "During" as const],
    ["after", "After" as const]
  ]),
  "Delete files before others are copied, to make room; during that, until one fails; or after all were copied, and " +
    "nothing if one failed. Default: after."
)

export const links = linksOf(
  "Symbolic links: skip them; follow local ones to files inside SOURCE; or copy them as links, if TARGET is a folder or the " +
    "server has SITE SYMLINK, and only those that stay inside the tree. Default: follow."
)

export const explain = Flag.values(
  "explain",
  "PATH",
  Either.right<string>,
  "Say what would be done about PATH, relative to SOURCE and TARGET, and which rule decides that; do nothing."
)

export const last = Flag.values(
  "last",
  "PATTERN",
  Either.right<string>,
  "Copy files that match PATTERN after all others: index.html, which names them."
)

export const inPlace = Flag.toggle(
  "in-place",
  undefined,
  "Upload each file under its own name, not under a temporary one first."
)

export const swap = Flag.toggle(
  "swap",
  undefined,
  "Make the whole tree anew beside TARGET, and exchange both by two renames. Refused if TARGET has what would be lost and " +
    "--delete does not allow to delete."
)

export const keepPrevious = Flag.toggle(
  "keep-previous",
  undefined,
  "With --swap: keep the old tree beside TARGET. Default: it is removed."
)

export const plan = Flag.file(
  "plan",
  "Save the plan to FILE instead of doing it; ftp-effect apply FILE does it later. It has no password."
)

export const force = Flag.toggle("force", undefined, "Delete in or above a login directory or a home, or in /, too.")

export const yes = Flag.toggle("yes", "y", "Delete without asking.")

export const watch = Flag.toggle(
  "watch",
  "w",
  "Then wait for changes of SOURCE, a folder, and upload them as they come, until Ctrl-C. Only the first run asks before it deletes."
)
