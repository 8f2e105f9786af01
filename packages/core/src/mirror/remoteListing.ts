/** A directory of a server as a tree has it: entries by name, what is refused, and as gaps what could not be read. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { FtpClient, ListError } from "../client/FtpClient.ts"
import * as Unread from "../client/unread.ts"
import * as Descent from "../protocol/Descent.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as UnixMode from "../protocol/listing/UnixMode.ts"
import type * as NativePath from "../protocol/NativePath.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as UsualName from "../protocol/UsualName.ts"
import * as WireText from "../protocol/WireText.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import { byName } from "./byName.ts"
import { endsAll } from "./endsAll.ts"
import * as RemoteLinks from "./remoteLinks.ts"
import * as RemoteNames from "./remoteNames.ts"
import * as Tree from "./Tree.ts"
import type { DirectoryListing, Found, Refused, TreeListOptions } from "./trees.ts"

export interface Listing extends Pick<TreeListOptions, "times"> {
  readonly directory: string
  readonly path: string
  readonly endpoint: string
  /** The absolute path of the tree, if links are copied as links. */
  readonly linkRoot: string | undefined
}

export const list = (
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

const toTree = (path: string, { linkTarget, modified, raw, size, type }: FtpEntry): Tree.TreeEntry =>
  type === "File"
    ? Tree.file(path, size, modified)
    : Tree.entry(path, type, type === "Other" && UnixMode.isSpecial(raw) ? Tree.SPECIAL : { linkTarget })
