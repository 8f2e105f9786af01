// Real time and plain vitest: these are programs without Effect, on sockets.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { BIG, bytesOf, collect, connect, folder, MAY, rejection, serve } from "../support/promise.ts"

describe("FtpPromise: operations", () => {
  it("give plain values: undefined for what is missing, Date for a time", async () => {
    const client = await connect((await serve()).url)
    expect(await client.stat("a.txt")).toMatchObject({
      name: "a.txt",
      type: "File",
      size: 5,
      modified: { at: MAY, precision: "Second", zone: "Utc" },
      linkTarget: undefined
    })
    expect((await client.list("pub")).map(({ name }) => name).sort()).toEqual(["b.txt", "deep"])
    expect(await client.modified("a.txt")).toMatchObject({ at: MAY })
    expect(await client.workingDirectory()).toBe("/")
    expect(await client.exists("nothing")).toBe(false)
  })

  it("take plain values: a Date, callbacks that get plain values", async () => {
    const client = await connect((await serve()).url)
    const later = new Date("2025-01-02T03:04:05Z")
    await client.setModified("a.txt", later)
    expect((await client.stat("a.txt")).modified?.at).toEqual(later)

    const progress: Array<unknown> = []
    await bytesOf(client.download("a.txt", { onProgress: (at) => progress.push(at) }))
    expect(progress).toEqual([{ bytes: 5, total: 5 }])

    const seen: Array<FtpPromise.Entry> = []
    const enter = (directory: FtpPromise.Entry) => {
      seen.push(directory)
      return false
    }
    const walked = await collect(client.walk("", { enter }))
    expect(walked.map(({ path }) => path).sort()).toEqual(["a.txt", "big.bin", "pub"])
    expect((await collect(client.entries(""))).map(({ path }) => path).sort()).toEqual(["a.txt", "big.bin", "pub"])
    expect(seen.map(({ name, linkTarget }) => [name, linkTarget])).toEqual([["pub", undefined]])
  })

  it("move whole files", async () => {
    const server = await serve()
    const client = await connect(server.url)
    const path = join(folder(), "big.bin")
    expect(await client.toFile("big.bin", path)).toEqual({ bytes: BIG.byteLength, evidence: { _tag: "Size" } })
    expect(readFileSync(path).equals(BIG)).toBe(true)
    writeFileSync(path, "from a file")
    await client.fromFile(path, "up.txt")
    expect(await server.text("/up.txt")).toBe("from a file")
    expect((await bytesOf(client.download("big.bin"))).equals(BIG)).toBe(true)
    expect(await rejection(client.toFile("a.txt", path, { existing: "Fail" }))).toMatchObject({
      _tag: "FtpLocalFileError"
    })
  })

  it("read ranges and whole files into memory, and append", async () => {
    const server = await serve()
    const client = await connect(server.url)
    const range = await bytesOf(client.download("big.bin", { offset: 1000, length: 2000 }))
    expect(range.equals(BIG.subarray(1000, 3000))).toBe(true)
    expect(Buffer.from(await client.readFile("big.bin")).equals(BIG)).toBe(true)
    expect(await client.append("log.txt", "one\n")).toEqual({ bytes: 4, evidence: { _tag: "Size" } })
    await client.append("log.txt", new TextEncoder().encode("two\n"), { onProgress: () => {} })
    expect(await client.readFileString("log.txt")).toBe("one\ntwo\n")
    expect("sink" in client).toBe(false)
    const path = join(folder(), "new", "deep", "a.txt")
    await client.toFile("a.txt", path)
    expect(readFileSync(path).byteLength).toBe(5)
    const tree = join(folder(), "new", "tree")
    await client.downloadTree("pub", tree)
    expect(readFileSync(join(tree, "b.txt")).byteLength).toBeGreaterThan(0)
  })

  it("take callbacks that return nothing, a promise, or an effect", async () => {
    const server = await serve()
    const client = await connect(server.url)
    const failed: Array<string> = []
    const returning = [
      (_: unknown, path: string) => void failed.push(path),
      async (_: unknown, path: string) => void failed.push(path),
      (_: unknown, path: string) => Effect.sync(() => void failed.push(path))
    ]
    for (const onFailure of returning) {
      await server.fault({ _tag: "Refuse", verb: "DELE", reply: "550 b.txt: no permission", times: 9 })
      expect(await rejection(client.remove("pub", { recursive: true, onFailure }))).toMatchObject({
        _tag: "FtpRejected"
      })
      expect(failed.splice(0).length).toBeGreaterThan(0)
      await server.text("/pub/b.txt")
    }
    const thrown = new Error("mine")
    const throwing = async () => {
      throw thrown
    }
    expect(await rejection(client.remove("pub", { recursive: true, onFailure: throwing }))).toBe(thrown)
  })

  it("resume as often as their own retries say", async () => {
    const server = await serve()
    const client = await connect(server.url)
    await server.fault({ _tag: "DropData", verb: "RETR", afterBytes: 100_000, times: 1 })
    const path = join(folder(), "big.bin")
    expect(await rejection(client.toFile("big.bin", path, { retries: 0, partialFile: "Remove" }))).toMatchObject({
      _tag: "FtpTransferInterrupted"
    })
    await server.fault({ _tag: "DropData", verb: "RETR", afterBytes: 100_000, times: 1 })
    await client.toFile("big.bin", path, { retries: { times: 1, delay: 1 } })
    expect(readFileSync(path).equals(BIG)).toBe(true)
    expect(await rejection(client.toFile("big.bin", path, { retries: -1 }))).toMatchObject({ _tag: "FtpUsageError" })
  })

  it("report the progress over all files of a tree", async () => {
    const client = await connect((await serve()).url)
    const seen: Array<FtpMirror.MirrorProgress> = []
    await client.downloadTree("", join(folder(), "all"), { onProgress: (progress) => seen.push(progress) })
    const last = seen.at(-1)
    expect(last).toMatchObject({ files: 4, totalFiles: 4, bytes: BIG.byteLength + 7, totalBytes: BIG.byteLength + 7 })
    const counts = seen.map(({ bytes }) => bytes)
    expect(counts).toEqual([...counts].sort((left, right) => left - right))
  })

  it("end in order when next is called without waiting", async () => {
    const client = await connect((await serve()).url)
    const iterator = client.walk("")[Symbol.asyncIterator]()
    const results = await Promise.all(Array.from({ length: 7 }, () => iterator.next()))
    expect(results.map(({ done }) => done === true)).toEqual([false, false, false, false, false, false, true])
  })
})
