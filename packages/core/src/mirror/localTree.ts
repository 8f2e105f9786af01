/**
 * A local folder as a tree. Our own partial files take no part.
 *
 * A directory that another user has replaced by a link meanwhile is not followed: when it is read, and before the first of
 * its files is sent, it has to be where its path says. A file is opened as the one that was found (by its id), or has to be
 * inside the root once it is open: see `localReading`.
 *
 *     links     "Inside": one to a file inside the root counts as that file; all others are links, which stay as they are
 *               "All": each counts as what it leads to, and what is written to it is written there; nothing is deleted there
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { FtpLocalFile, type LocalEntry, type LocalInfo } from "../platform/FtpLocalFile.ts"
import * as Descent from "../protocol/Descent.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import * as NameFolding from "../protocol/NameFolding.ts"
import { present } from "../protocol/present.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as UsualName from "../protocol/UsualName.ts"
import * as Abandoned from "../transfer/download/abandoned.ts"
import * as PartialName from "../transfer/download/partialName.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import { byName } from "./byName.ts"
import * as CaseQuestion from "./caseQuestion.ts"
import type { Cases } from "./cases.ts"
import * as LocalBounds from "./localBounds.ts"
import * as LocalLinks from "./localLinks.ts"
import * as LocalReading from "./localReading.ts"
import { DEFAULT_NAME } from "./MirrorManifest.ts"
import type { NameRules } from "./rules.ts"
import * as Tree from "./Tree.ts"
import type { DirectoryListing, Found, LocalTree, Refused } from "./trees.ts"

/** Files at once, if no server sets the number. */
const CONCURRENCY = 8

/**
 * What links of a local folder count as: see the header.
 *
 * @since 0.1.0
 * @category models
 */
export type Links = "Inside" | "All"

