/**
 * One TCP connection through a place that can break it: a listener for one client, and a socket to its server.
 *
 *     passing ──`after` bytes went one way──► Reset    RST to both
 *        │                                    End      FIN to the reader; the writer goes on, into nothing
 *        │                                    Silence  nothing more is taken from either
 *        └──one of the two ends──► what came before it is passed on, then the other gets the same, FIN or RST
 *
 * It does NOT know FTP or TLS, and does NOT choose what breaks: `weather` does.
 */
import * as Net from "node:net"
import { abandon } from "../../src/internal/socket.ts"
import type { Rule } from "./plan.ts"

export interface Relay {
  readonly port: number
  /** From now on it breaks nothing; what was broken and stands still is reset. */
  readonly calm: () => void
  /** Whether who dialled, or who was dialled, still has its end open. */
  readonly isOpen: (who: "Dialler" | "Dialled") => boolean
  /** Ends everything. */
  readonly destroy: () => void
}

/** A relay in front of a server that has been reached: it is the server's listener that refuses, not we. */
export const make = (server: Net.Socket, rule: Rule | undefined, latency: number): Promise<Relay> =>
  new Promise((resolve, reject) => {
    let client: Net.Socket | undefined
    let isGone = false
    let breaks = rule
    let silence = false
    const destroy = () => {
      isGone = true
      listener.close()
      server.destroy()
      client?.destroy()
    }
    const resetBoth = () => {
      abandon(server)
      if (client !== undefined) {
        abandon(client)
      }
    }
    const passed = { up: 0, down: 0 }

    const join = (from: Net.Socket, to: Net.Socket, way: "up" | "down") => {
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
              server.pause()
              client?.pause()
              break
            default:
              resetBoth()
          }
        }
      })
      from.on("end", () => deaf || after(() => to.destroyed || to.end()))
      from.on("error", () => abandon(to))
      from.on("close", (failed) => {
        if (!failed && !deaf) {
          after(() => to.destroyed || to.end())
        }
      })
    }

    const listener = Net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
      listener.close()
      if (isGone || server.destroyed) {
        abandon(socket)
        return
      }
      client = socket
      join(socket, server, "up")
      join(server, socket, "down")
      socket.resume()
      server.resume()
    })
    listener.once("error", reject)
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address()
      if (address === null || typeof address === "string") {
        reject(new Error("a listener without a port"))
        return
      }
      resolve({
        port: address.port,
        calm: () => {
          breaks = undefined
          if (silence) {
            resetBoth()
          }
        },
        isOpen: (who) => (who === "Dialled" ? !server.closed : client !== undefined && !client.closed),
        destroy
      })
    })
  })
