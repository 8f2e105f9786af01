/** What is reported about the partial file of an upload or a download. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"

describe("an interrupted upload", () => {
  const SIZE = 20_000_000

  /** Breaks every upload after so many bytes. */
  const stage = (afterBytes: number) =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      yield* server.fault({
        _tag: "DropData",
        verb: "STOR",
        afterBytes,
        how: "Reset",
        times: Number.POSITIVE_INFINITY
      })
      const here = yield* folder
      Fs.writeFileSync(join(here, "big"), new Uint8Array(SIZE))
      return (...flags: ReadonlyArray<string>) =>
        run(["put", "--retry-time", "0", ...flags, join(here, "big"), `${url}x`])
    })

  it.scopedLive("an interrupted upload warns of the incomplete remote file, also with --quiet and --json", () =>
    Effect.gen(function* () {
      const put = yield* stage(3_000_000)
      const told = /x on the server may be incomplete: [\d.]+ MiB of 19\.1 MiB were sent; put -c resumes it/
      for (const flag of ["-v", "-q"]) {
        const ran = yield* put(flag)
        expect(ran).toMatchObject({ code: 10, error: expect.stringMatching(told) })
      }
      const lines = jsonLines((yield* put("--json")).error)
      expect(lines.find(({ kind }) => kind === "warning")).toMatchObject({ message: expect.stringMatching(told) })
    })
  )

  it.scopedLive("an interrupted put -c reports that the same command resumes, but not for a small partial file", () =>
    Effect.gen(function* () {
      const put = yield* stage(3_000_000)
      expect((yield* put("-c")).error).toMatch(/may be incomplete: .* were sent; the same command resumes it\n/)
      const { server, url } = yield* serve({ root: {} })
      yield* server.fault({ _tag: "DropData", verb: "STOR", afterBytes: 5, how: "Reset" })
      const here = yield* folder
      Fs.writeFileSync(join(here, "small"), "0123456789")
      const { error } = yield* run(["put", "--retry-time", "0", join(here, "small"), url])
      expect(error).toContain("warning: small on the server may be incomplete\n")
    })
  )

  it.scopedLive("an interrupted upload gives no warning if it was atomic, or nothing was sent", () =>
    Effect.gen(function* () {
      const put = yield* stage(3_000_000)
      expect((yield* put("--atomic")).error).not.toContain("incomplete")
      const { server, url } = yield* serve({ root: {} })
      yield* server.fault({ _tag: "Refuse", verb: "STOR", reply: "553 no" })
      const here = yield* folder
      Fs.writeFileSync(join(here, "big"), new Uint8Array(SIZE))
      const refused = yield* run(["put", join(here, "big"), url])
      expect(refused.code).not.toBe(0)
      expect(refused.error).not.toContain("incomplete")
      Fs.writeFileSync(join(here, "small"), "small")
      yield* server.fault({ _tag: "Refuse", verb: "STOR", reply: "553 no", times: 2 })
      const small = yield* run(["put", join(here, "small"), url])
      expect(small.code).not.toBe(0)
      expect(small.error).not.toContain("incomplete")
    })
  )

  for (const [what, change] of [
    ["was written", (path: string) => Fs.appendFileSync(path, "more")],
    ["was cut", (path: string) => Fs.truncateSync(path, 1000)]
  ] as const) {
    it.scopedLive(`a local file that ${what} while it was sent is not said to be resumed`, () =>
      Effect.gen(function* () {
        const here = yield* folder
        const path = join(here, "big")
        Fs.writeFileSync(path, new Uint8Array(SIZE))
        const store = yield* FtpTestServer.memory({})
        let isChanged = false
        const openWriter: typeof store.openWriter = (name, from) =>
          Effect.map(store.openWriter(name, from), (writer) => ({
            ...writer,
            write: (bytes) => {
              if (!isChanged) {
                isChanged = true
                change(path)
              }
              return writer.write(bytes)
            }
          }))
        const { url } = yield* serve({ root: { ...store, openWriter } })
        const ran = yield* run(["put", "--retry-time", "0", path, `${url}x`])
        expect(ran.code).toBeGreaterThan(0)
        expect(ran.error).toContain("warning: x on the server may be incomplete")
        expect(ran.error).not.toContain("resumes")
      })
    )
  }

  it.scopedLive("a file whose name can't be sent is none that may be incomplete on the server", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: {} })
      const here = yield* folder
      Fs.writeFileSync(join(here, "new\nline"), "small")
      const ran = yield* run(["put", join(here, "new\nline"), url])
      expect(ran.code).toBe(2)
      expect(ran.error).toContain("LF is not allowed")
      expect(ran.error).not.toContain("incomplete")
    })
  )

  it.scopedLive("a server whose disk is full leaves files that may be incomplete, and put -r warns of them", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "www/a": "1234" }, quota: 6 })
      const here = yield* folder
      Fs.writeFileSync(join(here, "a"), "0123456789")
      const ran = yield* run(["put", "-q", "-r", here, `${url}www`])
      expect(ran.code).toBe(11)
      expect(new TextDecoder().decode(yield* server.read("/www/a"))).not.toBe("1234")
      expect(ran.error).toContain("warning: www/a on the server may be incomplete\n")
    })
  )
})

describe("a download of a file that changed", () => {
  it.scopedLive("a download of a file that changed does not promise to resume its partial file", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({ big: new Uint8Array(20_000_000) })
      let readers = 0
      const openReader: typeof store.openReader = (path, offset) => {
        readers++
        return store.openReader(path, offset)
      }
      const stat: typeof store.stat = (path) =>
        Effect.map(store.stat(path), (info) => ({ ...info, modified: (info.modified ?? 0) + readers * 60_000 }))
      const { server, url } = yield* serve({ root: { ...store, openReader, stat, lstat: stat } })
      yield* server.fault({ _tag: "DropData", verb: "RETR", afterBytes: 10_000_000, how: "End" })
      const ran = yield* run(["get", `${url}big`, yield* folder])
      expect(ran.code).toBe(8)
      expect(ran.error).not.toContain("resumes")
    })
  )
})
