/**
 * Whether a stream still has all its bytes. It can be read once: what was read already, as by an upload that failed, would
 * be sent as what is left of it, which is an empty file in the place of the old one.
 *
 *     unread ──claimed by an upload──► FtpUsageError for every later one
 *        └──read, locked, ended or destroyed by the caller──► FtpUsageError
 *
 * One that has failed is not refused here: its own error says more.
 */
import { Readable } from "node:stream"
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as Effect from "effect/Effect"

/** What an upload has begun to read, or is going to. */
const claimed = new WeakSet<object>()

/** Takes a stream of Node or of the web for one upload. */
export const claim = (stream: object): Effect.Effect<void, FtpUsageError> =>
  Effect.suspend(() => {
    if (claimed.has(stream) || isUsed(stream)) {
      return Effect.fail(used())
    }
    claimed.add(stream)
    return Effect.void
  })

/** The iterator, which must be a new one if it is the iterable itself, as a generator is. */
export const iterate = (from: AsyncIterable<unknown>): AsyncIterator<unknown> => {
  const iterator = from[Symbol.asyncIterator]()
  const itself: unknown = iterator
  if (itself === from) {
    if (claimed.has(from)) {
      throw used()
    }
    claimed.add(from)
  }
  return iterator
}

const used = () =>
  new FtpUsageError({
    argument: "source",
    why: "it was read, ended or given to another upload already, and can be read once: give a new one"
  })

const isUsed = (stream: object & Partial<Record<"destroyed" | "errored" | "locked" | "readableEnded", unknown>>) =>
  (stream.errored ?? undefined) === undefined &&
  (stream.locked === true || stream.readableEnded === true || stream.destroyed === true || isDisturbed(stream))

/** Also of streams of the web; another runtime may lack it. */
const isDisturbed = (stream: object): boolean =>
  typeof Readable.isDisturbed === "function" && Readable.isDisturbed(stream as Readable)