export const make = (root: string, links: Links = "Inside"): Effect.Effect<LocalTree, never, FtpLocalFile> =>
  Effect.map(FtpLocalFile, (files): LocalTree => {
    const { directories } = files
    const separator = directories.platform === "Windows" ? "\\" : "/"
    const pathOf = (path: string) => LocalBounds.below(root, path, separator)
    const caseQuestion = CaseQuestion.ofFolder(files)
    const place: LocalBounds.Place = { files, pathOf, separator }
    const prove = (path: string, why: "Write" | "Remove" = "Write") =>
      links === "All" && why === "Write" ? Effect.void : LocalBounds.prove(place, path)
    const reading = LocalReading.make(place)
    /** Local paths with a name of ours, that were found, and what is known of their directories. */
    const reserved = new Map<string, { readonly directory: string; readonly isThroughLink: boolean }>()
    return {
      _tag: "Local",
      label: root,
      files,
      follows: links,
      pathOf,
      placeOf: (path) => (links === "All" ? directories.realPath(pathOf(path)) : Effect.succeed(pathOf(path))),
      caseQuestion,
      names: nameRules(files, caseQuestion.cases),
      concurrency: CONCURRENCY,
      list: (path, descent, options) =>
        Effect.gen(function* () {
          const { entries, isKnown } =
            links === "All"
              ? { entries: yield* directories.read(pathOf(path)), isKnown: () => true }
              : yield* reading.read(path)
          const alias = links === "All" ? yield* LocalBounds.aliasOf(place, path) : undefined
          const found: Array<Found> = []
          const gaps: Array<Tree.Gap> = []
          const refused: Array<Refused> = []
          const prefix = Tree.join(path, "")
          for (const entry of byName(entries)) {
            const { name } = entry
            const below = prefix + name
            if (!UsualName.isUsual(name) && FtpTransfer.isReservedName(name)) {
              // No download makes a directory of such a name.
              if (entry.type !== "Directory") {
                reserved.set(pathOf(below), { directory: path, isThroughLink: alias !== undefined })
              }
              refused.push({ path: below, name, reason: "Reserved", why: "is reserved for partial downloads" })
              continue
            }
            const itself =
              entry.type === "SymbolicLink"
                ? links === "All" || (options?.links ?? "Follow") === "Follow"
                  ? yield* follow(place, below, links)
                  : {
                      entry: yield* LocalLinks.entry(files, below, entry, { at: pathOf(below), policy: options?.links })
                    }
                : plain(below, entry, isKnown(entry))
            const one = alias === undefined ? itself : throughLinks(alias, itself)
            if (one.entry.type !== "Directory") {
              found.push(one)
              continue
            }
            const unique = entry.type === "SymbolicLink" ? yield* identityOf(place, below) : Option.none()
            const way = Descent.enter(descent, { unique })
            if (Either.isRight(way)) {
              found.push({ ...one, below: way.right })
            } else {
              found.push(one)
              const detail = way.left === "Loop" ? "the directory leads back to itself" : "the directory is too deep"
              gaps.push({ path: below, reason: way.left, detail })
            }
          }
          return { found, gaps, refused }
        }).pipe(
          Effect.catchIf(
            () => path !== "",
            (error) => {
              const gap = { path, reason: "Failed", detail: error.message, errors: [error] } as const
              return Effect.succeed<DirectoryListing>({ found: [], gaps: [gap], refused: [] })
            }
          )
        ),
      keepsTimes: Effect.succeed(true),
      showsKeepsTimes: () => Effect.succeed(true),
      isHome: Effect.gen(function* () {
        const path = yield* directories.realPath(root)
        const { home: named } = directories
        const home =
          named === undefined ? undefined : yield* Effect.orElseSucceed(directories.realPath(named), () => named)
        const [at, above] =
          directories.foldsNames && home !== undefined ? [NameFolding.fold(home), NameFolding.fold(path)] : [home, path]
        return isTop(path) || at === above || at?.startsWith(above + separator) === true
      }).pipe(
        Effect.catchIf(
          ({ reason }) => reason === "NotFound",
          () => Effect.succeed(false)
        )
      ),
      links: Effect.succeed({ whyNot: () => undefined, needsTarget: false }),
      makeLink: (path, to, existing) =>
        links === "All"
          ? LocalLinks.notWhereFollowed
          : Effect.zipRight(
              Effect.flatMap(LocalBounds.staysInside(place, to), (isInside) =>
                isInside ? Effect.void : LocalBounds.leadsOut(pathOf(to))
              ),
              LocalLinks.make(files, {
                at: pathOf(path),
                target: LocalLinks.written(path, to, directories.platform),
                existing
              })
            ),
      makeRoot: directories.make(root),
      makeDirectories: (paths) => Effect.succeed(paths.map(() => false)),
      // What is there by then may be a link that was put in its place since its directory was read.
      makeDirectory: (path) => Effect.as(Effect.zipRight(directories.make(pathOf(path)), prove(path)), true),
      removeFile: (path) => files.remove(pathOf(path)),
      removeDirectory: (path) => directories.remove(pathOf(path)),
      rename: (from, to) => files.rename(pathOf(from), pathOf(to), "Fail"),
      setModified: (path, at) => directories.setModified(pathOf(path), at),
      hasPartialFile: (place) =>
        reserved.size > 0 &&
        (reserved.has(PartialName.nameOf(place)) || reserved.has(PartialName.lockOf(PartialName.nameOf(place)))),
      removeAbandoned: Effect.suspend(() =>
        Abandoned.remove(
          files,
          [...reserved].flatMap(([path, { directory, isThroughLink }]) =>
            isThroughLink ? [] : [{ path, proof: prove(directory, "Remove") }]
          )
        )
      ),
      leadsInside: (to) => LocalBounds.staysInside(place, to),
      prove,
      proveFile: (path, opened) => (links === "All" ? Effect.void : reading.proveFile(path, opened))
    }
  })

/** `/`, or a drive. */
const isTop = (path: string): boolean => /^(?:[A-Za-z]:)?[\\/]*$/.test(path)

