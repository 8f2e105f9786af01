/**
 * Hashes of remote files: which a server lists, what asks for them, and what its answer says.
 *
 *     S:  HASH CRC32;MD5;SHA-1*;SHA-256;     FEAT; * is the one in force
 *     C: OPTS HASH SHA-256                   draft-bryan-ftp-hash §3
 *     S: 200 SHA-256
 *     C: HASH a b.txt                        S: 213 SHA-256 0-5 2cf2… a b.txt
 *     C: XSHA256 "a b.txt"                   S: 250 2CF2…              (XCRC, XMD5, XSHA, XSHA1, XSHA512 alike)
 *     C: MD5 a b.txt                         S: 251 a b.txt 5D41…
 *
 * Servers differ in case, in the code, in lines before the answer, and in whether the name is in it. A file may be
 * named like a hash, its own even, so the name is taken out of the answer before the hash is looked for.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Command from "./Command.ts"
import * as Features from "./Features.ts"
import * as RemotePath from "./RemotePath.ts"
import * as Reply from "./Reply.ts"
import * as WholeNumber from "./WholeNumber.ts"

/**
 * By their names in HASH. `CRC32`, `MD5` and `SHA-1` detect accidents only, not an attacker.
 *
 * @since 0.1.0
 * @category models
 */
export type Algorithm = "SHA-512" | "SHA-256" | "SHA-1" | "MD5" | "CRC32"

/**
 * A hash of all of a file, in lower-case hexadecimal of the algorithm's full length.
 *
 * @since 0.1.0
 * @category models
 */
export interface Digest {
  readonly algorithm: Algorithm
  readonly value: string
}

/**
 * All algorithms, in the order in which they are preferred: SHA-256 is as good as SHA-512 here, and costs a server with
 * instructions for it a third.
 *
 * @since 0.1.0
 * @category constants
 */
export const algorithms: ReadonlyArray<Algorithm> = ["SHA-256", "SHA-512", "SHA-1", "MD5", "CRC32"]

const DIGITS: { readonly [A in Algorithm]: number } = {
  "SHA-512": 128,
  "SHA-256": 64,
  "SHA-1": 40,
  MD5: 32,
  CRC32: 8
}

/**
 * A way to have a hash. `select` is the argument of OPTS that has to come first, if the algorithm is not in force.
 *
 * @since 0.1.0
 * @category models
 */
export interface Question {
  readonly algorithm: Algorithm
  readonly command: Command.Command
  readonly select: boolean
}

/**
 * The algorithm that HASH uses after the login: the one with the `*` in FEAT.
 *
 * @since 0.1.0
 * @category getters
 */
export const inForce = (features: Features.Features): Option.Option<Algorithm> =>
  Option.fromNullable(hashLine(features).find(({ marked }) => marked)?.algorithm)

/**
 * The algorithms that FEAT lists, for HASH or by a verb of their own, the preferred first.
 *
 * @since 0.1.0
 * @category getters
 */
export const listed = (features: Features.Features): ReadonlyArray<Algorithm> => {
  const byHash = new Set(hashLine(features).map(({ algorithm }) => algorithm))
  return algorithms.filter(
    (algorithm) => byHash.has(algorithm) || VERBS[algorithm].some((verb) => Features.has(features, verb))
  )
}

