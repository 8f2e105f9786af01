// Real time and plain vitest: these are programs without Effect, on sockets.
import { describe, expect, it } from "vitest"
import { connect, eventually, serve } from "../support/promise.ts"

/** Of what keeps this process alive, its timers: those of the test runner are there before. */
const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length

describe("FtpPromise: a program that does not close its client", () => {
  it("ends when its sessions have gone", async () => {
    const server = await serve()
    await server.reset()
    const before = timers()
    const client = await connect(server.url)
    await client.list("/")
    await server.reset()
    await eventually(() => timers() <= before)
  })

  it("has its idle sessions closed after a time, as one that runs on", async () => {
    const server = await serve()
    const client = await connect({ url: server.url, timeToLive: "50 millis" })
    await client.list("/")
    await eventually(async () => (await server.connections()).current === 0)
    expect(await client.exists("a.txt")).toBe(true)
  })
})
