/**
 * What a program without Effect uploads, as an `FtpSource`.
 *
 *     read already ──► FtpUsageError, before anything is sent                        see `unread`
 *     next ──► bytes … ──► done                     the upload ends early: return is called, and waited for if the source
 *                │                                  is idle, but never for long
 *                └─ rejects ──► SourceFailure, which `upload` turns back into what the source rejected with
 */
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as NodeStream from "./nodeStream.ts"
import { isSource } from "./plain.ts"
import * as Unread from "./unread.ts"

/**
 * The ReadableStream of the web, whichever library's types describe it.
 *
 * @since 0.1.0
 * @category models
 */
export interface WebStream {
  readonly getReader: () => {
    readonly read: () => Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
    readonly cancel: (reason?: unknown) => Promise<void>
  }
}

/**
 * What can be uploaded: text (sent as UTF-8), bytes, a stream of the web or of Node, any async iterable of bytes, or an
 * `FtpSource`. A source that is left before its end is ended (`return`, `cancel`, `destroy`), also if nothing of it was
 * read. What it fails with is what the upload rejects with, at once if a stream of Node fails before it is read. If it
 * fails before its first byte, nothing is sent. A stream that was read already, and a generator that an upload has read,
 * is an `FtpUsageError`, and is left as it is: to try an upload again takes a new one. A generator that the caller has
 * read himself can't be known from a new one: what is left of it is sent.
 *
 * @since 0.1.0
 * @category models
 */
export type Uploadable = string | Uint8Array | AsyncIterable<Uint8Array> | WebStream | FtpSource.FtpSource<unknown>

/** Keeps the source's own errors apart from those of the upload, whatever they are. */
export class SourceFailure {
  readonly _tag = "SourceFailure"
  readonly failure: unknown
  constructor(options: { readonly failure: unknown }) {
    this.failure = options.failure
  }
}

/** Long enough for a file to be closed; who waits for the rejection of an upload should not wait for more. */
const SETTLE_LIMIT = Duration.millis(750)

type Source = FtpSource.FtpSource<SourceFailure | FtpUsageError>

/** Uploads from what the caller gave, and fails with the caller's own error where the source does. */
export const upload = <A, E>(
  from: Uploadable,
  send: (source: Source) => Effect.Effect<A, E>
): Effect.Effect<A, unknown> =>
  Effect.catchAll(
    NodeStream.isNodeStream(from)
      ? fromNodeStream(from, send)
      : Effect.zipRight(
          isWebStream(from) ? Unread.claim(from) : Effect.void,
          Effect.ensuring(
            Effect.flatMap(toSource(from), send),
            Effect.sync(() => discard(from))
          )
        ),
    (error: E | SourceFailure | FtpUsageError) => Effect.fail(error instanceof SourceFailure ? error.failure : error)
  )

const fromNodeStream = <A, E>(
  stream: NodeStream.NodeStream,
  send: (source: Source) => Effect.Effect<A, E>
): Effect.Effect<A, E | SourceFailure | FtpUsageError> =>
  Effect.acquireUseRelease(
    Effect.map(Unread.claim(stream), () => NodeStream.watch(stream)),
    ({ failure, opened }) =>
      Effect.raceFirst(
        send(
          oneShot(() => {
            opened()
            return stream[Symbol.asyncIterator]()
          })
        ),
        Effect.mapError(failure, failed)
      ),
    ({ leave }) => Effect.sync(leave)
  )

/** Ends a source that is not going to be read. Whatever else a caller gave is left alone, and so is what was read. */
export const discard = (from: unknown): void => {
  if (NodeStream.isNodeStream(from)) {
    NodeStream.discard(from)
  } else if (isWebStream(from)) {
    try {
      // Its failure to be cancelled is that of a stream that no caller reads.
      from
        .getReader()
        .cancel()
        .catch(() => {})
    } catch {
      // It has a reader already, which has cancelled it, or is the caller's own.
    }
  }
}

