/** Where copies may go, and where not. */

import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, run, serve } from "./support/cli.ts"

describe("a folder that can't be made", () => {
  it.live.runIf(process.platform === "linux")("below a directory that is there is a failure, and no endless try", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { f: "f" } })
      const into = yield* run(["get", `${url}f`, "/proc/nothing/a/"])
      expect(into).toMatchObject({ code: 7, out: "" })
      expect(into.error).toContain("not found on this machine: /proc/nothing/a/ (no such file or directory)")
      const under = yield* run(["get", `${url}f`, "/proc/nothing/a/g"])
      expect(under).toMatchObject({ code: 7, out: "" })
    }).pipe(Effect.scoped)
  )
})

describe("two sources that would become one file", () => {
  const root = { "m1/x": "one", "m2/x": "two", "m2/y": "y", "to/": {} }

  it.scopedLive("two sources that would become one file are not moved, and both are named", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root })
      const before = yield* server.tree
      for (const sources of [[`${url}m1/x`, `${url}m2/x`], [`${url}m[12]/x`]]) {
        const ran = yield* run(["mv", ...sources, `${url}to/`])
        expect(ran).toMatchObject({ code: 2, out: "" })
        expect(ran.error).toContain("m1/x and m2/x would both become to/x\n")
      }
      expect(yield* server.tree).toEqual(before)
    })
  )

  it.scopedLive("two sources that would become one file are not downloaded; one named twice counts once", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root })
      const here = yield* folder
      const target = join(here, "d")
      for (const sources of [[`${url}m1/x`, `${url}m2/x`], [`${url}m?/x`]]) {
        const ran = yield* run(["get", ...sources, `${target}/`])
        expect(ran).toMatchObject({ code: 2, out: "" })
        expect(ran.error).toContain(`m1/x and m2/x would both become ${join(target, "x")}\n`)
      }
      expect(Fs.readdirSync(here)).toEqual([])
      const twice = yield* run(["get", `${url}m2/*`, `${url}m2/x`, `${target}/`])
      expect(twice).toMatchObject({ code: 0, error: expect.stringContaining("downloaded 2 files") })
    })
  )

  it.scopedLive("two sources that would become one file are not uploaded; one named twice counts once", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      const here = yield* folder
      for (const name of ["p1", "p2"]) {
        Fs.mkdirSync(join(here, name))
        Fs.writeFileSync(join(here, name, "x"), name)
      }
      for (const words of [[join(here, "p1/x"), join(here, "p2/x")], [join(here, "p?/x")]]) {
        const ran = yield* run(["put", ...words, `${url}m3/`])
        expect(ran).toMatchObject({ code: 2, out: "" })
        expect(ran.error).toContain(`${join(here, "p1/x")} and ${join(here, "p2/x")} would both become m3/x\n`)
      }
      expect(yield* server.tree).toEqual([])
      const twice = yield* run(["put", join(here, "p1/x"), join(here, "p1/x"), `${url}m3/`])
      expect(twice).toMatchObject({ code: 0, error: expect.stringContaining("uploaded 1 file") })
    })
  )
})

describe("get into a link", () => {
  const root = { "a.txt": "new\n" }

  const links = Effect.map(folder, (here) => {
    Fs.mkdirSync(join(here, "far"))
    Fs.writeFileSync(join(here, "far/real"), "old\n")
    Fs.symlinkSync("far/real", join(here, "link"))
    Fs.symlinkSync("link", join(here, "again"))
    Fs.symlinkSync("far/nothing", join(here, "broken"))
    return here
  })

  it.scopedLive("get into a link replaces its target, and leaves the link", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root })
      for (const name of ["link", "again"]) {
        const here = yield* links
        expect(yield* run(["get", `${url}a.txt`, join(here, name)])).toMatchObject({ code: 0 })
        expect(Fs.readlinkSync(join(here, "link"))).toBe("far/real")
        expect(Fs.readFileSync(join(here, "far/real"), "utf8")).toBe("new\n")
        expect(Fs.readdirSync(here).sort()).toEqual(["again", "broken", "far", "link"])
        expect(Fs.readdirSync(join(here, "far"))).toEqual(["real"])
      }
    })
  )

  it.scopedLive("get into a link keeps its partial file beside the link's target", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { large: new Uint8Array(6_000_000) } })
      yield* server.fault({ _tag: "DropData", verb: "RETR", afterBytes: 4_000_000, how: "End" })
      const here = yield* links
      const ran = yield* run(["get", "--retry-time", "0", `${url}large`, join(here, "link")])
      expect(ran).toMatchObject({ code: 10, error: expect.stringContaining("far/real.ftp-effect.part is kept") })
      expect(Fs.readFileSync(join(here, "far/real"), "utf8")).toBe("old\n")
      expect(yield* run(["get", `${url}large`, join(here, "link")])).toMatchObject({ code: 0 })
      expect(Fs.readdirSync(join(here, "far"))).toEqual(["real"])
    })
  )

  it.scopedLive("get into a dangling link fails, as with cp", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root })
      const here = yield* links
      const ran = yield* run(["get", `${url}a.txt`, join(here, "broken")])
      expect(ran).toMatchObject({ code: 7, error: expect.stringContaining("a dangling link") })
      expect(Fs.readlinkSync(join(here, "broken"))).toBe("far/nothing")
      expect(Fs.readdirSync(join(here, "far"))).toEqual(["real"])
    })
  )

  it.scopedLive("get into a link to a device writes into the device", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root })
      const here = yield* folder
      Fs.symlinkSync("/dev/full", join(here, "link"))
      expect(yield* run(["get", `${url}a.txt`, join(here, "link")])).toMatchObject({ code: 7 })
      expect(Fs.readlinkSync(join(here, "link"))).toBe("/dev/full")
      expect(Fs.readdirSync(here)).toEqual(["link"])
    })
  )

  // As /dev/stdout is, where a shell has opened a file for it with >>.
  it.scopedLive("get into an open file in /proc writes after its present end", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root })
      const here = yield* folder
      const out = Fs.openSync(join(here, "out"), "w")
      Fs.writeSync(out, "before\n")
      const ran = yield* run(["get", `${url}a.txt`, `/proc/self/fd/${out}`])
      expect(ran).toMatchObject({ code: 0, error: expect.stringContaining("downloaded 1 file, 4 B") })
      expect(Fs.readFileSync(join(here, "out"), "utf8")).toBe("before\nnew\n")
      expect(Fs.fstatSync(out).nlink).toBe(1)
      Fs.closeSync(out)
    })
  )

  it.scopedLive("get into a link to a pipe writes into the pipe", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root })
      const here = yield* folder
      execFileSync("mkfifo", [join(here, "pipe")])
      Fs.symlinkSync("pipe", join(here, "link"))
      const [ran, read] = yield* Effect.all(
        [run(["get", `${url}a.txt`, join(here, "link")]), Effect.promise(() => readFile(join(here, "pipe"), "utf8"))],
        { concurrency: "unbounded" }
      )
      expect(ran).toMatchObject({ code: 0 })
      expect(read).toBe("new\n")
      expect(Fs.readdirSync(here).sort()).toEqual(["link", "pipe"])
    })
  )
})
