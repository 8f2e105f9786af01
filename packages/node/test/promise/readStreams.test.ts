// Real time and plain vitest: these are programs without Effect, on sockets.
import { PassThrough, Readable } from "node:stream"
import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
import { describe, expect, it } from "vitest"
import { connect, rejection, serve } from "../support/promise.ts"

const bytes = new TextEncoder().encode("new")

const consumed = async <A extends AsyncIterable<unknown>>(stream: A): Promise<A> => {
  for await (const _ of stream) {
    // Read to its end.
  }
  return stream
}

const ended = async () => {
  const stream = new PassThrough({ autoDestroy: false, emitClose: false })
  stream.end(bytes)
  stream.resume()
  await new Promise((resolve) => stream.on("end", resolve))
  return stream
}

async function* generated() {
  yield bytes
}

/** Streams that have no byte left, or not all. */
const USED: Record<string, () => Promise<FtpPromise.Uploadable>> = {
  "a stream of Node that was read": () => consumed(Readable.from([bytes])),
  "one that was read and is not destroyed": ended,
  "one that was destroyed": async () => new Readable({ read: () => {} }).destroy(),
  "one of which the beginning was read": async () => {
    const stream = new PassThrough()
    stream.end(bytes)
    await new Promise((resolve) => stream.once("readable", resolve))
    stream.read(1)
    return stream
  },
  "a stream of the web that was read": async () => {
    const stream = new Blob([bytes]).stream()
    await new Response(stream).text()
    return stream
  },
  "one that has a reader": async () => {
    const stream = new Blob([bytes]).stream()
    stream.getReader()
    return stream
  }
}

describe("FtpPromise: a stream that was read already", () => {
  for (const [what, make] of Object.entries(USED)) {
    it(`is a wrong argument, and the file stays as it is: ${what}`, async () => {
      const server = await serve()
      const client = await connect(server.url)
      expect(await rejection(client.upload("a.txt", await make()))).toMatchObject({
        _tag: "FtpUsageError",
        argument: "source"
      })
      expect(await rejection(client.append("a.txt", await make()))).toMatchObject({ _tag: "FtpUsageError" })
      expect(await server.text("/a.txt")).toBe("hello")
      expect((await server.commands()).filter((line) => /^(STOR|APPE)/.test(line))).toEqual([])
    })
  }

  const ONCE: Record<string, () => FtpPromise.Uploadable> = {
    "a stream of Node": () => Readable.from([bytes]),
    "a stream of the web": () => new Blob([bytes]).stream(),
    "a generator": generated
  }

  for (const [what, make] of Object.entries(ONCE)) {
    it(`regression: ${what} whose upload failed after its last byte is not sent again as an empty file`, async () => {
      const server = await serve()
      const client = await connect({ url: server.url, retries: 0 })
      const source = make()
      await server.fault({ _tag: "DropData", verb: "STOR", afterBytes: 3, how: "End", reply: "452 Full." })
      expect(await rejection(client.upload("a.txt", source))).toMatchObject({ isRetryable: false })
      expect(await rejection(client.upload("a.txt", source))).toMatchObject({ _tag: "FtpUsageError" })
      expect((await server.commands()).filter((line) => line.startsWith("STOR"))).toHaveLength(1)
    })

    it(`${what} that is given to two uploads at a time is sent by one of them`, async () => {
      const server = await serve()
      const client = await connect(server.url)
      const source = make()
      const results = await Promise.allSettled([client.upload("one", source), client.upload("two", source)])
      expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"])
      expect(results.find(({ status }) => status === "rejected")).toMatchObject({ reason: { _tag: "FtpUsageError" } })
      const name = results[0]?.status === "fulfilled" ? "one" : "two"
      expect(await server.text(`/${name}`)).toBe("new")
      expect(await client.exists(name === "one" ? "two" : "one")).toBe(false)
    })
  }

  it("an iterable that gives a new iterator each time can be sent again", async () => {
    const server = await serve()
    const client = await connect(server.url)
    const source = { [Symbol.asyncIterator]: generated }
    for (const name of ["one", "two"]) {
      await client.upload(name, source)
      expect(await server.text(`/${name}`)).toBe("new")
    }
  })
})
