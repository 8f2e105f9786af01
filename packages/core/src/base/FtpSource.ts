/**
 * What an upload reads. A source is replayable from any offset (bytes, a file), or one-shot (a stream that cannot be
 * read twice): only the first kind lets an interrupted upload be resumed.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/**
 * The next bytes, `None` at the end. The buffer is lent until the next pull.
 *
 * @since 0.1.0
 * @category models
 */
export type Pull<E = never, R = never> = Effect.Effect<Option.Option<Uint8Array>, E, R>

/**
 * The bytes of an upload: how many there are, if that is known, and how they are read.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpSource<out E = never, out R = never> {
  /** In bytes, if it is known before reading. */
  readonly size: Option.Option<number>
  /** Whether `open` may be called again, at any offset up to `size`. */
  readonly replayable: boolean
  /**
   * When it was last written, looked up anew each time. An upload from a source that was written meanwhile ends in an
   * `FtpIntegrityError`. Left out by a source that can't change.
   */
  readonly modified?: Effect.Effect<Option.Option<DateTime.Utc>, E, R> | undefined
  /** Starts reading at `offset` bytes; a one-shot source is only ever opened at 0, once. */
  readonly open: (offset: number) => Effect.Effect<Pull<E, R>, E, R | Scope.Scope>
}

/**
 * What can be uploaded: a source, a stream that is read once, bytes, or text that is sent as UTF-8.
 *
 * @since 0.1.0
 * @category models
 */
export type Uploadable<E = never, R = never> = FtpSource<E, R> | Stream.Stream<Uint8Array, E, R> | Uint8Array | string

/** Large enough that the cost of a step does not show, small enough to be fair among parallel uploads. */
const BYTES_PER_PULL = 1024 * 1024

/**
 * The source of anything that can be uploaded. A stream can be read once: see `fromStream`.
 *
 * @example
 * ```ts
 * import * as FtpSource from "@ftp-effect/core/FtpSource"
 * import * as Stream from "effect/Stream"
 *
 * const source = FtpSource.from(Stream.make("first\n", "second\n").pipe(Stream.encodeText))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const from = <E = never, R = never>(uploadable: Uploadable<E, R>): FtpSource<E, R> => {
  if (typeof uploadable === "string") {
    return fromString(uploadable)
  }
  if (uploadable instanceof Uint8Array) {
    return fromBytes(uploadable)
  }
  return "replayable" in uploadable ? uploadable : fromStream(uploadable)
}

/**
 * Whether it is a source, by its shape.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSource = (value: unknown): value is FtpSource<unknown, unknown> =>
  typeof value === "object" && value !== null && "replayable" in value && "open" in value

/**
 * Bytes in memory. Replayable.
 *
 * @example
 * ```ts
 * import * as FtpSource from "@ftp-effect/core/FtpSource"
 *
 * const source = FtpSource.fromBytes(new Uint8Array([1, 2, 3]))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromBytes = (bytes: Uint8Array): FtpSource => ({
  size: Option.some(bytes.byteLength),
  replayable: true,
  open: (offset) =>
    Effect.sync(() => {
      let position = offset
      return Effect.sync(() => {
        if (position >= bytes.byteLength) {
          return Option.none()
        }
        const chunk = bytes.subarray(position, position + BYTES_PER_PULL)
        position += chunk.byteLength
        return Option.some(chunk)
      })
    })
})

/**
 * Text, sent as UTF-8 with its line ends as they are. Replayable.
 *
 * @example
 * ```ts
 * import * as FtpSource from "@ftp-effect/core/FtpSource"
 *
 * const source = FtpSource.fromString("hello\n")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromString = (text: string): FtpSource => fromBytes(new TextEncoder().encode(text))

/**
 * A stream that can be read once. An upload from it cannot be resumed after an interruption. `size` in bytes lets the
 * upload be checked against a stream that ends early.
 *
 * @example
 * ```ts
 * import * as FtpSource from "@ftp-effect/core/FtpSource"
 * import * as Stream from "effect/Stream"
 *
 * const source = FtpSource.fromStream(Stream.make(new Uint8Array(100)), { size: 100 })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromStream = <E, R>(
  stream: Stream.Stream<Uint8Array, E, R>,
  options?: { readonly size?: number | undefined }
): FtpSource<E, R> => ({
  size: Option.fromNullable(options?.size),
  replayable: false,
  open: () => pullOf(stream)
})

/**
 * A stream that can be made anew from any offset in bytes. Replayable.
 *
 * @example
 * ```ts
 * import * as FtpSource from "@ftp-effect/core/FtpSource"
 * import * as Stream from "effect/Stream"
 *
 * const bytes = new Uint8Array(1000)
 * const source = FtpSource.fromReplayable(1000, (offset) => Stream.make(bytes.subarray(offset)))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromReplayable = <E, R>(
  size: number,
  from: (offset: number) => Stream.Stream<Uint8Array, E, R>
): FtpSource<E, R> => ({ size: Option.some(size), replayable: true, open: (offset) => pullOf(from(offset)) })

/**
 * Reads the first bytes, or the end, and hands them out at the first pull. What begins a transfer empties the file that is
 * there: a source that fails at once has failed before that. `onRead` is called at the first pull.
 *
 * @example
 * ```ts
 * import * as FtpSource from "@ftp-effect/core/FtpSource"
 * import * as Effect from "effect/Effect"
 *
 * const opened = Effect.flatMap(FtpSource.fromString("hello").open(0), (pull) => FtpSource.ahead(pull))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const ahead = <E, R>(pull: Pull<E, R>, onRead: () => void = () => {}): Effect.Effect<Pull<E, R>, E, R> =>
  Effect.map(pull, (first): Pull<E, R> => {
    let isFirst = true
    return Effect.suspend(() => {
      if (!isFirst) {
        return pull
      }
      isFirst = false
      onRead()
      return Effect.succeed(first)
    })
  })

const pullOf = <E, R>(stream: Stream.Stream<Uint8Array, E, R>): Effect.Effect<Pull<E, R>, E, R | Scope.Scope> =>
  Effect.gen(function* () {
    const next = yield* Stream.toPull(
      Stream.rechunk(
        Stream.filter(stream, (bytes) => bytes.byteLength > 0),
        1
      )
    )
    return Effect.catchAll(
      Effect.map(next, (chunk) => Option.fromIterable(chunk)),
      Option.match({ onNone: () => Effect.succeedNone, onSome: Effect.fail })
    )
  })
