/** `DirectConnection` on a socket of Node that is open already: plain calls over its inbox. */
import type { DirectConnection, FtpTransportError } from "@ftp-effect/core/FtpTransport"
import type { Owned } from "./owned.ts"

/** Of one whose handshake, if it has one, is over. `failed` says why it is gone, if it is. */
export const make = (owned: Owned, failed: (owned: Owned) => FtpTransportError | undefined): DirectConnection => ({
  listen: (on) => {
    const { inbox } = owned
    let stopped = false
    let stopWaiting = () => {}
    const take = (): void => {
      do {
        const bytes = inbox.take()
        if (bytes._tag === "None") {
          stopped = true
          on.ended(failed(owned))
          return
        }
        on.bytes(bytes.value)
        inbox.release()
      } while (!stopped && inbox.ready())
      if (!stopped) {
        stopWaiting = inbox.wait(take)
      }
    }
    queueMicrotask(() => {
      if (!stopped) {
        inbox.release()
        stopWaiting = inbox.wait(take)
      }
    })
    return () => {
      stopped = true
      stopWaiting()
    }
  },
  write: (bytes) => {
    // Without a callback, which would take a turn of the event loop for each command.
    if (failed(owned) === undefined) {
      owned.socket.write(bytes)
    }
  },
  ticket: owned.handshake?.ticket
})
