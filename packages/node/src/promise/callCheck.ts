/**
 * Whether the arguments of a call are what their types say. `given` and the library check what is in the values; here is what
 * would otherwise be no error, or none that names the argument.
 */
import type { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as HashReply from "@ftp-effect/core/protocol/HashReply"
import * as Predicate from "effect/Predicate"
import * as Checks from "../options/checks.ts"
import { isSignal } from "./abort.ts"

const { callback, either, flag, limitFrom, oneOf, text, wholeFrom } = Checks

/** The permission bits, with those for set-user-id, set-group-id and sticky. */
const MOST_BITS = 0o7777

const mode = Checks.when(
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MOST_BITS,
  "the permission bits as a number, like 0o644"
)

const onServer: readonly [string, Checks.Check] = ["path", text]

const onDisk: readonly [string, Checks.Check] = [
  "localPath",
  Checks.when((value) => typeof value === "string" && value !== "", "the path of a local file")
]

const command = Checks.unshown((value) => Predicate.isRecord(value) && "verb" in value, 'like Command.site("HELP")')

/** The arguments of methods, in their order, by the names of the methods. */
const ARGUMENTS: Readonly<Record<string, ReadonlyArray<readonly [argument: string, check: Checks.Check]>>> = {
  ...Object.fromEntries(
    [
      ...["stat", "exists", "leadsToDirectory", "list", "listing", "entries", "walk", "download", "readFile"],
      ...["readFileString", "upload", "append", "makeDirectory", "remove", "size", "modified"]
    ].map((method) => [method, [onServer]])
  ),
  toFile: [onServer, onDisk],
  fromFile: [onDisk, onServer],
  uploadTree: [onDisk, onServer],
  uploadTreeEvents: [onDisk, onServer],
  downloadTree: [onServer, onDisk],
  downloadTreeEvents: [onServer, onDisk],
  makeDirectories: [["paths", Checks.texts]],
  rename: [
    ["from", text],
    ["to", text]
  ],
  setModified: [onServer, ["at", Checks.when(Predicate.isDate, "a Date")]],
  hash: [onServer, ["algorithm", oneOf(...HashReply.algorithms)]],
  chmod: [onServer, ["mode", mode]],
  withSession: [["use", callback]],
  run: [["command", command]],
  receive: [["command", command]],
  transmit: [["command", command]]
}

/** What may be left out. */
const OPTIONAL: ReadonlySet<string> = new Set(["algorithm"])

/** Their names mean the same in all methods. */
const OPTIONS = Checks.record({
  signal: Checks.when(isSignal, "an AbortSignal"),
  onProgress: callback,
  onRetry: callback,
  onResume: callback,
  onStore: callback,
  onKept: callback,
  onTimeSet: callback,
  onUnproven: callback,
  onFailure: callback,
  onEvent: callback,
  enter: callback,
  onUnread: either("a function or one of Fail, Warn, Ignore", callback, oneOf("Fail", "Warn", "Ignore")),
  recursive: flag,
  force: flag,
  home: flag,
  long: flag,
  ignoreSize: flag,
  concurrency: limitFrom(1),
  depth: limitFrom(0),
  maxEntries: limitFrom(0),
  capacity: limitFrom(1),
  segments: either("a whole number from 1 on, or auto", oneOf("auto"), wholeFrom(1)),
  existing: oneOf("Replace", "Fail"),
  partialFile: oneOf("Keep", "Remove"),
  changed: oneOf("Fail", "StartOver"),
  durability: oneOf("Written", "Synced"),
  resume: oneOf("IfVerified", "IfRecorded", "Never")
})

const ofListing = Checks.record({ times: flag })

/** The options that only some methods have, or whose names mean something else in others. `FtpMirror` checks its own. */
const OWN_OPTIONS: Readonly<Record<string, Checks.Check>> = {
  list: ofListing,
  listing: ofListing,
  entries: ofListing,
  walk: ofListing,
  upload: Checks.record({ atomic: flag }),
  fromFile: Checks.record({ atomic: flag, times: oneOf("Keep", "IfPossible", "Now") }),
  toFile: Checks.record({ times: oneOf("IfPossible", "Now"), expectedSize: wholeFrom(0) })
}

/** The first argument that is wrong. */
export const wrongArgument = (method: string, args: ReadonlyArray<unknown>): FtpUsageError | undefined => {
  const checks = ARGUMENTS[method] ?? []
  for (const [index, [argument, check]] of checks.entries()) {
    const isLeftOut = args[index] === undefined && OPTIONAL.has(argument)
    const wrong = isLeftOut ? undefined : check(args[index], argument)
    if (wrong !== undefined) {
      return wrong
    }
  }
  const last = args.length > checks.length ? args.at(-1) : undefined
  return isPlain(last) ? (OPTIONS(last, "") ?? OWN_OPTIONS[method]?.(last, "")) : undefined
}

/** What is uploaded may be the last argument, too. */
const isPlain = (value: unknown): boolean =>
  Predicate.isRecord(value) && Object.getPrototypeOf(value) === Object.prototype && !("open" in value)
