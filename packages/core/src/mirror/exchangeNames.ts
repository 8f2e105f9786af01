/**
 * The names beside something that is replaced by something of another type. Pure.
 *
 *     page                                                    the file, link or directory that is replaced
 *     .page.1a2b3c4d.ftp-effect                               the new file or link, until it is whole: as an upload has it
 *     .page.ftp-effect-next-20261130110000-1a2b3c4d           the new directory, until it is whole
 *     .page.old.1a2b3c4d.ftp-effect                           the old file or link, until it is removed
 *     .page.ftp-effect-previous-20261130110000-1a2b3c4d       the old directory, until it is removed
 *
 * What a killed run leaves of them is protected for a day, and an old one for as long as nothing else has its name: see
 * `inUse.ts`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TemporaryName from "../transfer/upload/temporaryName.ts"
import * as Marker from "./swapMarker.ts"
import * as Tree from "./Tree.ts"

export type Kind = "Directory" | "File" | "Link"

export const makeNew = (path: string, kind: Kind): Effect.Effect<string> =>
  kind === "Directory" ? beside(path, "next") : TemporaryName.make(path, Option.none())

export const makeOld = (path: string, kind: Kind): Effect.Effect<string> =>
  kind === "Directory" ? beside(path, "previous") : TemporaryName.makeBackup(path)

const beside = (path: string, what: "next" | "previous"): Effect.Effect<string> =>
  Effect.map(Marker.makeId, (id) =>
    Tree.join(Tree.parent(path), `.${TemporaryName.stemOf(Tree.nameOf(path))}.ftp-effect-${what}-${id}`)
  )

const DIRECTORY = /^\.(.+)\.ftp-effect-(next|previous)-\d{14}-[0-9a-f]{8}$/is

/** Whether a name is one of a directory that is replaced, or that replaces something. */
export const isOfDirectory = (name: string): boolean => name.startsWith(".") && DIRECTORY.test(name)

/** The name of the directory that has that name while it is replaced, as far as it was not too long. */
export const previousOf = (name: string): Option.Option<string> => {
  const [, stem, what] = DIRECTORY.exec(name) ?? []
  return stem !== undefined && what?.toLowerCase() === "previous" ? Option.some(stem) : Option.none()
}
