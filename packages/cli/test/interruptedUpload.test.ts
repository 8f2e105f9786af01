/** Uploads whose process is interrupted or killed. These tests wait on real time, as processes do. */
import { randomInt } from "node:crypto"
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { folder, serve } from "./support/cli.ts"
import { large, MIB, restarts } from "./support/largeFiles.ts"
import { run, start, TIMEOUT, until } from "./support/process.ts"

describe("an upload in a process that ends early", () => {
  it.scopedLive(
    "Ctrl-C in a large atomic upload reports that the server keeps it, and the same command resumes it",
    () =>
      Effect.gen(function* () {
        const { server, url } = yield* serve({ root: {} })
        const here = yield* folder
        Fs.writeFileSync(join(here, "large.bin"), large)
        const words = ["put", "--atomic", join(here, "large.bin"), url]
        const first = start([...words, "--limit-rate", "4M"])
        yield* until(() => Effect.runSync(server.connections).transfers === 1)
        yield* Effect.sleep("800 millis")
        first.child.kill("SIGINT")
        expect(yield* Effect.promise(() => first.ended)).toBe(130)
        expect(first.output().error).toMatch(/what the server has of .*large\.bin is kept: the same command resumes it/)
        expect((yield* server.tree).map(({ path }) => path)).not.toContain("/large.bin")
        expect(yield* run(words)).toMatchObject({ code: 0 })
        expect(restarts(yield* server.commands).at(-1)).toBeGreaterThanOrEqual(MIB)
        expect((yield* server.tree).map(({ path }) => path)).toEqual(["/large.bin"])
        expect(large.equals(yield* server.read("/large.bin"))).toBe(true)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "Ctrl-C in a plain upload warns that the remote file may be incomplete",
    () =>
      Effect.gen(function* () {
        const { server, url } = yield* serve({ root: {} })
        const here = yield* folder
        Fs.writeFileSync(join(here, "large.bin"), large)
        const put = start(["put", "--quiet", "--limit-rate", "4M", join(here, "large.bin"), url])
        yield* until(() => Effect.runSync(server.connections).transfers === 1)
        yield* Effect.sleep("800 millis")
        put.child.kill("SIGINT")
        expect(yield* Effect.promise(() => put.ended)).toBe(130)
        expect(put.output().error).toMatch(
          /^ftp-effect: warning: large\.bin on the server may be incomplete: .* of 8\.0 MiB were sent; put -c resumes it\n$/
        )
      }),
    TIMEOUT
  )

  it.scopedLive.each([
    { words: ["put", "-r"], path: "www/" },
    { words: ["mirror", "--in-place", "--compare", "nothing"], path: "" },
    { words: ["mirror", "--in-place", "--compare", "nothing", "--manifest"], path: "" }
  ])(
    "Ctrl-C in $words warns of each file whose STOR was accepted, before any byte of it was confirmed",
    ({ path, words }) =>
      Effect.gen(function* () {
        const store = yield* FtpTestServer.memory({
          "www/a": "the old one",
          "www/b": "the old one",
          "www/c": "the old one"
        })
        // The file is empty, and takes nothing.
        const stuck: FtpTestServer.FileStore = {
          ...store,
          openWriter: (path, from) => Effect.map(store.openWriter(path, from), () => ({ write: () => Effect.never }))
        }
        const { server, url } = yield* serve({ root: stuck })
        const here = yield* folder
        for (const name of ["a", "b", "c"]) {
          Fs.writeFileSync(join(here, name), "new")
        }
        const put = start([...words, "--quiet", "-P2", here, `${url}www`])
        const opened = () => Effect.runSync(server.commands).filter((line) => line.startsWith("STOR ")).length
        yield* until(() => opened() === 2 && Effect.runSync(server.connections).transfers === 2)
        put.child.kill("SIGINT")
        expect(yield* Effect.promise(() => put.ended)).toBe(130)
        const warned = put.output().error.trimEnd().split("\n").sort()
        expect(warned).toEqual([
          `ftp-effect: warning: ${path}a on the server may be incomplete`,
          `ftp-effect: warning: ${path}b on the server may be incomplete`
        ])
        expect(new TextDecoder().decode(yield* server.read("/www/c"))).toBe("the old one")
      }),
    TIMEOUT
  )

  it.scopedLive.each([{ flags: ["--manifest"] }, { flags: [] }])(
    "Ctrl-C in a mirror with flags $flags reports what was done, and writes the manifest if there is one",
    ({ flags }) =>
      Effect.gen(function* () {
        const { server, url } = yield* serve({ root: {} })
        const here = yield* folder
        Fs.writeFileSync(join(here, "large.bin"), large)
        Fs.writeFileSync(join(here, "small.txt"), "small")
        Fs.symlinkSync("gone", join(here, "link"))
        const mirror = start(["mirror", ...flags, "-P2", "--limit-rate", "1M", here, `${url}www`])
        const paths = () => Effect.runSync(server.tree).map(({ path }) => path)
        yield* until(() => paths().includes("/www/small.txt") && Effect.runSync(server.connections).transfers === 1)
        mirror.child.kill("SIGINT")
        expect(yield* Effect.promise(() => mirror.ended)).toBe(130)
        expect(mirror.output().error).toMatch(/^skipped link: a dangling link$/m)
        expect(mirror.output().error).toMatch(
          /^interrupted: 1 file copied, 5 B, (.+ moved of 1 unfinished file, )?in .*; the same command continues$/m
        )
        expect(paths().includes("/www/.ftp-effect-manifest.json")).toBe(flags.length > 0)
        expect(paths()).not.toContain("/www/large.bin")
      }),
    TIMEOUT
  )

  it.scopedLive.each([{ signal: "SIGKILL" as const }, { signal: "SIGINT" as const }])(
    "a mirror that ends by $signal in a large file is resumed by the same command, which leaves nothing else",
    ({ signal }) =>
      Effect.gen(function* () {
        const { server, url } = yield* serve({ root: {} })
        const here = yield* folder
        Fs.writeFileSync(join(here, "large.bin"), large)
        const words = ["mirror", here, `${url}www`]
        const first = start(["--limit-rate", "4M", ...words])
        yield* until(() => Effect.runSync(server.connections).transfers === 1)
        yield* Effect.sleep("800 millis")
        first.child.kill(signal)
        yield* Effect.promise(() => first.ended)
        if (signal === "SIGINT") {
          expect(first.output().error).toMatch(
            /^interrupted: nothing was finished, [\d.]+ MiB moved of 1 unfinished file, in .*; the same command continues$/m
          )
        }
        yield* until(() => Effect.runSync(server.connections).current === 0)
        const [left] = (yield* server.tree).filter(({ type }) => type === "File")
        const { byteLength } = yield* server.read(left?.path ?? "")
        expect(byteLength).toBeLessThan(large.byteLength)
        expect(yield* run(words)).toMatchObject({ code: 0 })
        expect(restarts(yield* server.commands).at(-1)).toBeGreaterThanOrEqual(MIB)
        expect((yield* server.tree).flatMap(({ path, type }) => (type === "File" ? [path] : []))).toEqual([
          "/www/large.bin"
        ])
        expect(large.equals(yield* server.read("/www/large.bin"))).toBe(true)
      }),
    TIMEOUT
  )

  it.scopedLive.each([
    { flags: [], resumes: false },
    { flags: ["--atomic"], resumes: true },
    { flags: ["--continue"], resumes: true },
    { flags: ["-c", "--atomic"], resumes: true }
  ])(
    "an upload with flags $flags that is killed at any moment is completed by the same command",
    ({ flags, resumes }) =>
      Effect.gen(function* () {
        const { server, url } = yield* serve({ root: {} })
        const here = yield* folder
        Fs.writeFileSync(join(here, "large.bin"), large)
        const words = ["put", ...flags, join(here, "large.bin"), url]
        const first = start(["--limit-rate", "4M", ...words])
        yield* until(() => Effect.runSync(server.connections).transfers === 1)
        const millis = 500 + randomInt(1000)
        yield* Effect.sleep(millis)
        first.child.kill("SIGKILL")
        yield* Effect.promise(() => first.ended)
        yield* until(() => Effect.runSync(server.connections).current === 0)
        const [left] = yield* server.tree
        const { byteLength } = yield* server.read(left?.path ?? "")
        expect(byteLength, `killed after ${millis} ms`).toBeLessThan(large.byteLength)
        const before = (yield* server.commands).length
        expect(yield* run(words)).toMatchObject({ code: 0 })
        const sent = (yield* server.commands).slice(before).filter((line) => /^(REST|RETR|STOR)/.test(line))
        expect(sent.slice(0, -1).includes(`REST ${byteLength}`), `killed after ${millis} ms`).toBe(resumes)
        expect((yield* server.tree).map(({ path }) => path)).toEqual(["/large.bin"])
        expect(large.equals(yield* server.read("/large.bin"))).toBe(true)
      }),
    TIMEOUT
  )
})
