/**
 * The symbolic links of a directory of a server, if they are copied as links.
 *
 *     C: MLSD www/docs      latest: a link without its target (ProFTPD), or what it leads to (pyftpdlib)
 *     C: LIST www/docs      latest -> ../v2: LIST has all of them, with their targets
 *
 * Names of LIST that MLSD does not have are hidden files at most: they take part if they are links.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpClient, ListError } from "../client/FtpClient.ts"
import * as Features from "../protocol/Features.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
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
 * when the server has made the new one. A server whose rename does not replace gets a DELE before it.
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
  client.withSession((session) =>
    Effect.zipRight(
      make(session, temporary, path, to),
      session.rename(temporary, at).pipe(
        Effect.catchTag("FtpRejected", () => Effect.zipRight(session.removeFile(at), session.rename(temporary, at))),
        Effect.onError(() => Effect.ignore(session.removeFile(temporary)))
      )
    )
  )
