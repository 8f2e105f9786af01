/**
 * A data connection that stays open although the server has confirmed the transfer, because it waits for the client to
 * close it (basic-ftp #215, prim-ftpd).
 *
 *     S: 226 done
 *        silence for 5 s           C: FIN         most servers end their side then: a good end, with nothing lost
 *        silence for 5 s more      C: RST         no end will come
 *
 * The last bytes of a slow connection may come after the 226 (IIS), so a pause alone is no end. A server that has once
 * answered our FIN by its own gets the next one sooner: nothing is lost by it.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ServerCapabilities } from "../base/serverCapabilities.ts"
import type { Connection } from "../platform/FtpTransport.ts"
import type * as IdleTimeout from "./idleTimeout.ts"

export interface LeftOpen {
  /** What is read; nothing happens before it is set. */
  watched: { readonly connection: Connection; readonly stall: IdleTimeout.Watch } | undefined
  /** Silent until the end: it was reset by us. */
  readonly wasReset: boolean
  /** To be called at the end of the data. */
  readonly ended: () => void
  /** To be run once the server has confirmed the transfer; ends when the connection is reset. */
  readonly afterConfirmation: Effect.Effect<void>
}

/** A round trip, a lost packet that is sent again, and some patience. */
const PAUSE = Duration.seconds(5)

/** For the last bytes to arrive, where the server is known to wait for us. */
const SHORT_PAUSE = Duration.millis(500)

export const make = (capabilities: ServerCapabilities): LeftOpen => {
  let isAsked = false
  let wasReset = false
  const leftOpen: LeftOpen = {
    watched: undefined,
    get wasReset() {
      return wasReset
    },
    ended: () => {
      if (isAsked) {
        capabilities.set("Ends data", false)
      }
    },
    afterConfirmation: Effect.gen(function* () {
      while (!wasReset) {
        const pause = !isAsked && capabilities.get("Ends data") === "Fails" ? SHORT_PAUSE : PAUSE
        yield* Effect.sleep(pause)
        const { watched } = leftOpen
        if (watched === undefined || watched.stall.waited() < Duration.toMillis(pause)) {
          continue
        }
        if (isAsked) {
          wasReset = true
          yield* watched.stall.stop("no end of the data after the final reply")
        } else {
          isAsked = true
          yield* Effect.ignore(watched.connection.endOutput)
        }
      }
    })
  }
  return leftOpen
}
