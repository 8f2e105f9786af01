/**
 * What a download leaves behind if it is killed, or the machine loses its power: its journal, kept up to date, and how much
 * of the part is on the disk.
 *
 *     bytes land ──64 MiB since──► fsync ──► journal: these are safe
 *     of which file, or which ranges, is told ──► journal
 *
 * A system that goes on running has what was written to it; one that was started anew has what was synced, and a file
 * of the right length with holes where the rest was. It does NOT choose names or say what is whole: `toFile` does.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { FtpLocalFile, type FtpLocalFileError, type LocalInfo } from "../../platform/FtpLocalFile.ts"
import * as Identity from "../identity.ts"
import * as Interruption from "../interruption.ts"
import * as Journal from "./journal.ts"
import type { Ranges } from "./ranges.ts"

export interface Checkpoint {
  /** Called with one stream when bytes have landed; with several now and then, and before they are left. */
  readonly note: (
    identity: Identity.Identity,
    streams: "One" | "Several"
  ) => Effect.Effect<void, FtpLocalFileError, FtpLocalFile>
  /** To be called when so many bytes are in the part. */
  readonly landed: (bytes: number) => void
  /** Completes when all of the part is on the disk, where that is wanted. */
  readonly rest: Effect.Effect<void, FtpLocalFileError>
  /** Whether a journal was written or found. */
  readonly hasJournal: () => boolean
  /** Whether a later run can go on with the part as it is now. */
  readonly isResumable: () => boolean
}

export interface Options {
  readonly path: string
  readonly part: string
  readonly ranges: Ranges
  readonly durability: "Written" | "Synced"
  /** What an earlier run left. */
  readonly journal: Option.Option<Journal.Journal>
}

/** So much is left to be synced at the end, or is fetched again after a power cut, where the disk is as fast as the line. */
const BEHIND_BYTES = 64 * 1024 * 1024

export const make = (options: Options): Effect.Effect<Checkpoint, never, FtpLocalFile | Scope.Scope> =>
  Effect.gen(function* () {
    const { part, path, ranges, durability } = options
    const files = yield* FtpLocalFile
    const boot = yield* files.boot
    const writing = yield* Effect.makeSemaphore(1)
    let journal = Option.getOrUndefined(options.journal)
    let safe = { epoch: ranges.epoch, here: journal?.safe ?? [] }
    // What the system could not write may be any part of what it took, and it says so once.
    let lost: FtpLocalFileError | undefined

    const save = (identity: Identity.Identity, streams: "One" | "Several") =>
      Effect.suspend(() => {
        const here = streams === "Several" ? Option.some(ranges.here()) : Option.none()
        const written = { path, identity, here, boot, safe: safe.epoch === ranges.epoch ? safe.here : [] }
        return Effect.map(Journal.write(part, written), () => {
          journal = written
        })
      }).pipe(writing.withPermits(1), Effect.provideService(FtpLocalFile, files))

    const sync = Effect.suspend(() => {
      const now = { epoch: ranges.epoch, here: ranges.here() }
      if (ranges.done === 0) {
        // Nobody may have opened the part yet.
        safe = now
        return Effect.void
      }
      return Effect.matchEffect(
        Effect.scoped(Effect.flatMap(files.openWriter(part, "Existing"), (writer) => writer.sync)),
        {
          onFailure: (error) => {
            lost ??= error
            return Effect.fail(error)
          },
          onSuccess: () => {
            safe = now
            return Effect.void
          }
        }
      )
    })

    const behind = Effect.zipRight(
      sync,
      Effect.suspend(() =>
        journal === undefined ? Effect.void : save(journal.identity, Option.isSome(journal.here) ? "Several" : "One")
      )
    )
    const asked = yield* Queue.dropping<void>(1)
    const syncing =
      durability === "Synced"
        ? yield* Effect.forkScoped(Effect.forever(Effect.zipRight(Queue.take(asked), behind)))
        : undefined
    let last = ranges.done

    return {
      note: (identity, streams) => {
        if (streams === "Several") {
          return Effect.zipRight(durability === "Synced" ? sync : Effect.void, save(identity, streams))
        }
        // Of one stream the part says the rest itself.
        const isNoted =
          journal !== undefined && Option.isNone(journal.here) && Identity.isSame(journal.identity, identity)
        return isNoted || ranges.done < Interruption.WORTH_KEEPING || !Journal.isWorthIt(identity)
          ? Effect.void
          : save(identity, streams)
      },
      landed: (bytes) => {
        if (bytes - last >= BEHIND_BYTES) {
          last = bytes
          Queue.unsafeOffer(asked, undefined)
        }
      },
      rest: Effect.gen(function* () {
        if (syncing !== undefined) {
          const exit = yield* Fiber.interrupt(syncing)
          yield* Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause) ? exit : (lost ?? sync)
        }
      }),
      hasJournal: () => journal !== undefined,
      isResumable: () => journal !== undefined && ranges.done >= Interruption.WORTH_KEEPING && lost === undefined
    }
  })

/**
 * What counts of a part, as `Ranges` takes it. It may be shorter than its journal says, after a power cut, or longer than the
 * file.
 */
export const counts = (
  { boot, here, identity, safe }: Journal.Journal,
  part: LocalInfo,
  now: Option.Option<string>
): Journal.Here => {
  const length = Option.match(identity.size, {
    onNone: () => part.size,
    onSome: (size) => Math.min(size, part.size)
  })
  const isSameBoot = Option.isSome(now) && Option.contains(boot, now.value)
  const trusted = isSameBoot ? Option.getOrElse(here, (): Journal.Here => [[0, length]]) : safe
  return trusted.filter(([from]) => from < length).map(([from, at]) => [from, Math.min(at, length)])
}
