/**
 * One range of a file, from the server into the partial file.
 *
 *     Download ──bytes──► partial file ──► the end of the range?
 *        the next range has no bytes yet ───────────────► absorbed: continues over it
 *        it has: OVERLAP bytes more, compared ──same────► merged, and the RETR is left early
 *                                             └─other───► one of the two is not of this file: `fallBackToSingle`
 *        the end of the file ──2yz──────────────────────► done
 *
 * So each range proves where the next one begins, and a server that ignores REST, or has another file by now, is
 * recognised. If a range begins with the first bytes of the file, that is known at once.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Bytes from "../../base/bytes.ts"
import { FtpLocalFile, type FtpLocalFileError, type Writer } from "../../platform/FtpLocalFile.ts"
import type { FtpPool } from "../../pool/FtpPool.ts"
import type * as Identity from "../identity.ts"
import * as Integrity from "../integrity.ts"
import * as Overlap from "./overlap.ts"
import type { Range, Ranges } from "./ranges.ts"
import type * as DownloadStream from "./stream.ts"

export type WorkError = DownloadStream.DownloadError | FtpLocalFileError

/** What the workers of one download share. */
export interface WorkerContext {
  /** For errors. */
  readonly subject: Integrity.Subject
  /** The path of the partial file. */
  readonly partialFile: string
  readonly ranges: Ranges
  /** The first bytes of the ranges that were begun in this run, by where they begin: no disk is asked for them. */
  readonly heads: Map<number, Uint8Array>
  /** The partial file, for writing. */
  readonly openWriter: Effect.Effect<Writer, FtpLocalFileError, Scope.Scope>
  /** To be called with what the server reported of the file, when its bytes begin to come and the partial file is open. */
  readonly opened: (identity: Identity.Identity) => void
  /** To be called after `opened`, when this worker takes no more bytes. */
  readonly closed: () => void
  /** Millis of the clock. */
  readonly now: () => number
  /** To be run when few bytes came at once, so that several streams don't come, and are not written, in crumbs. */
  readonly pause: Effect.Effect<void>
  /** To be run when bytes have landed. */
  readonly landed: Effect.Effect<void, FtpLocalFileError>
  /** Ends the worker of a range, if it has one, and waits until it wrote its last byte. */
  readonly stop: (range: Range) => Effect.Effect<void>
  /** Gives up everything but the first range and its worker. */
  readonly fallBackToSingle: Effect.Effect<void, WorkError>
}

/** Ends when nothing is left to do for the range; the session is returned then. */
export const work = (
  context: WorkerContext,
  range: Range,
  open: Effect.Effect<DownloadStream.Download, WorkError, FtpPool | FtpLocalFile | Scope.Scope>
): Effect.Effect<void, WorkError, FtpPool | FtpLocalFile> =>
  Effect.scoped(
    Effect.gen(function* () {
      const source = yield* open
      const writer = yield* context.openWriter
      yield* Effect.acquireRelease(
        Effect.sync(() => context.opened(source.identity())),
        () => Effect.sync(context.closed)
      )
      yield* pump(context, range, source, writer)
      yield* writer.close
    })
  )

/** Below this a chunk costs more to pass on than to carry. */
const CRUMBS = 32 * 1024

const NOTHING: Uint8Array = new Uint8Array(0)

/** One range on its way. */
interface Progress {
  readonly context: WorkerContext
  readonly range: Range
  readonly source: DownloadStream.Download
  readonly writer: Writer
  /** Where this worker began. */
  readonly from: number
  /** What is kept of the range's first bytes; `undefined` when they are complete, or another run has had them. */
  head: Uint8Array | undefined
  /** Whether these may turn out to be the first bytes of the file once more. */
  mayBeFirstBytes: boolean
  /** What came and is not written yet. */
  pending: Uint8Array
  mayPause: boolean
}

