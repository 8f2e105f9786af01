/**
 * A download into a local file, over as many attempts and runs as it takes.
 *
 *     NAME.ftp-effect.part and its journal exist? ──yes──► resume it, if the server still has that file
 *        │ no                                          │ it has another one: from the beginning
 *        ▼                                             ▼
 *     NAME.ftp-effect.part ◄──bytes── segments ──whole──► verified ──► time, mode ──► on the disk ──► rename to NAME
 *        └── it stops: partial file and journal are kept for the next run, or removed if the caller says so
 *
 * One download at a time owns the partial file.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { FtpEvidence } from "../../base/FtpEvidence.ts"
import { FtpLocalFile, type FtpLocalFileError } from "../../platform/FtpLocalFile.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import type { FtpTime } from "../../protocol/FtpEntry.ts"
import * as Demand from "../demand.ts"
import type * as Identity from "../identity.ts"
import * as Interruption from "../interruption.ts"
import * as LocalHash from "../localHash.ts"
import * as LocalPlace from "../localPlace.ts"
import type { TransferError } from "../options.ts"
import type { Schedules } from "../patience.ts"
import type { Limit } from "../rate.ts"
import * as Checkpoint from "./checkpoint.ts"
import * as Journal from "./journal.ts"
import * as PartialFile from "./partialFile.ts"
import * as PartialName from "./partialName.ts"
import { Ranges } from "./ranges.ts"
import * as Segments from "./segments.ts"

import * as Verification from "./verification.ts"

export interface Choices {
  readonly times: "IfPossible" | "Now"
  /** The time from a listing, if the server does not report it for the file alone. */
  readonly expectedModified: FtpTime | undefined
  readonly partialFile: "Keep" | "Remove"
  readonly durability: "Written" | "Synced"
  readonly existing: "Replace" | "Fail"
  /** The permission bits of the file that is replaced. */
  readonly mode: Option.Option<number>
  /** What to do if the file on the server is replaced during the transfer. */
  readonly changed: "Fail" | "StartOver"
  readonly segments: number | "auto"
  readonly expectedSize: number | undefined
  readonly demand: Demand.Demand
  readonly limit: Limit
  readonly schedules: Schedules
  /** The most bytes that the file may have. */
  readonly maxBytes: number
  readonly onProgress: (bytes: number, total: Option.Option<number>) => void
  readonly onResume: (bytes: number) => void
}

/** One download: from where, to where, and how. */
interface Task {
  readonly path: string
  readonly source: Journal.Source
  readonly localPath: string
  /** The path of the partial file. */
  readonly partialFile: string
  readonly choices: Choices
}

/** The partial file is whole, and closed. */
interface Fetched {
  readonly bytes: number
  readonly identity: Identity.Identity
  /** Whether there is a journal. */
  readonly hasJournal: boolean
  /** Whether a later run could resume it. */
  readonly isResumable: boolean
}

interface Verified extends Fetched {
  readonly evidence: FtpEvidence
}

/**
 * Why a download to a local file fails.
 *
 * @since 0.1.0
 * @category errors
 */
export type FileError = TransferError | FtpLocalFileError

export const toFile = (
  path: string,
  localPath: string,
  choices: Choices
): Effect.Effect<Pick<Verified, "bytes" | "evidence">, FileError, FtpPool | FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const { endpoints } = yield* FtpPool
    const source = Journal.sourceOf(endpoints, path)
    const task: Task = { path, source, localPath, partialFile: PartialName.nameOf(localPath), choices }
    yield* Verification.begin(choices.demand, path)
    // Two downloads that write to one partial file would mix their files.
    yield* files.claim(task.partialFile)
    const once = Effect.flatMap(Effect.scoped(fetch(task)), (fetched) => verify(task, fetched))
    const verified = yield* choices.changed === "StartOver" ? orStartOver(task, once) : once
    yield* publish(task, verified)
    return verified
  }).pipe(Effect.scoped)

/** Another file has begun to come: fetches all of it, once. */
const orStartOver = <A, R>({ partialFile }: Task, once: Effect.Effect<A, FileError, R>) =>
  Effect.catchTag(once, "FtpIntegrityError", (error) =>
    error.reason === "Size" || error.reason === "TooLarge" || error.reason === "Unverified"
      ? Effect.fail(error)
      : Effect.zipRight(PartialFile.discard(partialFile), once)
  )

