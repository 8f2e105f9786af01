/**
 * How it is found out which names are one in the directories of a tree (`cases.ts`):
 *
 *     a server          is asked for paths: `client/nameCase.ts`
 *     a local folder    finds a file under a name that its directory does not list: a disk that ignores case (vfat, exFAT)
 *
 * A directory that lists no file to ask for is probed by an empty directory that is made and removed in it:
 *
 *     a.txt, A.txt            .case.1a2b3c4d.ftp-effect             .CASE.1A2B3C4D.FTP-EFFECT
 *     Maße.txt, MASSE.txt     .case.aße.1a2b3c4d.ftp-effect         .case.ASSE.1a2b3c4d.ftp-effect
 *
 * No directory is probed more than some dozens of times: of the other names it is not known.
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
  /** Whether the system is known to ignore case. */
  readonly ignoresCase: boolean
}

/** A login, and the command. */
const REMOVAL_LIMIT = "30 seconds"

/** Each takes three commands on a server, one after another. */
const MAX_PROBES = 64

const by = <E extends MirrorError>({ ask, ignoresCase, isRefusal, make, remove }: Ways<E>): CaseQuestion => {
  const cases = Cases.make({ ignoresCase })
  const probes = new Map<string, number>()
  /** Asks for the other name of a directory that is there meanwhile, or may be. */
  const asked = (difference: Cases.NameDifference, pathOf: PathOf) =>
    Effect.flatMap(namesFor(difference), ({ listed, other }) => {
      if (other === undefined) {
        return Effect.succeed<NameCase.Answer>("Unknown")
      }
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
      return Effect.ensuring(
        Effect.zipRight(made, ask({ asked: other, listed, isMadeUp: true }, pathOf)),
        Effect.suspend(() => (isRefused ? Effect.void : removed))
      )
    })
  return {
    cases,
    learn: (doubtful, pathOf) =>
      Effect.map(ask(doubtful, pathOf), (answer) =>
        cases.note(
          {
            directory: Tree.parent(doubtful.listed),
            names: [Tree.nameOf(doubtful.listed), Tree.nameOf(doubtful.asked)]
          },
          answer
        )
      ),
    probe: (difference, pathOf) =>
      Effect.suspend(() => {
        const count = probes.get(difference.directory) ?? 0
        probes.set(difference.directory, count + 1)
        return count < MAX_PROBES ? asked(difference, pathOf) : Effect.succeed<NameCase.Answer>("Unknown")
      }).pipe(
        Effect.catchIf(
          (error) => !endsAll(error),
          (error) =>
            Effect.as(
              Effect.logDebug(`it is not known whether case counts in ${pathOf(difference.directory)}`, error),
              "Unknown" as const
            )
        ),
        Effect.map((answer) => cases.note(difference, answer))
      )
  }
}

interface Names {
  /** Is made. */
  readonly listed: string
  /** Is the same if the names of the difference are. `undefined` if they are too long for that. */
  readonly other: string | undefined
}

const namesFor = ({ directory, names }: Cases.NameDifference): Effect.Effect<Names> => {
  const [shown, other] = Cases.kindOf(names) === "Case" ? [] : parts(names)
  const start = shown === undefined ? "case" : `case.${shown}`
  return Effect.map(TemporaryName.make(Tree.join(directory, start), Option.none()), (listed) => {
    const name = Tree.nameOf(listed)
    return {
      listed,
      other:
        shown === undefined
          ? Tree.join(directory, name.toUpperCase())
          : name.startsWith(`.${start}.`)
            ? Tree.join(directory, `.case.${other}.${name.slice(start.length + 2)}`)
            : undefined
    }
  })
}

/** What is between the characters that both begin with, and those that both end with. */
const parts = (names: Cases.NameDifference["names"]): readonly [string, string] => {
  const [left, right] = [[...names[0]], [...names[1]]]
  const shorter = Math.min(left.length, right.length)
  let start = 0
  while (start < shorter && left[start] === right[start]) {
    start++
  }
  let end = 0
  while (end < shorter - start && left.at(-1 - end) === right.at(-1 - end)) {
    end++
  }
  const between = (letters: ReadonlyArray<string>) => letters.slice(start, letters.length - end).join("")
  return [between(left), between(right)]
}

export const ofServer = (client: FtpClient): CaseQuestion =>
  by({
    ask: (doubtful, pathOf) => NameCase.ask(client, doubtful, pathOf),
    make: (path) => Effect.asVoid(client.makeDirectory(path)),
    remove: (path) => client.withSession((session) => session.removeDirectory(path)),
    isRefusal: ({ _tag }) => _tag === "FtpRejected",
    ignoresCase: false
  })

export const ofFolder = ({ directories, info }: FtpLocalFile): CaseQuestion =>
  by({
    ask: ({ asked }, pathOf) =>
      Effect.map(info(pathOf(asked)), (found): NameCase.Answer => (Option.isSome(found) ? "One" : "Two")),
    make: directories.make,
    remove: directories.remove,
    isRefusal: () => true,
    ignoresCase: directories.foldsNames
  })
