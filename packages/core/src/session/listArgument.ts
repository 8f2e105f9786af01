/**
 * Whether MLSD and LIST list the directory that they name. Some servers list the current directory, whatever is named
 * (uftpd, SimpleFTPServer, FubarDev): a tree would never end, and its removal would remove other files.
 *
 *     C: MLSD pub/a
 *     S: 150 ... b, c ... 226        no entry `pub`, so it is not the directory that we are in, if `pub/a` is there
 *     C: CWD pub/a                   it is; else `pub/a` is missing, and the listing of another directory
 *     S: 250
 *     C: MLSD                        only if there was an entry `pub`, or where we are does not show what it would be
 *     C: CWD /home
 *
 *     unknown ──the same is listed from inside──────► works: the argument is used from then on
 *        └──────something else is listed inside─────► fails: CWD is
 *
 * That is done once for each verb and server. An entry `pub` in `pub` itself leaves it unknown until the next listing; so
 * does a listing that was made from inside at once, as LIST does after a refusal. On a server without PWD there is no way
 * back from a CWD, so the argument is taken at its word.
 */
import * as Effect from "effect/Effect"
import type * as Listing from "../protocol/Listing.ts"
import * as NameSet from "../protocol/listing/NameSet.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import type { SessionContext } from "./context.ts"
import { confirmDirectory, currentDirectory, inDirectory } from "./directory.ts"
import type { ListFailure } from "./listingAnswer.ts"

type Answer = Effect.Effect<Listing.Listed<string>, ListFailure>

/** What was listed when the verb was given a path. */
export interface Named {
  readonly listing: Listing.Listed<string>
  /**
   * What the argument brought: `undefined` if it was refused, or could not be read. If it is not the listing, that was
   * made inside the directory, and shows nothing of the argument by itself.
   */
  readonly answer: Listing.Listed<string> | undefined
}

/** The two ways to list one directory; the second is for when the session is in it. */
interface Ways {
  readonly byArgument: Effect.Effect<Named, ListFailure>
  readonly inside: Answer
}

/** Of an argument that was answered with the listing. */
export const named = (listing: Listing.Listed<string>): Named => ({ listing, answer: listing })

/** Lists a directory by the argument of a verb, if the server honours that, else from inside. */
export const checked = (
  context: SessionContext,
  capability: "MLSD path" | "LIST path",
  path: string,
  { byArgument, inside }: Ways
): Answer =>
  Effect.suspend(() => {
    const { capabilities } = context
    const known = capabilities.get(capability)
    if (known !== "Unknown") {
      return known === "Works" ? Effect.map(byArgument, ({ listing }) => listing) : inDirectory(context, path, inside)
    }
    return Effect.gen(function* () {
      const { answer, listing } = yield* byArgument
      if (answer !== listing) {
        if (answer !== undefined && listing.entries.length > 0 && !areSame(answer, listing)) {
          capabilities.set(capability, false)
        }
        return listing
      }
      const first = (yield* hasWayBack(context)) ? yield* firstStep(context, path) : "None"
      if (first === "None") {
        return listing
      }
      if (first !== "Unclear" && !hasName(listing, first.name)) {
        yield* confirmDirectory(context, path)
        capabilities.set(capability, true)
        return listing
      }
      const proven = yield* inDirectory(context, path, inside)
      if (!areSame(listing, proven)) {
        capabilities.set(capability, false)
      } else if (first === "Unclear" && proven.entries.length > 0) {
        capabilities.set(capability, true)
      }
      return proven
    })
  })

/** PWD names it; the answer is kept. */
const hasWayBack = (context: SessionContext): Effect.Effect<boolean, ListFailure> =>
  Effect.catchIf(
    Effect.as(currentDirectory(context), true),
    ({ _tag }) => _tag === "FtpRejected" || _tag === "FtpProtocolViolation",
    () => Effect.succeed(false)
  )

/**
 * The entry of the current directory that leads to the path. `"None"`: the path is that directory. `"Unclear"`: it
 * leads elsewhere, or by a name that the server may hide, or list in another spelling.
 */
const firstStep = (
  context: SessionContext,
  path: string
): Effect.Effect<"None" | "Unclear" | { readonly name: string }, ListFailure> =>
  Effect.gen(function* () {
    const target = RemotePath.normalise(path)
    const relative = RemotePath.isAbsolute(target)
      ? below(RemotePath.normalise(yield* currentDirectory(context)), target)
      : target
    if (relative === "." || relative === undefined) {
      return relative === undefined ? "Unclear" : "None"
    }
    const name = relative.split("/", 1)[0] ?? ""
    return PLAIN_NAME.test(name) ? { name } : "Unclear"
  })

/** The path as seen from the directory, if it is in it. */
const below = (directory: string, path: string): string | undefined =>
  path === directory
    ? "."
    : directory === "/"
      ? path.slice(1)
      : path.startsWith(`${directory}/`)
        ? path.slice(directory.length + 1)
        : undefined

/** Not hidden by a dot, nor shortened (`PROGRA~1`), nor with letters that have several codes, nor cut at its end. */
const PLAIN_NAME = /^\w(?:[\w .-]*\w)?$/

/** Servers that don't care about case list the name in another one. */
const hasName = ({ entries }: Listing.Listed<string>, name: string): boolean => {
  const wanted = name.toLowerCase()
  return entries.some((entry) => entry.name.toLowerCase() === wanted)
}

const areSame = (one: Listing.Listed<string>, other: Listing.Listed<string>): boolean =>
  one.entries.length === other.entries.length && NameSet.includes(one.entries, other.entries)
