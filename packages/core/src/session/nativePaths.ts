/**
 * The paths of listed entries on systems without slashes, and which system writes a path. Only dialects of such systems
 * are asked about, and the answer is kept: an imitation of their listings by a server with slashes is recognised by its
 * PWD.
 *
 *     S: A.TXT;4   2/9   14-OCT-2023 17:20   [GRP,ANNA] (RWED,,)
 *     C: PWD
 *     S: 257 "DISK:[ANNA]"                  the path of the file is DISK:[ANNA]A.TXT;4
 *
 *     `DISK:[ANNA]` was named by a user:     PWD, and SYST if that has slashes (`control/pathSyntaxQuestion`)
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import type * as Listing from "../protocol/Listing.ts"
import * as NativePath from "../protocol/NativePath.ts"
import type { SessionContext } from "./context.ts"
import { currentDirectory } from "./directory.ts"
import type { ListFailure } from "./listingAnswer.ts"

const DIALECTS: ReadonlySet<string> = new Set(["Vms", "Mvs"])

/** Whether the last listing may be one of a system without slashes. */
export const mayBeNative = ({ capabilities: { listing } }: SessionContext): boolean =>
  Option.exists(listing.dialect, (dialect) => DIALECTS.has(dialect))

/** How the server writes a path, as far as it has to be known to take it apart: slashes show that themselves. */
export const syntaxOf = (context: SessionContext, path: string): Effect.Effect<NativePath.Syntax, CommandError> =>
  Effect.suspend(() => {
    const { paths } = context.capabilities
    const like = NativePath.looksLike(path)
    if (like === "Slashes") {
      return Effect.succeed(paths.home === "Unknown" || path.startsWith("/") ? "Slashes" : paths.home)
    }
    if (like === "Mvs" && !path.startsWith("'")) {
      return Effect.map(paths.home === "Unknown" ? asked(context) : Effect.succeed(paths.home), (home) =>
        home === "Mvs" ? home : "Slashes"
      )
    }
    const found = (): NativePath.Syntax => (paths.system === like ? like : "Slashes")
    return paths.system === "Unknown"
      ? Effect.map(context.control.learnForms(Command.cwd(`${path}/`)), found)
      : Effect.sync(found)
  })

/** The same for what is to be joined below a path: then it matters for every path but an absolute one with slashes. */
export const treeSyntaxOf = (context: SessionContext, root: string): Effect.Effect<NativePath.Syntax, CommandError> =>
  Effect.suspend(() =>
    context.capabilities.paths.home === "Unknown" && !root.startsWith("/")
      ? Effect.zipRight(asked(context), syntaxOf(context, root))
      : syntaxOf(context, root)
  )

/** `.` has no form of its own on z/OS. */
export const toList = ({ capabilities: { paths } }: SessionContext, path: string): string =>
  path === "." && (paths.home === "Vms" || paths.home === "Mvs") ? "" : path

/** A server that does not say where it is has slashes. */
const here = (context: SessionContext): Effect.Effect<string, CommandError> =>
  Effect.catchIf(
    currentDirectory(context),
    ({ _tag }) => _tag === "FtpRejected" || _tag === "FtpProtocolViolation",
    () => Effect.succeed("/")
  )

const asked = (context: SessionContext): Effect.Effect<NativePath.Syntax, CommandError> =>
  Effect.map(here(context), NativePath.syntaxOf)

/** The listing of `directory`, with each path as the system writes it. */
export const joined = (
  context: SessionContext,
  directory: string,
  listing: Listing.Listed<string>
): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  Option.exists(listing.dialect, (dialect) => DIALECTS.has(dialect))
    ? Effect.map(here(context), (at) => {
        const syntax = NativePath.syntaxOf(at)
        if (syntax === "Slashes") {
          return listing
        }
        // The root of a device of OpenVMS has itself as an entry, `000000.DIR;1`.
        const isRoot = NativePath.isRoot(NativePath.resolve(at, directory))
        return {
          ...listing,
          entries: listing.entries
            .filter(({ name, type }) => !(isRoot && type === "Directory" && name === "000000"))
            .map((entry) => ({ ...entry, path: NativePath.join(syntax, directory, entry) }))
        }
      })
    : Effect.succeed(listing)