/** Where the directory that a link counts as is: only through links does a local tree lead back to itself. */
const identityOf = ({ files, pathOf }: LocalBounds.Place, path: string): Effect.Effect<Option.Option<string>> =>
  Effect.option(files.directories.realPath(pathOf(path)))

/** What is in a directory that was reached through a link. */
const throughLinks = (alias: LocalBounds.Alias, found: Found): Found => {
  const { entry } = found
  const realPath =
    entry.realPath ?? (alias.inside === undefined ? undefined : Tree.join(alias.inside, Tree.nameOf(entry.path)))
  return { ...found, entry: { ...entry, realPath, isThroughLink: true } }
}

/** Local times are of milliseconds in UTC, whatever the file system keeps. */
export const localTime = (at: FtpTime["at"]): FtpTime => ({ at, precision: "Millisecond", zone: "Utc" })

/** What is no link. */
const plain = (path: string, { id, modified, size, type }: LocalEntry, isKnown: boolean): Found =>
  type === "File"
    ? file(path, { type, size, modified, mode: NO_MODE, id }, isKnown)
    : { entry: Tree.entry(path, type, type === "Other" ? Tree.SPECIAL : {}) }

/** If it is not known by its id later, that is no part of it. */
const file = (path: string, info: LocalInfo, isKnown: boolean): Found => {
  const size = present(info.size)
  const modified = info.modified._tag === "Some" ? present(localTime(info.modified.value)) : NO_TIME
  return isKnown
    ? { entry: Tree.file(path, size, modified, info.id), info }
    : { entry: Tree.file(path, size, modified) }
}

const NO_MODE: LocalInfo["mode"] = Option.none()
const NO_TIME: Tree.TreeEntry["modified"] = Option.none()

/** What a link counts as. */
const follow = (place: LocalBounds.Place, below: string, links: Links): Effect.Effect<Found> =>
  Effect.gen(function* () {
    const link = (detail: string): Found => ({ entry: Tree.entry(below, "SymbolicLink", { detail }) })
    const info = yield* Effect.orElseSucceed(place.files.info(place.pathOf(below)), Option.none<LocalInfo>)
    if (Option.isNone(info)) {
      return link("a dangling link")
    }
    const { type } = info.value
    if (links === "Inside" && type === "Directory") {
      return link("a link to a directory")
    }
    const realPath = yield* Effect.orElseSucceed(LocalBounds.pathInside(place, below), () => undefined)
    if (links === "Inside" && realPath === undefined) {
      return link("a link that leaves the tree")
    }
    // Others may change what is on the way of a link.
    const isKnown = links === "All"
    const found =
      type === "File" ? file(below, info.value, isKnown) : plain(below, { ...info.value, name: "", type }, isKnown)
    return { ...found, entry: { ...found.entry, realPath, ...(type === "Directory" && { isThroughLink: true }) } }
  })

const SAFE: Option.Option<string> = Option.none()

const nameRules = ({ directories: { platform } }: FtpLocalFile, cases: Cases): NameRules => ({
  fold: cases.fold,
  isExact: cases.isExact,
  isCaseUnclear: cases.isUnclear,
  compareCase: cases.compare,
  // A server could claim with it that files of this folder are of an earlier mirror, and be deleted by the next one.
  reservedReason: (name) =>
    name.toLowerCase() === DEFAULT_NAME ? Option.some("the manifest of a mirror of another tree") : SAFE,
  unsafeReason: (name) =>
    platform !== "Windows" && UsualName.isUsual(name)
      ? SAFE
      : Option.orElse(RemotePath.unsafeNameReason(name, platform), () =>
          FtpTransfer.isReservedName(name)
            ? Option.some("is reserved for partial downloads")
            : // Each byte that is not UTF-8 would become the same character, so different names would be one.
              /\p{Surrogate}/u.test(name)
              ? Option.some("is not UTF-8")
              : Option.none()
        )
})
