// Real time: sockets don't run by the TestClock.
import Fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, vi } from "@effect/vitest"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { serve } from "./support/byUrl.ts"
import { counted } from "./support/cost.ts"

const FILES = 50
const CONTENT = "x".repeat(1024)

const nameOf = (index: number) => `f${index}.txt`

/** Of node:fs, whatever the transfer of a file may use. */
const CALLS = [
  "open",
  "openSync",
  "stat",
  "lstat",
  "fstat",
  "write",
  "writeSync",
  "fchmod",
  "fchmodSync",
  "futimes",
  "futimesSync",
  "fsync",
  "close",
  "closeSync",
  "link",
  "rename",
  "renameSync",
  "unlink",
  "unlinkSync",
  "readFile",
  "writeFile"
] as const

describe("the cost of a small file", () => {
  it.scopedLive("that a tree's listing has told is below its budget", () =>
    Effect.gen(function* () {
      const root = Object.fromEntries(Array.from({ length: FILES }, (_, index) => [nameOf(index), CONTENT]))
      const server = yield* serve({ root })
      const local = yield* Effect.acquireRelease(
        Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "ftp-effect-cost-"))),
        (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
      )
      const fetch = (index: number) =>
        FtpTransfer.toFile(nameOf(index), join(local, nameOf(index)), {
          expectedSize: CONTENT.length,
          found: Option.none(),
          durability: "Written"
        })
      const spies = CALLS.map((name) => vi.spyOn(Fs, name))
      syncBuiltinESMExports()
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          vi.restoreAllMocks()
          syncBuiltinESMExports()
        })
      )
      const measured = counted((costOf) =>
        FtpPool.keepSession(
          Effect.gen(function* () {
            yield* FtpTransfer.toFile(nameOf(0), join(local, "first.txt"))
            yield* fetch(0)
            const before = { commands: (yield* server.commands).length, calls: callsOf(spies) }
            const cost = yield* costOf(
              Effect.forEach(
                Array.from({ length: FILES }, (_, index) => index),
                fetch
              )
            )
            const commands = (yield* server.commands).length - before.commands
            return { ...cost, commands, calls: callsOf(spies) - before.calls }
          })
        )
      )
      const { calls, commands, fibers, steps } = yield* Effect.provide(
        measured,
        NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
      )
      expect(commands / FILES).toBe(3)
      expect(fibers).toBe(0)
      expect(steps / FILES).toBeLessThan(200)
      expect(calls / FILES).toBe(5)
    })
  )
})

const callsOf = (spies: ReadonlyArray<{ readonly mock: { readonly calls: ReadonlyArray<unknown> } }>): number =>
  spies.reduce((sum, { mock }) => sum + mock.calls.length, 0)
