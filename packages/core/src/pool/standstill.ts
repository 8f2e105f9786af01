/**
 * Which caller of the pool waits for ever: every place that it could get is held by a caller that itself waits.
 *
 *     ann holds host 0 ──waits for a place──┐        one place: it waits for itself
 *          ▲────────────────────────────────┘
 *
 *     ann holds host 0 ──waits──► host 1, held by ben
 *          ▲──────────────waits── ben                two places: each waits for the other
 *
 * A caller can go on if, on a host that it could be sent to, fewer places than the limit are held by callers that wait
 * for ever. All that hold a place and wait are presumed to do so, and who can go on is taken out until none is left
 * that can: their places will be returned.
 */
import * as Capacity from "./capacity.ts"

/** A place that can't be returned while a caller waits. */
export interface Held {
  /** The index of the host. */
  readonly host: number | undefined
}

/** The last in the queue of those that wait for ever, if any: it completed the standstill. */
export const find = <Caller>(
  state: Capacity.State<Caller>,
  heldBy: (caller: Caller) => ReadonlyArray<Held>
): Caller | undefined => {
  let stuck = state.waiting.filter(({ caller }) => heldBy(caller).length > 0)
  while (stuck.length > 0) {
    const places = count(state, stuck, heldBy)
    const left = stuck.filter(({ pin }) =>
      state.hosts.every((host, index) => !mayServe(state, index, pin) || (places[index] ?? 0) >= host.limit)
    )
    if (left.length === stuck.length) {
      return left.at(-1)?.caller
    }
    stuck = left
  }
  return undefined
}

/** On each host, the places that are held by these. Two callers may hold the same one. */
const count = <Caller>(
  { hosts }: Capacity.State<Caller>,
  callers: ReadonlyArray<Capacity.Waiting<Caller>>,
  heldBy: (caller: Caller) => ReadonlyArray<Held>
): ReadonlyArray<number> => {
  const held = new Set(callers.flatMap(({ caller }) => heldBy(caller)))
  const counts = hosts.map(() => 0)
  for (const { host } of held) {
    if (host !== undefined) {
      counts[host] = (counts[host] ?? 0) + 1
    }
  }
  return counts
}

/** Whether a place of the host, if it becomes free, may be given to the caller, now or later. */
const mayServe = <Caller>(state: Capacity.State<Caller>, index: number, pin: number | undefined): boolean =>
  pin === undefined
    ? state.hosts[index]?.failedUntil !== Capacity.FOR_GOOD || Capacity.availability(state) === "None"
    : pin === index
