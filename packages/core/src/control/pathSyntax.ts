/**
 * Paths in commands, as the server writes them. All floors above join paths with slashes, below what a user or a listing
 * has named; what has no slashes goes out as it is.
 *
 *     RETR DISK:[ANNA]/SUB/A.TXT   ──OpenVMS──► RETR DISK:[ANNA.SUB]A.TXT
 *     MKD  SUB/DEEP                ──OpenVMS──► MKD [.SUB.DEEP]
 *     SITE CHMOD 644 SUB/A.TXT     ──OpenVMS──► SITE CHMOD 644 [.SUB]A.TXT
 *     STOR 'ANNA.LIB.CNTL'/MEMBER  ──z/OS─────► STOR 'ANNA.LIB.CNTL(MEMBER)'
 *     MKD  'ANNA.LIB.CNTL'/SUB     ──z/OS─────► refused: z/OS has no directory in a partitioned data set
 *
 * `DISK:[ANNA]/A` can be a path with slashes too, of a directory with an odd name. So before the first command with such
 * a path the server is asked: see `pathSyntaxQuestion`.
 */
import * as Either from "effect/Either"
import { FtpUsageError } from "../base/FtpError.ts"
import type * as Command from "../protocol/Command.ts"
import * as NativePath from "../protocol/NativePath.ts"
import type { ChannelState } from "./channelState.ts"

/** The verbs whose whole argument is a path, and of what. */
const KINDS: ReadonlyMap<string, NativePath.Kind> = new Map([
  ...["CWD", "XCWD", "MKD", "XMKD", "RMD", "XRMD", "RMDA", "LIST", "NLST", "MLSD"].map(
    (verb) => [verb, "Directory"] as const
  ),
  ...["RETR", "STOR", "APPE", "DELE", "SIZE", "MDTM", "MLST", "RNFR", "RNTO", "HASH", "XCRC", "MD5"].map(
    (verb) => [verb, "File"] as const
  ),
  ...["XMD5", "XSHA1", "XSHA256", "XSHA512"].map((verb) => [verb, "File"] as const)
])

/** What is answered by a refusal if the path is no directory. */
const QUESTIONS: ReadonlySet<string> = new Set(["CWD", "XCWD", "LIST", "NLST", "MLSD"])

/** `-a`, before the path or alone. */
const OPTIONS = /^-[A-Za-z]+(?: |$)/

/** What has a word or more before the path of a file, and perhaps some after it. */
const AMONG_WORDS: ReadonlyMap<string, ReadonlyArray<RegExp>> = new Map([
  ["MFMT", [/^(\S* )(.*)$/s]],
  ["MFF", [/^(\S* )(.*)$/s]],
  ["MDTM", [/^(\d{14} )(.+)$/s]],
  ["SITE", [/^(UTIME )(.+)((?: \d{14}){3} UTC)$/is, /^(UTIME \d{12,14} )(.+)$/is, /^(CHMOD [0-7]+ )(.+)$/is]]
])

interface Named {
  /** What is before the path. */
  readonly head: string
  readonly path: string
  /** What is after it. */
  readonly tail: string
  readonly kind: NativePath.Kind
}

const named = ({ argument, verb }: Command.Command): Named | undefined => {
  if (typeof argument !== "string") {
    return undefined
  }
  for (const form of AMONG_WORDS.get(verb) ?? []) {
    const [, head, path, tail = ""] = form.exec(argument) ?? []
    if (head !== undefined && path !== undefined) {
      return { head, path, tail, kind: "File" }
    }
  }
  const kind = KINDS.get(verb)
  if (kind === undefined) {
    return undefined
  }
  const head = verb === "LIST" || verb === "NLST" ? (OPTIONS.exec(argument)?.[0] ?? "") : ""
  return { head, path: argument.slice(head.length), tail: "", kind }
}

/** Whether the server has slashes alone: each command goes out as it is. */
export const isPlain = ({ paths: { home, system } }: Pick<ChannelState, "paths">): boolean =>
  system === "Slashes" && home === "Slashes"

/** Whether the server is to be asked before the command is sent. */
export const isUnknown = ({ paths }: Pick<ChannelState, "paths">, command: Command.Command): boolean =>
  paths.system === "Unknown" && NativePath.hasSlashes(named(command)?.path ?? "")

/** The command as it goes out, or why it can't. */
export const translate = (
  { paths: { home, system } }: Pick<ChannelState, "paths">,
  command: Command.Command
): Command.Command | FtpUsageError => {
  if ((system === "Unknown" || system === "Slashes") && (home === "Unknown" || home === "Slashes")) {
    return command
  }
  const found = named(command)
  if (found === undefined) {
    return command
  }
  const { head, kind, path, tail } = found
  const like = NativePath.looksLike(path)
  const syntax = like === "Slashes" ? home : like === system ? system : "Slashes"
  if (syntax === "Unknown") {
    return command
  }
  const native = NativePath.toNative(syntax, path, kind)
  // To ask whether a file is a directory is no mistake: the server says no.
  const asked =
    Either.isLeft(native) && QUESTIONS.has(command.verb) ? NativePath.toNative(syntax, path, "File") : native
  return Either.match(Either.isRight(asked) ? asked : native, {
    onLeft: (none) =>
      new FtpUsageError({ argument: `argument of ${command.verb}: ${path}`, why: NativePath.describe(none) }),
    onRight: (native) => ({ ...command, argument: `${head}${native}${tail}` })
  })
}

/** What the reply to PWD in the login directory shows. */
export const learn = (paths: ChannelState["paths"], home: string): void => {
  paths.home = NativePath.syntaxOf(home)
  if (paths.home !== "Slashes") {
    paths.system = paths.home
  }
}
