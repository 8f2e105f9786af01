/**
 * How it is found out in which directories of a tree case counts (`cases.ts`):
 *
 *     a server          is asked for paths: `client/nameCase.ts`
 *     a local folder    finds a file under a name that its directory does not list: a disk that ignores case (vfat, exFAT)
 *
 * A directory that lists no file to ask for is probed by an empty directory that is made and removed in it.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { runBounded } from "../base/boundedFinalizer.ts"
import type { FtpClient } from "../client/FtpClient.ts"
import * as NameCase from "../client/nameCase.ts"
import type { FtpLocalFile } from "../platform/FtpLocalFile.ts"
import * as TemporaryName from "../transfer/upload/temporaryName.ts"
import * as Cases from "./cases.ts"
import { endsAll } from "./endsAll.ts"
import * as Tree from "./Tree.ts"
import type { CaseQuestion, MirrorError } from "./trees.ts"

type PathOf = (path: string) => string

interface Ways<E> {
  readonly ask: (doubtful: NameCase.Doubtful, pathOf: PathOf) => Effect.Effect<NameCase.Answer, E>
  readonly make: (path: string) => Effect.Effect<void, E>
  readonly remove: (path: string) => Effect.Effect<void, E>
  /** Whether an error of `make` says that it has made nothing. */
  readonly isRefusal: (error: E) => boolean
}

/** A login, and the command. */
const REMOVAL_LIMIT = "30 seconds"

const by = <E extends MirrorError>({ ask, isRefusal, make, remove }: Ways<E>): CaseQuestion => {
  const cases = Cases.make()
  /** Asks for the other name of a directory that is there meanwhile, or may be. */
  const asked = (directory: string, pathOf: PathOf) =>
    Effect.flatMap(TemporaryName.make(Tree.join(directory, "case"), Option.none()), (listed) => {
      let isRefused = false
      const made = Effect.tapError(make(pathOf(listed)), (error) =>
        Effect.sync(() => {
          isRefused = isRefusal(error)
        })
      )
      const removed = Effect.flatMap(runBounded(remove(pathOf(listed)), REMOVAL_LIMIT), (done) =>
        Option.isSome(done)
          ? Effect.void
          : Effect.logWarning(`${pathOf(listed)}, which has shown if case counts, could not be removed`)
      )
      const other = Tree.join(directory, Tree.nameOf(listed).toUpperCase())
      return Effect.ensuring(
        Effect.zipRight(made, ask({ asked: other, listed }, pathOf)),
        Effect.suspend(() => (isRefused ? Effect.void : removed))
      )
    })
  return {
    cases,
    learn: (doubtful, pathOf) =>
      Effect.map(ask(doubtful, pathOf), (answer) => cases.note(Tree.parent(doubtful.listed), answer)),
    probe: (directory, pathOf) =>
      asked(directory, pathOf).pipe(
        Effect.catchIf(
          (error) => !endsAll(error),
          (error) =>
            Effect.as(
              Effect.logDebug(`it is not known whether case counts in ${pathOf(directory)}`, error),
              "Unknown" as const
            )
        ),
        Effect.map((answer) => cases.note(directory, answer))
      )
  }
}

export const ofServer = (client: FtpClient): CaseQuestion =>
  by({
    ask: (doubtful, pathOf) => NameCase.ask(client, doubtful, pathOf),
    make: (path) => Effect.asVoid(client.makeDirectory(path)),
    remove: (path) => client.withSession((session) => session.removeDirectory(path)),
    isRefusal: ({ _tag }) => _tag === "FtpRejected"
  })

/** `undefined` if its system says it. */
export const ofFolder = ({ directories, info }: FtpLocalFile): CaseQuestion | undefined =>
  directories.foldsNames
    ? undefined
    : by({
        ask: ({ asked }, pathOf) =>
          Effect.map(info(pathOf(asked)), (found): NameCase.Answer => (Option.isSome(found) ? "One" : "Two")),
        make: directories.make,
        remove: directories.remove,
        isRefusal: () => true
      })
