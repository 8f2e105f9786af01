// Real time and plain vitest: these are programs without Effect, on sockets.
import { getEventListeners } from "node:events"
import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
import { describe, expect, it } from "vitest"
import { BIG, bytesOf, connect, eventually, rejection, serve } from "../support/promise.ts"

describe("FtpPromise: an AbortSignal", () => {
  it("that is aborted already rejects with its reason, and nothing is dialled", async () => {
    const server = await serve()
    const client = await connect({ url: server.url, lazy: true })
    const signal = AbortSignal.abort("no time")
    expect(await rejection(client.list("", { signal }))).toBe("no time")
    expect(await rejection(bytesOf(client.download("a.txt", { signal })))).toBe("no time")
    expect(await rejection(client.workingDirectory({ signal }))).toBe("no time")
    expect(await server.connections()).toMatchObject({ total: 0 })
  })

  it("can be given to any number of calls at once, without a warning of Node's", async () => {
    const server = await serve()
    const client = await connect(server.url)
    const warnings: Array<Error> = []
    const warn = (warning: Error) => void warnings.push(warning)
    process.on("warning", warn)
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 30 }, () => client.stat("a.txt", { signal })))
    await Promise.all(Array.from({ length: 30 }, () => bytesOf(client.download("a.txt", { signal }))))
    // Node warns in a later turn.
    await new Promise((resolve) => setImmediate(resolve))
    process.off("warning", warn)
    expect(warnings).toEqual([])
    expect(getEventListeners(signal, "abort")).toEqual([])
  })

  it("keeps nothing of iterators that were only made, nor of those that were left when the client closed", async () => {
    const server = await serve()
    const client = await connect(server.url)
    const { signal } = new AbortController()
    client.download("big.bin", { signal })[Symbol.asyncIterator]()
    expect(getEventListeners(signal, "abort")).toEqual([])
    const abandoned = client.walk("", { signal })[Symbol.asyncIterator]()
    await abandoned.next()
    expect(getEventListeners(signal, "abort")).toHaveLength(1)
    await client.close()
    expect(getEventListeners(signal, "abort")).toEqual([])
    // What it has read already it still returns.
    const rest = async () => {
      while (!(await abandoned.next()).done) {}
    }
    expect(await rejection(rest())).toMatchObject({ _tag: "FtpUsageError" })
    expect(getEventListeners(signal, "abort")).toEqual([])
  })

  it("ends a call that waits for an answer", async () => {
    const server = await serve()
    const client = await connect(server.url)
    await server.fault({ _tag: "Silence", verb: "MLST" })
    const controller = new AbortController()
    const stat = rejection(client.stat("a.txt", { signal: controller.signal }))
    await eventually(async () => (await server.commands()).some((line) => line.startsWith("MLST")))
    controller.abort()
    const error = await stat
    expect(error).toBe(controller.signal.reason)
    expect(error).toMatchObject({ name: "AbortError" })
    expect((await client.stat("a.txt")).size).toBe(5)
  })

  it("ends a download in its middle, and the next operation succeeds", async () => {
    const server = await serve()
    const client = await connect(server.url)
    const controller = new AbortController()
    let received = 0
    const loop = async () => {
      for await (const bytes of client.download("big.bin", { signal: controller.signal })) {
        received += bytes.byteLength
        controller.abort(new Error("enough"))
      }
    }
    expect(await rejection(loop())).toBe(controller.signal.reason)
    expect(received).toBeGreaterThan(0)
    expect(received).toBeLessThan(BIG.byteLength)
    await eventually(async () => (await server.connections()).transfers === 0)
    expect((await client.stat("a.txt")).size).toBe(5)
  })

  it("frees the session of a loop whose body is busy, and the loop rejects when it comes back", async () => {
    const server = await serve()
    const client = await connect({ url: server.url, maxPerHost: 1 })
    const controller = new AbortController()
    const iterator = client.download("big.bin", { signal: controller.signal })[Symbol.asyncIterator]()
    await iterator.next()
    controller.abort()
    expect((await client.stat("a.txt")).size).toBe(5)
    expect(await rejection(iterator.next())).toBe(controller.signal.reason)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it("that comes after the end changes nothing", async () => {
    const client = await connect((await serve()).url)
    const controller = new AbortController()
    const iterator = client.download("a.txt", { signal: controller.signal })[Symbol.asyncIterator]()
    expect(new TextDecoder().decode((await iterator.next()).value)).toBe("hello")
    expect((await iterator.next()).done).toBe(true)
    controller.abort()
    expect((await iterator.next()).done).toBe(true)
  })

  it("takes a lent session back without waiting for its user, whose signal aborts", async () => {
    const server = await serve()
    const client = await connect({ url: server.url, maxPerHost: 1 })
    const controller = new AbortController()
    const { signal } = controller
    let told: AbortSignal | undefined
    const use = (_: FtpPromise.Session, lent: AbortSignal) => {
      told = lent
      controller.abort()
      return new Promise(() => {})
    }
    expect(await rejection(client.withSession(use, { signal }))).toBe(signal.reason)
    expect(told?.aborted).toBe(true)
    expect((await client.stat("a.txt")).size).toBe(5)
  })
})

describe("FtpPromise: leaving a loop early", () => {
  it("ends the transfer, and the next operation succeeds", async () => {
    const server = await serve()
    const client = await connect({ url: server.url, maxPerHost: 1 })
    for await (const bytes of client.download("big.bin")) {
      expect(bytes[1]).toBe(1)
      break
    }
    expect(await server.connections()).toMatchObject({ transfers: 0 })
    for (const entries of [client.walk(""), client.entries("")]) {
      for await (const entry of entries) {
        expect(entry.name).not.toBe("")
        break
      }
    }
    expect((await bytesOf(client.download("a.txt"))).toString()).toBe("hello")
  })

  it("by an error rejects with that error", async () => {
    const client = await connect((await serve()).url)
    const oops = new Error("oops")
    const loop = async () => {
      for await (const _ of client.download("big.bin")) throw oops
    }
    expect(await rejection(loop())).toBe(oops)
  })

  it("while next is on its way ends that too", async () => {
    const server = await serve()
    const client = await connect(server.url)
    await server.fault({ _tag: "Silence", verb: "RETR" })
    const iterator = client.download("a.txt")[Symbol.asyncIterator]()
    const next = iterator.next()
    await eventually(async () => (await server.commands()).includes("RETR a.txt"))
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
    expect(await next).toEqual({ done: true, value: undefined })
    expect((await client.stat("a.txt")).size).toBe(5)
  })
})
