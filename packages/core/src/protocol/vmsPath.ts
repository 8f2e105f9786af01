/**
 * Paths of OpenVMS, and such a path with slashes after it, as a tree that is joined by slashes has them:
 *
 *     DISK:[ANNA]            + /SUB/A.TXT    DISK:[ANNA.SUB]A.TXT      (of a file)
 *     DISK:[ANNA]            + /SUB          DISK:[ANNA.SUB]           (of a directory)
 *     (working directory)    + SUB/A.TXT     [.SUB]A.TXT
 *     SYS$LOGIN:             + /SUB/A.TXT    SYS$LOGIN:[.SUB]A.TXT     (a device, or a logical name of a directory)
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as NativeName from "./NativeName.ts"

/**
 * What the last name of a path is: OpenVMS writes the two in different ways.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "File" | "Directory"

/**
 * Why a system has no path that means a given one: it can't have one of the names (`"Name"`, and `why` is in words that
 * follow "the name"), or the path leads above what has paths, below a member of z/OS, to one as a directory, or to the
 * working directory itself, which z/OS has no relative path of.
 *
 * @since 0.1.0
 * @category models
 */
export interface NoPath {
  readonly reason: "Name" | "AboveRoot" | "BelowMember" | "MemberAsDirectory" | "WorkingDirectory"
  readonly why: string
}

/** Node and device, the directories, and what is after them. */
const PATH = /^((?:[\w$-]+::)?(?:[\w$-]+:)?)\[([^\][/]*)\](.*)$/s

/** A device or a logical name without directories, and what is after it. */
const DEVICE = /^((?:[\w$-]+::)?[\w$-]+:)(?!:)(\/.*|[^\][]*)$/s

/** Only on OpenVMS is a colon that. */
const partsOf = (path: string): Parts | undefined => {
  const [whole, device = "", inner = "", rest = ""] = PATH.exec(path) ?? []
  if (whole !== undefined) {
    return { device, inner, rest }
  }
  const [, name, after = ""] = DEVICE.exec(path) ?? []
  return name === undefined ? undefined : { device: name, inner: "", rest: after }
}

interface Parts {
  /** Node and device, or empty. */
  readonly device: string
  /** Between the brackets; empty for the working directory, or where a device or logical name leads. */
  readonly inner: string
  readonly rest: string
}

const written = (device: string, inner: string): string =>
  device !== "" && inner === "" ? device : `${device}[${inner}]`

const DIRECTORY = /^((?:[\w$-]+::)?(?:[\w$-]+:)?)\[([^\][/]*)\]$/

/** The root of a device. */
const ROOT = "000000"

/** Whether the path is that of a directory, and no more. */
export const isDirectory = (path: string): boolean => DIRECTORY.test(path)

/** Whether the path begins as those of OpenVMS do: with a directory, or with the name of a device. */
export const looksNative = (path: string): boolean => PATH.test(path)

/** Whether slashes are to be replaced before OpenVMS can be asked for the path. */
export const hasSlashes = (path: string): boolean =>
  PATH.exec(path)?.[3]?.includes("/") === true || LOGICAL_NAME.test(path)

/** Nearly all logical names of directories have a `$`, and hardly any name elsewhere has it with a colon. */
const LOGICAL_NAME = /^(?:[\w$-]+::)?[\w-]*\$[\w$-]*:\//

/** Whether it does not depend on the working directory. */
export const isAbsolute = (path: string): boolean => {
  const { device, inner } = partsOf(path) ?? { device: "", inner: "" }
  return path.startsWith("/") || device !== "" || (inner !== "" && !/^[.-]/.test(inner))
}

/** What begins with a hyphen in a list of directories is the way up: `[A.B.--]` is above `[A]`. */
const UP = /^-+$/

/** Directories of a path, one by one: `^.` is part of a name. */
const namesIn = (inner: string): ReadonlyArray<string> => inner.split(/(?<!\^)\./).filter((name) => name !== "")

/** `[.SUB.DEEP]` as `SUB/DEEP`, `[--]` as `../..`. */
export const toSlashes = (directory: string): string =>
  namesIn(directory.slice(1, -1))
    .flatMap((name) => (UP.test(name) ? Array.from(name, () => "..") : [name]))
    .join("/")

/** An absolute path of a directory without ways up in it, on the device of `home` if it names none. */
export const normalise = (home: string, path: string): string => {
  const [, device = "", inner = ""] = DIRECTORY.exec(path) ?? []
  // After a logical name it begins where that leads.
  if (inner === "" || (device !== "" && /^[.-]/.test(inner))) {
    return path
  }
  let directory = ROOT
  for (const name of namesIn(inner)) {
    for (const up of UP.test(name) ? name : [""]) {
      directory = up === "" ? below(directory, name) : (above(directory) ?? ROOT)
    }
  }
  return `${device === "" ? (DIRECTORY.exec(home)?.[1] ?? "") : device}[${directory}]`
}

/** One spelling of a directory for all that are equal to OpenVMS. */
export const fold = (path: string): string => path.toUpperCase().replace("[000000.", "[")

