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
 * back from a CWD, so an answer with entries is taken at its word. No server is known that ignores the argument and lists
 * other entries, but not `pub`.
 *
 * An empty answer shows nothing, as the current directory may be one that lists nothing of what is in it. Until it is proven
 * that the argument is honoured, it is compared with another listing:
 *
 *     C: MLSD pub/a
 *     S: 150 226
 *     C: CWD pub/a, MLSD             that one is believed
 *
 *     hint of a profile: works, or no PWD
 *     C: MLSD                        with entries: it is not what was listed, so it works
 *     C: MLSD /                      no PWD, and none: entries here show the same
 *     C: CWD pub/a, MLSD             none: that one is believed; without PWD the session ends then
 */
import * as Effect from "effect/Effect"
import type * as Listing from "../protocol/Listing.ts"
import * as NameSet from "../protocol/listing/NameSet.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import type { SessionContext } from "./context.ts"
import { currentDirectory, hasWayBack, inDirectoryAtLast } from "./directory.ts"
import type { ListFailure } from "./listingAnswer.ts"
import { confirmDirectory } from "./visits.ts"

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

/** The ways to list one directory. */
interface Ways {
  readonly byArgument: Effect.Effect<Named, ListFailure>
  /** For when the session is in it. */
  readonly inside: Answer
  /** The current directory, of which no entry is handed out. */
  readonly current: Answer
  /** The root by the argument, of which no entry is handed out either. */
  readonly root: Answer
}

/** Of an argument that was answered with the listing. */
export const named = (listing: Listing.Listed<string>): Named => ({ listing, answer: listing })

/** Lists a directory by the argument of a verb, if the server honours that, else from inside. */
export const checked = (context: SessionContext, capability: Argument, path: string, ways: Ways): Answer =>
  Effect.suspend(() => {
    switch (context.capabilities.get(capability)) {
      case "Unknown":
        return tried(context, capability, path, ways)
      case "Works":
        return believed(context, capability, path, ways)
      case "Fails":
        return inDirectoryAtLast(context, path, ways.inside)
    }
  })

type Argument = "MLSD path" | "LIST path"

/** Whether an answer by the argument needs no other listing beside it. */
export const isSure = ({ capabilities }: SessionContext, capability: Argument, { count }: Listing.Listed<string>) =>
  count > 0 || capabilities.proven(capability) === "Works"

/** Of a server that honours the argument, or did so in an earlier run. */
const believed = (
  context: SessionContext,
  capability: Argument,
  path: string,
  { byArgument, current, inside }: Ways
): Answer =>
  Effect.flatMap(byArgument, ({ answer, listing }) =>
    answer !== listing || isSure(context, capability, listing)
      ? Effect.succeed(listing)
      : Effect.flatMap(hasEntries(current), (isAnother) => {
          if (isAnother) {
            context.capabilities.set(capability, true)
            return Effect.succeed(listing)
          }
          return Effect.tap(inDirectoryAtLast(context, path, inside), (proven) =>
            compare(context, capability, listing, proven)
          )
        })
  )

/** A listing that is refused, or too large, has none that count here. */
const hasEntries = (listing: Answer): Effect.Effect<boolean, ListFailure> =>
  Effect.catchIf(
    Effect.map(listing, ({ count }) => count > 0),
    ({ _tag }) => _tag === "FtpRejected" || _tag === "FtpListingError",
    () => Effect.succeed(false)
  )

/** Whether an empty answer is not that of every argument. */
const isSingular = ({ current, root }: Ways): Effect.Effect<boolean, ListFailure> =>
  Effect.flatMap(hasEntries(current), (isAnother) => (isAnother ? Effect.succeed(true) : hasEntries(root)))

/** Of a server of which it is not known yet. */
const tried = (context: SessionContext, capability: Argument, path: string, ways: Ways): Answer =>
  Effect.gen(function* () {
    const { capabilities } = context
    const { inside } = ways
    const { answer, listing } = yield* ways.byArgument
    if (answer !== listing) {
      if (answer !== undefined && listing.entries.length > 0) {
        yield* compare(context, capability, answer, listing)
      }
      return listing
    }
    const isEmpty = listing.entries.length === 0
    const isKnown = yield* hasWayBack(context)
    if (!isKnown && isEmpty && (yield* isSingular(ways))) {
      capabilities.set(capability, true)
      return listing
    }
    const first = isKnown ? yield* firstStep(context, path) : isEmpty ? "Unclear" : "None"
    if (first === "None") {
      return listing
    }
    if (!isEmpty && first !== "Unclear" && !hasName(listing, first.name)) {
      yield* confirmDirectory(context, path)
      capabilities.set(capability, true)
      return listing
    }
    const proven = yield* inDirectoryAtLast(context, path, inside)
    yield* compare(context, capability, listing, proven)
    if (first === "Unclear" && proven.entries.length > 0 && areSame(listing, proven)) {
      capabilities.set(capability, true)
    }
    return proven
  })

/** If something else is listed inside, the argument fails. */
const compare = (
  { capabilities }: SessionContext,
  capability: Argument,
  answer: Listing.Listed<string>,
  proven: Listing.Listed<string>
): Effect.Effect<void> =>
  Effect.sync(() => {
    if (!areSame(answer, proven)) {
      capabilities.set(capability, false)
    }
  })

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
  one.count === other.count && NameSet.includes(one.entries, other.entries)
