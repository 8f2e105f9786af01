/**
 * One TCP connection through a place that can break it: a door for the one who dials, and a socket to the other.
 *
 *     passing ──`after` bytes went one way──► Reset    RST to both
 *        │                                    End      FIN to the reader; the writer goes on, into nothing
 *        │                                    Silence  nothing more is taken from either
 *        └──one of the two ends──► what came before it is passed on, then the other gets the same, FIN or RST
 */
import * as Net from "node:net"
import { abandon } from "../../src/sockets/abandon.ts"
import type { Rule } from "./plan.ts"

export interface Relay {
  /** Where its door is. */
  readonly port: number
  /** From now on it breaks nothing; what was broken and stands still is reset. */
  readonly calm: () => void
  /** Whether who dialled, or who was dialled, still has its end open. */
  readonly isOpen: (who: "Dialler" | "Dialled") => boolean
  /** From now on nobody comes in, as behind a listener that is closed. */
  readonly shut: () => void
  /** Ends everything. */
  readonly destroy: () => void
}

const HOST = "127.0.0.1"

/** A socket to a place, which reads nothing yet; `undefined` where nobody listens. */
export const reach = ({ host, port }: { readonly host: string; readonly port: number }) =>
  new Promise<Net.Socket | undefined>((resolve) => {
    const socket = Net.connect({ host, port, allowHalfOpen: true, noDelay: true })
    socket.pause()
    socket.once("connect", () => resolve(socket))
    socket.on("error", () => resolve(undefined))
  })

/** Before one that has been reached: it is its listener that refuses, not we. */
export const before = (dialled: Net.Socket, rule: Rule | undefined, latency: number): Promise<Relay> => {
  const ends: Ends = { dialled, dialler: undefined }
  const way = passing(ends, rule, latency)
  return relay(ends, way, () => {
    if (dialled.destroyed) {
      reset(ends.dialler)
    } else {
      way.join()
    }
  })
}

/** Before a listener, which is dialled when somebody comes. */
export const beforeListener = (
  listener: { readonly host: string; readonly port: number },
  rule: Rule | undefined,
  latency: number
): Promise<Relay> => {
  const ends: Ends = { dialled: undefined, dialler: undefined }
  const way = passing(ends, rule, latency)
  return relay(ends, way, async (isGone) => {
    ends.dialled = await reach(listener)
    if (ends.dialled === undefined || isGone()) {
      reset(ends.dialler)
      reset(ends.dialled)
    } else {
      way.join()
    }
  })
}

interface Ends {
  dialler: Net.Socket | undefined
  dialled: Net.Socket | undefined
}

interface Way {
  readonly join: () => void
  readonly calm: () => void
}

const reset = (socket: Net.Socket | undefined): void => {
  if (socket !== undefined) {
    abandon(socket)
  }
}

const relay = (ends: Ends, way: Way, onCome: (isGone: () => boolean) => void): Promise<Relay> =>
  new Promise((resolve, reject) => {
    let isGone = false
    const door = Net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
      door.close()
      // What befalls it before it is joined shows when it is.
      socket.on("error", () => {})
      if (isGone) {
        reset(socket)
        return
      }
      ends.dialler = socket
      onCome(() => isGone)
    })
    door.once("error", reject)
    door.listen(0, HOST, () => {
      const address = door.address()
      if (address === null || typeof address === "string") {
        reject(new Error("a listener without a port"))
        return
      }
      resolve({
        port: address.port,
        calm: way.calm,
        isOpen: (who) => {
          const end = who === "Dialled" ? ends.dialled : ends.dialler
          return end !== undefined && !end.closed
        },
        shut: () => door.close(),
        destroy: () => {
          isGone = true
          door.close()
          ends.dialled?.destroy()
          ends.dialler?.destroy()
        }
      })
    })
  })

const passing = (ends: Ends, rule: Rule | undefined, latency: number): Way => {
  let breaks = rule
  let silence = false
  const resetBoth = () => {
    reset(ends.dialled)
    reset(ends.dialler)
  }
  const passed = { up: 0, down: 0 }

  const pass = (from: Net.Socket, to: Net.Socket, way: "up" | "down") => {
    /** Set once a chunk went beyond: what comes behind it is lost, its end too. */
    let deaf = false
    let waits = false
    const after = (act: () => void) => (latency === 0 ? act() : void setTimeout(act, latency))
    from.on("data", (chunk: Buffer) => {
      if (deaf) {
        return
      }
      const room = breaks === undefined ? chunk.byteLength : Math.max(0, breaks.after - passed[way])
      const part = chunk.subarray(0, room)
      passed[way] += part.byteLength
      const cut = breaks !== undefined && part.byteLength < chunk.byteLength ? breaks.how : undefined
      deaf = cut !== undefined
      after(() => {
        if (to.destroyed) {
          return
        }
        const onward = part.byteLength > 0 ? to.write(part, cut === undefined ? undefined : act) : true
        if (part.byteLength === 0 && cut !== undefined) {
          act()
        }
        if (!onward && cut === undefined && !waits) {
          waits = true
          from.pause()
          to.once("drain", () => {
            waits = false
            if (!silence) {
              from.resume()
            }
          })
        }
      })
      function act() {
        switch (cut) {
          case "End":
            to.end()
            break
          case "Silence":
            silence = true
            ends.dialled?.pause()
            ends.dialler?.pause()
            break
          default:
            resetBoth()
        }
      }
    })
    from.on("end", () => {
      if (!deaf) {
        after(() => to.destroyed || to.end())
      } else if (way === "up") {
        // The client has closed. A server whose end was forged may never close its side (pyftpdlib waits for the TLS
        // closure that was lost), and this connection would look as if the client had left it open.
        from.end()
      }
    })
    from.on("error", () => reset(to))
    from.on("close", (failed) => {
      if (!failed && !deaf) {
        after(() => to.destroyed || to.end())
      }
    })
  }

  return {
    join: () => {
      const { dialled, dialler } = ends
      if (dialled !== undefined && dialler !== undefined) {
        pass(dialler, dialled, "up")
        pass(dialled, dialler, "down")
        dialler.resume()
        dialled.resume()
      }
    },
    calm: () => {
      breaks = undefined
      if (silence) {
        resetBoth()
      }
    }
  }
}
