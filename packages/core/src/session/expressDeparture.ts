/**
 * What is sent behind a listing in one effect: the way back, and the question for the next port. See `expressList`.
 */
import type { DirectAddress } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import type { SessionContext } from "./context.ts"
import { onFinal, type Way } from "./expressWay.ts"
import * as NextPort from "./nextPort.ts"

/** The directory to be in, and the one to return to. */
export interface Visit {
  readonly path: string
  readonly home: string
}

/** What is sent behind a listing, and what comes of it. */
export interface Departure {
  /** Whether it is sent at the end of the data, and not after the final reply. */
  readonly isEarly: boolean
  /** Sends it, once. */
  readonly begin: () => void
  /** The final reply of the listing has come: it is to be the first. */
  readonly doubt: () => void
  readonly isOver: () => boolean
  readonly next: () => NextPort.NextPort
}

/** `over` is called when all of it is answered. */
export const make = (
  { capabilities, state }: SessionContext,
  { clock, control, data, mayBurst, wantsNext }: Way,
  visit: Visit | undefined,
  over: () => void,
  failed: () => void
): Departure => {
  const isEarly = wantsNext && mayBurst && capabilities.get("Next port") !== "Fails"
  let next: NextPort.NextPort | undefined
  let isAway = visit !== undefined
  let isBegun = false
  const setNext = (address: DirectAddress | undefined) => {
    next = NextPort.make(address, clock.unsafeCurrentTimeMillis())
  }
  const refused = () => {
    capabilities.set("Next port", false)
    setNext(undefined)
  }
  const back = onFinal((reply) => {
    if (reply !== undefined && Reply.isCompletion(reply)) {
      state.cwdChanged = false
      isAway = false
      over()
    } else {
      failed()
    }
  })
  const onPort = onFinal((reply) => {
    const address = reply === undefined ? undefined : data.addressOf(reply)
    if (address === undefined) {
      refused()
    } else {
      setNext(address)
    }
    over()
  })
  return {
    isEarly,
    begin: () => {
      if (isBegun) {
        return
      }
      isBegun = true
      const commands = [
        ...(visit === undefined ? [] : [{ command: Command.cwd(visit.home), on: back }]),
        ...(isEarly ? [{ command: data.question, on: onPort }] : [])
      ]
      if (!isEarly) {
        setNext(undefined)
      }
      if (commands.length > 0 && !control.send(...commands)) {
        failed()
      }
    },
    doubt: () => {
      if (isBegun && isEarly && next === undefined && control.isInDoubt()) {
        // What was sent at the end was answered first, and by now no reply is known to be whose.
        refused()
      }
    },
    isOver: () => isBegun && !isAway && next !== undefined,
    next: () => next ?? NextPort.make(undefined, clock.unsafeCurrentTimeMillis())
  }
}
