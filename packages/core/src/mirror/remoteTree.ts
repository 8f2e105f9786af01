/**
 * A directory of a server as a tree.
 *
 * What can't be read of it is a gap. A listing may show a link as the directory that it leads to (pyftpdlib; ProFTPD
 * with `ShowSymlinks off`), so before anything is changed in a directory, CWD and PWD have to show that it is where its
 * path says.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { FtpListingError, isNotFound, type OpenError } from "../base/FtpError.ts"
import { FtpClient, type ListError } from "../client/FtpClient.ts"
import * as NameCase from "../client/nameCase.ts"
import * as Unread from "../client/unread.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as Descent from "../protocol/Descent.ts"
import * as Features from "../protocol/Features.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as NativePath from "../protocol/NativePath.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as UsualName from "../protocol/UsualName.ts"
import * as WireText from "../protocol/WireText.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import * as TemporaryName from "../transfer/upload/temporaryName.ts"
import { byName } from "./byName.ts"
import * as CaseQuestion from "./caseQuestion.ts"
import { endsAll } from "./endsAll.ts"
import * as RemoteLinks from "./remoteLinks.ts"
import * as RemoteNames from "./remoteNames.ts"
import * as Tree from "./Tree.ts"
import type { DirectoryListing, Found, MirrorError, Refused, RemoteTree, TreeListOptions } from "./trees.ts"

const EPOCH = DateTime.unsafeMake(0)

export const make = (root: string): Effect.Effect<RemoteTree, never, FtpClient | FtpPool> =>
  Effect.gen(function* () {
    const client = yield* FtpClient
    const pool = yield* FtpPool
    const pathOf = (path: string) => (path === "" ? root : RemotePath.join(root, path))
    const endpoint = pool.endpoints.map(Endpoint.toLabel).join(", ")
    // How names are written there is asked for with the first question about the tree.
    let syntax: NativePath.Syntax | undefined
    const withSyntax = <A, E>(self: Effect.Effect<A, E>, through: FtpClient = client) =>
      Effect.suspend(() =>
        syntax !== undefined
          ? self
          : Effect.zipRight(
              Effect.map(
                through.withSession((session) => session.treeSyntaxOf(root)),
                (found) => {
                  syntax = found
                }
              ),
              self
            )
      )
    const caseQuestion = CaseQuestion.ofServer(client)
    const names = RemoteNames.make(root, () => syntax ?? "Slashes", caseQuestion.cases)
    const resolve = (path: string, expected: string, through: FtpClient = client) =>
      through.withSession((session) => session.resolveDirectory(path, expected))
    // Of a run: the login directory, where the root leads, and whether the root was made, or is known to be a directory.
    let home: string | undefined
    let rootFromInside: string | undefined
    let isRootThere = false
    // That it is not there, as its visit has just shown: its listing would show the same.
    let rootIsMissing: ListError | undefined
    const homeBy = ({ workingDirectory }: FtpClient) =>
      Effect.suspend(() =>
        home !== undefined
          ? Effect.succeed(home)
          : Effect.map(workingDirectory, (found) => {
              home = found
              return found
            })
      )
    const expectedRootBy = (through: FtpClient) =>
      Effect.map(homeBy(through), (home) => (root === "" ? home : NativePath.resolve(home, root)))
    const resolvedRootBy = (through: FtpClient) =>
      Effect.suspend(() =>
        rootFromInside !== undefined
          ? Effect.succeed(rootFromInside)
          : Effect.tap(Effect.tapError(lookedUpRootBy(through), noteIfMissing), (resolved) =>
              Effect.sync(() => {
                rootFromInside = resolved
              })
            )
      )
    const lookedUpRootBy = (through: FtpClient) =>
      home !== undefined
        ? root === ""
          ? Effect.succeed(home)
          : resolve(root, NativePath.resolve(home, root), through)
        : Effect.flatMap(
            through.withSession((session) => session.whereabouts(root)),
            (found) => {
              home = found.home
              return found.directory
            }
          )
    const noteIfMissing = (error: OpenError) =>
      Effect.sync(() => {
        rootIsMissing = isNotFound(error) ? error : undefined
      })
    const takeMissingRoot = () => {
      const error = rootIsMissing
      rootIsMissing = undefined
      return error
    }
    const resolvedRoot = resolvedRootBy(client)
    // What a server lists and has refused it does not have. It is asked nothing.
    const keepsTimes = client.withSession(({ expectSetsModified, features }) =>
      Features.has(features, "MFMT")
        ? Effect.map(Effect.either(expectSetsModified(root, EPOCH)), Either.isRight)
        : Effect.succeed(false)
    )
    const believed = yield* Effect.makeSemaphore(1)
    let shownTimes: boolean | undefined
    const leadsOut = (path: string) =>
      new FtpListingError({
        path: pathOf(Tree.parent(path)),
        reason: "LeadsOutOfTree",
        line: WireText.toDisplay(Tree.nameOf(path)),
        detail: "shows a directory that leads out of the tree, or back into it",
        endpoint
      })
    const links = new Map<string, ReadonlySet<string>>()
    const linksIn = (path: string): Effect.Effect<ReadonlySet<string>, MirrorError> => {
      const known = links.get(path)
      return known !== undefined
        ? Effect.succeed(known)
        : Effect.map(client.listing(pathOf(path), { long: true }), ({ entries }) => {
            const found = new Set(entries.flatMap(({ name, type }) => (type === "SymbolicLink" ? [name] : [])))
            links.set(path, found)
            return found
          })
    }
    const forgetLinks = () => links.clear()
    const resolvedBy = (through: FtpClient) =>
      Effect.catchIf(resolvedRootBy(through), isNotFound, () => expectedRootBy(through))
    return {
      _tag: "Remote",
      label: `ftp://${endpoint}/${root.replace(/^\//, "%2F")}`,
      client,
      pool,
      pathOf,
      resolved: resolvedBy(client),
      mayHaveLinks: () => syntax === undefined || syntax === "Slashes",
      learnNames: withSyntax(Effect.void),
      caseQuestion,
      forgetLinks,
      forgetRoot: () => {
        home = undefined
        rootFromInside = undefined
        rootIsMissing = undefined
        isRootThere = false
        shownTimes = undefined
      },
      forgetMissing: () => {
        rootIsMissing = undefined
      },
      names,
      concurrency: pool.size,
      list: (path, descent, { client: lister = client, ...options } = {}) =>
        withSyntax(
          Effect.suspend(() => {
            const listing = (linkRoot: string | undefined): Effect.Effect<DirectoryListing, Tree.ReadError> => {
              const missing = path === "" ? takeMissingRoot() : undefined
              return missing !== undefined
                ? Effect.fail(missing)
                : list(
                    lister,
                    { directory: pathOf(path), path, endpoint, linkRoot, ...options },
                    descent,
                    syntax ?? "Slashes"
                  )
            }
            return options.links === "Copy" ? Effect.flatMap(resolvedBy(lister), listing) : listing(undefined)
          }),
          // A worker that keeps the only session can't be given another one.
          lister
        ),
      keepsTimes,
      showsKeepsTimes: (path, its, through = client) =>
        believed.withPermits(1)(
          Effect.suspend(() =>
            shownTimes !== undefined
              ? Effect.succeed(shownTimes)
              : through
                  .withSession((session) => session.showsSetsModified(pathOf(path), its))
                  .pipe(
                    Effect.catchIf(
                      (error) => !endsAll(error),
                      (error) => Effect.as(Effect.logDebug("whether times are kept could not be shown", error), true)
                    ),
                    Effect.tap((shown) => {
                      shownTimes = shown
                    })
                  )
          )
        ),
      isHome: Effect.gen(function* () {
        const path = RemotePath.normalise(root)
        if (path === "/" || path === ".") {
          return true
        }
        const resolved = yield* resolvedRoot
        const home = yield* homeBy(client)
        // A link may lead there, and PWD after CWD may name another path than it does after the login.
        return yield* Effect.exists([resolved, yield* expectedRootBy(client)], (path) =>
          NativePath.isRoot(path) ? Effect.succeed(true) : NameCase.isInside(client, home, path)
        )
      }).pipe(Effect.catchIf(isNotFound, () => Effect.succeed(false))),
      makeRoot: withSyntax(
        root === ""
          ? Effect.void
          : Effect.map(client.makeDirectory(root, { recursive: true }), () => {
              isRootThere = true
              rootIsMissing = undefined
            })
      ),
      makeDirectories: (paths) => client.makeDirectories(paths.map(pathOf)),
      makeDirectory: (path) =>
        Effect.catchTag(Effect.as(client.makeDirectory(pathOf(path)), true), "FtpRejected", (rejected) =>
          Effect.flatMap(
            client.withSession((session) => session.isDirectory(pathOf(path))),
            (exists) => (exists ? Effect.succeed(false) : rejected)
          )
        ),
      removeFile: (path) => client.withSession((session) => session.removeFile(pathOf(path))),
      removeDirectory: (path) => client.withSession((session) => session.removeDirectory(pathOf(path))),
      links: RemoteLinks.ability(client),
      makeLink: (path, to, existing) =>
        existing === "Fail"
          ? client.withSession((session) => RemoteLinks.make(session, pathOf(path), path, to))
          : Effect.flatMap(TemporaryName.make(pathOf(path), Option.none()), (temporary) =>
              RemoteLinks.replace(client, { at: pathOf(path), path, temporary, to })
            ),
      rename: (from, to) => client.rename(pathOf(from), pathOf(to)),
      setModified: (path, at) => client.setModified(pathOf(path), at),
      prove: (path, why) =>
        Effect.gen(function* () {
          if (path === "" && isRootThere) {
            return
          }
          const resolved = yield* resolvedRoot
          if (path === "") {
            return
          }
          const expected = RemotePath.join(resolved, path)
          if ((yield* resolve(pathOf(path), expected)) !== expected) {
            return yield* leadsOut(path)
          }
          if (why === "Remove") {
            for (const at of [path, ...Tree.ancestors(path)]) {
              if ((yield* linksIn(Tree.parent(at))).has(Tree.nameOf(at))) {
                return yield* leadsOut(at)
              }
            }
          }
        })
    }
  })

interface Listing extends Pick<TreeListOptions, "times"> {
  readonly directory: string
  readonly path: string
  readonly endpoint: string
  /** The absolute path of the tree, if links are copied as links. */
  readonly linkRoot: string | undefined
}

