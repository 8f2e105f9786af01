/**
 * Names of a tree on a server. Systems without slashes have names of their own, in which case does not count:
 *
 *     OpenVMS   A.TXT;4, A.TXT;3     one file, A.TXT: its newest version is addressed without a number
 *     Windows   a.txt, A.TXT         one file, with slashes: known by a question (`caseFolding`)
 *     z/OS      LIB.CNTL             a data set, or a directory of members; nothing else is below another
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as NativeName from "../protocol/NativeName.ts"
import type * as NativePath from "../protocol/NativePath.ts"
import * as NativePlace from "../protocol/NativePlace.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as UsualName from "../protocol/UsualName.ts"
import * as WireText from "../protocol/WireText.ts"
import type { Cases } from "./cases.ts"
import type { NameRules } from "./rules.ts"

/**
 * `root` is the directory of the tree; `syntax` is how the server writes its paths, and `cases` whether names that differ in
 * case alone are one although they have slashes, as far as is known by now.
 */
export const make = (root: string, syntax: () => NativePath.Syntax, cases: Cases): NameRules => ({
  fold: (path) => (syntax() !== "Slashes" ? foldNative(syntax(), path) : cases.fold(path)),
  isExact: () => syntax() === "Slashes" && cases.isExact(),
  isCaseUnclear: cases.isUnclear,
  compareCase: cases.compare,
  unsafeReason,
  isNative: () => syntax() !== "Slashes",
  unsafePlace: ({ path, type }) =>
    NativePlace.unsafeReason(syntax(), root, path, type === "Directory" ? "Directory" : "File")
})

/** A directory of OpenVMS is the same with its type and without: `DATA.DIR` is `[.DATA]`. */
const foldNative = (syntax: NativePath.Syntax, path: string): string => {
  const upper = path.toUpperCase()
  return syntax === "Vms"
    ? upper
        .split("/")
        .map((name) => NativeName.withoutDirectoryType(NativeName.withoutVersion(name)))
        .join("/")
    : upper
}

/** What a server can be sent. Names that mean something else to servers are refused too. */
const unsafeReason = (name: string): Option.Option<string> =>
  UsualName.isUsual(name)
    ? SAFE
    : Option.orElse(RemotePath.unsafeNameReason(name, "Posix"), () =>
        // A local name that is not UTF-8 has this character in place of its bytes.
        Either.isLeft(WireText.encode(name)) || name.includes("\ufffd")
          ? Option.some("is not UTF-8")
          : // A server on Windows may read a backslash as a slash.
            name.split("\\").includes("..")
            ? Option.some("leads out of its directory on Windows")
            : Option.none()
      )

const SAFE: Option.Option<string> = Option.none()

/** A listing as a tree has it. */
export interface Listed {
  readonly entries: ReadonlyArray<FtpEntry>
  /** Names of files that are those of directories too: a path would mean either. */
  readonly ambiguous: ReadonlyArray<string>
}

/** Of each file of OpenVMS its newest version, without the number. */
export const listed = (syntax: NativePath.Syntax, entries: ReadonlyArray<FtpEntry>): Listed => {
  if (syntax !== "Vms") {
    return { entries, ambiguous: [] }
  }
  const directories = new Set(entries.flatMap(({ name, type }) => (type === "Directory" ? [name.toUpperCase()] : [])))
  const newest = new Map<string, { readonly entry: FtpEntry; readonly version: number }>()
  const ambiguous = new Set<string>()
  for (const entry of entries) {
    const name = entry.type === "Directory" ? entry.name : NativeName.inTree(entry.name)
    if (entry.type !== "Directory" && directories.has(name.toUpperCase())) {
      ambiguous.add(name)
      continue
    }
    const version = Number(/;(\d+)$/.exec(entry.name)?.[1] ?? 0)
    const known = newest.get(name.toUpperCase())
    if (known === undefined || version > known.version) {
      newest.set(name.toUpperCase(), { entry: { ...entry, name }, version })
    }
  }
  return { entries: [...newest.values()].map(({ entry }) => entry), ambiguous: [...ambiguous] }
}
