/**
 * A data connection that is dialled before its upload begins, while the file before gets its name:
 *
 *     C: EPSV, SIZE a.tmp, RNFR a.tmp    in one burst: see `expressFinish`
 *     S: 229 …                           dial
 *     S: 213 …, 350 …
 *     C: RNTO a
 *     S: 250 …                           by then the connection is up
 *     C: STOR b.tmp                      and the bytes
 *
 * On a line that is one round trip less of four. The session has it until it does anything else, or ends: then it is
 * reset. No file is lost by that, as no transfer was begun.
 */
import type { DirectAddress, DirectHandle, DirectTransport } from "../platform/FtpTransport.ts"

type On = Parameters<DirectTransport["deliver"]>[1]

export interface Ahead {
  /** To be called once; `undefined` if it has ended by then. */
  readonly take: (on: On) => DirectHandle | undefined
  readonly reset: () => void
}

export const dial = (transport: DirectTransport, address: DirectAddress): Ahead => {
  let taker: On | undefined
  let send: Parameters<On["connected"]>[0] | undefined
  let isOver = false
  let isReset = false
  const handle = transport.deliver(address, {
    connected: (found) => {
      send = found
      taker?.connected(found)
    },
    moved: (bytes) => taker?.moved(bytes),
    finished: () => {
      isOver = true
    },
    failed: (error) => {
      isOver = true
      taker?.failed(error)
    }
  })
  const reset = () => {
    isReset = true
    handle.reset()
  }
  return {
    take: (on) => {
      if (isOver) {
        return undefined
      }
      taker = on
      if (send !== undefined) {
        const found = send
        // Not before this has returned.
        queueMicrotask(() => isReset || on.connected(found))
      }
      return { close: handle.close, reset }
    },
    reset
  }
}