const list = (
  client: FtpClient,
  { directory, endpoint, linkRoot, path, times }: Listing,
  descent: Descent.Descent,
  syntax: NativePath.Syntax
): Effect.Effect<DirectoryListing, Tree.ReadError> => {
  const plain = client.listing(directory, { times })
  const linked =
    linkRoot === undefined ? plain : Effect.flatMap(plain, (listed) => RemoteLinks.listing(client, directory, listed))
  return linked.pipe(
    Effect.map((listed) => {
      const { unreadCount } = listed
      const { ambiguous, entries } = RemoteNames.listed(syntax, listed.entries)
      const found: Array<Found> = []
      const gaps: Array<Tree.Gap> = []
      const refused: Array<Refused> = []
      const prefix = Tree.join(path, "")
      for (const entry of byName(entries)) {
        const { name } = entry
        const below = prefix + name
        const isUsual = UsualName.isUsual(name)
        const unsafe = isUsual ? undefined : Option.getOrUndefined(RemotePath.unsafeNameReason(name, "Posix"))
        if (unsafe !== undefined) {
          refused.push({ path: below, name, reason: "Unsafe", why: unsafe })
          gaps.push({ path, reason: "Unsafe", detail: `the name ${WireText.toDisplay(name)} ${unsafe}` })
        } else if (!isUsual && FtpTransfer.isReservedName(name)) {
          refused.push({ path: below, name, reason: "Reserved", why: "is reserved for partial downloads" })
        } else {
          const way = entry.type === "Directory" ? Descent.enter(descent, entry) : undefined
          if (way !== undefined && Either.isLeft(way)) {
            gaps.push({
              path: below,
              reason: way.left,
              detail: way.left === "Loop" ? "the directory leads back to itself" : "the directory is too deep"
            })
          }
          const one =
            linkRoot !== undefined && entry.type === "SymbolicLink"
              ? RemoteLinks.entry(below, entry, linkRoot)
              : toTree(below, entry)
          found.push({ entry: one, below: way && Option.getOrUndefined(Either.getRight(way)) })
        }
      }
      for (const name of ambiguous) {
        gaps.push({ path, reason: "Unsafe", detail: `the name ${name} is that of a file and of a directory` })
      }
      if (unreadCount > 0) {
        const errors = Unread.errorsOf(listed, directory, endpoint)
        gaps.push({ path, reason: "Unread", detail: Unread.unreadLines(unreadCount, directory), errors })
      }
      if (listed.mayLackHidden === true) {
        const name = directory === "" ? "the login directory" : directory
        gaps.push({ path, reason: "Hidden", detail: `the server was too busy to list hidden files of ${name}` })
      }
      return { found, gaps, refused, warning: Unread.namesOnly(listed, directory) }
    }),
    Effect.catchIf(
      (error) => (path === "" ? isCutShort(error) : !endsAll(error)),
      (error) =>
        Effect.succeed<DirectoryListing>({
          found: [],
          gaps: [{ path, reason: whyGap(error), detail: error.message, errors: [error] }],
          refused: []
        })
    )
  )
}

const isCutShort = (error: ListError): boolean => error._tag === "FtpListingError" && error.reason === "CutShort"

const whyGap = (error: ListError): Tree.Gap["reason"] =>
  isCutShort(error)
    ? "CutShort"
    : error._tag === "FtpListingError" || (error._tag === "FtpRejected" && !error.isRetryable)
      ? "Failed"
      : "Interrupted"

const toTree = (path: string, { linkTarget, modified, size, type }: FtpEntry): Tree.TreeEntry =>
  type === "File" ? Tree.file(path, size, modified) : Tree.entry(path, type, { linkTarget })
