/**
 * What another run has made in a local target since the plan was made: two mirrors into one folder at once.
 *
 *     a file is fetched, and its name is taken by then     as the step would have made it: it is reached
 *                                                          `only` leaves such files alone: it stays
 *                                                          else it stays too, and the step fails
 *
 * By what two files are compared, by that it is known: by size and time, or with `compare: "Hash"` by the server's hash.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FtpLocalFile, FtpLocalFileError, type LocalInfo } from "../platform/FtpLocalFile.ts"
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
export interface Taken {
  readonly step: NewFile | NewLink
  readonly source: MirrorTree
  readonly target: Local
  /** By which the name was found to be taken. */
  readonly error: FtpLocalFileError
}

/** `undefined` for a failure of another kind. */
export const taken = (step: Step, source: MirrorTree, target: MirrorTree, error: MirrorError): Taken | undefined =>
  target._tag === "Local" &&
  (step._tag === "Copy" || step._tag === "MakeLink") &&
  error._tag === "FtpLocalFileError" &&
  error.reason === "AlreadyExists"
    ? { step, source, target, error }
    : undefined

/** `"Reached"` if it is what the step would have made, `"Stays"` if it is a file that is left alone; else why the step fails. */
export const judge = (
  { error, source, step, target }: Taken,
  options: ApplyOptions
): Effect.Effect<"Reached" | "Stays" | MirrorError> =>
  (step._tag === "MakeLink" ? link(step, target, error) : file(step, source, target, options, error)).pipe(
    Effect.catchAll((failed) => Effect.succeed(endsAll(failed) ? failed : error))
  )

const link = (step: NewLink, { files, pathOf }: Local, error: FtpLocalFileError) =>
  Effect.map(files.directories.readLink(pathOf(step.path)), (to) =>
    LocalLinks.written(step.path, step.to, files.directories.platform) === to ? "Reached" : error
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
