/**
 * A tree that is copied while it is read, one directory after the other; nothing is deleted.
 *
 *     a directory ──list──► in the source ──┐
 *                └──list──► in the target ──┴─► planned ──► skips are reported
 *                           (if it was there)        ├────► files, which are copied while further directories are read
 *                                                    └────► directories, each made when its turn comes
 *
 * A directory that was just made is empty, and one of a target where all files are replaced need not be read if it is on
 * a server. What waits is bounded by the directories that were read and not copied yet.
 */
import * as Effect from "effect/Effect"
import type { LocalInfo } from "../platform/FtpLocalFile.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as Descent from "../protocol/Descent.ts"
import * as CopyLinks from "./copyLinks.ts"
import * as CopyReading from "./copyReading.ts"
import * as Expected from "./expected.ts"
import type { Job } from "./jobs.ts"
import type { LinkStep } from "./links.ts"
import { over } from "./lister.ts"
import type { Skip } from "./MirrorPlan.ts"
import { type MakeDirectory, type OneFile, planDirectory, type TreeCopy } from "./planDirectory.ts"
import * as Spelling from "./spelling.ts"
import * as Tree from "./Tree.ts"
import type { DirectoryListing, MirrorError, MirrorTree, Refused } from "./trees.ts"

export type { MakeDirectory, OneFile, TreeCopy } from "./planDirectory.ts"

/** A copy, with what is found of the spellings of the target. */
export const make = (
  source: MirrorTree,
  target: MirrorTree,
  {
    hidden,
    links,
    looks,
    onSpelling = () => {},
    rules,
    times = true
  }: Pick<TreeCopy, "hidden" | "links" | "looks" | "rules"> & {
    readonly times?: boolean | undefined
    readonly onSpelling?: ((spelling: Spelling.Spelling) => void) | undefined
  }
): TreeCopy => {
  const { add, spell, tree } = Spelling.make(target)
  return {
    source,
    target: tree,
    rules,
    hidden,
    links,
    looks,
    times,
    spell: (found) => {
      // Below a directory that has another spelling itself.
      const whole = found.map(({ inTarget, path }) => ({
        path,
        inTarget: Tree.join(spell(Tree.parent(path)), Tree.nameOf(inTarget))
      }))
      add(whole)
      whole.forEach(onSpelling)
    }
  }
}

/**
 * What is not copied, or what a person should know of a directory.
 *
 * @since 0.1.0
 * @category models
 */
export type Left =
  | { readonly _tag: "Skipped"; readonly skip: Skip }
  | { readonly _tag: "Gap"; readonly gap: Tree.Gap }
  | { readonly _tag: "Refused"; readonly name: Refused }
  | { readonly _tag: "Warning"; readonly path: string; readonly message: string }

/**
 * What is known of a file besides its step.
 *
 * @since 0.1.0
 * @category models
 */
export interface Known {
  /** Of a local file of the source. */
  readonly source?: LocalInfo | undefined
  /** Whether nothing in the target has that name, by what was read of it. */
  readonly isNew: boolean
}

/**
 * Who does what a copy finds to do.
 *
 * @since 0.1.0
 * @category models
 */
export interface Handlers<E, R> {
  /** A file that was found. Its job is done when a worker has time. */
  readonly file: (step: OneFile, known: Known) => Job<E, R>
  /** Makes a directory. If that fails, the failure is reported and nothing below it is read. */
  readonly makeDirectory: (step: MakeDirectory) => Effect.Effect<"Made" | "Exists" | "Failed", E, R>
  /** Makes several directories of one directory in one flight. Returns which of them were made; the others have a turn. */
  readonly makeTogether: (steps: ReadonlyArray<MakeDirectory>) => Effect.Effect<ReadonlyArray<boolean>, E, R>
  /** Before the first file is changed in a directory that was there. */
  readonly enter: (first: OneFile) => Effect.Effect<void, E, R>
  readonly left: (left: Left) => Effect.Effect<void, E, R>
  /** Called for each link that is to be made once all files are there, if links are copied as links. */
  readonly link?: ((step: LinkStep) => void) | undefined
  /** Called for each directory that was read: how many entries it has. */
  readonly scanned?: ((side: "Source" | "Target", entries: number) => void) | undefined
  readonly unchanged: (files: number) => void
  /** Called for each directory with what killed uploads have left in it. */
  readonly dead?: ((paths: ReadonlyArray<string>) => void) | undefined
}

/** The job that begins a copy. It fails, and nothing is made, if the source's root can't be read. */
export const start = <E, R>(copy: TreeCopy, handlers: Handlers<E, R>): Job<E | MirrorError, R | FtpPool> => {
  const root = { path: "", descent: Descent.start, state: "Present" } as const
  const found = Expected.make()
  const job = directory(copy, handlers, root, found)
  return {
    ...job,
    run:
      copy.links === "Copy"
        ? Effect.flatMap(CopyLinks.withRules(copy), (copy) => directory(copy, handlers, root, found).run)
        : job.run,
    // All its files wait for its first listing, or for directories that are made: the sessions for them are opened meanwhile.
    warm:
      copy.source._tag === "Remote"
        ? copy.source.pool.warm
        : copy.target._tag === "Remote"
          ? Expected.warmOnceFound(copy.target, found)
          : undefined
  }
}

