/**
 * The events of a run as a stream.
 *
 *     run ──onEvent──► what waits (bounded) ──► stream ──► reader
 *      └─ends ──► the stream ends when all that waits was read, or fails as the run did
 *
 * The run never waits for the reader. Of what is only a newer state of the same thing, the latest waits; if more waits
 * than is allowed, the oldest events are dropped, and counted.
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { MirrorEvent } from "./events.ts"

/**
 * Events that a slow reader has missed: `count` events before the next one were dropped.
 *
 * @since 0.1.0
 * @category models
 */
export interface MissedEvents {
  readonly _tag: "Missed"
  readonly count: number
}

/**
 * How many events may wait for their reader.
 *
 * @since 0.1.0
 * @category models
 */
export interface EventsOptions {
  /** How many events wait for the reader at most. Default 16,384, at least 1. */
  readonly capacity?: number | undefined
}

/** Some 2 MB of events: enough for a reader that is held up for seconds while small files are copied. */
const CAPACITY = 16_384

/**
 * Runs a mirror, or whatever takes `onEvent`, and emits its events. The last one is `"Summary"`, with the result; then
 * the stream ends, or fails as the run does. The run begins with the first pull; to leave the stream before its end
 * interrupts the run, and waits for that.
 *
 * The run does not wait for the reader. While an event waits to be read, a later `"Scanned"` of the same side, or
 * `"Progress"` of the same step, takes its place. If more than `capacity` events wait, the oldest are dropped, and a
 * `"Missed"` event in their place has their number. The summary is never dropped, and has all steps.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 * import * as Console from "effect/Console"
 * import * as Stream from "effect/Stream"
 *
 * const events = FtpMirror.events((onEvent) => FtpMirror.uploadTree("dist", "www", { onEvent }))
 *
 * const program = Stream.runForEach(events, (event) =>
 *   event._tag === "Done" ? Console.log(event.step.path) : Console.debug(event._tag)
 * )
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const events = <E, R>(
  run: (onEvent: (event: MirrorEvent) => void) => Effect.Effect<unknown, E, R>,
  { capacity = CAPACITY }: EventsOptions = {}
): Stream.Stream<MirrorEvent | MissedEvents, E, R> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const waiting = makeWaiting(capacity)
      let ended: Exit.Exit<unknown, E> | undefined
      let wake: (() => void) | undefined
      const fiber = yield* run((event) => {
        waiting.add(event)
        wake?.()
      }).pipe(
        // The scope ends it, also that of a caller who can't be interrupted and takes no more.
        Effect.interruptible,
        Effect.forkScoped
      )
      fiber.addObserver((exit) => {
        ended = exit
        wake?.()
      })
      const change = Effect.async<void>((resume) => {
        if (ended !== undefined || !waiting.isEmpty()) {
          resume(Effect.void)
          return
        }
        wake = () => {
          wake = undefined
          resume(Effect.void)
        }
      })
      const pull: Effect.Effect<Chunk.Chunk<MirrorEvent | MissedEvents>, Option.Option<E>> = Effect.suspend(() => {
        if (!waiting.isEmpty()) {
          return Effect.succeed(Chunk.unsafeFromArray(waiting.take()))
        }
        return ended === undefined
          ? Effect.zipRight(change, pull)
          : Exit.matchEffect(ended, {
              onFailure: (cause) => Effect.mapError(Effect.failCause(cause), Option.some),
              onSuccess: () => Effect.fail(Option.none())
            })
      })
      return Stream.repeatEffectChunkOption(pull)
    })
  )

interface Waiting {
  readonly add: (event: MirrorEvent) => void
  readonly isEmpty: () => boolean
  /** All that waits, with what was missed. */
  readonly take: () => Array<MirrorEvent | MissedEvents>
}

/** What an event is only a newer state of. */
const subjectOf = (event: MirrorEvent): unknown =>
  event._tag === "Scanned" ? event.side : "step" in event ? event.step : undefined

const isReplaceable = ({ _tag }: MirrorEvent): boolean => _tag === "Progress" || _tag === "Scanned"

/** Slots from `first` on wait; those before are dropped, and cut off now and then. */
const makeWaiting = (capacity: number): Waiting => {
  let slots: Array<{ event: MirrorEvent }> = []
  let first = 0
  let missed = 0
  const latest = new Map<unknown, { event: MirrorEvent }>()

  const drop = () => {
    const dropped = slots[first++]
    missed++
    if (dropped !== undefined && latest.get(subjectOf(dropped.event)) === dropped) {
      latest.delete(subjectOf(dropped.event))
    }
    if (first > capacity) {
      slots = slots.slice(first)
      first = 0
    }
  }

  return {
    add: (event) => {
      const subject = subjectOf(event)
      const slot = latest.get(subject)
      if (slot !== undefined && isReplaceable(event)) {
        slot.event = event
        return
      }
      if (slots.length - first >= Math.max(1, capacity)) {
        drop()
      }
      const added = { event }
      slots.push(added)
      if (isReplaceable(event)) {
        latest.set(subject, added)
      } else {
        latest.delete(subject)
      }
    },
    isEmpty: () => slots.length === first,
    take: () => {
      const taken: Array<MirrorEvent | MissedEvents> = slots.slice(first).map(({ event }) => event)
      const all = missed === 0 ? taken : [{ _tag: "Missed" as const, count: missed }, ...taken]
      slots = []
      first = 0
      missed = 0
      latest.clear()
      return all
    }
  }
}
