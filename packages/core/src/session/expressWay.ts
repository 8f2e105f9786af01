/** What an exchange of a small file in one effect works with: see `express`. */
import type * as Clock from "effect/Clock"
import type { DirectCommand, DirectControl } from "../control/direct.ts"
import type { DirectData } from "../data/dataContext.ts"
import type { DirectAddress } from "../platform/FtpTransport.ts"
import type * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import type { Ahead } from "./dialledAhead.ts"
import type * as Patience from "./expressPatience.ts"

/** What came of it; `"Long"` if the long way is to be taken. */
export type Outcome<A> = A | "Long"

export interface Way {
  readonly control: DirectControl
  readonly data: DirectData
  readonly clock: Clock.Clock
  readonly mayBurst: boolean
  /** Whether another small file is likely to follow. */
  readonly wantsNext: boolean
  /** A connection that the file before has dialled for this one. */
  readonly ahead: Ahead | undefined
  /** Where to dial, if the file before has brought a port. */
  readonly port: DirectAddress | undefined
  readonly patience: Pick<Patience.Patience, "enter" | "moved">
  /** Ends it because a function of the caller has thrown. */
  readonly die: (defect: unknown) => void
  /** Whether it has ended: later replies have no effect. */
  readonly isOver: () => boolean
}

/**
 * How many bytes of the file have moved, each time that some have; not called when all have.
 *
 * @since 0.1.0
 * @category models
 */
export type OnMoved = (bytes: number) => void

/** Starts it, and returns how to give it up; it ends once. */
export type Begin<A> = (way: Way, end: (outcome: Outcome<A>) => void) => () => void

interface Asked {
  /** The answer to the question. */
  readonly answered: (reply: Reply.Reply) => void
  readonly opened: (address: NonNullable<ReturnType<DirectData["addressOf"]>>) => void
  readonly failed: () => void
}

/**
 * The question, if there is one, and where to dial: in one burst, or one after the other. Neither is answered by a
 * preliminary reply, of which a server may send any number.
 */
export const ask = (
  { control, data, isOver, mayBurst }: Way,
  question: Command.Command | undefined,
  { answered, failed, opened }: Asked
): void => {
  const dial = {
    command: data.question,
    on: onFinal((reply) => {
      const address = reply === undefined || isOver() ? undefined : data.addressOf(reply)
      if (address === undefined) {
        failed()
      } else {
        opened(address)
      }
    })
  }
  if (question === undefined) {
    control.send(dial) || failed()
    return
  }
  const first = {
    command: question,
    on: onFinal((reply) => {
      if (reply === undefined || isOver()) {
        failed()
        return
      }
      answered(reply)
      if (!mayBurst) {
        control.send(dial) || failed()
      }
    })
  }
  control.send(...(mayBurst ? [first, dial] : [first])) || failed()
}

/** What gets the last reply to a command, or `undefined` if none will come. */
export const onFinal =
  (on: DirectCommand["on"]): DirectCommand["on"] =>
  (reply) =>
    reply !== undefined && Reply.isPreliminary(reply) ? undefined : on(reply)

/** Counts the bytes that have moved, and tells those who want to know; returns how many are left. */
export const counting = (
  { die, isOver, patience }: Way,
  size: number,
  onMoved: OnMoved | undefined
): ((bytes: number) => number) => {
  let moved = 0
  return (bytes) => {
    moved += bytes
    patience.moved(bytes)
    if (moved < size && onMoved !== undefined && !isOver()) {
      try {
        onMoved(moved)
      } catch (defect) {
        die(defect)
      }
    }
    return size - moved
  }
}