const pump = (
  context: WorkerContext,
  range: Range,
  source: DownloadStream.Download,
  writer: Writer
): Effect.Effect<void, WorkError, FtpLocalFile> =>
  Effect.gen(function* () {
    const { ranges } = context
    const progress: Progress = {
      context,
      range,
      source,
      writer,
      from: range.at,
      head: range.from === range.at ? NOTHING : undefined,
      mayBeFirstBytes: range.at > 0,
      pending: NOTHING,
      mayPause: false
    }
    while (true) {
      if (range.at === range.end) {
        const next = ranges.after(range)
        if (next !== undefined) {
          const more = yield* passOver(progress, next)
          if (more === undefined) {
            return
          }
          progress.pending = more
          continue
        }
        if (progress.pending.byteLength > 0) {
          return yield* Integrity.make(context.subject, "Size", `${range.end} bytes`, "more")
        }
      }
      if (progress.pending.byteLength === 0) {
        if (progress.mayPause) {
          yield* context.pause
        }
        const more = yield* source.read
        if (Option.isNone(more)) {
          // If the size is unknown, this is the end of the file.
          return ranges.after(range) === undefined ? ranges.endAt(range.at) : undefined
        }
        progress.pending = more.value
        progress.mayPause = more.value.byteLength < CRUMBS
        continue
      }
      const bytes = claim(progress)
      yield* writer.write(bytes, range.at)
      ranges.landed(range, context.now())
      progress.pending = progress.pending.subarray(bytes.byteLength)
      yield* context.landed
      if (repeatsFirstBytes(progress)) {
        const expected = `the bytes from ${progress.from} on`
        return yield* Integrity.make(context.subject, "IgnoredOffset", expected, "the first bytes of the file again")
      }
    }
  })

/** The pending bytes that belong to the range. The first ones of the range are kept for the one before it. */
const claim = (progress: Progress): Uint8Array => {
  const { context, from, head, pending, range } = progress
  const bytes = pending.subarray(0, context.ranges.claim(range, pending.byteLength))
  if (head !== undefined) {
    const longer = Bytes.concat([head, bytes.subarray(0, Overlap.OVERLAP - head.byteLength)])
    const isComplete = longer.byteLength === Overlap.OVERLAP
    if (isComplete) {
      context.heads.set(from, longer)
    }
    progress.head = isComplete ? undefined : longer
  }
  return bytes
}

/**
 * Compared once, as soon as both are known. A head of one byte over and over, as of an image of a disk, shows nothing.
 */
const repeatsFirstBytes = (progress: Progress): boolean => {
  if (!progress.mayBeFirstBytes) {
    return false
  }
  const first = progress.context.heads.get(0)
  const here = progress.context.heads.get(progress.from)
  if (first === undefined || here === undefined) {
    return false
  }
  progress.mayBeFirstBytes = false
  return Bytes.isPrefix(here, first) && first.some((byte) => byte !== first[0])
}

/** At the end of a range that has a next one: the bytes to continue with, or `undefined` if the two have merged. */
const passOver = (
  { context, pending, range, source }: Progress,
  next: Range
): Effect.Effect<Uint8Array | undefined, WorkError, FtpLocalFile> =>
  Effect.gen(function* () {
    const length = Math.min(Overlap.OVERLAP, next.end - next.from)
    if (next.at - next.from < length) {
      context.ranges.absorb(range)
      yield* context.stop(next)
      return pending
    }
    const here = context.heads.get(next.from) ?? (yield* bytesOf(context.partialFile, next.from, length))
    const came = yield* gather(source, pending, length)
    if (here.byteLength >= length && Bytes.isPrefix(came, here.subarray(0, length))) {
      context.ranges.merge(range)
      return undefined
    }
    if (range.from > 0) {
      return yield* Integrity.make(
        context.subject,
        "IgnoredOffset",
        `what another session sent from ${range.end} on`,
        "other bytes"
      )
    }
    // The first range begins without REST, and was compared with what was here each time it was resumed.
    yield* context.fallBackToSingle
    return came
  })

/** At least so many bytes, or all there are; no longer lent if they did not come together. */
const gather = (
  source: DownloadStream.Download,
  bytes: Uint8Array,
  length: number
): Effect.Effect<Uint8Array, DownloadStream.DownloadError> =>
  Effect.gen(function* () {
    let gathered = bytes
    while (gathered.byteLength < length) {
      const before = gathered.slice()
      const more = yield* source.read
      if (Option.isNone(more)) {
        return before
      }
      gathered = Bytes.concat([before, more.value])
    }
    return gathered
  })

/** So many bytes of a local file from `from` on, or all there are. */
const bytesOf = (
  path: string,
  from: number,
  length: number
): Effect.Effect<Uint8Array, FtpLocalFileError, FtpLocalFile> =>
  Effect.scoped(
    Effect.gen(function* () {
      const reader = yield* (yield* FtpLocalFile).openReader(path, from)
      return yield* Bytes.readUpTo(reader.read, length)
    })
  )

/** The end of what is here of a range, as proof for the session that resumes it. */
export const tailBefore = (
  partialFile: string,
  range: Range,
  isSizeKnown: boolean
): Effect.Effect<Overlap.Tail, FtpLocalFileError, FtpLocalFile> =>
  Overlap.tailOf((from, length) => bytesOf(partialFile, from, length), range, isSizeKnown)
