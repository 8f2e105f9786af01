// Real time: sockets don't run by the TestClock.
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { direct } from "../../src/sockets/direct.ts"

/** Listens, says its port, and never accepts: once its queue is full, the system drops what dials it, as a firewall does. */
const DEAF = `
const server = require("node:net").createServer()
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  require("node:fs").writeSync(1, String(server.address().port))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`

const deaf = Effect.acquireRelease(
  Effect.promise(async () => {
    const child = spawn(process.execPath, ["--eval", DEAF], { stdio: ["ignore", "pipe", "inherit"] })
    const [port] = await once(child.stdout, "data")
    return { child, port: Number(port) }
  }),
  ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
)

/** Those who wait for such a server: at last one that it does not answer. */
const waiting = (port: number) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const sockets: Array<Net.Socket> = []
      for (let isAnswered = true; isAnswered; ) {
        const socket = Net.connect(port, "127.0.0.1")
        socket.on("error", () => {})
        sockets.push(socket)
        isAnswered = await Promise.race([
          once(socket, "connect").then(() => true),
          new Promise<boolean>((late) => setTimeout(late, 300, false))
        ])
      }
      return sockets
    }),
    (sockets) =>
      Effect.sync(() => {
        for (const socket of sockets) {
          socket.destroy()
        }
      })
  )

const openSockets = () => process.getActiveResourcesInfo().filter((name) => /^TCP/.test(name)).length

describe("a dial that nobody answers", () => {
  it.scopedLive("is gone once it is given up", () =>
    Effect.gen(function* () {
      const { port } = yield* deaf
      yield* waiting(port)
      const before = openSockets()
      const on = { connected: () => {}, moved: () => {}, ended: () => {} }
      const { reset } = direct.collect({ host: "127.0.0.1", port }, 10, on)
      expect(openSockets()).toBe(before + 1)
      reset()
      yield* Effect.async<void>((resume) => void setImmediate(() => setImmediate(() => resume(Effect.void))))
      expect(openSockets()).toBe(before)
    })
  )
})