/** Whether a folded path is the root of a device. */
export const isRoot = (path: string): boolean => path.endsWith(`[${ROOT}]`)

/** Whether a folded path is below another one. */
export const isBelow = (path: string, directory: string): boolean =>
  isRoot(directory)
    ? path.startsWith(directory.slice(0, -ROOT.length - 1))
    : path.startsWith(`${directory.slice(0, -1)}.`)

/** One directory further down. */
const below = (inner: string, name: string): string => (inner === ROOT ? name : `${inner}.${name}`)

/** One directory further up: `undefined` at the root of a device. */
const above = (inner: string): string | undefined => {
  if (inner === ROOT) {
    return undefined
  }
  if (inner === "" || inner === "-" || inner.endsWith(".-")) {
    return inner === "" ? "-" : `${inner}.-`
  }
  const dot = /^(.*)\.(?:\^.|[^.^])+$/s.exec(inner)
  return dot === null ? ROOT : (dot[1] ?? "")
}

/** The path as OpenVMS takes it, or why no path of it can mean that. */
export const toNative = (path: string, kind: Kind): Either.Either<string, NoPath> => {
  const parts = partsOf(path)
  const { device, inner, rest } = parts ?? { device: "", inner: "", rest: "" }
  if (parts === undefined ? path.startsWith("/") || /^[^/]*:/.test(path) || path === "" : rest === "") {
    return Either.right(path)
  }
  const tail = parts === undefined ? path : rest
  const hasSlash = tail.includes("/")
  if (!hasSlash && kind === "File") {
    // As the user has written it, unless it is a name of our own.
    const name = NativeName.inVms(tail)
    return Either.right(parts === undefined ? name : `${written(device, inner)}${name}`)
  }
  if (!hasSlash && kind === "Directory" && parts === undefined && Option.isSome(NativeName.unsafeInVms(tail, kind))) {
    return Either.right(tail === "." ? "[]" : tail === ".." ? "[-]" : tail)
  }
  const names = tail.split("/").filter((name) => name !== "" && name !== ".")
  const file = kind === "File" && !/(?:^|\/)\.{0,2}$/.test(tail) ? names.pop() : undefined
  let directory = inner
  for (const name of names) {
    const next = name === ".." ? above(directory) : inDirectory(directory, name)
    if (typeof next !== "string") {
      return Either.left(next ?? ABOVE_ROOT)
    }
    directory = next
  }
  const why = file === undefined ? Option.none() : NativeName.unsafeInVms(file, "File")
  return Option.isSome(why)
    ? Either.left({ reason: "Name", why: why.value })
    : Either.right(`${written(device, directory)}${file === undefined ? "" : NativeName.inVms(file)}`)
}

const ABOVE_ROOT: NoPath = { reason: "AboveRoot", why: "it leads above the root of its device" }

const inDirectory = (inner: string, listed: string): string | NoPath => {
  const name = NativeName.withoutDirectoryType(listed)
  const why = NativeName.unsafeInVms(name, "Directory")
  return Option.isSome(why) ? { reason: "Name", why: why.value } : below(inner, name)
}

/** The path of a listed entry of a directory; `undefined` if that is none of OpenVMS. */
export const join = (directory: string, name: string, kind: Kind): string | undefined => {
  const parts = partsOf(directory === "" ? "[]" : directory)
  if (parts === undefined || parts.rest !== "") {
    return undefined
  }
  const { device, inner } = parts
  return kind === "Directory" ? `${device}[${below(inner, name)}]` : `${directory}${name}`
}

/** The directory that holds the path, and its name there. */
export const split = (path: string): { readonly directory: string; readonly name: string } => {
  const end = path.indexOf("]")
  if (end === -1) {
    const { device, rest } = partsOf(path) ?? { device: "", rest: path }
    return { directory: device, name: rest }
  }
  if (end < path.length - 1) {
    return { directory: path.slice(0, end + 1), name: path.slice(end + 1) }
  }
  const [, device = "", inner = ""] = DIRECTORY.exec(path) ?? []
  if (inner === ROOT) {
    return { directory: path, name: "" }
  }
  const over = above(inner) ?? ROOT
  const at = device === "" && over === "" ? "" : written(device, over)
  return /(?:^|\.)-?$/.test(inner)
    ? { directory: at, name: "" }
    : {
        directory: at,
        name: over === "" || over === ROOT ? inner.replace(/^\./, "") : inner.slice(over.length + 1)
      }
}

/** A directory, or a device or logical name alone, and what is after it. */
const PATTERN = /^((?:[\w$-]+::)?(?:(?:[\w$-]+:)?\[[\w$.^-]*\]|[\w$-]+:(?![:[])))\/?(.*)$/s

/** The directory that a pattern begins with, and the pattern of the names there. */
export const splitPattern = (pattern: string): { readonly directory: string; readonly pattern: string } | undefined => {
  const [, directory, rest] = PATTERN.exec(pattern) ?? []
  return directory === undefined || rest === undefined ? undefined : { directory, pattern: rest }
}