const toSource = (from: unknown): Either.Either<Source, FtpUsageError> => {
  if (typeof from === "string") {
    return Either.right(FtpSource.fromString(from))
  }
  if (from instanceof Uint8Array) {
    return Either.right(FtpSource.fromBytes(from))
  }
  if (isSource(from)) {
    return Either.right({
      ...from,
      modified: from.modified === undefined ? undefined : Effect.mapError(from.modified, failed),
      open: (offset) => Effect.mapBoth(from.open(offset), { onFailure: failed, onSuccess: Effect.mapError(failed) })
    })
  }
  if (isWebStream(from)) {
    return Either.right(oneShot(() => readerOf(from)))
  }
  return isAsyncIterable(from)
    ? Either.right(oneShot(() => Unread.iterate(from)))
    : Either.left(
        new FtpUsageError({
          argument: "source",
          why: `${describe(from)} is not a string, a Uint8Array, a stream or an async iterable of bytes, or an FtpSource`
        })
      )
}

const failed = (failure: unknown): SourceFailure => new SourceFailure({ failure })

interface Reading {
  readonly iterator: AsyncIterator<unknown>
  isPending: boolean
  isOver: boolean
}

const oneShot = (iterate: () => AsyncIterator<unknown>): Source => ({
  size: Option.none(),
  replayable: false,
  open: () =>
    Effect.map(
      Effect.acquireRelease(
        Effect.try({
          try: (): Reading => ({ iterator: iterate(), isPending: false, isOver: false }),
          catch: (error) => (error instanceof FtpUsageError ? error : failed(error))
        }),
        settle
      ),
      pullOf
    )
})

const pullOf = (reading: Reading): FtpSource.Pull<SourceFailure | FtpUsageError> => {
  const pull: FtpSource.Pull<SourceFailure | FtpUsageError> = Effect.flatMap(next(reading), ({ done, value }) => {
    if (done === true) {
      return Effect.succeedNone
    }
    if (!(value instanceof Uint8Array)) {
      return new FtpUsageError({ argument: "source", why: `a chunk is ${describe(value)}, not a Uint8Array` })
    }
    return value.byteLength === 0 ? pull : Effect.succeedSome(value)
  })
  return pull
}

const next = (reading: Reading): Effect.Effect<IteratorResult<unknown>, SourceFailure> =>
  Effect.tryPromise({
    try: async () => {
      reading.isPending = true
      try {
        const result = await reading.iterator.next()
        reading.isOver = result.done === true
        return result
      } finally {
        reading.isPending = false
      }
    },
    catch: (error) => {
      // As with for await: an iterator that failed is not asked to return.
      reading.isOver = true
      return failed(error)
    }
  })

/** A generator that is waiting for something returns only when that is there, so nobody waits for it. */
const settle = (reading: Reading): Effect.Effect<void> => {
  if (reading.isOver) {
    return Effect.void
  }
  const left = Effect.tryPromise(async () => reading.iterator.return?.())
  return reading.isPending
    ? Effect.sync(() => void Effect.runFork(Effect.ignore(left)))
    : Effect.asVoid(Effect.exit(Effect.timeout(Effect.interruptible(left), SETTLE_LIMIT)))
}

const readerOf = (stream: WebStream): AsyncIterator<unknown> => {
  const reader = stream.getReader()
  return {
    next: async () => {
      const { done, value } = await reader.read()
      return done ? { done, value: undefined } : { done, value }
    },
    return: async () => {
      await reader.cancel()
      return { done: true, value: undefined }
    }
  }
}

const isWebStream = (value: unknown): value is WebStream =>
  typeof value === "object" && value !== null && "getReader" in value && typeof value.getReader === "function"

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value

const describe = (value: unknown): string =>
  value === null || value === undefined
    ? String(value)
    : typeof value === "object"
      ? (value.constructor?.name ?? "an object")
      : `a ${typeof value}`