interface Directory {
  readonly path: string
  readonly descent: Descent.Descent
  readonly state: CopyReading.State
  /** If it has to be made. */
  readonly step?: MakeDirectory | undefined
}

const directory = <E, R>(
  whole: TreeCopy,
  given: Handlers<E, R>,
  { descent, path, state, step }: Directory,
  found: Expected.Found
): Job<E | MirrorError, R | FtpPool> => ({
  kind: "Directory",
  subject: whole.source.pathOf(path),
  run: Effect.gen(function* () {
    const { copy, handlers } = yield* keeping(whole, given)
    const listing = yield* CopyReading.source(copy, path, descent)
    handlers.scanned?.("Source", listing.found.length)
    yield* tell(listing, path, handlers)
    const outcome = step === undefined ? "Exists" : yield* handlers.makeDirectory(step)
    if (outcome === "Failed") {
      return []
    }
    const there = yield* CopyReading.target(copy, path, outcome === "Made" ? "New" : state, () =>
      found.some(filesIn(listing))
    )
    if (there.warning !== undefined) {
      yield* handlers.left({ _tag: "Warning", path, message: there.warning })
    }
    if (there.entries !== undefined) {
      handlers.scanned?.("Target", there.entries)
    }
    const planned = yield* planDirectory(copy, listing, there.snapshot)
    for (const link of planned.links) {
      handlers.link?.(link)
    }
    yield* Effect.forEach(planned.skipped, (skip) => handlers.left({ _tag: "Skipped", skip }), { discard: true })
    handlers.unchanged(planned.unchanged)
    handlers.dead?.(planned.dead)
    found.some(planned.directories.some(({ step }) => step !== undefined) ? Expected.MANY : planned.files.length)
    const [first] = planned.files
    if (there.state !== "New" && first !== undefined) {
      yield* handlers.enter(first.step)
    }
    const made = yield* together(planned.directories, copy, handlers)
    return [
      ...planned.directories.map((below) =>
        directory(
          whole,
          given,
          made.has(below.path)
            ? { ...below, step: undefined, state: "New" }
            : { ...below, state: there.state === "Unknown" ? "Unknown" : "Present" },
          found
        )
      ),
      ...planned.files.map(({ step, source }) => handlers.file(step, { source, isNew: isNew(step, there.state) }))
    ]
  })
})

/**
 * The copy and its handlers for one directory: what is listed is, with the session that the worker keeps. That one goes
 * back before anything else, which may need another one.
 */
const keeping = <E, R>(
  whole: TreeCopy,
  handlers: Handlers<E, R>
): Effect.Effect<{ readonly copy: TreeCopy; readonly handlers: Handlers<E, R> }, never, FtpPool> =>
  Effect.flatMap(FtpPool, (pool) => {
    const free = <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.zipRight(pool.giveBack, work)
    return Effect.map(withKept(whole, pool), ({ source, target }) => ({
      copy: { ...whole, source, target: { ...target, makeRoot: free(target.makeRoot) } },
      handlers: {
        ...handlers,
        makeDirectory: (step) => free(handlers.makeDirectory(step)),
        makeTogether: (steps) => free(handlers.makeTogether(steps)),
        enter: (first) => free(handlers.enter(first)),
        left: (left) => free(handlers.left(left))
      }
    }))
  })

/** Between two servers a session would be held while one of the other is asked for. */
const withKept = ({ source, target }: TreeCopy, pool: FtpPool): Effect.Effect<Pick<TreeCopy, "source" | "target">> =>
  target._tag === "Local"
    ? source._tag === "Local"
      ? Effect.succeed({ source, target })
      : Effect.map(over(source, pool), (source) => ({ source, target }))
    : source._tag === "Local"
      ? Effect.map(over(target, pool), (target) => ({ source, target }))
      : Effect.succeed({ source, target })

/** Which of the directories are made already: they are new, as a rule. */
const together = <E, R>(
  directories: ReadonlyArray<Pick<Directory, "path" | "step">>,
  { target }: TreeCopy,
  { makeTogether }: Handlers<E, R>
): Effect.Effect<ReadonlySet<string>, E, R> => {
  const steps = directories.flatMap(({ step }) => (step === undefined ? [] : [step]))
  return target._tag === "Local" || steps.length < 2
    ? Effect.succeed(new Set())
    : Effect.map(
        makeTogether(steps),
        (made) => new Set(steps.flatMap(({ path }, index) => (made[index] ? [path] : [])))
      )
}

/** What a root that is not there is going to get, at least. */
const filesIn = ({ found }: DirectoryListing): number =>
  found.some(({ below }) => below !== undefined)
    ? Expected.MANY
    : found.filter(({ entry }) => entry.type === "File").length

const isNew = (step: OneFile, state: CopyReading.State): boolean => step._tag === "Copy" && state !== "Unknown"

const tell = <E, R>(
  { gaps, refused, warning }: DirectoryListing,
  path: string,
  { left }: Handlers<E, R>
): Effect.Effect<void, E, R> => {
  const all: ReadonlyArray<Left> = [
    ...gaps.map((gap): Left => ({ _tag: "Gap", gap })),
    ...refused.map((name): Left => ({ _tag: "Refused", name })),
    ...(warning === undefined ? [] : [{ _tag: "Warning", path, message: warning } as const])
  ]
  return all.length === 0 ? Effect.void : Effect.forEach(all, left, { discard: true })
}
