/**
 * Paths on the server: `/` between the components, every other character as the server sent it. Spaces at either end
 * belong to the name (RFC 2640 §3.1) and are never trimmed.
 *
 * `..` is removed by reading the path alone, which differs from the server's view if a component is a symbolic link.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Reply from "./Reply.ts"

/** PATH_MAX of Linux. A longer answer to PWD is an attack or an accident (curl CVE-2017-1000254). */
const MAX_PATH_LENGTH = 4096

/**
 * Which file system a name must be harmless on.
 *
 * @since 0.1.0
 * @category models
 */
export type Platform = "Posix" | "Windows"

/**
 * Whether the path starts at the server's root. `~` is a name like any other.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAbsolute = (path: string): boolean => path.startsWith("/")

/**
 * The path of `name` in `directory`. The name is relative to the directory whatever it looks like; `""` and `"."` are
 * the working directory. Nothing is normalised.
 *
 * @example
 * ```ts
 * import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
 *
 * const path = RemotePath.join("pub", "a.txt") // pub/a.txt
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const join = (directory: string, name: string): string =>
  directory === "" || directory === "."
    ? name
    : directory.endsWith("/") || name.startsWith("/")
      ? directory + name
      : `${directory}/${name}`

/**
 * The path without empty components, `.`, and as many `..` as can be taken away by reading: `/..` is `/`, and a
 * relative path keeps the `..` that it starts with. The empty path and one that ends where it began are `"."`.
 *
 * @example
 * ```ts
 * import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
 *
 * const path = RemotePath.normalise("/pub/../etc/./a") // /etc/a
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const normalise = (path: string): string => {
  const absolute = isAbsolute(path)
  const kept: Array<string> = []
  for (const component of path.split("/")) {
    if (component === "..") {
      if (kept.length > 0 && kept[kept.length - 1] !== "..") {
        kept.pop()
      } else if (!absolute) {
        kept.push(component)
      }
    } else if (component !== "" && component !== ".") {
      kept.push(component)
    }
  }
  const joined = kept.join("/")
  return absolute ? `/${joined}` : joined === "" ? "." : joined
}

/**
 * The normalised directory that holds the path. `/` is its own parent; `"a"` is in `"."`, which is in `".."`.
 *
 * @since 0.1.0
 * @category getters
 */
export const parent = (path: string): string => normalise(path === "" ? ".." : `${path}/..`)

/**
 * The last component, slashes at the end left out; empty for `/` and for the empty path.
 *
 * @since 0.1.0
 * @category getters
 */
export const baseName = (path: string): string => {
  let end = path.length
  while (end > 0 && path[end - 1] === "/") {
    end -= 1
  }
  return path.slice(path.lastIndexOf("/", end - 1) + 1, end)
}

/**
 * The path in a 257 reply to PWD or MKD (RFC 959 appendix II): quoted, a quote inside it doubled. Pure-FTPd doesn't
 * double; there the last quote of the line ends the path. Old IBM i and embedded servers don't quote at all: then it is
 * the first word. `None` for a reply that is not 2yz, without an end, or with control characters: what the server says
 * here goes into later commands.
 *
 * @example
 * ```ts
 * import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
 * import * as Reply from "@ftp-effect/core/protocol/Reply"
 *
 * const path = RemotePath.fromReply257(Reply.make(257, '"/home/ann" is the current directory'))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromReply257 = (reply: Reply.Reply): Option.Option<string> => {
  if (!Reply.isCompletion(reply)) {
    return Option.none()
  }
  const line = (reply.lines.find((text) => text.trimStart().startsWith('"')) ?? reply.lines[0]).replace(/^ +/, "")
  const path = line.startsWith('"') ? unquote(line) : (line.split(" ", 1)[0] ?? "")
  return path === "" || path.length > MAX_PATH_LENGTH || CONTROL.test(path) ? Option.none() : Option.some(path)
}

/** The text of a line that starts with a quote; empty when nothing ends it. */
const unquote = (line: string): string => {
  let path = ""
  let index = 1
  while (index < line.length) {
    const quote = line.indexOf('"', index)
    if (quote === -1) {
      break
    }
    path += line.slice(index, quote)
    const next = line[quote + 1]
    if (next === undefined || next === " " || next === "\r") {
      return path
    }
    if (next !== '"') {
      break
    }
    path += '"'
    index = quote + 2
  }
  return line.slice(1, line.lastIndexOf('"'))
}

/**
 * Whether a listed name may become a local name: one component that means nothing but itself. The default is the
 * strictest, safe everywhere.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSafeName = (name: string, platform: Platform = "Windows"): boolean =>
  Option.isNone(unsafeNameReason(name, platform))

/**
 * Why a listed name must not become a local name on that platform, in words that follow "the name …"; `None` when it is
 * safe. Empty, `.`, `..`, `/` and control characters are refused everywhere. Windows also refuses its separators,
 * streams (`a:b`), wildcards, device names with any extension, and the dots and spaces at the end that it would drop.
 *
 * Two names that are equal once case or Unicode form is folded are not detected.
 *
 * @since 0.1.0
 * @category getters
 */
export const unsafeNameReason = (name: string, platform: Platform): Option.Option<string> => {
  if (name === "") {
    return Option.some("is empty")
  }
  if (name === "." || name === "..") {
    return Option.some("means another directory")
  }
  if (name.includes("/")) {
    return Option.some('holds a "/"')
  }
  if (CONTROL.test(name)) {
    return Option.some("holds a control character")
  }
  return platform === "Windows" ? unsafeOnWindows(name) : Option.none()
}

/** C0, DEL and C1: terminals act on them, and no command can carry CR, LF or NUL. */
const CONTROL = /[\x00-\x1f\x7f-\x9f]/

const WINDOWS_RESERVED = /[\\:<>"|?*]/

/** Reserved with any extension: `nul.txt` is the device, and so is `nul .txt`. */
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])$/i

const unsafeOnWindows = (name: string): Option.Option<string> => {
  const reserved = WINDOWS_RESERVED.exec(name)
  if (reserved !== null) {
    return Option.some(`holds a "${reserved[0]}"`)
  }
  if (name.endsWith(".") || name.endsWith(" ")) {
    return Option.some("ends in a dot or a space")
  }
  return WINDOWS_DEVICE.test((name.split(".", 1)[0] ?? "").trimEnd())
    ? Option.some("is a Windows device")
    : Option.none()
}

/**
 * Whether every known server takes the path literally as the argument of LIST or NLST. Some read spaces, wildcards or a
 * leading `-` their own way, so that a path with anything but ASCII letters, digits, `.`, `_` and `/` needs CWD first.
 *
 * @since 0.1.0
 * @category guards
 */
export const isLiteralListArgument = (path: string): boolean => /^[A-Za-z0-9._/]+$/.test(path)
