/**
 * Paths of systems that have no slashes. What the system is shows in the reply to PWD; paths are sent as they are given,
 * and an entry is joined to its directory as the system writes it:
 *
 *     OpenVMS   DISK:[ANNA]  + A.TXT;4   DISK:[ANNA]A.TXT;4        DISK:[ANNA] + SUB (directory)   DISK:[ANNA.SUB]
 *     z/OS      'ANNA.'      + LIB.CNTL  'ANNA.LIB.CNTL'           'ANNA.LIB.CNTL' + MEMBER        'ANNA.LIB.CNTL(MEMBER)'
 *
 * All else joins paths with slashes, on any system: `DISK:[ANNA]/SUB/A.TXT`. `toNative` writes such a path as the system
 * takes it; the control channel does so with each command (`control/pathSyntax`).
 *
 * IBM i has slashes in both of its forms (`/QSYS.LIB/X.LIB/…`, `LIB/FILE.MEMBER`), so it needs nothing here.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type { FtpEntry } from "./FtpEntry.ts"
import * as MvsPath from "./mvsPath.ts"
import * as NativeName from "./NativeName.ts"
import * as RemotePath from "./RemotePath.ts"
import type { Kind, NoPath } from "./vmsPath.ts"
import * as VmsPath from "./vmsPath.ts"

export type { Kind, NoPath } from "./vmsPath.ts"

/**
 * How a server writes its paths: with slashes, or as OpenVMS or z/OS do.
 *
 * @since 0.1.0
 * @category models
 */
export type Syntax = "Slashes" | "Vms" | "Mvs"

/**
 * By the working directory that PWD names.
 *
 * @since 0.1.0
 * @category getters
 */
export const syntaxOf = (workingDirectory: string): Syntax =>
  VmsPath.isDirectory(workingDirectory) ? "Vms" : /^'[^'/]+'$/.test(workingDirectory) ? "Mvs" : "Slashes"

/**
 * The system that writes paths so, if its server has any. `"Slashes"` for what is no such path on any.
 *
 * @since 0.1.0
 * @category getters
 */
export const looksLike = (path: string): Syntax =>
  !HAS_MARK.test(path) ? "Slashes" : VmsPath.looksNative(path) ? "Vms" : MvsPath.looksNative(path) ? "Mvs" : "Slashes"

/**
 * Whether it is such a path with slashes after it: no server takes that but one with slashes.
 *
 * @since 0.1.0
 * @category guards
 */
export const hasSlashes = (path: string): boolean =>
  HAS_MARK.test(path) && (VmsPath.hasSlashes(path) || MvsPath.hasSlashes(path))

