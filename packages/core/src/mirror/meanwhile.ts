/**
 * What another run has made in a target since the plan was made: two mirrors into one folder at once, or two that make the same
 * links on a server.
 *
 *     a file is fetched, and its name is taken by then     as the step would have made it: it is reached
 *                                                          `only` leaves such files alone: it stays
 *                                                          else it stays too, and the step fails
 *     a link is made, and its name is taken by then        it leads to the same: it is reached; else the step fails
 *
 * By what two files are compared, by that it is known: by size and time, or with `compare: "Hash"` by the server's hash.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FtpLocalFile, FtpLocalFileError, type LocalInfo } from "../platform/FtpLocalFile.ts"
import * as Descent from "../protocol/Descent.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import { present } from "../protocol/present.ts"
import * as PartialFile from "../transfer/download/partialFile.ts"
import * as SmallFile from "../transfer/smallFile.ts"
import { compareTimes, difference, mayBeSame } from "./compare.ts"
import { describeFound } from "./describeFound.ts"
import { endsAll } from "./endsAll.ts"
import * as Filter from "./Filter.ts"
import * as LocalLinks from "./localLinks.ts"
import * as LocalTree from "./localTree.ts"
import type { Step } from "./MirrorPlan.ts"
import * as ServerHashes from "./serverHashes.ts"
import type { ApplyOptions } from "./stepModel.ts"
import * as Tree from "./Tree.ts"
import type { LocalTree as Local, MirrorError, MirrorTree } from "./trees.ts"
import { isNewer } from "./whyLeft.ts"

type NewFile = Extract<Step, { readonly _tag: "Copy" }>
type NewLink = Extract<Step, { readonly _tag: "MakeLink" }>

/** What was to be made, where the name was free when the plan was made. */
export type Taken = TakenFile | TakenLink

interface TakenFile {
  readonly _tag: "File"
  readonly step: NewFile
  readonly source: MirrorTree
  readonly target: Local
  /** By which the name was found to be taken. */
  readonly error: FtpLocalFileError
}

interface TakenLink {
  readonly _tag: "Link"
  readonly step: NewLink
  readonly target: MirrorTree
  readonly error: MirrorError
}

/** `undefined` for a failure of another kind. Why a server refuses to make a link is known of few of them. */
export const taken = (step: Step, source: MirrorTree, target: MirrorTree, error: MirrorError): Taken | undefined =>
  step._tag === "MakeLink"
    ? isTaken(error) || (error._tag === "FtpRejected" && !error.isRetryable)
      ? { _tag: "Link", step, target, error }
      : undefined
    : step._tag === "Copy" && target._tag === "Local" && isTaken(error)
      ? { _tag: "File", step, source, target, error }
      : undefined

const isTaken = (error: MirrorError): error is FtpLocalFileError =>
  error._tag === "FtpLocalFileError" && error.reason === "AlreadyExists"

/** `"Reached"` if it is what the step would have made, `"Stays"` if it is a file that is left alone; else why the step fails. */
export const judge = (found: Taken, options: ApplyOptions): Effect.Effect<"Reached" | "Stays" | MirrorError> =>
  (found._tag === "Link" ? link(found) : file(found.step, found.source, found.target, options, found.error)).pipe(
    Effect.catchAll((failed) => Effect.succeed(endsAll(failed) ? failed : found.error))
  )

const link = ({ error, step, target }: TakenLink): Effect.Effect<"Reached" | MirrorError, MirrorError> =>
  Effect.map(leadsThere(step, target), (isThere) => (isThere ? "Reached" : error))

/** Makes a link. One that another run has made meanwhile, and that leads to the same, is made. */
export const makeLink = (step: NewLink, target: MirrorTree): Effect.Effect<void, MirrorError> =>
  Effect.catchAll(
    target.makeLink(step.path, step.to, step.precondition._tag === "Link" ? "Replace" : "Fail"),
    (error) => {
      const found = taken(step, target, target, error)
      return found?._tag === "Link"
        ? Effect.filterOrFail(
            Effect.orElseSucceed(leadsThere(step, target), () => false),
            (isThere) => isThere,
            () => error
          )
        : Effect.fail(error)
    }
  )

