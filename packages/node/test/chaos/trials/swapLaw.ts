/**
 * What has to be true at each moment of a swap, as the disk of the server sees it.
 *
 *     the tree that is live      changed by no run, but that the token in it goes, that it gets that of another swap from an old
 *                                tree, and that a file may be given the time that it has; renamed away, and at once another one
 *                                takes its name: one version of the source as a whole, or the same tree back
 *     the old tree, renamed      removed while another one is live, and not before
 *     all else beside it         unchanged, unless it is of a swap
 *     what visitors put there    removed by a plan that knows it, else nowhere lost, if a look at the tree could have seen it
 */
import { basename, dirname } from "node:path/posix"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import type { Files } from "./mirrorSides.ts"

export const HOME = "/home"
export const LIVE = "/home/tree"

/** Of milliseconds: the precision of the times that the server tells. */
const SECOND = 1000

/** Part of the names that visitors give. */
export const VISITOR = "-visitor"

/** What becomes of the source: each version as a whole, with files that changed while a run was under way. */
export interface Version {
  readonly files: Files
  readonly others: Map<string, string>
}

export interface Law {
  /** The store that the server has: each change is judged. */
  readonly store: FtpTestServer.FileStore
  readonly breaches: ReadonlyArray<string>
  readonly versions: Array<Version>
  /** A visitor writes into the live tree, if there is one. */
  readonly visit: (name: string, content: string) => Effect.Effect<void>
  /** A run begins; `isAlone` if no other one is under way. */
  readonly begin: (isAlone: boolean) => void
  /** The run has planned that these go. */
  readonly planned: (removed: ReadonlyArray<string>) => void
  /** How many operations the server has done. */
  readonly operations: () => number
  /** Called after each operation, with their number. */
  onOperation: (count: number) => Effect.Effect<void, FtpTestServer.StoreError>
  /** Files of visitors that were in a tree which the run has renamed away, after the last look at their directory. */
  readonly late: ReadonlyArray<string>
  readonly filesOf: (root: string) => Effect.Effect<Files>
  readonly isMissing: () => boolean
}

const PREVIOUS = /^\/home\/tree\.ftp-effect-previous-[^/]*$/

/** A marker is written under a temporary name first. */
const OURS = /^\/home\/\.?tree\.ftp-effect-(?:next|previous|probe|swap)-/

