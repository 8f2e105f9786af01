/**
 * A local folder as a tree. A link to a file inside the root counts as that file; all others are links, which are not
 * followed. Our own partial files take no part.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { FtpLocalFile, FtpLocalFileError, type LocalEntry } from "../platform/FtpLocalFile.ts"
import * as Descent from "../protocol/Descent.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import type { NameRules } from "./rules.ts"
import * as Tree from "./Tree.ts"
import type { DirectoryListing, Found, LocalTree } from "./trees.ts"

/** Files at once, if no server sets the number. */
const CONCURRENCY = 8

export const make = (root: string): Effect.Effect<LocalTree, never, FtpLocalFile> =>
  Effect.map(FtpLocalFile, (files): LocalTree => {
    const { directories } = files
    const separator = directories.platform === "Windows" ? "\\" : "/"
    const pathOf = (path: string) =>
      path === "" ? root : `${root.endsWith(separator) ? root : root + separator}${path.replaceAll("/", separator)}`
    const follow = (path: string, entry: LocalEntry) =>
      entry.type === "SymbolicLink" ? linked(files, pathOf(path), root, separator) : Effect.succeedNone
    return {
      _tag: "Local",
      label: root,
      files,
      pathOf,
      names: nameRules(files),
      concurrency: CONCURRENCY,
      list: (path, descent) =>
        Effect.gen(function* () {
          const entries = yield* directories.read(pathOf(path))
          const found: Array<Found> = []
          const gaps: Array<Tree.Gap> = []
          for (const entry of entries) {
            const below = path === "" ? entry.name : `${path}/${entry.name}`
            if (!FtpTransfer.isReservedName(entry.name)) {
              const { modified: at, size, type } = Option.getOrElse(yield* follow(below, entry), () => entry)
              const modified = Option.map(at, localTime)
              const way = type === "Directory" ? enter(descent) : undefined
              if (type === "Directory" && way === undefined) {
                gaps.push({ path: below, reason: "TooDeep", detail: "the directory is too deep" })
              }
              found.push({
                entry: Tree.entry(below, type, type === "File" ? { size: Option.some(size), modified } : {}),
                below: way
              })
            }
          }
          return { found, gaps }
        }).pipe(
          Effect.catchIf(
            () => path !== "",
            ({ message }) =>
              Effect.succeed<DirectoryListing>({ found: [], gaps: [{ path, reason: "Failed", detail: message }] })
          )
        ),
      keepsTimes: Effect.succeed(true),
      isHome: Effect.gen(function* () {
        const path = yield* directories.realPath(root)
        const { home: named } = directories
        const home =
          named === undefined ? undefined : yield* Effect.orElseSucceed(directories.realPath(named), () => named)
        return isTop(path) || home === path || home?.startsWith(path + separator) === true
      }).pipe(
        Effect.catchIf(
          ({ reason }) => reason === "NotFound",
          () => Effect.succeed(false)
        )
      ),
      makeRoot: directories.make(root),
      makeDirectory: (path) => directories.make(pathOf(path)),
      removeFile: (path) => files.remove(pathOf(path)),
      removeDirectory: (path) => directories.remove(pathOf(path)),
      rename: (from, to) => files.rename(pathOf(from), pathOf(to), "Fail"),
      setModified: (path, at) => directories.setModified(pathOf(path), at),
      prove: (path) => proveInside(files, pathOf(path), pathOf(""), path.replaceAll("/", separator), separator)
    }
  })

/** `/`, or a drive. */
const isTop = (path: string): boolean => /^(?:[A-Za-z]:)?[\\/]*$/.test(path)

/** Local directories have no loops, as links are not followed. */
const enter = (descent: Descent.Descent): Descent.Descent | undefined =>
  Option.getOrUndefined(Either.getRight(Descent.enter(descent, { unique: Option.none() })))

/** Local times are of milliseconds in UTC, whatever the file system keeps. */
const localTime = (at: FtpTime["at"]): FtpTime => ({ at, precision: "Millisecond", zone: "Utc" })

/** The file that a link inside the root leads to, if that is inside too. */
const linked = (files: FtpLocalFile, path: string, root: string, separator: string) =>
  Effect.gen(function* () {
    const info = yield* files.info(path)
    if (!Option.exists(info, ({ type }) => type === "File")) {
      return Option.none()
    }
    const real = yield* files.directories.realPath(path)
    const inside = yield* files.directories.realPath(root)
    return real.startsWith(inside.endsWith(separator) ? inside : inside + separator) ? info : Option.none()
  }).pipe(Effect.orElseSucceed(() => Option.none()))

const proveInside = (files: FtpLocalFile, path: string, root: string, relative: string, separator: string) =>
  Effect.gen(function* () {
    const inside = yield* files.directories.realPath(root)
    const real = yield* files.directories.realPath(path)
    const expected = relative === "" ? inside : `${inside.endsWith(separator) ? inside : inside + separator}${relative}`
    if (files.directories.foldsNames ? fold(real) !== fold(expected) : real !== expected) {
      return yield* new FtpLocalFileError({
        reason: "Other",
        operation: "Open",
        path,
        detail: "a link leads out of the tree, or back into it"
      })
    }
  })

const nameRules = ({ directories: { foldsNames, platform } }: FtpLocalFile): NameRules => ({
  fold: foldsNames ? fold : (path) => path,
  unsafeReason: (name) =>
    Option.orElse(RemotePath.unsafeNameReason(name, platform), () =>
      FtpTransfer.isReservedName(name)
        ? Option.some("is reserved for partial downloads")
        : // Each byte that is not UTF-8 would become the same character, so different names would be one.
          /\p{Surrogate}/u.test(name)
          ? Option.some("is not UTF-8")
          : Option.none()
    )
})

const fold = (path: string): string => path.normalize("NFC").toLowerCase()
