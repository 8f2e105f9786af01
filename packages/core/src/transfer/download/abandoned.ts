/**
 * What killed downloads have left in a folder, and no later download of the same names would touch: it is removed by a run
 * that has read the folder.
 *
 *     NAME.ftp-effect.part.1a2b3c4d     nothing has changed it for over a day; a small file is written in a moment
 *     NAME.ftp-effect.part.lock         there is no partial file, and the process that made it has ended (see `claim`)
 *
 * A partial file and its journal stay for the next download of NAME, and so does a lock beside them.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpLocalFile, FtpLocalFileError, OwnInfo } from "../../platform/FtpLocalFile.ts"
import * as PartialName from "./partialName.ts"

/** No clock of a file system is as far behind. */
const OLD = Duration.toMillis("1 day")

/** A reserved name in a folder that was read. */
export interface Found {
  /** A local path. */
  readonly path: string
  /** Fails if the folder is not where its path says by now. */
  readonly proof: Effect.Effect<void, FtpLocalFileError>
}

export const remove = (files: FtpLocalFile, found: Iterable<Found>): Effect.Effect<void> =>
  Effect.forEach(
    found,
    ({ path, proof }) =>
      Effect.catchAll(Effect.zipRight(proof, removeOne(files, path)), (error) =>
        Effect.logWarning(`${path}, which a killed download has left, could not be removed`, error)
      ),
    { discard: true }
  )

const removeOne = (files: FtpLocalFile, path: string): Effect.Effect<void, FtpLocalFileError> => {
  if (PartialName.isWritten(path)) {
    return Effect.flatMap(Effect.zip(files.ownInfo(path), Clock.currentTimeMillis), ([info, now]) =>
      Option.exists(info, isUnchangedSince(now - OLD)) ? files.remove(path) : Effect.void
    )
  }
  const partialFile = PartialName.lockedBy(path)
  return partialFile === undefined
    ? Effect.void
    : Effect.flatMap(Effect.zip(files.ownInfo(path), files.ownInfo(partialFile)), ([lock, partial]) =>
        Option.isNone(lock) || Option.isSome(partial) ? Effect.void : release(files, partialFile)
      )
}

/** One that another process holds stays. */
const release = (files: FtpLocalFile, partialFile: string): Effect.Effect<void, FtpLocalFileError> =>
  Effect.catchIf(
    Effect.scoped(files.claim(partialFile)),
    ({ reason }) => reason === "InUse",
    () => Effect.void
  )

const isUnchangedSince =
  (millis: number) =>
  ({ id }: OwnInfo): boolean =>
    Option.exists(id, ({ changed }) => changed !== undefined && changed < millis)
