/**
 * The symbolic links of a directory of a server, if they are copied as links.
 *
 *     C: MLSD www/docs      latest: a link without its target (ProFTPD), or what it leads to (pyftpdlib)
 *     C: LIST www/docs      latest -> ../v2: LIST has all of them, with their targets
 *
 * Names of LIST that MLSD does not have are hidden files at most: they take part if they are links.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { FtpRejected } from "../base/FtpError.ts"
import type { FtpClient, ListError } from "../client/FtpClient.ts"
import * as Features from "../protocol/Features.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import type { FtpSession, Listed } from "../session/FtpSession.ts"
import * as SymbolicLink from "../session/symbolicLink.ts"
import * as Links from "./links.ts"
import * as Tree from "./Tree.ts"
import type { LinkAbility, MirrorError } from "./trees.ts"

/** The listing of a directory, in which each link that LIST shows is one. */
export const listing = (client: FtpClient, directory: string, listed: Listed): Effect.Effect<Listed, ListError> =>
  Effect.flatMap(
    client.withSession(({ features }) => Effect.succeed(Features.has(features, "MLST"))),
    (hasFacts) =>
      hasFacts
        ? Effect.map(client.listing(directory, { long: true, times: false }), (long) => merged(listed, long))
        : Effect.succeed(listed)
  )

const merged = (listed: Listed, long: Listed): Listed => {
  const links = new Map(long.entries.flatMap((entry) => (entry.type === "SymbolicLink" ? [[entry.name, entry]] : [])))
  if (links.size === 0) {
    return { ...listed, unreadCount: listed.unreadCount + long.unreadCount }
  }
  const names = new Set(listed.entries.map(({ name }) => name))
  const asLink = (entry: FtpEntry): FtpEntry => {
    const link = links.get(entry.name)
    return link === undefined ? entry : { ...link, modified: entry.type === link.type ? entry.modified : link.modified }
  }
  return {
    ...listed,
    unreadCount: listed.unreadCount + long.unreadCount,
    entries: [...listed.entries.map(asLink), ...[...links.values()].filter(({ name }) => !names.has(name))]
  }
}

/** A link, with the path in the tree that it leads to; `root` is the absolute path of the tree. */
export const entry = (path: string, { linkTarget, modified }: FtpEntry, root: string): Tree.TreeEntry => ({
  ...Tree.entry(path, "SymbolicLink", { linkTarget, modified }),
  leadsTo: Option.getOrUndefined(Option.map(linkTarget, (target) => Links.destination(path, target, root)))
})

/** Whether the server makes links, and which. */
export const ability = (client: FtpClient): Effect.Effect<LinkAbility, MirrorError> =>
  Effect.map(
    client.withSession(SymbolicLink.isOffered),
    (isOffered): LinkAbility => ({
      needsTarget: true,
      whyNot: (path, to) =>
        !isOffered
          ? "the server has no way to make links (SITE SYMLINK)"
          : SymbolicLink.isNameable(Tree.nameOf(path)) && SymbolicLink.isNameable(Links.relative(path, to))
            ? undefined
            : "SITE SYMLINK takes no names with spaces, quotes or backslashes, and none that begin with ~ or #"
    })
  )

/** Makes the link at an absolute or relative path of the server. */
export const make = (session: FtpSession, at: string, path: string, to: string): Effect.Effect<void, MirrorError> =>
  SymbolicLink.make(session, Links.relative(path, to), at)

/**
 * Replaces a link: the new one is made beside it, under the temporary name of an upload, so that the old one goes only
 * when the server has made the new one.
 *
 *     C: SITE SYMLINK v2 .l.1a2b3c4d.ftp-effect
 *     C: RNFR .l.1a2b3c4d.ftp-effect, RNTO l      250: done
 *        550 File exists, or 550 without a reason, and LIST shows a link l:
 *     C: DELE l                                   from here on the new one is all there is: it is never deleted
 *     C: RNFR .l.1a2b3c4d.ftp-effect, RNTO l      refused: it keeps its temporary name
 *
 * On any other refusal, and if it is interrupted before the DELE, the new one is deleted and the old one stays.
 */
export const replace = (
  client: FtpClient,
  {
    at,
    path,
    temporary,
    to
  }: { readonly at: string; readonly path: string; readonly temporary: string; readonly to: string }
): Effect.Effect<void, MirrorError> =>
  client.withSession((session) => {
    let isOnlyOne = false
    const renamed = session.rename(temporary, at)
    const makeRoom = (rejected: FtpRejected) =>
      Effect.flatMap(isLink(session, at), (isThere) =>
        isThere
          ? Effect.zipRight(
              Effect.sync(() => {
                isOnlyOne = true
              }),
              Effect.tapErrorTag(session.removeFile(at), "FtpRejected", () =>
                Effect.sync(() => {
                  isOnlyOne = false
                })
              )
            )
          : rejected
      )
    return Effect.acquireUseRelease(
      make(session, temporary, path, to),
      () => Effect.catchIf(renamed, isPerhapsTaken, (rejected) => Effect.zipRight(makeRoom(rejected), renamed)),
      (_, exit) => (Exit.isSuccess(exit) || isOnlyOne ? Effect.void : Effect.ignore(session.removeFile(temporary)))
    )
  })

/** Whether the final name may be taken: the refusal says so, or gives no reason. */
const isPerhapsTaken = (error: MirrorError): error is FtpRejected =>
  error._tag === "FtpRejected" &&
  error.verb === "RNTO" &&
  (error.reason === "AlreadyExists" || ReplyMeaning.givesNoReason(error.reply))

/** Whether LIST shows a link of that name: MLST may describe what it leads to. */
const isLink = (session: FtpSession, at: string): Effect.Effect<boolean, MirrorError> =>
  Effect.map(session.list(RemotePath.parent(at), { long: true }), ({ entries }) =>
    entries.some(({ name, type }) => type === "SymbolicLink" && name === RemotePath.baseName(at))
  )
