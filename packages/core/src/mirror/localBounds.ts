/**
 * Whether what is under a path of a local folder is inside the folder, whatever links are on the way.
 *
 * Of a path that leads to something, the system says where that is. Of one that leads to nothing, or in circles, each link is
 * read: one that leads out now leads there as soon as something is there.
 *
 *     mine -> ../later     of the user; there is no ../later
 *     l    -> mine/secret  of the server: it would lead out once there is one
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type FtpLocalFile, FtpLocalFileError } from "../platform/FtpLocalFile.ts"
import { fold } from "../protocol/NameFolding.ts"

/** A local folder, and how its paths are written. */
export interface Place {
  readonly files: FtpLocalFile
  readonly pathOf: (path: string) => string
  readonly separator: string
}

/** More than any system follows, one after the other: of what is beyond them nothing is found. */
const MAX_LINKS = 64

const isBelow = (path: string, root: string, separator: string): boolean =>
  path.startsWith(root.endsWith(separator) ? root : root + separator)

/** A path in a folder, as the platform writes it. */
export const below = (root: string, path: string, separator: string): string =>
  path === "" ? root : `${root.endsWith(separator) ? root : root + separator}${path.replaceAll("/", separator)}`

const refused = (path: string, detail: string) =>
  new FtpLocalFileError({ reason: "Other", operation: "Open", path, detail })

export const leadsOut = (path: string) => refused(path, "a link leads out of the tree, or back into it")

export const doubtfulLink = (path: string) =>
  refused(
    path,
    "another user may have put it there, as a hard link to a file that he can't read: others can write to its directory, or " +
      "to one above"
  )

/** Fails if the directory is not where its path says. */
export const prove = ({ files, pathOf, separator }: Place, path: string): Effect.Effect<void, FtpLocalFileError> =>
  Effect.flatMap(files.directories.realPath(pathOf("")), (inside) =>
    Effect.flatMap(files.directories.realPath(pathOf(path)), (real) => {
      const expected = below(inside, path, separator)
      const isInside = files.directories.foldsNames ? fold(real) === fold(expected) : real === expected
      return isInside ? Effect.void : leadsOut(pathOf(path))
    })
  )

/** The path in the tree of what is under `path`, with its links resolved; `undefined` if that is not below the root. */
export const pathInside = (
  { files, pathOf, separator }: Place,
  path: string
): Effect.Effect<string | undefined, FtpLocalFileError> =>
  Effect.zipWith(files.directories.realPath(pathOf(path)), files.directories.realPath(pathOf("")), (real, inside) =>
    real === inside
      ? ""
      : isBelow(real, inside, separator)
        ? real.slice(inside.endsWith(separator) ? inside.length : inside.length + 1).replaceAll(separator, "/")
        : undefined
  )

/** A directory that was reached through links: its path in the tree without them, if it is inside. */
export interface Alias {
  readonly inside: string | undefined
}

/** `undefined` for a directory that is where its path says. One that has vanished counts as an alias of nothing. */
export const aliasOf = (place: Place, path: string): Effect.Effect<Alias | undefined> =>
  path === ""
    ? Effect.succeed(undefined)
    : Effect.match(pathInside(place, path), {
        onFailure: (): Alias => ({ inside: undefined }),
        onSuccess: (inside) => {
          const isItself = place.files.directories.foldsNames
            ? inside !== undefined && fold(inside) === fold(path)
            : inside === path
          return isItself ? undefined : { inside }
        }
      })

/** Whether a link that leads to the path `to` of the tree stays inside, also once something is there. */
export const staysInside = (place: Place, to: string): Effect.Effect<boolean, FtpLocalFileError> => {
  const { files, pathOf, separator } = place
  return Effect.flatMap(files.directories.realPath(pathOf("")), (inside) =>
    Effect.matchEffect(files.directories.realPath(pathOf(to)), {
      onSuccess: (real) => Effect.succeed(real === inside || isBelow(real, inside, separator)),
      onFailure: () => walk(place, inside, to === "" ? [] : to.split("/"))
    })
  )
}

/** From the real path of the root, name by name. */
const walk = (place: Place, inside: string, names: ReadonlyArray<string>): Effect.Effect<boolean, FtpLocalFileError> =>
  Effect.gen(function* () {
    const { separator } = place
    let at = inside
    let left = names
    let isThere = true
    for (let links = 0; links < MAX_LINKS; ) {
      const [name, ...rest] = left
      if (name === undefined) {
        return true
      }
      left = rest
      if (name === "" || name === ".") {
        continue
      }
      if (name === "..") {
        // What is above a name that is missing depends on what it becomes.
        if (!isThere || at === inside) {
          return false
        }
        at = at.slice(0, at.lastIndexOf(separator))
        if (at.length < inside.length) {
          at = inside
        }
        continue
      }
      const next = at.endsWith(separator) ? at + name : at + separator + name
      const found: At = isThere ? yield* linkAt(place, next) : "Missing"
      if (typeof found === "string") {
        isThere = found === "Plain"
        at = next
        continue
      }
      links++
      const target = belowRoot(place, inside, found.target)
      if (target === undefined) {
        return false
      }
      if (target.isAbsolute) {
        at = inside
      }
      left = [...target.names, ...left]
    }
    return true
  })

/** The target of a link, or what is there instead. */
type At = { readonly target: string } | "Plain" | "Missing"

const linkAt = ({ files }: Place, path: string): Effect.Effect<At, FtpLocalFileError> =>
  Effect.gen(function* () {
    const read = yield* Effect.either(files.directories.readLink(path))
    if (Either.isRight(read)) {
      return { target: read.right }
    }
    if (read.left.reason === "NotFound") {
      return "Missing"
    }
    // No system has a reason of its own for what is no link.
    const info = yield* files.info(path)
    return Option.isSome(info) ? "Plain" : yield* read.left
  })

/** The names of a target; `undefined` if it is absolute, and not below the root. */
const belowRoot = (
  { files, pathOf, separator }: Place,
  inside: string,
  target: string
): { readonly isAbsolute: boolean; readonly names: ReadonlyArray<string> } | undefined => {
  const isWindows = files.directories.platform === "Windows"
  const namesOf = (path: string) => path.split(isWindows ? /[\\/]/ : "/")
  if (!(isWindows ? /^(?:[A-Za-z]:|[\\/])/ : /^\//).test(target)) {
    return { isAbsolute: false, names: namesOf(target) }
  }
  const root = [inside, pathOf("")].find((root) => target === root || isBelow(target, root, separator))
  return root === undefined ? undefined : { isAbsolute: true, names: namesOf(target.slice(root.length)) }
}