/** Each of those paths has one of these, and hardly any other has: each command asks. */
const HAS_MARK = /[[:'(]/

/**
 * Whether the server alone shows how the path is taken apart: `DISK:[ANNA]A.TXT` can be one name.
 *
 * @since 0.1.0
 * @category guards
 */
export const isUnclear = (path: string): boolean => looksLike(path) !== "Slashes" && !hasSlashes(path)

/**
 * The path as the system takes it, or why it has none that means that.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toNative = (syntax: Syntax, path: string, kind: Kind): Either.Either<string, NoPath> => {
  switch (syntax) {
    case "Vms":
      return VmsPath.toNative(path, kind)
    case "Mvs":
      return MvsPath.toNative(path, kind)
    case "Slashes":
      return Either.right(path)
  }
}

/**
 * Why a path has no form on a system, in words that follow a colon.
 *
 * @since 0.1.0
 * @category conversions
 */
export const describe = ({ reason, why }: NoPath): string => (reason === "Name" ? `the name ${why}` : why)

/**
 * The path of a directory as the system takes it; as it is given if it can't be one there.
 *
 * @since 0.1.0
 * @category conversions
 */
export const directoryOf = (syntax: Syntax, path: string): string =>
  path === "" ? "" : Either.getOrElse(toNative(syntax, path, "Directory"), () => path)

/**
 * What of an entry its path depends on.
 *
 * @since 0.1.0
 * @category models
 */
export type Listed = Pick<FtpEntry, "name" | "type" | "raw">

/**
 * The path of an entry of `directory`, which is `""` for the working directory.
 *
 * @since 0.1.0
 * @category getters
 */
export const join = (syntax: Syntax, directory: string, entry: Listed): string => {
  const at = directoryOf(syntax, directory)
  switch (syntax) {
    case "Vms":
      return (
        VmsPath.join(at, entry.name, entry.type === "Directory" ? "Directory" : "File") ??
        RemotePath.join(directory, entry.name)
      )
    case "Mvs":
      return at.startsWith("/") ? RemotePath.join(at, entry.name) : MvsPath.join(at, entry)
    case "Slashes":
      return RemotePath.join(directory, entry.name)
  }
}

/**
 * A path taken apart: the directory to list, and the name there.
 *
 * @since 0.1.0
 * @category models
 */
export interface Split {
  readonly directory: string
  readonly name: string
}

/**
 * The directory that holds the path; the name is empty if it has none.
 *
 * @since 0.1.0
 * @category getters
 */
export const split = (syntax: Syntax, path: string): Split =>
  syntax === "Slashes" || (path.includes("/") && (looksLike(path) === "Slashes" || hasSlashes(path)))
    ? { directory: RemotePath.parent(path), name: RemotePath.baseName(path) }
    : syntax === "Vms"
      ? VmsPath.split(path)
      : MvsPath.split(path)

/**
 * The directory above that may have to be made first; `undefined` if there is none that can be.
 *
 * @since 0.1.0
 * @category getters
 */
export const parentToMake = (syntax: Syntax, path: string): string | undefined => {
  const { directory, name } = split(syntax, path)
  return directory === path ||
    name === "" ||
    ["", ".", "/"].includes(directory) ||
    directory === RemotePath.normalise(path) ||
    // A prefix of data sets is there as soon as one of them is.
    (syntax === "Mvs" && !path.includes("/"))
    ? undefined
    : directory
}

/**
 * Whether the path is a directory that is not made, as it is always there: a prefix of data sets of z/OS.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAlwaysThere = (syntax: Syntax, path: string): boolean => syntax === "Mvs" && MvsPath.isPrefix(path)

/**
 * Whether the path means the same in every working directory.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAbsolute = (syntax: Syntax, path: string): boolean => {
  switch (syntax) {
    case "Vms":
      return VmsPath.isAbsolute(path)
    case "Mvs":
      return MvsPath.isAbsolute(path)
    case "Slashes":
      return RemotePath.isAbsolute(path)
  }
}

/**
 * The absolute path of a directory, seen from the login directory, as its server names it.
 *
 * @since 0.1.0
 * @category getters
 */
export const resolve = (home: string, path: string): string => {
  const syntax = syntaxOf(home)
  if (syntax === "Slashes") {
    return RemotePath.normalise(RemotePath.isAbsolute(path) ? path : RemotePath.join(home, path))
  }
  const relative = syntax === "Vms" && VmsPath.isDirectory(path) ? VmsPath.toSlashes(path) : path
  const native = directoryOf(syntax, isAbsolute(syntax, path) ? path : RemotePath.join(home, relative))
  return syntax === "Vms" && VmsPath.isDirectory(native) ? VmsPath.normalise(home, native) : native
}

/** One spelling of a directory for all that its system takes for equal: `undefined` for a path with slashes. */
const folded = (syntax: Syntax, path: string): string | undefined => {
  const native = directoryOf(syntax, path)
  return syntax === "Slashes" || syntaxOf(native) !== syntax
    ? undefined
    : syntax === "Vms"
      ? VmsPath.fold(native)
      : MvsPath.fold(native)
}

/**
 * Whether two paths of directories are one to the server. `false` for paths with slashes.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSameDirectory = (one: string, other: string): boolean => {
  const syntax = syntaxOf(one)
  const first = folded(syntax, one)
  return first !== undefined && first === folded(syntax, other)
}

/**
 * Whether an absolute path is that of a directory or of something in it, however deep. Case does not count on OpenVMS
 * and z/OS.
 *
 * @since 0.1.0
 * @category guards
 */
export const isInside = (path: string, directory: string): boolean => {
  const syntax = syntaxOf(directory)
  if (syntax === "Slashes") {
    return path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`)
  }
  const [inner, outer] = [folded(syntax, path), folded(syntax, directory)]
  return (
    inner !== undefined &&
    outer !== undefined &&
    (inner === outer || (syntax === "Vms" ? VmsPath.isBelow(inner, outer) : MvsPath.isBelow(inner, outer)))
  )
}

/**
 * Whether an absolute path is that of a root: `/`, or the root of a device of OpenVMS.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRoot = (path: string): boolean =>
  syntaxOf(path) === "Vms" ? VmsPath.isRoot(VmsPath.fold(path)) : RemotePath.normalise(path) === "/"

/**
 * Whether a listed name is the one that was asked for: on VMS without its version too, and on both in any case.
 *
 * @since 0.1.0
 * @category guards
 */
export const isNamed = (syntax: Syntax, listed: string, asked: string): boolean =>
  listed === asked ||
  (syntax === "Vms" &&
    (asked.includes(";") ? listed.toUpperCase() === asked.toUpperCase() : NativeName.isSameInVms(listed, asked))) ||
  (syntax === "Mvs" && listed.toUpperCase() === asked.toUpperCase())

/**
 * A pattern with wildcards whose beginning is a directory of OpenVMS or a prefix or data set of z/OS: that directory,
 * and the pattern of the names in it. `undefined` if it is none of that system.
 *
 * @since 0.1.0
 * @category getters
 */
export const splitPattern = (
  syntax: Syntax,
  pattern: string
): { readonly directory: string; readonly pattern: string } | undefined => {
  switch (syntax) {
    case "Vms":
      return VmsPath.splitPattern(pattern)
    case "Mvs":
      return MvsPath.splitPattern(pattern)
    case "Slashes":
      return undefined
  }
}
