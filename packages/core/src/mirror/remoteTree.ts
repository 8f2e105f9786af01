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
import { FtpListingError } from "../base/FtpError.ts"
import { FtpClient } from "../client/FtpClient.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as Features from "../protocol/Features.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as WireText from "../protocol/WireText.ts"
import * as TemporaryName from "../transfer/upload/temporaryName.ts"
import * as CaseQuestion from "./caseQuestion.ts"
import * as KeptTimes from "./keptTimes.ts"
import * as RemoteLinks from "./remoteLinks.ts"
import { list } from "./remoteListing.ts"
import * as RemoteNames from "./remoteNames.ts"
import * as RemoteRoot from "./remoteRoot.ts"
import * as Tree from "./Tree.ts"
import type { DirectoryListing, MirrorError, RemoteTree } from "./trees.ts"

const EPOCH = DateTime.unsafeMake(0)

export const make = (root: string): Effect.Effect<RemoteTree, never, FtpClient | FtpPool> =>
  Effect.gen(function* () {
    const client = yield* FtpClient
    const pool = yield* FtpPool
    const pathOf = (path: string) => (path === "" ? root : RemotePath.join(root, path))
    const endpoint = pool.endpoints.map(Endpoint.toLabel).join(", ")
    const place = RemoteRoot.make(root, client)
    const { withSyntax } = place
    const caseQuestion = CaseQuestion.ofServer(client)
    const names = RemoteNames.make(root, () => place.syntax() ?? "Slashes", caseQuestion.cases)
    // What a server lists and has refused it does not have. It is asked nothing.
    const keepsTimes = client.withSession(({ expectSetsModified, features }) =>
      Features.has(features, "MFMT")
        ? Effect.map(Effect.either(expectSetsModified(root, EPOCH)), Either.isRight)
        : Effect.succeed(false)
    )
    const keptTimes = yield* KeptTimes.make
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
    return {
      _tag: "Remote",
      label: `ftp://${endpoint}/${root.replace(/^\//, "%2F")}`,
      client,
      pool,
      pathOf,
      resolved: place.resolvedOrExpected(client),
      mayHaveLinks: () => (place.syntax() ?? "Slashes") === "Slashes",
      learnNames: withSyntax(Effect.void),
      caseQuestion,
      forgetLinks,
      forgetRoot: () => {
        place.forget()
        keptTimes.forget()
      },
      forgetMissing: place.forgetMissing,
      names,
      concurrency: pool.size,
      list: (path, descent, { client: lister = client, ...options } = {}) =>
        withSyntax(
          Effect.suspend(() => {
            const listing = (linkRoot: string | undefined): Effect.Effect<DirectoryListing, Tree.ReadError> => {
              const missing = path === "" ? place.takeMissing() : undefined
              return missing !== undefined
                ? Effect.fail(missing)
                : list(
                    lister,
                    { directory: pathOf(path), path, endpoint, linkRoot, ...options },
                    descent,
                    place.syntax() ?? "Slashes"
                  )
            }
            return options.links === "Copy"
              ? Effect.flatMap(place.resolvedOrExpected(lister), listing)
              : listing(undefined)
          }),
          // A worker that keeps the only session can't be given another one.
          lister
        ),
      keepsTimes,
      showsKeepsTimes: (files, through = client) =>
        keptTimes.show(
          files.map((file) => ({ ...file, path: pathOf(file.path) })),
          through
        ),
      isHome: place.isHome,
      makeRoot: withSyntax(
        root === "" ? Effect.void : Effect.map(client.makeDirectory(root, { recursive: true }), place.noteMade)
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
          if (path === "" && place.isMade()) {
            return
          }
          const resolved = yield* place.resolved(client)
          if (path === "") {
            return
          }
          const expected = RemotePath.join(resolved, path)
          if ((yield* RemoteRoot.resolve(client, pathOf(path), expected)) !== expected) {
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
