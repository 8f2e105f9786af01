/** What a swap leaves on a server that is full: a warning names it, as it takes the room that is missing. */
import * as Effect from "effect/Effect"
import type { MirrorEvent } from "./events.ts"
import type { Step } from "./MirrorPlan.ts"
import type * as Marker from "./swapMarker.ts"
import type { Place } from "./swapPlace.ts"
import type { MirrorError } from "./trees.ts"

type OnEvent = ((event: MirrorEvent) => void) | undefined

interface Staging {
  readonly onEvent: OnEvent
  readonly place: Pick<Place, "pathOf">
  readonly names: Marker.Names
  /** What an earlier run has sent. */
  readonly reached: ReadonlyArray<Step>
}

/** Sends to a stage. If the server is full, a warning says what is left there. */
export const telling = <A, R>(
  send: (onEvent: OnEvent) => Effect.Effect<A, MirrorError, R>,
  { names, onEvent, place, reached }: Staging
): Effect.Effect<A, MirrorError, R> =>
  Effect.suspend(() => {
    let bytes = reached.reduce((sum, step) => sum + bytesOf(step), 0)
    const sending = send((event) => {
      bytes += event._tag === "Done" ? (event.result?.bytes ?? 0) : 0
      onEvent?.(event)
    })
    return Effect.tapError(sending, (error) =>
      isFull(error)
        ? Effect.logWarning(
            `the server is full: ${place.pathOf(names.next)}, with at least ${bytes} bytes, and ` +
              `${place.pathOf(names.marker)} stay there for the next run`
          )
        : Effect.void
    )
  })

const isFull = (error: MirrorError): boolean =>
  error._tag === "FtpTransferInterrupted"
    ? isFull(error.cause)
    : error._tag === "FtpRejected" && error.reason === "StorageFull"

const bytesOf = (step: Step): number => ("bytes" in step ? (step.bytes ?? 0) : 0)
