// Real time and plain vitest: these are programs without Effect, on sockets.
import { Readable } from "node:stream"
import { FtpConnectError } from "@ftp-effect/core/FtpError"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
import * as Stream from "effect/Stream"
import { describe, expect, it } from "vitest"
import { connect, MIB, rejection, serve } from "../support/promise.ts"

describe("FtpPromise: uploads", () => {
  const encode = (text: string) => new TextEncoder().encode(text)
  async function* generated() {
    yield encode("he")
    yield encode("")
    yield encode("llo")
  }
  const sources: Record<string, () => FtpPromise.Uploadable> = {
    "a string": () => "hello",
    bytes: () => encode("hello"),
    "a Buffer": () => Buffer.from("hello"),
    "an async generator": generated,
    "an object that is an async iterable": () => ({ [Symbol.asyncIterator]: generated }),
    "a web stream": () => new Blob(["hello"]).stream(),
    "a Node stream": () => Readable.from([Buffer.from("hel"), Buffer.from("lo")]),
    "an FtpSource": () => FtpSource.fromStream(Stream.make(encode("hello")))
  }

  for (const [name, source] of Object.entries(sources)) {
    it(`from ${name}`, async () => {
      const server = await serve()
      const client = await connect(server.url)
      expect(await client.upload("up.txt", source())).toEqual({ bytes: 5, evidence: { _tag: "Size" } })
      expect(await server.text("/up.txt")).toBe("hello")
    })
  }

  it("reject with the source's own error, even one of FTP, and never claim a complete file", async () => {
    const client = await connect((await serve()).url)
    const other = await rejection((await connect({ url: "ftp://127.0.0.1:1", lazy: true })).stat("x"))
    expect(other).toBeInstanceOf(FtpConnectError)
    for (const error of [new Error("the disk is on fire"), other, undefined]) {
      const source = async function* () {
        yield encode("begin")
        throw error
      }
      expect(await rejection(client.upload("up.txt", source()))).toBe(error)
      expect(await rejection(client.upload("up.txt", FtpSource.fromStream(Stream.fail(error))))).toBe(error)
    }
    expect(await client.exists("a.txt")).toBe(true)
  })

  it("reject what is no bytes, in words", async () => {
    const client = await connect((await serve()).url)
    const upload = (source: unknown) => rejection(client.upload("up.txt", source as FtpPromise.Uploadable))
    expect(await upload(Readable.from(["text"]))).toMatchObject({
      _tag: "FtpUsageError",
      message: "source: a chunk is a string, not a Uint8Array"
    })
    expect(await upload([1, 2])).toMatchObject({
      _tag: "FtpUsageError",
      message: expect.stringContaining("Array is not")
    })
    expect(await upload(undefined)).toMatchObject({ _tag: "FtpUsageError" })
  })

  it("leave a source when they can't go on, and don't wait for one that is stuck", async () => {
    const server = await serve()
    const client = await connect(server.url)
    let left = 0
    const endless = async function* () {
      try {
        while (true) yield new Uint8Array(MIB)
      } finally {
        left++
      }
    }
    await server.fault({ _tag: "DropData", afterBytes: 3 * MIB, verb: "STOR" })
    expect(await rejection(client.upload("up.bin", endless()))).toMatchObject({ _tag: "FtpTransferInterrupted" })
    expect(left).toBe(1)

    const stuck = async function* () {
      yield encode("begin")
      await new Promise(() => {})
    }
    const signal = AbortSignal.timeout(100)
    expect(await rejection(client.upload("up.bin", stuck(), { signal }))).toBe(signal.reason)

    let cancelled = false
    const web = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true
      }
    })
    await rejection(client.upload("up.bin", web, { signal: AbortSignal.timeout(50) }))
    expect(cancelled).toBe(true)
    expect(await client.exists("a.txt")).toBe(true)
  })
})
