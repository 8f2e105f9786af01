/**
 * The root of a tree on a server: how its server writes paths, where it leads, and whether it is there. What was found out
 * holds for a run.
 *
 *     login directory ──► root, joined to it (expected) ──CWD, PWD──► root as the server names it from inside (resolved)
 *                                                          └─550──► missing: a listing of it would show the same
 */
import * as Effect from "effect/Effect"
import { isNotFound, type OpenError } from "../base/FtpError.ts"
import type { FtpClient, ListError } from "../client/FtpClient.ts"
import * as NameCase from "../client/nameCase.ts"
import * as NativePath from "../protocol/NativePath.ts"
import * as RemotePath from "../protocol/RemotePath.ts"

/** `through` is the client that asks: a worker that keeps the only session can't be given another one. */
export interface RemoteRoot {
  /** `undefined` until it was asked for. */
  readonly syntax: () => NativePath.Syntax | undefined
  /** Asks how names are written there with the first question about the tree, before `self`. */
  readonly withSyntax: <A, E>(self: Effect.Effect<A, E>, through?: FtpClient) => Effect.Effect<A, E | OpenError>
  /** Where it leads, as the server names it from inside. */
  readonly resolved: (through: FtpClient) => Effect.Effect<string, OpenError>
  /** The same, and where it will be if it is not there yet. */
  readonly resolvedOrExpected: (through: FtpClient) => Effect.Effect<string, OpenError>
  /** Whether it is a login directory, a directory above one, or the root of a file system. */
  readonly isHome: Effect.Effect<boolean, OpenError>
  /** It was made, or is known to be a directory. */
  readonly noteMade: () => void
  readonly isMade: () => boolean
  /** The error of its visit, if that has just shown that it is not there. It is returned once. */
  readonly takeMissing: () => ListError | undefined
  readonly forgetMissing: () => void
  readonly forget: () => void
}

export const make = (root: string, client: FtpClient): RemoteRoot => {
  let syntax: NativePath.Syntax | undefined
  let home: string | undefined
  let fromInside: string | undefined
  let isMade = false
  let missing: ListError | undefined
  const homeBy = ({ workingDirectory }: FtpClient) =>
    Effect.suspend(() =>
      home !== undefined
        ? Effect.succeed(home)
        : Effect.map(workingDirectory, (found) => {
            home = found
            return found
          })
    )
  const expected = (through: FtpClient) =>
    Effect.map(homeBy(through), (home) => (root === "" ? home : NativePath.resolve(home, root)))
  const resolved = (through: FtpClient) =>
    Effect.suspend(() =>
      fromInside !== undefined
        ? Effect.succeed(fromInside)
        : Effect.tapBoth(lookUp(through), {
            onFailure: (error) =>
              Effect.sync(() => {
                missing = isNotFound(error) ? error : undefined
              }),
            onSuccess: (found) =>
              Effect.sync(() => {
                fromInside = found
              })
          })
    )
  const lookUp = (through: FtpClient) =>
    home !== undefined
      ? root === ""
        ? Effect.succeed(home)
        : resolve(through, root, NativePath.resolve(home, root))
      : Effect.flatMap(
          through.withSession((session) => session.whereabouts(root)),
          (found) => {
            home = found.home
            return found.directory
          }
        )
  const forgetMissing = () => {
    missing = undefined
  }
  return {
    syntax: () => syntax,
    withSyntax: (self, through = client) =>
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
      ),
    resolved,
    resolvedOrExpected: (through) => Effect.catchIf(resolved(through), isNotFound, () => expected(through)),
    isHome: Effect.gen(function* () {
      const path = RemotePath.normalise(root)
      if (path === "/" || path === ".") {
        return true
      }
      const there = yield* resolved(client)
      const home = yield* homeBy(client)
      // A link may lead there, and PWD after CWD may name another path than it does after the login.
      return yield* Effect.exists([there, yield* expected(client)], (path) =>
        NativePath.isRoot(path) ? Effect.succeed(true) : NameCase.isInside(client, home, path)
      )
    }).pipe(Effect.catchIf(isNotFound, () => Effect.succeed(false))),
    noteMade: () => {
      isMade = true
      forgetMissing()
    },
    isMade: () => isMade,
    takeMissing: () => {
      const error = missing
      forgetMissing()
      return error
    },
    forgetMissing,
    forget: () => {
      home = undefined
      fromInside = undefined
      isMade = false
      forgetMissing()
    }
  }
}

/** Where the directory leads, as the server names it from inside. */
export const resolve = (through: FtpClient, path: string, expected: string): Effect.Effect<string, OpenError> =>
  through.withSession((session) => session.resolveDirectory(path, expected))
