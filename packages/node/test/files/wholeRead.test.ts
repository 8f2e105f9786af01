import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isQuick, timed } from "../../src/files/quick.ts"
import * as WholeRead from "../../src/files/wholeRead.ts"
import * as NodeFtpFile from "../../src/NodeFtpFile.ts"

const CONTENT = "content"

/** A file that was found, and then changed. */
const readAfter = (change: (path: string) => void) =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "ftp-effect-whole-read-"))),
      (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
    )
    const path = join(folder, "a")
    Fs.writeFileSync(path, CONTENT)
    const found = Option.getOrThrow(yield* NodeFtpFile.make().info(path))
    change(path)
    return Option.map(yield* WholeRead.read(path, found), (bytes) => Buffer.from(bytes).toString())
  })

const laws = () => {
  it.scopedLive("is read whole", () =>
    Effect.gen(function* () {
      expect(yield* readAfter(() => {})).toEqual(Option.some(CONTENT))
    })
  )

  it.scopedLive.each([
    ["has grown", (path: string) => Fs.appendFileSync(path, "!")],
    ["has shrunk", (path: string) => Fs.truncateSync(path, 1)],
    ["has other content of that size", (path: string) => Fs.writeFileSync(path, CONTENT.toUpperCase())],
    ["is gone", (path: string) => Fs.rmSync(path)],
    [
      "is a directory",
      (path: string) => {
        Fs.rmSync(path)
        Fs.mkdirSync(path)
      }
    ],
    [
      "is a pipe",
      (path: string) => {
        Fs.rmSync(path)
        execFileSync("mkfifo", [path])
      }
    ]
  ] as const)("is not read if it %s by then", ([, change]) =>
    Effect.gen(function* () {
      const before = openDescriptors()
      expect(yield* readAfter(change)).toEqual(Option.none())
      yield* Effect.promise(() => vi.waitFor(() => expect(openDescriptors()).toBe(before), { timeout: 5000 }))
    })
  )
}

const openDescriptors = () => Fs.readdirSync("/proc/self/fd").length

describe.skipIf(!Fs.existsSync("/proc/self/fd"))("a small file of a quick disk", laws)

describe.skipIf(!Fs.existsSync("/proc/self/fd"))("a small file of a disk that is slow", () => {
  it("is read by threads", () => {
    let now = performance.now() + 1000
    const clock = vi.spyOn(performance, "now").mockImplementation(() => {
      now += 20
      return now
    })
    // The disk is slow, not the machine that the test shares.
    const usage = process.resourceUsage()
    const alone = vi.spyOn(process, "resourceUsage").mockImplementation(() => usage)
    for (let run = 0; run < 8; run++) {
      timed(() => {})
    }
    clock.mockRestore()
    alone.mockRestore()
    expect(isQuick()).toBe(false)
  })

  laws()
})
