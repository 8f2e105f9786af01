/**
 * An upload that is fed chunk by chunk, as a sink:
 *
 *     chunk ──► queue ──► upload, in a fiber of the sink's scope      waits as long as the queue is full
 *     end ──► end of the source ──► verified ──► result
 *     the stream fails or is left ──► the fiber is interrupted: RST, never FIN
 *     the upload fails ──► the next chunk fails with its error
 */
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Sink from "effect/Sink"
import type { FtpSource } from "../../base/FtpSource.ts"

/** Chunks of the stream that wait: enough that the source is read while the last chunk is sent. */
const CHUNKS_AHEAD = 2

/** `undefined` is the end. */
type Feed = Queue.Queue<Uint8Array | undefined>

export const make = <A, E, R>(
  upload: (source: FtpSource) => Effect.Effect<A, E, R>
): Sink.Sink<A, Uint8Array, never, E, R> =>
  Sink.fromPush(
    Effect.gen(function* () {
      const feed: Feed = yield* Queue.bounded<Uint8Array | undefined>(CHUNKS_AHEAD)
      const ended = yield* Deferred.make<A, E>()
      // The scope ends it, also that of a caller who can't be interrupted and whose stream fails.
      const fiber = yield* Effect.forkScoped(Effect.interruptible(Effect.intoDeferred(upload(sourceOf(feed)), ended)))
      // An upload that succeeds before the end of the stream was given the end.
      const failed = Effect.zipRight(Deferred.await(ended), Effect.never)
      // A race ends when its loser does, so that one must be interruptible for any caller.
      const offer = (bytes: Uint8Array | undefined) =>
        Effect.raceFirst(Effect.interruptible(Queue.offer(feed, bytes)), Effect.interruptible(failed))
      return Option.match({
        onNone: () =>
          Effect.matchEffect(
            Effect.zipRight(offer(undefined), Effect.zipLeft(Deferred.await(ended), Fiber.await(fiber))),
            {
              onFailure: (error) => leave(Either.left(error)),
              onSuccess: (result) => leave(Either.right(result))
            }
          ),
        onSome: (chunk: Chunk.Chunk<Uint8Array>) =>
          Effect.catchAll(
            Effect.forEach(chunk, (bytes) => (bytes.byteLength === 0 ? Effect.void : offer(bytes)), { discard: true }),
            (error) => leave(Either.left(error))
          )
      })
    })
  )

const leave = <A, E>(result: Either.Either<A, E>): Effect.Effect<never, [Either.Either<A, E>, Chunk.Chunk<never>]> =>
  Effect.fail([result, Chunk.empty()])

const sourceOf = (feed: Feed): FtpSource => ({
  size: Option.none(),
  replayable: false,
  open: () => Effect.succeed(Effect.map(Queue.take(feed), Option.fromNullable))
})
