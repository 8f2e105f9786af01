// Real time and plain vitest: these are programs without Effect, on sockets.
import { join } from "node:path"
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { bytesOf, collect, connect, eventually, folder, rejection, serve } from "../support/promise.ts"

const unhandled: Array<unknown> = []
const note = (error: unknown) => void unhandled.push(error)

beforeEach(() => {
  unhandled.length = 0
  process.on("unhandledRejection", note)
})

afterEach(async () => {
  // Node reports them in a later turn.
  await new Promise((resolve) => setImmediate(resolve))
  process.off("unhandledRejection", note)
  expect(unhandled).toEqual([])
})

describe("FtpPromise: a callback that returns a promise", () => {
  const error = new Error("of the callback")
  const calls: ReadonlyArray<readonly [string, (client: FtpPromise.Client, fails: () => Promise<void>) => unknown]> = [
    ["onProgress of toFile", (client, onProgress) => client.toFile("big.bin", join(folder(), "big"), { onProgress })],
    ["onProgress of readFile", (client, onProgress) => client.readFile("a.txt", { onProgress })],
    ["onProgress of download", (client, onProgress) => bytesOf(client.download("a.txt", { onProgress }))],
    ["onProgress of upload", (client, onProgress) => client.upload("new", "x", { onProgress })],
    ["onEvent of downloadTree", (client, onEvent) => client.downloadTree("pub", folder(), { onEvent })],
    ["onProgress of downloadTree", (client, onProgress) => client.downloadTree("pub", folder(), { onProgress })],
    [
      "onProgress of downloadTreeEvents",
      (client, onProgress) => collect(client.downloadTreeEvents("pub", folder(), { onProgress }))
    ]
  ]
  it.each(calls)("that is rejected rejects the call: %s", async (_, call) => {
    const client = await connect((await serve()).url)
    const calling = call(client, () => Promise.reject(error)) as Promise<unknown>
    expect(await rejection(calling)).toBe(error)
    // The client is as it was.
    expect(await client.readFileString("a.txt")).toBe("hello")
  })

  it("that is rejected after the last byte rejects the call too", async () => {
    const client = await connect((await serve()).url)
    const late = () => new Promise<void>((_, reject) => setTimeout(() => reject(error), 50))
    expect(await rejection(client.readFile("a.txt", { onProgress: late }))).toBe(error)
    expect(await rejection(bytesOf(client.download("a.txt", { onProgress: late })))).toBe(error)
  })

  it("concerns one iteration, not another of the same iterable", async () => {
    const client = await connect((await serve()).url)
    const answers = [() => Promise.reject(error)]
    const onProgress = () => answers.pop()?.() ?? Promise.resolve()
    const iterable = client.download("a.txt", { onProgress })
    expect(await rejection(bytesOf(iterable))).toBe(error)
    expect(String(await bytesOf(iterable))).toBe("hello")
  })

  it("rejects that iteration, whichever of two was begun last", async () => {
    const client = await connect((await serve()).url)
    const rejects: Array<(reason: unknown) => void> = []
    const onProgress = () => new Promise<void>((_, reject) => void rejects.push(reject))
    const iterable = client.download("a.txt", { onProgress })
    const ends = [rejection(bytesOf(iterable)), rejection(bytesOf(iterable))]
    await eventually(() => rejects.length === 2)
    for (const reject of rejects) {
      reject(error)
    }
    expect(await Promise.all(ends)).toEqual([error, error])
  })

  it("is waited for", async () => {
    const client = await connect((await serve()).url)
    let done = 0
    const onProgress = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      done++
    }
    await client.readFile("a.txt", { onProgress })
    expect(done).toBeGreaterThan(0)
  })

  it("is a FtpUsageError if the answer is needed at once", async () => {
    const client = await connect((await serve()).url)
    for (const answer of [() => Promise.resolve(false), () => Promise.reject(error)]) {
      const enter = answer as unknown as () => boolean
      const walked = await rejection(collect(client.walk("", { enter })))
      expect(walked).toBeInstanceOf(FtpUsageError)
      expect(walked).toMatchObject({ argument: "enter" })
    }
  })
})
