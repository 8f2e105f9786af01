/**
 * A directory, and its parents if asked:
 *
 *     MKD a/b/c ──250──► done
 *        │ no: is it there already? ──yes──► done
 *        └──no──► its parent first, then once more
 *
 * A prefix of data sets of z/OS is there as soon as one of them is: nothing is made for it.
 */
import * as Effect from "effect/Effect"
import type { OpenError } from "../base/FtpError.ts"
import * as NativePath from "../protocol/NativePath.ts"
import type { Calls } from "./calls.ts"
import type { Lookups } from "./lookups.ts"

export interface MakeDirectory {
  readonly one: (path: string) => Effect.Effect<string, OpenError>
  /** With its parents; what exists is success. */
  readonly all: (path: string) => Effect.Effect<string, OpenError>
  /** Those whose parents exist, together. Returns which of them were made. */
  readonly together: (paths: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<boolean>, OpenError>
}

export const make = ({ reading, writing }: Calls, { isDirectory, syntaxOf }: Lookups): MakeDirectory => {
  /** Of a path of data sets with slashes after it, too. */
  const systemOf: Lookups["syntaxOf"] = (path) =>
    NativePath.looksLike(path) === "Mvs"
      ? reading("syntaxOf", path, (session) => session.syntaxOf(path))
      : syntaxOf(path)
  const one: MakeDirectory["one"] = (path) => writing("makeDirectory", path, (session) => session.makeDirectory(path))

  /** Another client may make the same directory at the same moment. */
  const ifMissing = (path: string): Effect.Effect<string, OpenError> =>
    Effect.catchTag(one(path), "FtpRejected", (rejected) =>
      Effect.flatMap(isDirectory(path), (exists) => (exists ? Effect.succeed(path) : rejected))
    )

  const all: MakeDirectory["all"] = (path) =>
    Effect.catchTag(ifMissing(path), "FtpRejected", (rejected) =>
      Effect.flatMap(systemOf(path), (syntax) => {
        if (NativePath.isAlwaysThere(syntax, path)) {
          return Effect.succeed(path)
        }
        const parent = NativePath.parentToMake(syntax, path)
        return parent === undefined ? rejected : Effect.zipRight(all(parent), ifMissing(path))
      })
    )

  const together: MakeDirectory["together"] = (paths) =>
    Effect.gen(function* () {
      const made: Array<boolean> = []
      while (made.length < paths.length) {
        const next = paths.slice(made.length, made.length + MOST)
        for (const isMade of yield* writing("makeDirectories", next[0] ?? "", (session) => session.makeFirst(next))) {
          made.push(isMade)
        }
      }
      return made
    })

  return { one, all, together }
}

/** More than go into one flight: the others are not looked at again for each. */
const MOST = 1000
