/**
 * One range of a file, from the server into the part.
 *
 *     Download ──bytes──► part ──► the end of the range?
 *        the next one has nothing yet ─────────────────► swallowed, on over it
 *        it has: OVERLAP bytes more, compared ──same───► met, and the RETR is left
 *                                             └─other──► one of the two is not of this file: see `Site.fallBackToSingle`
 *        the end of the file ──2yz─────────────────────► done
 *
 * So each range proves where the next one begins, and a server that ignores REST, or has another file by now, is found
 * out. When it begins with the file's first bytes once more, that is known at once. It does NOT choose ranges or
 * judge failures: `segments` does.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Bytes from "../../base/bytes.ts"
import type { FtpIntegrityError } from "../../base/FtpError.ts"
import { FtpLocalFile, type FtpLocalFileError, type Writer } from "../../platform/FtpLocalFile.ts"
import type { FtpPool } from "../../pool/FtpPool.ts"
import type * as Identity from "../identity.ts"
import * as Integrity from "../integrity.ts"
import { OVERLAP } from "./overlap.ts"
import type { Range, Ranges } from "./ranges.ts"
import type * as DownloadStream from "./stream.ts"

export type WorkError = DownloadStream.DownloadError | FtpLocalFileError

/** What the workers of one download share. */
export interface WorkerContext {
  readonly path: string
  readonly part: string
  /** For errors. */
  readonly server: string
  readonly ranges: Ranges
  /** The first bytes of the ranges that were begun in this run, by where they begin: no disk is asked for them. */
  readonly heads: Map<number, Uint8Array>
  /** The part, for writing. */
  readonly openWriter: Effect.Effect<Writer, FtpLocalFileError, Scope.Scope>
  /** To be called with what the server told of the file, when the part is open. */
  readonly opened: (identity: Identity.Identity) => void
  /** Millis of the clock. */
  readonly now: () => number
  /** To be run when few bytes came at once: with several streams each would come in crumbs, and be written so. */
  readonly pause: Effect.Effect<void>
  /** To be run when bytes have landed. */
  readonly landed: Effect.Effect<void, FtpLocalFileError, FtpLocalFile>
  /** Ends the worker of a range, if it has one, and waits until it wrote its last byte. */
  readonly stop: (range: Range) => Effect.Effect<void>
  /** Gives up everything but the first range and its worker. */
  readonly fallBackToSingle: Effect.Effect<void, WorkError>
}

/** Ends when nothing is left to do for the range; the session is given back then. */
export const work = (
  context: WorkerContext,
  range: Range,
  open: Effect.Effect<DownloadStream.Download, WorkError, FtpPool | FtpLocalFile | Scope.Scope>
): Effect.Effect<void, WorkError, FtpPool | FtpLocalFile> =>
  Effect.scoped(
    Effect.gen(function* () {
      const source = yield* open
      const writer = yield* context.openWriter
      context.opened(source.identity())
      yield* pump(context, range, source, writer)
      yield* writer.close
    })
  )

/** Below this a chunk costs more to pass on than to carry. */
const CRUMBS = 32 * 1024

const NOTHING: Uint8Array = new Uint8Array(0)

const pump = (
  context: WorkerContext,
  range: Range,
  source: DownloadStream.Download,
  writer: Writer
): Effect.Effect<void, WorkError, FtpLocalFile> =>
  Effect.gen(function* () {
    const { ranges } = context
    const from = range.at
    let head: Uint8Array | undefined = range.from === from ? NOTHING : undefined
    let mayBeHead = from > 0
    let mayPause = false
    let bytes: Uint8Array = NOTHING
    while (true) {
      if (range.at === range.end) {
        const next = ranges.after(range)
        if (next !== undefined) {
          const more = yield* arrive(context, range, next, source, bytes)
          if (more === undefined) {
            return
          }
          bytes = more
          continue
        }
        if (bytes.byteLength > 0) {
          return yield* wrong(context, "Size", `${range.end} bytes`, "more")
        }
      }
      if (bytes.byteLength === 0) {
        if (mayPause) {
          yield* context.pause
        }
        const more = yield* source.read
        if (Option.isNone(more)) {
          // Of a file whose size is not told this is the end.
          return ranges.after(range) === undefined ? ranges.endAt(range.at) : undefined
        }
        bytes = more.value
        mayPause = bytes.byteLength < CRUMBS
        continue
      }
      const length = ranges.claim(range, bytes.byteLength)
      const mine = bytes.subarray(0, length)
      if (head !== undefined) {
        head = Bytes.concat([head, mine.subarray(0, OVERLAP - head.byteLength)])
        if (head.byteLength === OVERLAP) {
          context.heads.set(from, head)
          head = undefined
        }
      }
      yield* writer.write(mine, range.at)
      ranges.landed(range, context.now())
      bytes = bytes.subarray(length)
      yield* context.landed
      const first = context.heads.get(0)
      const here = context.heads.get(from)
      if (mayBeHead && first !== undefined && here !== undefined) {
        mayBeHead = false
        if (isHead(here, first)) {
          return yield* wrong(
            context,
            "IgnoredOffset",
            `the bytes from ${from} on`,
            "the first bytes of the file again"
          )
        }
      }
    }
  })

/** A head that is one byte over and over, as of an image that begins with zeros, shows nothing. */
const isHead = (bytes: Uint8Array, head: Uint8Array): boolean =>
  Bytes.isPrefix(bytes, head) && head.some((byte) => byte !== head[0])

/** At the end of a range with another one behind it: the bytes to go on with, or `undefined` when the two have met. */
const arrive = (
  context: WorkerContext,
  range: Range,
  next: Range,
  source: DownloadStream.Download,
  bytes: Uint8Array
): Effect.Effect<Uint8Array | undefined, WorkError, FtpLocalFile> =>
  Effect.gen(function* () {
    const length = Math.min(OVERLAP, next.end - next.from)
    if (next.at - next.from < length) {
      context.ranges.absorb(range)
      yield* context.stop(next)
      return bytes
    }
    const here = context.heads.get(next.from) ?? (yield* bytesOf(context.part, next.from, length))
    const came = yield* gather(source, bytes, length)
    if (here.byteLength >= length && Bytes.isPrefix(came, here.subarray(0, length))) {
      context.ranges.merge(range)
      return undefined
    }
    if (range.from > 0) {
      return yield* wrong(context, "IgnoredOffset", `what another session sent from ${range.end} on`, "other bytes")
    }
    // The first range begins without REST, and each time it went on it was compared with what was here.
    yield* context.fallBackToSingle
    return came
  })

/** At least so many bytes, if there are as many; no longer lent if they did not come together. */
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

const wrong = (
  context: WorkerContext,
  reason: FtpIntegrityError["reason"],
  expected: string,
  actual: string
): FtpIntegrityError =>
  Integrity.make({ direction: "Download", path: context.path, server: context.server }, reason, expected, actual)

/** What is in a local file from `from` on, so many bytes or as many as there are. */
export const bytesOf = (
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

/** The last bytes that are here of a range, as proof for whoever goes on with it. */
export const bytesBefore = (
  part: string,
  { at, from }: Range
): Effect.Effect<Uint8Array, FtpLocalFileError, FtpLocalFile> => {
  const length = Math.min(OVERLAP, at - from)
  return length === 0 ? Effect.succeed(NOTHING) : bytesOf(part, at - length, length)
}
