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
import { FtpPool } from "../pool/FtpPool.ts"
import * as Features from "../protocol/Features.ts"
import * as NativePath from "../protocol/NativePath.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as WireText from "../protocol/WireText.ts"
import * as TemporaryName from "../transfer/upload/temporaryName.ts"
import * as CaseQuestion from "./caseQuestion.ts"
import { endsAll } from "./endsAll.ts"
import * as RemoteLinks from "./remoteLinks.ts"
import { list } from "./remoteListing.ts"
import * as RemoteNames from "./remoteNames.ts"
import * as Tree from "./Tree.ts"
import type { DirectoryListing, MirrorError, RemoteTree } from "./trees.ts"

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
