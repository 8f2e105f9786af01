/**
 * The login directory is not removed, however it is named: with it goes what every relative path leads to.
 *
 *     /home/ann   /home   ../ann              with slashes: where the directory that holds the path leads, and its name
 *     /HOME/Ann                           the same where case does not count: the server is asked
 *     []   [-]   DISK:[ANNA]   SYS$LOGIN:     OpenVMS: where the server is after CWD
 *     'ANNA.'                                 z/OS: the same
 */
import { type ClientError, FtpClient, isInside } from "@ftp-effect/core/FtpClient"
import * as NativePath from "@ftp-effect/core/protocol/NativePath"
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"

/** A relative path of usual names leads below the login directory on every system, so the server is not asked. */
const LEADS_ELSEWHERE = /^\/|^\.\.(?:\/|$)|[[\]:']/

/** The first of the paths that is the login directory or a root, or that holds one. */
export const firstIn = (paths: ReadonlyArray<string>): Effect.Effect<Option.Option<string>, ClientError, FtpClient> =>
  Effect.findFirst(
    paths.filter((path) => LEADS_ELSEWHERE.test(RemotePath.normalise(path))),
    holdsHome
  )

const holdsHome = (path: string): Effect.Effect<boolean, ClientError, FtpClient> =>
  Effect.gen(function* () {
    const client = yield* FtpClient
    const { withSession, workingDirectory } = client
    const home = yield* workingDirectory
    const expected = NativePath.resolve(home, path)
    const holds = (at: string) => (NativePath.isRoot(at) ? Effect.succeed(true) : isInside(client, home, at))
    if (yield* holds(expected)) {
      return true
    }
    const isNative = NativePath.syntaxOf(home) !== "Slashes"
    // A link to the login directory is only a link: so its last name is not followed.
    const [directory, place] = isNative ? [path, expected] : [RemotePath.parent(path), RemotePath.parent(expected)]
    const resolved = yield* withSession((session) => session.resolveDirectory(directory, place)).pipe(
      Effect.catchIf(isNone, () => Effect.succeed(place))
    )
    return yield* holds(isNative ? resolved : RemotePath.join(resolved, RemotePath.baseName(expected)))
  }).pipe(
    // A server that can't say where it is has no absolute path of its login directory.
    Effect.catchIf(isNone, () => Effect.succeed(false))
  )

const isNone = ({ _tag }: ClientError): boolean =>
  _tag === "FtpRejected" || _tag === "FtpProtocolViolation" || _tag === "FtpUsageError"