const fetch = (task: Task): Effect.Effect<Fetched, FileError, FtpPool | FtpLocalFile | Scope.Scope> =>
  Effect.gen(function* () {
    const { choices, partialFile, path, source } = task
    const files = yield* FtpLocalFile
    const { counts } = choices.demand
    const earlier = yield* PartialFile.earlierRun(source, partialFile, Demand.countsSize(choices.demand))
    const journal = Option.map(earlier, ({ journal }) => journal)
    const ranges = Option.match(earlier, { onNone: () => new Ranges(), onSome: ({ ranges }) => ranges })
    const { durability, expectedSize, limit, maxBytes, onResume, schedules, segments } = choices
    const checkpoint = yield* Checkpoint.make({ source, partialFile, ranges, durability, journal })
    let canRestart = true
    const isResumable = () => checkpoint.isResumable() && canRestart
    yield* Effect.addFinalizer((exit) =>
      Effect.provideService(discardIfUseless(task, exit, isResumable()), FtpLocalFile, files)
    )
    const identity = yield* Segments.fetch({
      path,
      partialFile,
      earlier,
      ranges,
      segments,
      expectedSize: Demand.countsSize(choices.demand) ? expectedSize : undefined,
      schedules,
      maxBytes,
      counts,
      limit,
      onResume,
      onReread: (isForGood) => {
        canRestart &&= !isForGood
      },
      identity: Option.map(journal, ({ identity }) => identity),
      onProgress: (bytes, total) => {
        checkpoint.landed(bytes)
        choices.onProgress(bytes, total)
      },
      record: checkpoint.record
    })
    yield* checkpoint.finish
    return {
      bytes: ranges.done,
      identity,
      hasJournal: checkpoint.hasJournal(),
      isResumable: isResumable()
    }
  })

/** No session is held by now. */
const verify = (task: Task, fetched: Fetched): Effect.Effect<Verified, FileError, FtpPool | FtpLocalFile> =>
  Effect.gen(function* () {
    const { choices, partialFile, path } = task
    const { demand, schedules } = choices
    const files = yield* FtpLocalFile
    const verification = Verification.verify(
      demand,
      { ...fetched, path, schedules },
      {
        start: (session) => LocalHash.start(demand, session, { direction: "Download", path }),
        feed: (hash) =>
          Effect.scoped(Effect.flatMap(files.openReader(partialFile, 0), ({ read }) => LocalHash.drain(read, hash)))
      }
    )
    const evidence = yield* Effect.onExit(verification, (exit) =>
      discardIfUseless(
        task,
        exit,
        fetched.bytes >= Interruption.WORTH_KEEPING && Exit.isFailure(exit) && !Verification.isDamaged(exit.cause)
      )
    )
    return { ...fetched, evidence }
  })

/** The file gets its time, its permissions and its final name; it is on the disk by then if `durability` demands it. */
const publish = (
  task: Task,
  { hasJournal, identity, isResumable }: Verified
): Effect.Effect<void, FtpLocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const { choices, localPath, partialFile } = task
    const files = yield* FtpLocalFile
    yield* Effect.scoped(finish(task, identity))
    // Not one without the other: a journal without its partial file would stay for ever.
    yield* Effect.uninterruptible(
      Effect.zipRight(
        files.rename(partialFile, localPath, choices.existing),
        hasJournal ? orWarn(localPath, Journal.remove(partialFile)) : Effect.void
      )
    )
  }).pipe(Effect.onExit((exit) => discardIfUseless(task, exit, isResumable && !isSyncFailure(exit))))

const finish = ({ choices, localPath, partialFile }: Task, { modified }: Identity.Identity) =>
  Effect.gen(function* () {
    const writer = yield* (yield* FtpLocalFile).openWriter(partialFile, "Existing")
    // Some file systems (CIFS, FUSE) refuse them; the file is complete without.
    const time = Option.orElse(modified, () => Option.fromNullable(choices.expectedModified))
    if (choices.times === "IfPossible" && Option.isSome(time)) {
      yield* orWarn(localPath, writer.setModified(time.value.at))
    }
    yield* orWarn(localPath, writer.setMode(choices.mode))
    if (choices.durability === "Synced") {
      yield* writer.sync
    }
    yield* writer.close
  })

/** A step that the content of the file does not depend on. */
const orWarn = <R>(localPath: string, step: Effect.Effect<void, FtpLocalFileError, R>): Effect.Effect<void, never, R> =>
  Effect.catchAll(step, (error) => LocalPlace.warn(localPath, error))

/** What could not be synced may be any part of what was written. */
const isSyncFailure = (exit: Exit.Exit<unknown, FtpLocalFileError>): boolean =>
  Exit.isFailure(exit) && Option.exists(Cause.failureOption(exit.cause), ({ operation }) => operation === "Sync")

/** After a failure the partial file stays only if a later run can resume it and the caller wants it kept. */
const discardIfUseless = (
  { choices, partialFile }: Task,
  exit: Exit.Exit<unknown, unknown>,
  isResumable: boolean
): Effect.Effect<void, never, FtpLocalFile> =>
  Exit.isSuccess(exit) || (choices.partialFile === "Keep" && isResumable)
    ? Effect.void
    : Effect.ignore(PartialFile.discard(partialFile))
