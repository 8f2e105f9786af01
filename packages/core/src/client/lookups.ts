/**
 * What is on the server: the questions that other operations of the client ask too.
 */
import * as Effect from "effect/Effect"
import { type DataError, type FtpListingError, isNotFound, type OpenError } from "../base/FtpError.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as NativePath from "../protocol/NativePath.ts"
import type { Calls } from "./calls.ts"
import type { OnUnread } from "./unread.ts"

type ListError = OpenError | DataError | FtpListingError

type List = (
  path: string,
  options?: { readonly onUnread?: OnUnread; readonly times?: boolean }
) => Effect.Effect<ReadonlyArray<FtpEntry>, ListError>

export interface Lookups {
  readonly list: List
  readonly stat: (path: string) => Effect.Effect<FtpEntry, ListError>
  readonly exists: (path: string) => Effect.Effect<boolean, ListError>
  readonly leadsToDirectory: (path: string) => Effect.Effect<boolean, ListError>
  readonly isDirectory: (path: string) => Effect.Effect<boolean, OpenError>
  /** How a path is to be taken apart. */
  readonly syntaxOf: (path: string) => Effect.Effect<NativePath.Syntax, OpenError>
  /** As the parent's listing has it: the one answer that follows no link on any server. */
  readonly isLink: (path: string) => Effect.Effect<boolean, ListError>
}

export const make = ({ reading }: Calls, list: List): Lookups => {
  // Most paths show by themselves that they have slashes.
  const syntaxOf: Lookups["syntaxOf"] = (path) =>
    !NativePath.isUnclear(path)
      ? Effect.succeed("Slashes")
      : reading("syntaxOf", path, (session) => session.syntaxOf(path))
  const stat: Lookups["stat"] = (path) => reading("stat", path, (session) => session.stat(path))
  return {
    list,
    stat,
    exists: (path) => Effect.catchIf(Effect.as(stat(path), true), isNotFound, () => Effect.succeed(false)),
    leadsToDirectory: (path) => reading("leadsToDirectory", path, (session) => session.leadsToDirectory(path)),
    isDirectory: (path) => reading("isDirectory", path, (session) => session.isDirectory(path)),
    syntaxOf,
    isLink: (path) =>
      Effect.flatMap(syntaxOf(path), (syntax) => {
        const { directory, name } = NativePath.split(syntax, path)
        // OpenVMS and z/OS have no links.
        return syntax !== "Slashes" || name === "" || name === "." || name === ".."
          ? Effect.succeed(false)
          : Effect.suspend(() => {
              let unread: FtpListingError | undefined
              const onUnread = (error: FtpListingError) =>
                Effect.sync(() => {
                  unread ??= error
                })
              return Effect.flatMap(list(directory, { onUnread, times: false }), (entries) => {
                const found =
                  entries.find((entry) => entry.name === name) ??
                  entries.find((entry) => entry.name.normalize("NFC") === name.normalize("NFC"))
                // A line that can't be read may be that of the link.
                return found === undefined && unread !== undefined
                  ? Effect.fail(unread)
                  : Effect.succeed(found?.type === "SymbolicLink")
              })
            })
      })
  }
}
