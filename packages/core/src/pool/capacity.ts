/**
 * Which caller may have a session now, and on which host: the policy of a pool, without time, sessions or waiting of
 * its own. `queue` carries it out. One queue for all hosts, first come, first served.
 *
 *     step(state, event, now) ──► grants
 *
 *     Join ──► waiting ──granted──► holding ──Return──► gone
 *                 └──────Leave (interrupted, timed out)──┘
 *
 * A host's limit starts at its maximum, falls when the server says "too many", and is tried one higher again after a
 * while.
 *
 *     serving ──Fail──► failed: no caller ──time is up, or no other serves──► one caller at a time ──Recover──► serving
 *
 * While a host serves, those who would take any wait for it rather than go where others failed.
 *
 * The state is changed in place: it is stepped twice for each borrow, and thousands of callers may be waiting.
 */
import * as Duration from "effect/Duration"

/** Callers are known by identity only. */
export interface State<Caller> {
  readonly hosts: ReadonlyArray<Host<Caller>>
  /** First come, first served. */
  readonly waiting: Array<Waiting<Caller>>
}

export interface Host<Caller> {
  readonly max: number
  limit: number
  /** Millis of the clock: when the limit was lowered, or raised again. */
  loweredAt: number
  /** `SERVING`, `FOR_GOOD`, or the millis of the clock from which on it may be tried again. */
  failedUntil: number
  /** Who tries a host that has failed. */
  prober: Caller | undefined
  inUse: number
}

export interface Waiting<Caller> {
  readonly caller: Caller
  /** The index of the only host that will do. */
  readonly pin: number | undefined
}

/** The caller holds a place on the host from now on. */
export interface Grant<Caller> {
  readonly caller: Caller
  readonly host: number
}

export type Event<Caller> =
  | { readonly _tag: "Join"; readonly caller: Caller; readonly pin: number | undefined }
  /** The caller waits no longer. */
  | { readonly _tag: "Leave"; readonly caller: Caller }
  /** The caller's place is free again. */
  | { readonly _tag: "Return"; readonly caller: Caller; readonly host: number }
  /** The server takes no more than this many. Never below one, as one must find out when it gets better. */
  | { readonly _tag: "Lower"; readonly host: number; readonly limit: number }
  /** The host could not be reached, or it will never have us. */
  | { readonly _tag: "Fail"; readonly host: number; readonly how: "ForNow" | "ForGood" }
  /** A session of the host was had: it serves. */
  | { readonly _tag: "Recover"; readonly host: number }
  /** Time has passed: due `AVOID_FOR` after a failure. */
  | { readonly _tag: "Tick" }

/** Whether any host has sessions: one that serves, only such as failed not long ago, or none that would have us. */
export type Availability = "Available" | "Recovering" | "None"

/** How soon a limit that a server named is tried one higher: as lftp's `net:connection-limit-timer`. */
const RAISE_AFTER = Duration.toMillis(Duration.minutes(5))
/** How long no caller is sent to a host that could not be reached, while others serve. */
export const AVOID_FOR = Duration.seconds(30)
export const SERVING = 0
export const FOR_GOOD = Number.POSITIVE_INFINITY

export const make = <Caller>(hosts: number, maxPerHost: number): State<Caller> => ({
  hosts: Array.from({ length: hosts }, () => ({
    max: maxPerHost,
    limit: maxPerHost,
    loweredAt: 0,
    failedUntil: SERVING,
    prober: undefined,
    inUse: 0
  })),
  waiting: []
})

export const availability = <Caller>({ hosts }: State<Caller>): Availability => {
  const least = Math.min(...hosts.map(({ failedUntil }) => failedUntil))
  return least === SERVING ? "Available" : least === FOR_GOOD ? "None" : "Recovering"
}

/** `now` in millis of the clock. Returns who is granted a place by it, in the order of the queue. */
export const step = <Caller>(state: State<Caller>, event: Event<Caller>, now: number): ReadonlyArray<Grant<Caller>> => {
  update(state, event, now)
  return grant(state, now)
}

const update = <Caller>({ hosts, waiting }: State<Caller>, event: Event<Caller>, now: number): void => {
  if (event._tag === "Join") {
    waiting.push({ caller: event.caller, pin: event.pin })
  } else if (event._tag === "Leave") {
    const at = waiting.findIndex(({ caller }) => caller === event.caller)
    if (at >= 0) {
      waiting.splice(at, 1)
    }
  } else if (event._tag !== "Tick") {
    const host = hosts[event.host]
    if (host !== undefined) {
      updateHost(host, event, now)
    }
  }
}

const updateHost = <Caller>(
  host: Host<Caller>,
  event: Extract<Event<Caller>, { readonly host: number }>,
  now: number
): void => {
  switch (event._tag) {
    case "Return":
      host.inUse--
      if (host.prober === event.caller) {
        host.prober = undefined
      }
      return
    case "Lower":
      host.limit = Math.max(1, Math.min(host.limit, event.limit))
      host.loweredAt = now
      return
    case "Fail":
      host.failedUntil = Math.max(
        host.failedUntil,
        event.how === "ForGood" ? FOR_GOOD : now + Duration.toMillis(AVOID_FOR)
      )
      return
    case "Recover":
      host.failedUntil = SERVING
      host.prober = undefined
  }
}

/** Gives places to all that can have one, in the order of the queue. */
const grant = <Caller>(state: State<Caller>, now: number): ReadonlyArray<Grant<Caller>> => {
  const { hosts, waiting } = state
  const grants: Array<Grant<Caller>> = []
  let isAnyLeft = true
  for (let at = 0; at < waiting.length; ) {
    const next = waiting[at]
    const index = next === undefined || (next.pin === undefined && !isAnyLeft) ? undefined : pick(state, next.pin, now)
    const host = index === undefined ? undefined : hosts[index]
    if (next !== undefined && index !== undefined && host !== undefined) {
      waiting.splice(at, 1)
      host.inUse++
      if (next.pin === undefined && host.failedUntil !== SERVING) {
        host.prober = next.caller
      }
      grants.push({ caller: next.caller, host: index })
    } else {
      // Later ones can't have what the first in the queue can't, but for those who want one host only.
      isAnyLeft &&= next?.pin !== undefined
      at++
    }
  }
  return grants
}

/** The least loaded host that has a place, those that serve first. */
const pick = <Caller>(state: State<Caller>, pin: number | undefined, now: number): number | undefined => {
  let best: { readonly index: number; readonly failedUntil: number; readonly load: number } | undefined
  for (const [index, host] of state.hosts.entries()) {
    if (pin === undefined ? !isOpen(state, host, now) : pin !== index) {
      continue
    }
    if (host.inUse >= limitAt(host, now)) {
      continue
    }
    const { failedUntil } = host
    const load = host.inUse / host.limit
    if (
      best === undefined ||
      failedUntil < best.failedUntil ||
      (failedUntil === best.failedUntil && load < best.load)
    ) {
      best = { index, failedUntil, load }
    }
  }
  return best?.index
}

/** Whether a caller who would take any host may be sent to this one. */
const isOpen = <Caller>(state: State<Caller>, host: Host<Caller>, now: number): boolean => {
  if (host.failedUntil === SERVING) {
    return true
  }
  const isLast = availability(state) === (host.failedUntil === FOR_GOOD ? "None" : "Recovering")
  return host.prober === undefined && (isLast || host.failedUntil <= now)
}

const limitAt = <Caller>(host: Host<Caller>, now: number): number => {
  if (host.limit < host.max && now - host.loweredAt >= RAISE_AFTER) {
    host.limit++
    host.loweredAt = now
  }
  return host.limit
}