const leadsThere = ({ path, to }: NewLink, target: MirrorTree): Effect.Effect<boolean, MirrorError> =>
  target._tag === "Local"
    ? Effect.map(
        target.files.directories.readLink(target.pathOf(path)),
        (at) => LocalLinks.written(path, to, target.files.directories.platform) === at
      )
    : Effect.map(target.list(Tree.parent(path), Descent.start, { links: "Copy", times: false }), ({ found }) =>
        found.some(({ entry }) => entry.path === path && entry.type === "SymbolicLink" && entry.leadsTo === to)
      )

const file = (
  step: NewFile,
  source: MirrorTree,
  target: Local,
  options: ApplyOptions,
  error: FtpLocalFileError
): Effect.Effect<"Reached" | "Stays" | MirrorError, MirrorError> =>
  Effect.gen(function* () {
    // A link, or a name in another case, is not what the step would have made.
    yield* target.prove(step.path, "Remove")
    const info = yield* target.files.info(target.pathOf(step.path))
    if (!Option.exists(info, ({ type }) => type === "File")) {
      return error
    }
    const there = Option.getOrThrow(info)
    const isSame = yield* isReached(step, source, target, there, options)
    if (isSame || isLeftAlone(step, there, options)) {
      yield* discardFetched(step, target)
      return isSame ? "Reached" : "Stays"
    }
    const found = {
      _tag: "File",
      size: there.size,
      modified: Option.getOrUndefined(Option.map(there.modified, LocalTree.localTime))
    } as const
    const detail = `it was made meanwhile, and ${describeFound(found)}, which is not the source's`
    return new FtpLocalFileError({ reason: "AlreadyExists", operation: error.operation, path: error.path, detail })
  })

const isReached = (
  step: NewFile,
  source: MirrorTree,
  target: Local,
  there: LocalInfo,
  { compare = "SizeAndTime", keepsTimes }: ApplyOptions
): Effect.Effect<boolean, MirrorError> => {
  if (compare === "Nothing" || there.size !== step.bytes) {
    return Effect.succeed(false)
  }
  if (compare !== "Hash") {
    return Effect.succeed(Option.exists(there.modified, (at) => isTimely(step, LocalTree.localTime(at), keepsTimes)))
  }
  const size = present(there.size)
  const trees = {
    source: Tree.snapshot([Tree.file(step.path, size, Option.none())]),
    target: Tree.snapshot([Tree.file(step.path, size, Option.none())]),
    ours: new Map()
  }
  return Effect.map(
    ServerHashes.withHashes(source, target, trees, { filter: Filter.everything, names: target.names }, true),
    (hashed) => {
      const [from, to] = [hashed.source.entries.get(step.path), hashed.target.entries.get(step.path)]
      return from !== undefined && to !== undefined && Option.isNone(difference(from, to, { by: "Hash", keepsTimes }))
    }
  )
}

/** A file that has not the time of its source is as new as its download. */
const isTimely = ({ modified }: NewFile, there: FtpTime, keepsTimes: boolean): boolean =>
  modified !== undefined && (mayBeSame(modified, there) || (!keepsTimes && compareTimes(modified, there) === "Newer"))

const isLeftAlone = ({ modified }: NewFile, there: LocalInfo, { only }: ApplyOptions): boolean =>
  only === "Missing" ||
  (only === "Newer" &&
    !isNewer(
      { modified: Option.fromNullable(modified) },
      { modified: Option.map(there.modified, LocalTree.localTime) }
    ))

/** What of a larger file was fetched in vain would be resumed by no run. */
const discardFetched = (step: NewFile, { files, pathOf }: Local): Effect.Effect<void, FtpLocalFileError> =>
  SmallFile.isSmall(step.bytes)
    ? Effect.void
    : Effect.provideService(PartialFile.discardAbandoned(pathOf(step.path), true), FtpLocalFile, files)
