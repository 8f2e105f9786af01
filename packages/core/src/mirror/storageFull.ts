/**
 * What a swap leaves on a server that is full. The files of the stage that are not whole are removed, as the next run
 * sends them again: else there is no room for its marker. A warning names the rest.
 *
 *     C: STOR www.…-next-ID/b.bin   S: 552 ──► C: DELE www.…-next-ID/b.bin
 */
import * as Effect from "effect/Effect"
import type { MirrorEvent } from "./events.ts"
import type { Step } from "./MirrorPlan.ts"
import type { Place } from "./swapPlace.ts"
import type { Stage } from "./swapStage.ts"
import type { MirrorError } from "./trees.ts"

type OnEvent = ((event: MirrorEvent) => void) | undefined

interface Staging {
  readonly onEvent: OnEvent
  readonly place: Pick<Place, "pathOf">
  readonly stage: Pick<Stage, "isOwn" | "names" | "tree">
  /** What an earlier run has sent. */
  readonly reached: ReadonlyArray<Step>
}

/** Sends to a stage. If the server is full, a warning names what it keeps. */
export const telling = <A, R>(
  send: (onEvent: OnEvent) => Effect.Effect<A, MirrorError, R>,
  { onEvent, place, reached, stage }: Staging
): Effect.Effect<A, MirrorError, R> =>
  Effect.suspend(() => {
    let bytes = reached.reduce((sum, step) => sum + bytesOf(step), 0)
    const begun = new Set<Step>()
    const sending = send((event) => {
      if (event._tag === "Started" && (event.step._tag === "Copy" || event.step._tag === "Replace")) {
        begun.add(event.step)
      } else if (event._tag === "Done") {
        begun.delete(event.step)
        bytes += event.result?.bytes ?? 0
      }
      onEvent?.(event)
    })
    const { next, marker } = stage.names
    const warning = Effect.suspend(() =>
      Effect.logWarning(
        `the server is full: ${place.pathOf(next)}, with at least ${bytes} bytes, and ${place.pathOf(marker)} stay ` +
          "there for the next run"
      )
    )
    return Effect.tapError(sending, (error) =>
      isFull(error) ? Effect.zipRight(removeBegun(stage, begun), warning) : Effect.void
    )
  })

const removeBegun = ({ isOwn, tree }: Staging["stage"], begun: ReadonlySet<Step>): Effect.Effect<void> =>
  Effect.whenEffect(
    Effect.forEach(begun, ({ path }) => Effect.catchIf(tree.removeFile(path), isMissing, () => Effect.void), {
      discard: true
    }),
    isOwn
  ).pipe(
    Effect.catchAll((error) => Effect.logWarning("what does not fit could not be removed from the stage", error)),
    Effect.asVoid
  )

/** Nothing of it was stored. */
const isMissing = (error: MirrorError): boolean => error._tag === "FtpRejected" && error.reason === "NotFound"

const isFull = (error: MirrorError): boolean =>
  error._tag === "FtpTransferInterrupted"
    ? isFull(error.cause)
    : error._tag === "FtpRejected" && error.reason === "StorageFull"

const bytesOf = (step: Step): number => ("bytes" in step ? (step.bytes ?? 0) : 0)
