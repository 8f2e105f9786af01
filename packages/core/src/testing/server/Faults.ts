/**
 * The faults that are set on one server. The conversation asks here whether one applies now.
 *
 *     add ──► set ──take, or peek and spend, `times` times──► used up
 */
import type { Fault, Plain } from "./Fault.ts"

/** The verb that stands for a client's connecting. */
export const CONNECT = "CONNECT"

type Tagged<T extends Fault["_tag"]> = T extends Plain["_tag"] ? Plain : Extract<Fault, { readonly _tag: T }>

/** The faults set on one server, in the order in which they were set. */
export interface Faults {
  readonly add: (fault: Fault) => void
  readonly clear: () => void
  /** The first fault that applies; uses it up once. */
  readonly take: <T extends Fault["_tag"]>(
    tag: T,
    verb: string,
    wanted?: (fault: Tagged<T>) => boolean
  ) => Tagged<T> | undefined
  /** The same without using it up: `spend` does that, and returns whether the fault was still set. */
  readonly peek: Faults["take"]
  readonly spend: (fault: Fault) => boolean
}

interface Entry {
  readonly fault: Fault
  left: number
}

/** An empty set. */
export const make = (): Faults => {
  let entries: Array<Entry> = []
  const peek: Faults["peek"] = (tag, verb, wanted) => {
    for (const { fault } of entries) {
      if (isTagged(fault, tag) && fits(fault, verb) && (wanted === undefined || wanted(fault))) {
        return fault
      }
    }
    return undefined
  }
  const spend = (fault: Fault): boolean => {
    const entry = entries.find((entry) => entry.fault === fault)
    if (entry === undefined) {
      return false
    }
    entry.left -= 1
    if (entry.left <= 0) {
      entries = entries.filter((other) => other !== entry)
    }
    return true
  }
  return {
    add: (fault) => {
      // A copy, so that the same value may be set twice and each counts for itself.
      entries.push({ fault: { ...fault }, left: fault.times ?? 1 })
    },
    clear: () => {
      entries = []
    },
    peek,
    spend,
    take: (tag, verb, wanted) => {
      const fault = peek(tag, verb, wanted)
      if (fault !== undefined) {
        spend(fault)
      }
      return fault
    }
  }
}

const isTagged = <T extends Fault["_tag"]>(fault: Fault, tag: T): fault is Tagged<T> => fault._tag === tag

const fits = ({ verb }: Fault, actual: string): boolean =>
  verb === undefined ? actual !== CONNECT : typeof verb === "string" ? verb === actual : verb.includes(actual)
