/**
 * The login directory is not removed, however it is named: with it goes what every relative path leads to.
 *
 *     ""   .   /   ..   a/..              they name no entry: refused as they are
 *     /home/ann   /home   ../ann          with slashes: where the directory that holds the path leads, and its name
 *     /HOME/Ann                           the same where case does not count: the server is asked
 *     []   [-]   DISK:[ANNA]   SYS$LOGIN:     OpenVMS: where the server is after CWD
 *     'ANNA.'                                 z/OS: the same
 *     ~   ~ann   \   ..\..   {.,x}   "a."      what some server expands, or some system takes for another: the same
 */
import * as Effect from "effect/Effect"
import * as NativePath from "../protocol/NativePath.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import { isNoDirectory } from "../session/directory.ts"
import { isInside } from "./nameCase.ts"
import type { ClientError } from "./options.ts"
import type { FtpClient } from "./service.ts"

/** The calls that it takes to find out. */
type Asked = Pick<FtpClient, "stat" | "withSession" | "workingDirectory">

/** A relative path of usual names leads below the login directory on every system, so the server is not asked. */
const LEADS_ELSEWHERE = /^\/|^\.\.(?:\/|$)|[[\]:']/

/**
 * What can mean another path than it shows: servers expand `~`, and patterns in CWD and DELE (wu-ftpd); Windows takes
 * backslashes for slashes, and no dots or blanks at the end of a name.
 */
const CAN_BE_ANOTHER = /[~\\*?{}]|(?:^|\/)(?!\.\.(?:\/|$))[^/]*[. ](?:\/|$)/

/**
 * Whether a path names no entry of a directory, as `""`, `"."`, `"/"` and `"a/.."` do: it is the login directory, the root
 * or a directory above.
 *
 * @example
 * ```ts
 * import * as FtpClient from "@ftp-effect/core/FtpClient"
 *
 * const isRefused = FtpClient.isNameless("logs/..") // true
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const isNameless = (path: string): boolean =>
  /^(?:|\.|\.\.)$/.test(RemotePath.baseName(RemotePath.normalise(path)))

/**
 * Whether a path is the login directory or a root, or a directory that holds the login directory. The server is asked if the path
 * does not show it. One that has no PWD has no absolute path of its login directory: false. Every other failure of a question
 * is that of the call.
 *
 * @example
 * ```ts
 * import * as FtpClient from "@ftp-effect/core/FtpClient"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.flatMap(FtpClient.make, (ftp) => FtpClient.holdsLoginDirectory(ftp, "/home/ann"))
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const holdsLoginDirectory = (
  client: Pick<FtpClient, "stat" | "withSession" | "workingDirectory">,
  path: string
): Effect.Effect<boolean, ClientError> =>
  isNameless(path)
    ? Effect.succeed(true)
    : CAN_BE_ANOTHER.test(RemotePath.normalise(path))
      ? ask(client, path, true)
      : LEADS_ELSEWHERE.test(RemotePath.normalise(path))
        ? ask(client, path, false)
        : Effect.succeed(false)

const ask = (client: Asked, path: string, canBeAnother: boolean): Effect.Effect<boolean, ClientError> =>
  Effect.gen(function* () {
    const { withSession, workingDirectory } = client
    const home = yield* workingDirectory
    const expected = NativePath.resolve(home, path)
    const holds = (at: string) => (NativePath.isRoot(at) ? Effect.succeed(true) : isInside(client, home, at))
    if (yield* holds(expected)) {
      return true
    }
    const isWhole = canBeAnother || NativePath.syntaxOf(home) !== "Slashes"
    // A link to the login directory is only a link: so its last name is not followed, where that is a name for certain.
    const [directory, place] = isWhole ? [path, expected] : [RemotePath.parent(path), RemotePath.parent(expected)]
    const resolved = yield* withSession((session) => session.resolveDirectory(directory, place)).pipe(
      Effect.catchIf(isNoPlace, () => Effect.succeed(place))
    )
    return yield* holds(isWhole ? resolved : RemotePath.join(resolved, RemotePath.baseName(expected)))
  }).pipe(Effect.catchIf(isUnsupported, () => Effect.succeed(false)))

/** No directory that can be entered, or no path that the system can have. */
const isNoPlace = (error: ClientError): boolean => error._tag === "FtpUsageError" || isNoDirectory(error)

const isUnsupported = (error: ClientError): boolean => error._tag === "FtpRejected" && error.reason === "Unsupported"