/** `foreign` are paths beside the target that no run may touch. The store is also looked at directly. */
export const make = (
  inner: FtpTestServer.FileStore,
  { read, tree, write }: Pick<FtpTestServer.FtpTestServer, "read" | "tree" | "write">,
  foreign: ReadonlyArray<string>
): Law => {
  const breaches = new Set<string>()
  const versions: Array<Version> = []
  /** The visits and looks so far, each of which has its number: that of the last one by the path of a file, or of a directory. */
  let moment = 0
  const visits = new Map<string, number>()
  const looks = new Map<string, number>()
  const planned = new Set<string>()
  const late = new Set<string>()
  let count = 0
  let isAlone = true
  /** What was renamed away, while nothing is live. */
  let away: Files | undefined
  const breach = (what: string) => Effect.sync(() => void breaches.add(what))
  const filesOf = (root: string): Effect.Effect<Files> =>
    Effect.orDie(
      Effect.gen(function* () {
        const files = new Map<string, string>()
        for (const { path, type } of yield* tree) {
          const name = path.slice(root.length + 1)
          if (type === "File" && path.startsWith(`${root}/`) && !isKept(name)) {
            files.set(name, Buffer.from(yield* read(path)).toString("latin1"))
          }
        }
        return files
      })
    )

  const isVersion = (files: Files): boolean =>
    versions.some(
      ({ files: whole, others }) =>
        files.size === whole.size &&
        [...files].every(([path, content]) => content === whole.get(path) || content === others.get(path))
    )

  const isSame = (left: Files, right: Files) =>
    left.size === right.size && [...left].every(([path, content]) => right.get(path) === content)

  /** Before a change of what has that path. */
  const judge = (what: string, path: string) =>
    foreign.some((name) => path === name || path.startsWith(`${name}/`)) || (!isWithin(path, LIVE) && !OURS.test(path))
      ? breach(`${what} of ${path}, which no run may touch`)
      : isWithin(path, LIVE) && !(what === "removal" && isToken(path))
        ? breach(`${what} of ${path}, in the tree that is live`)
        : /-previous-/.test(path) && away !== undefined
          ? breach(`${what} of ${path}, the old tree, while no tree is live`)
          : away !== undefined && isAlone && what !== "removal" && !/-swap-/.test(path)
            ? breach(`${what} of ${path} while no tree is live`)
            : Effect.void

  const leaves = Effect.gen(function* () {
    away = yield* filesOf(LIVE)
    for (const path of away.keys()) {
      const visit = planned.has(path) ? undefined : visits.get(path)
      const lastLook = looks.get(dirname(`${LIVE}/${path}`)) ?? 0
      if (visit !== undefined && visit > lastLook) {
        late.add(path)
      } else if (visit !== undefined && isAlone) {
        yield* breach(`a tree is swapped that had got ${path}, and was listed after that`)
      }
    }
  })

  const arrives = Effect.gen(function* () {
    const files = yield* filesOf(LIVE)
    const isBack = away !== undefined && isSame(files, away)
    if (!isBack && !isVersion(files)) {
      yield* breach(`a tree is live that is neither the old one nor a version of the source: ${[...files.keys()]}`)
    }
    away = undefined
  })

  const counted = <A>(effect: Effect.Effect<A, FtpTestServer.StoreError>) =>
    Effect.tap(effect, () =>
      Effect.suspend(() => {
        count++
        return law.onOperation(count)
      })
    )

  const changing =
    <Rest extends ReadonlyArray<unknown>, A>(
      what: string,
      operation: (path: string, ...rest: Rest) => Effect.Effect<A, FtpTestServer.StoreError>
    ) =>
    (path: string, ...rest: Rest) =>
      counted(Effect.zipRight(judge(what, path), operation(path, ...rest)))

  const making = changing("making", inner.makeDirectory)
  const timing = changing("time", inner.setModified)
  /** Whether a file that is live has that time already, as the server tells it: a run sets it to see whether it can be set. */
  const hasTime = (path: string, at: number) =>
    isWithin(path, LIVE)
      ? Effect.map(inner.stat(path), ({ modified }) => modified !== undefined && modified - (modified % SECOND) === at)
      : Effect.succeed(false)
  const law: Law = {
    get breaches() {
      return [...breaches]
    },
    get late() {
      return [...late]
    },
    versions,
    operations: () => count,
    onOperation: () => Effect.void,
    isMissing: () => away !== undefined,
    begin: (alone) => {
      isAlone = alone
      looks.clear()
      planned.clear()
      late.clear()
    },
    planned: (removed) => {
      for (const path of removed) {
        planned.add(path)
      }
    },
    visit: (name, content) =>
      Effect.gen(function* () {
        if (away === undefined) {
          yield* write(`${LIVE}/${name}`, Buffer.from(content, "latin1"))
          visits.set(name, ++moment)
        }
      }).pipe(Effect.orDie),
    filesOf,
    store: {
      ...inner,
      list: (path) => {
        looks.set(path, ++moment)
        return counted(inner.list(path))
      },
      // It is there: the server refuses to make it.
      makeDirectory: (path) => (path === HOME ? inner.makeDirectory(path) : making(path)),
      removeFile: changing("removal", inner.removeFile),
      removeDirectory: changing("removal", inner.removeDirectory),
      setModified: (path, at) =>
        Effect.flatMap(hasTime(path, at), (has) => (has ? counted(inner.setModified(path, at)) : timing(path, at))),
      setMode: changing("mode", inner.setMode),
      openWriter: (path, from) => Effect.zipRight(judge("writing", path), inner.openWriter(path, from)),
      rename: (from, to) =>
        Effect.gen(function* () {
          const [other, ...others] = [from, to].filter((path) => path !== LIVE)
          if (other !== undefined && others.length === 0 && !OURS.test(other)) {
            yield* breach(`a rename of ${from} to ${to}`)
          }
          yield* from === LIVE ? leaves : Effect.void
          yield* others.length > 0
            ? Effect.zipRight(judge("rename", from), isHandedOn(from, to) ? Effect.void : judge("rename", to))
            : Effect.void
          yield* Effect.catchAll(inner.rename(from, to), (error) => {
            away = from === LIVE ? undefined : away
            return error
          })
          yield* to === LIVE ? arrives : Effect.void
        }).pipe(counted)
    }
  }
  return law
}

const isWithin = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`)

const isToken = (path: string): boolean => /^\/home\/tree\/\.ftp-effect-swap-[^/]*$/.test(path)

/** Whether the token of another swap goes from an old tree to the one that is live. */
const isHandedOn = (from: string, to: string): boolean =>
  isToken(to) && PREVIOUS.test(dirname(from)) && basename(from) === basename(to)

/** Tokens and the manifest are no part of a tree. */
const isKept = (path: string): boolean => /^\.ftp-effect/.test(path)
