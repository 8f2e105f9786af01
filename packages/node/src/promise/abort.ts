/**
 * One listener for each AbortSignal, however many calls it is given to: Node warns on standard error when a signal has
 * more than ten.
 */
import * as Predicate from "effect/Predicate"

/** By shape, as a polyfill's or another realm's signal is no instance of ours. */
export const isSignal = (value: unknown): value is AbortSignal =>
  Predicate.hasProperty(value, "aborted") && Predicate.hasProperty(value, "addEventListener")

interface Listener {
  readonly acts: Set<() => void>
  readonly onAbort: () => void
}

const listeners = new WeakMap<AbortSignal, Listener>()

/** Calls `act` when the signal aborts, unless the function that is returned was called by then. */
export const onAbort = (signal: AbortSignal, act: () => void): (() => void) => {
  const { acts, onAbort } = listeners.get(signal) ?? listen(signal)
  acts.add(act)
  return () => {
    acts.delete(act)
    if (acts.size === 0) {
      signal.removeEventListener("abort", onAbort)
      listeners.delete(signal)
    }
  }
}

const listen = (signal: AbortSignal): Listener => {
  const acts = new Set<() => void>()
  const listener: Listener = {
    acts,
    onAbort: () => {
      listeners.delete(signal)
      for (const act of acts) {
        act()
      }
    }
  }
  signal.addEventListener("abort", listener.onAbort, { once: true })
  listeners.set(signal, listener)
  return listener
}
