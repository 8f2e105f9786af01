/**
 * One listener for each AbortSignal, however many calls it is given to: Node warns on standard error when a signal has
 * more than ten.
 */

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
