/** A server that fails once, at a command about one of many files. */
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { serve } from "./byUrl.ts"

const MANY = 40

export const NAMES = Array.from({ length: MANY }, (_, index) => `f${String(index).padStart(2, "0")}`)

/** In the middle of what one session moves. */
export const ODD = "f20"

/** The fault is set at the first command of its verb that names the odd file; `left` gives it until then. */
export const serveOdd = (
  root: FtpTestServer.Options["root"],
  fault: (FtpTestServer.Fault & { readonly verb: string }) | undefined
) =>
  Effect.gen(function* () {
    let left = fault
    let give: (fault: FtpTestServer.Fault) => Effect.Effect<void> = () => Effect.void
    const server = yield* serve({
      root,
      onLine: ({ from, text }) =>
        Effect.suspend(() => {
          const now = left
          if (now === undefined || from !== "Client" || !text.startsWith(`${now.verb} `) || !text.includes(ODD)) {
            return Effect.void
          }
          left = undefined
          return give(now)
        })
    })
    give = server.fault
    return { server, left: () => left }
  })
