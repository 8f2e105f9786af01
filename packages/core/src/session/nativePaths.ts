/**
 * The paths of listed entries on systems without slashes. Only dialects of such systems are asked about, and the answer
 * is kept: an imitation of their listings by a server with slashes is recognised by its PWD.
 *
 *     S: A.TXT;4   2/9   14-OCT-2023 17:20   [GRP,ANNA] (RWED,,)
 *     C: PWD
 *     S: 257 "DISK:[ANNA]"                  the path of the file is DISK:[ANNA]A.TXT;4
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Listing from "../protocol/Listing.ts"
import * as NativePath from "../protocol/NativePath.ts"
import type { SessionContext } from "./context.ts"
import { currentDirectory } from "./directory.ts"
import type { ListFailure } from "./listingAnswer.ts"

const DIALECTS: ReadonlySet<string> = new Set(["Vms", "Mvs"])

/** Whether the last listing may be one of a system without slashes. */
export const mayBeNative = ({ capabilities: { listing } }: SessionContext): boolean =>
  Option.exists(listing.dialect, (dialect) => DIALECTS.has(dialect))

/** Slashes, unless the last listing was of a system without. */
export const syntaxOf = (context: SessionContext): Effect.Effect<NativePath.Syntax, ListFailure> =>
  mayBeNative(context) ? asked(context) : Effect.succeed("Slashes")

/** A server that does not say where it is has slashes. */
const asked = (context: SessionContext): Effect.Effect<NativePath.Syntax, ListFailure> =>
  Effect.catchIf(
    Effect.map(currentDirectory(context), NativePath.syntaxOf),
    ({ _tag }) => _tag === "FtpRejected" || _tag === "FtpProtocolViolation",
    () => Effect.succeed("Slashes" as const)
  )

/** The listing of `directory`, with each path as the system writes it. */
export const joined = (
  context: SessionContext,
  directory: string,
  listing: Listing.Listed<string>
): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  Option.exists(listing.dialect, (dialect) => DIALECTS.has(dialect))
    ? Effect.map(asked(context), (syntax) =>
        syntax === "Slashes"
          ? listing
          : {
              ...listing,
              entries: listing.entries.map((entry) => ({
                ...entry,
                path: NativePath.join(syntax, directory, entry)
              }))
            }
      )
    : Effect.succeed(listing)
