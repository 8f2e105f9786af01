// Real time and plain vitest: these are programs without Effect, on sockets and a real disk.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { connect, folder, rejection, serve } from "../support/promise.ts"

describe("FtpPromise: trees", () => {
  it("write nothing through a link that is put in the place of a new directory meanwhile", async () => {
    const here = folder()
    mkdirSync(join(here, "t"))
    mkdirSync(join(here, "elsewhere"))
    const store = await Effect.runPromise(FtpTestServer.memory({ "t/a": "a", "t/in/b": "b" }))
    const list: typeof store.list = (path) => {
      if (path === "/t/in" && !existsSync(join(here, "t/in"))) {
        symlinkSync("../elsewhere", join(here, "t/in"))
      }
      return store.list(path)
    }
    const client = await connect((await serve({ root: { ...store, list } })).url)
    expect(await rejection(client.downloadTree("t", join(here, "t")))).toMatchObject({
      _tag: "FtpMirrorIncomplete",
      message: expect.stringContaining("a link leads out of the tree"),
      result: { failures: [{ step: { path: "in" } }] }
    })
    expect(readdirSync(join(here, "elsewhere"))).toEqual([])
    expect(readFileSync(join(here, "t/a"), "utf8")).toBe("a")
  })

  it("reject with what could not be copied, by name, after the rest was", async () => {
    const here = folder()
    writeFileSync(join(here, "a"), "a")
    writeFileSync(join(here, "b"), "b")
    const server = await serve()
    // A small file that is refused is sent again the long way, which finds out why.
    await server.fault({ _tag: "Refuse", verb: "STOR", reply: "550 no", times: 2 })
    const client = await connect({ url: server.url, maxPerHost: 1 })
    const error = await rejection(client.uploadTree(here, "new"))
    expect(error).toMatchObject({ _tag: "FtpMirrorIncomplete", result: { isComplete: false } })
    const { done, failures } = (error as FtpMirror.FtpMirrorIncomplete).result
    expect([failures.length, done.filter(({ _tag }) => _tag === "Copy").length]).toEqual([1, 1])
    expect(await rejection(client.uploadTree(join(here, "nothing"), "new"))).toMatchObject({ reason: "NotFound" })
    expect(await rejection(client.downloadTree("nothing", join(here, "c")))).toMatchObject({ reason: "NotFound" })
    expect(existsSync(join(here, "c"))).toBe(false)
  })

  it("end when their signal aborts, with no connection busy and no partial file of a few bytes", async () => {
    const server = await serve()
    const client = await connect(server.url)
    await server.fault({ _tag: "Delay", verb: "RETR", duration: "1 hour" })
    const here = folder()
    const controller = new AbortController()
    const copying = rejection(client.downloadTree("", here, { signal: controller.signal }))
    while (!(await server.commands()).some((line) => line.startsWith("RETR"))) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    controller.abort()
    expect(await copying).toBe(controller.signal.reason)
    expect((await server.connections()).transfers).toBe(0)
    expect(readdirSync(here, { recursive: true }).filter((name) => String(name).includes(".part"))).toEqual([])
  })

  it("report what happens as an async iterable, and end with the summary", async () => {
    const here = folder()
    const client = await connect((await serve()).url)
    const events: Array<FtpPromise.MirrorEvent> = []
    for await (const event of client.downloadTreeEvents("pub", join(here, "pub"))) {
      events.push(event)
    }
    const done = events.flatMap((event) => (event._tag === "Done" ? [event.step.path] : []))
    expect(done.sort()).toEqual(["b.txt", "deep", "deep/c.txt"])
    expect(events.at(-1)).toMatchObject({ _tag: "Summary", result: { isComplete: true } })
    expect(readFileSync(join(here, "pub/deep/c.txt"), "utf8")).toBe("c")
  })

  it("end when the loop over their events is left, before the loop ends", async () => {
    const server = await serve()
    await server.fault({ _tag: "Delay", verb: "STOR", duration: "1 hour" })
    const client = await connect(server.url)
    const here = folder()
    writeFileSync(join(here, "a"), "a")
    for await (const event of client.uploadTreeEvents(here, "new", { atomic: false })) {
      if (event._tag === "Started" && event.step.path === "a") {
        break
      }
    }
    expect((await server.connections()).transfers).toBe(0)
  })

  it("reject a loop over their events with what could not be copied, after the summary", async () => {
    const server = await serve()
    await server.fault({ _tag: "Refuse", verb: "STOR", reply: "550 no", times: 2 })
    const client = await connect(server.url)
    const here = folder()
    writeFileSync(join(here, "a"), "a")
    const tags: Array<string> = []
    const read = async () => {
      for await (const { _tag } of client.uploadTreeEvents(here, "new", { capacity: 100 })) {
        tags.push(_tag)
      }
    }
    expect(await rejection(read())).toMatchObject({ _tag: "FtpMirrorIncomplete" })
    expect(tags.slice(-2)).toEqual(["Failed", "Summary"])
  })
})
