/** What `--max-bytes` promises, by the commands that have it. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, run, serve } from "./support/cli.ts"

const CONTENT = new Uint8Array(2 * 1024 * 1024).fill(7)
const LIMIT = 1024 * 1024

/** The same file from a server that announces its size, and from one that does not. */
const servers = [
  { announces: "announces the size", denied: [], got: `${CONTENT.byteLength} bytes` },
  { announces: "announces no size", denied: ["SIZE", "MLST"], got: "more" }
] as const

const hint = "  hint: --max-bytes SIZE sets how many bytes a file may have\n"

describe.each(servers)("--max-bytes, from a server that $announces", ({ denied, got }) => {
  const message = (url: string) =>
    `Download of a.bin (${url.slice("ftp://".length, -1)}) failed verification: expected at most ${LIMIT} bytes, got ${got}`

  it.scopedLive("get exits with 8 for a larger file, and leaves none", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "a.bin": CONTENT }, denied })
      const here = yield* folder
      const ran = yield* run(["get", "--max-bytes", "1M", `${url}a.bin`, here])
      expect(ran).toMatchObject({ code: 8, error: `ftp-effect: ${message(url)}\n${hint}` })
      expect(Fs.readdirSync(here)).toEqual([])
    })
  )

  it.scopedLive("get exits with 8 for a larger file into a device", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "a.bin": CONTENT }, denied })
      const ran = yield* run(["get", "--max-bytes", "1M", `${url}a.bin`, "/dev/null"])
      expect(ran).toMatchObject({ code: 8, error: expect.stringContaining(message(url)) })
    })
  )

  it.scopedLive("cat exits with 8 for a larger file, and prints no more than the limit", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "a.bin": CONTENT }, denied })
      const ran = yield* run(["cat", "--max-bytes", "1M", `${url}a.bin`])
      expect(ran).toMatchObject({ code: 8, error: `ftp-effect: ${message(url)}\n${hint}` })
      expect(ran.out.length).toBeLessThanOrEqual(LIMIT)
    })
  )

  it.scopedLive("get and cat take a file of exactly that size", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "a.bin": CONTENT }, denied })
      const here = yield* folder
      expect((yield* run(["get", "--max-bytes", "2M", `${url}a.bin`, here])).code).toBe(0)
      expect(Fs.statSync(join(here, "a.bin")).size).toBe(CONTENT.byteLength)
      const printed = yield* run(["cat", "--max-bytes", "2M", `${url}a.bin`])
      expect(printed).toMatchObject({ code: 0, error: "" })
      expect(printed.out.length).toBe(CONTENT.byteLength)
    })
  )
})
