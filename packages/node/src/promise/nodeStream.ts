/**
 * A stream of Node from the call that uploads it until it is closed. An `error` event that nothing listens for ends the
 * process, and the iterator of a stream listens only once it is read, which is not before there is a session.
 *
 *     called ──► waiting ──opened──► read, by its iterator ──end, failure──► left
 *                   └─error──► the upload ends with it, and interrupts what it waits for
 *
 *     left: destroyed if it is not at its end; a later error of it is dropped; nothing listens once it is closed
 */
import * as Effect from "effect/Effect"

/** What is used of a `Readable`, by shape: there are copies of it on npm (`readable-stream`). */
export interface NodeStream extends AsyncIterable<unknown> {
  readonly on: (event: string, listener: (error: unknown) => void) => unknown
  readonly removeListener: (event: string, listener: (error: unknown) => void) => unknown
  readonly destroy: () => unknown
  readonly closed?: boolean | undefined
  readonly readableEnded?: boolean | undefined
}

export const isNodeStream = (value: unknown): value is NodeStream =>
  typeof value === "object" &&
  value !== null &&
  Symbol.asyncIterator in value &&
  ["on", "removeListener", "destroy"].every(
    (method) => method in value && typeof (value as Record<string, unknown>)[method] === "function"
  )

/** A stream that is listened to. */
export interface Watched {
  /** Fails with an error of the stream that comes before it is opened; else it never ends. */
  readonly failure: Effect.Effect<never, unknown>
  /** From now on its iterator reports its errors. */
  readonly opened: () => void
  readonly leave: () => void
}

export const watch = (stream: NodeStream): Watched => {
  let isOpened = false
  let first: { readonly error: unknown } | undefined
  let report: ((error: unknown) => void) | undefined
  const onError = (error: unknown) => {
    if (!isOpened) {
      first ??= { error }
      report?.(error)
    }
  }
  stream.on("error", onError)
  return {
    failure: Effect.async((resume) => {
      report = (error) => resume(Effect.fail(error))
      if (first !== undefined) {
        report(first.error)
      }
    }),
    opened: () => {
      isOpened = true
    },
    leave: () => leave(stream, onError)
  }
}

/** Destroys what is not at its end, and drops its errors until it is closed. */
const leave = (stream: NodeStream, onError: (error: unknown) => void): void => {
  const forget = () => {
    stream.removeListener("error", onError)
    stream.removeListener("close", forget)
  }
  if (stream.closed === true) {
    forget()
    return
  }
  stream.on("close", forget)
  if (stream.readableEnded !== true) {
    stream.destroy()
  }
}

/** The same for a stream whose upload does not begin. */
export const discard = (stream: NodeStream): void => watch(stream).leave()
