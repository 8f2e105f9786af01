// Real time and plain vitest: these are programs without Effect, on sockets. An `error` event that nothing listens for
// is an uncaught exception, which fails the run.
import { createReadStream } from "node:fs"
import { Readable } from "node:stream"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { connect, eventually, rejection, serve } from "../support/promise.ts"

describe("FtpPromise: streams of Node that fail", () => {
  const uncaught: Array<unknown> = []
  const note = (error: unknown) => void uncaught.push(error)
  beforeEach(() => {
    uncaught.length = 0
    process.prependListener("uncaughtException", note)
  })
  afterEach(async () => {
    await new Promise(setImmediate)
    process.removeListener("uncaughtException", note)
    expect(uncaught).toEqual([])
  })

  /** A stream of Node keeps the listeners that its own iterator adds, one of each kind, also after `for await`. */
  const expectForgotten = (stream: Readable, ofIterator = 0) =>
    eventually(
      () =>
        stream.closed && stream.listenerCount("error") === ofIterator && stream.listenerCount("close") === ofIterator
    )

  for (const method of ["upload", "append"] as const) {
    for (const lazy of [true, false]) {
      it(`${method} rejects with the error of a file that does not exist, and sends nothing: lazy ${lazy}`, async () => {
        const server = await serve()
        const client = await connect({ url: server.url, lazy })
        for (const path of ["up.txt", "a.txt"]) {
          const stream = createReadStream("/nope")
          expect(await rejection(client[method](path, stream))).toMatchObject({ code: "ENOENT", path: "/nope" })
          await expectForgotten(stream, stream.listenerCount("readable"))
        }
        expect(await client.exists("up.txt")).toBe(false)
        expect(await server.text("/a.txt")).toBe("hello")
        expect((await server.commands()).filter((line) => /^(STOR|APPE)/.test(line))).toEqual([])
      })
    }
  }

  it("transmit of a session rejects with the stream's error, and the session is usable", async () => {
    const client = await connect((await serve()).url)
    const { stor } = await import("@ftp-effect/core/protocol/Command")
    await client.withSession(async (session) => {
      const stream = createReadStream("/nope")
      expect(await rejection(session.transmit(stor("a.txt"), stream))).toMatchObject({ code: "ENOENT" })
      await expectForgotten(stream, stream.listenerCount("readable"))
    })
    expect(await client.readFileString("a.txt")).toBe("hello")
  })

  it("an upload that waits for its only session rejects as soon as its stream fails", async () => {
    const client = await connect({ url: (await serve()).url, maxPerHost: 1 })
    const error = new Error("the disk is on fire")
    await client.withSession(async () => {
      const stream = new Readable({ read: () => {} })
      const failing = rejection(client.upload("up.txt", stream))
      stream.destroy(error)
      expect(await failing).toBe(error)
      await expectForgotten(stream)
    })
  })

  it("a stream that fails, or is destroyed, during the upload rejects it", async () => {
    const client = await connect((await serve()).url)
    const error = new Error("the disk is on fire")
    const failing = (end: (stream: Readable) => void) => {
      let reads = 0
      return new Readable({
        read() {
          reads++ === 0 ? this.push(Buffer.from("begin")) : end(this)
        }
      })
    }
    const broken = failing((stream) => void stream.destroy(error))
    expect(await rejection(client.upload("up.txt", broken))).toBe(error)
    await expectForgotten(broken, 1)
    const destroyed = failing((stream) => void stream.destroy())
    expect(await rejection(client.upload("up.txt", destroyed))).toMatchObject({ code: "ERR_STREAM_PREMATURE_CLOSE" })
    await expectForgotten(destroyed, 1)
    const before = new Readable({ read: () => {} })
    before.destroy()
    expect(await rejection(client.upload("up.txt", before))).toMatchObject({ _tag: "FtpUsageError" })
    await expectForgotten(before)
    expect(await client.exists("a.txt")).toBe(true)
  })

  const unread = () =>
    new Readable({
      read: () => {},
      // An error that comes with the end of what is left.
      destroy: (_error, done) => void setImmediate(done, new Error("too late"))
    })

  it("an upload that is refused destroys the stream, whose later error is dropped", async () => {
    const client = await connect((await serve()).url)
    const stream = unread()
    stream.push("begin")
    expect(await rejection(client.upload("no/such/directory/up.txt", stream))).toMatchObject({ _tag: "FtpRejected" })
    expect(stream.destroyed).toBe(true)
    await expectForgotten(stream, 1)
    const away = unread()
    const nowhere = await connect({ url: "ftp://127.0.0.1:1", lazy: true })
    expect(await rejection(nowhere.upload("up.txt", away))).toMatchObject({ _tag: "FtpConnectError" })
    expect(away.destroyed).toBe(true)
    await expectForgotten(away)
  })

  it("a call that does not begin destroys the stream too", async () => {
    const client = await connect((await serve()).url)
    const aborted = unread()
    const signal = AbortSignal.abort(new Error("no more"))
    expect(await rejection(client.upload("up.txt", aborted, { signal }))).toBe(signal.reason)
    await expectForgotten(aborted)
    const mistaken = unread()
    const options = { retries: -1 }
    expect(await rejection(client.upload("up.txt", mistaken, options))).toMatchObject({ _tag: "FtpUsageError" })
    await expectForgotten(mistaken)
    await client.close()
    const closed = unread()
    expect(await rejection(client.upload("up.txt", closed))).toMatchObject({ _tag: "FtpUsageError" })
    await expectForgotten(closed)
  })

  it("a web stream of an upload that does not begin is cancelled", async () => {
    let cancelled = 0
    const web = () => new ReadableStream<Uint8Array>({ cancel: () => void cancelled++ })
    const nowhere = await connect({ url: "ftp://127.0.0.1:1", lazy: true })
    await rejection(nowhere.upload("up.txt", web()))
    await rejection(nowhere.upload("up.txt", web(), { signal: AbortSignal.abort() }))
    expect(cancelled).toBe(2)
    const read = web()
    read.getReader()
    expect(await rejection(nowhere.upload("up.txt", read))).toMatchObject({ _tag: "FtpUsageError" })
  })

  it("after an upload nothing listens to the stream", async () => {
    const client = await connect((await serve()).url)
    const stream = createReadStream(import.meta.filename)
    await client.upload("up.txt", stream)
    await expectForgotten(stream, 1)
  })
})
