/**
 * What a server has shown in this run of whether it keeps times, although it lists MFMT:
 *
 *     a file is given its own time ──accepted──► it keeps times
 *                  ├──not supported──► it does not
 *                  └──refused──► some others ──one is accepted──► it keeps times
 *                                     └──all are refused──► not those of this directory; of three: of no directory
 *
 * A file that is refused may be another user's. Times of minutes are asked for to the second before.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError } from "../base/FtpError.ts"
import type { FtpClient } from "../client/FtpClient.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import type { Dated, FtpSession, ShownTimes } from "../session/FtpSession.ts"
import { mayBeSame } from "./compare.ts"
import { endsAll } from "./endsAll.ts"
import type { MirrorError } from "./trees.ts"

/** A file of the server, by its path there. */
export interface Listed {
  readonly path: string
  readonly listed: FtpTime
}

export interface KeptTimes {
  /** What shows nothing counts as yes. */
  readonly show: (files: ReadonlyArray<Listed>, client: FtpClient) => Effect.Effect<boolean, MirrorError>
  readonly forget: () => void
}

/** How many times it may refuse all files that it is asked for, before it is asked no more. */
const MOST_REFUSALS = 3

export const make: Effect.Effect<KeptTimes> = Effect.map(Effect.makeSemaphore(1), (turns) => {
  let shown: boolean | undefined
  let refusals = 0
  const note = (found: ShownTimes): boolean => {
    if (found === "Refuses") {
      refusals++
      shown = refusals < MOST_REFUSALS ? undefined : false
      return false
    }
    shown = found !== "Unsupported"
    return shown
  }
  return {
    show: (files, client) =>
      turns.withPermits(1)(
        Effect.suspend(() =>
          shown !== undefined
            ? Effect.succeed(shown)
            : client
                .withSession((session) => ask(session, files))
                .pipe(
                  Effect.catchIf(
                    (error) => !endsAll(error),
                    (error) =>
                      Effect.as(Effect.logDebug("whether times are kept could not be shown", error), "Unknown" as const)
                  ),
                  Effect.map(note)
                )
        )
      ),
    forget: () => {
      shown = undefined
      refusals = 0
    }
  }
})

/** The first file alone, as most servers accept it. */
const ask = (session: FtpSession, files: ReadonlyArray<Listed>): Effect.Effect<ShownTimes, CommandError> =>
  Effect.gen(function* () {
    const [first, ...others] = yield* dated(session, files)
    const found = first === undefined ? "Unknown" : yield* session.showsSetsModified([first])
    return found !== "Refuses" || others.length === 0 ? found : surer(yield* session.showsSetsModified(others))
  })

/** After a refusal. */
const surer = (found: ShownTimes): ShownTimes => (found === "Unknown" ? "Refuses" : found)

/** With their times to the second; those whose time is not known so are left out. */
const dated = (session: FtpSession, files: ReadonlyArray<Listed>): Effect.Effect<ReadonlyArray<Dated>, CommandError> =>
  Effect.gen(function* () {
    const exact = files.filter(({ listed }) => isExact(listed))
    const answers = exact.length > 0 ? [] : yield* session.modifiedFirst(files.map(({ path }) => path))
    return exact.length > 0
      ? exact.map(({ listed, path }) => ({ path, its: listed.at }))
      : answers.flatMap((answer, index) => {
          const file = files[index]
          const time = Option.getOrUndefined(answer)
          return file !== undefined && time !== undefined && isExact(time) && mayBeSame(file.listed, time)
            ? [{ path: file.path, its: time.at }]
            : []
        })
  })

/** MLSD and MDTM tell times in UTC. Of a fraction of a second MFMT says nothing. */
const isExact = ({ guess, precision, zone }: FtpTime): boolean =>
  guess === undefined && zone === "Utc" && (precision === "Second" || precision === "Millisecond")