/**
 * How to ask for the hash of a path, the best way first: what FEAT lists, and HASH if it lists no way, as a missing
 * line is no missing ability (RFC 2389 §3.2).
 *
 * @example
 * ```ts
 * import * as Features from "@ftp-effect/core/protocol/Features"
 * import * as HashReply from "@ftp-effect/core/protocol/HashReply"
 *
 * const questions = HashReply.questions(Features.empty, "pub/a", "SHA-256")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const questions = (features: Features.Features, path: string, algorithm: Algorithm): ReadonlyArray<Question> => {
  const offered = hashLine(features).find((offer) => offer.algorithm === algorithm)
  const hash: Question = { algorithm, command: Command.hash(path), select: offered?.marked !== true }
  const verbs = VERBS[algorithm]
    .filter((verb) => Features.has(features, verb))
    .map(
      (verb): Question => ({
        algorithm,
        command: { verb, argument: verb === "MD5" ? path : argumentOf(features, verb, path) },
        select: false
      })
    )
  if (offered === undefined) {
    return verbs.length > 0 ? verbs : [hash]
  }
  // Only HASH and MD5 take every name as it is: to the others, a space may begin a range and a quote end the name.
  return !hash.select || AWKWARD.test(path) ? [hash, ...verbs] : [...verbs, hash]
}

/**
 * The hash in the answer to `command`. `None` for a refusal, and if no hash of the algorithm can be read with
 * certainty: HASH that used another one, or two different ones in one line.
 *
 * @example
 * ```ts
 * import * as HashReply from "@ftp-effect/core/protocol/HashReply"
 * import * as Reply from "@ftp-effect/core/protocol/Reply"
 *
 * const digest = HashReply.parse(Reply.make(213, "MD5 0-0 d41d8cd98f00b204e9800998ecf8427e a"), "a", "MD5")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (reply: Reply.Reply, path: string, algorithm: Algorithm): Option.Option<Digest> => {
  if (!Reply.isCompletion(reply)) {
    return Option.none()
  }
  for (const line of reply.lines.toReversed()) {
    const found = inLine(line.trim(), path, algorithm)
    if (found !== undefined) {
      return Option.map(found, (value) => ({ algorithm, value: value.toLowerCase().padStart(DIGITS[algorithm], "0") }))
    }
  }
  return Option.none()
}

/** `undefined` if the line is not the one, `None` if it is and can't be believed. */
const inLine = (line: string, path: string, algorithm: Algorithm): Option.Option<string> | undefined => {
  const [, name = "", from = "0", value = ""] = STANDARD.exec(line) ?? []
  const named = fromName(name)
  if (named !== undefined) {
    const isWhole = Option.contains(WholeNumber.parse(from), 0)
    return isWhole && isHash(value, algorithm) && named === algorithm ? Option.some(value) : Option.none()
  }
  const hashes = withoutName(line, path)
    .split(/\s+/)
    .filter((word) => isHash(word, algorithm))
  const [first] = hashes
  return first === undefined
    ? undefined
    : hashes.every((hash) => hash.toLowerCase() === first.toLowerCase())
      ? Option.some(first)
      : Option.none()
}

/** The algorithm, perhaps the range, and the hash; the name after it may be anything. A range begins with the file. */
const STANDARD = /^([A-Za-z][\w-]{1,15})\s+(?:(\d+)-\d+\s+)?([0-9A-Fa-f]+)(?:\s|$)/

/** XCRC may be printed without its leading zeros. */
const isHash = (word: string, algorithm: Algorithm): boolean =>
  /^[0-9A-Fa-f]+$/.test(word) &&
  (algorithm === "CRC32" ? word.length <= DIGITS[algorithm] : word.length === DIGITS[algorithm])

/** A name stands before the hash (MD5) or after it, as it was asked for, without its directory, quoted, or absolute. */
const withoutName = (line: string, path: string): string => {
  for (const name of [path, `"${path}"`, RemotePath.baseName(path)]) {
    if (name !== "" && line.length > name.length) {
      if (line.startsWith(`${name} `)) {
        return line.slice(name.length + 1)
      }
      if (line.endsWith(` ${name}`)) {
        return line.slice(0, -name.length - 1)
      }
    }
  }
  return line
}

/** RFC 2389 leaves case and dashes to the server: `SHA1`, `sha-256`, `CRC-32`. */
const fromName = (name: string): Algorithm | undefined => {
  const bare = name.toUpperCase().replaceAll("-", "")
  return algorithms.find((algorithm) => algorithm.replaceAll("-", "") === bare)
}

const hashLine = (
  features: Features.Features
): ReadonlyArray<{ readonly algorithm: Algorithm; readonly marked: boolean }> =>
  Features.parameters(features, "HASH")
    .flatMap((names) => names.split(/[;,\s]+/))
    .flatMap((name) => {
      const marked = name.endsWith("*")
      const algorithm = fromName(marked ? name.slice(0, -1) : name)
      return algorithm === undefined ? [] : [{ algorithm, marked }]
    })

/** The verbs of each algorithm. `XSHA` is SHA-1 wherever it is known. */
const VERBS: { readonly [A in Algorithm]: ReadonlyArray<string> } = {
  "SHA-512": ["XSHA512"],
  "SHA-256": ["XSHA256"],
  "SHA-1": ["XSHA1", "XSHA"],
  MD5: ["XMD5", "MD5"],
  CRC32: ["XCRC"]
}

const AWKWARD = /[\s"]/

/** `XCRC "filename" SP EP` in FEAT asks for quotes; ProFTPD needs them for a name with a space (501 without). */
const argumentOf = (features: Features.Features, verb: string, path: string): string =>
  !path.includes('"') &&
  (path.includes(" ") || Features.parameters(features, verb).some((syntax) => syntax.includes('"')))
    ? `"${path}"`
    : path
