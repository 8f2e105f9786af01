// Real time: sockets don't run by the TestClock.
import Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { serve } from "./support/byUrl.ts"
import { counted } from "./support/cost.ts"
import { counting } from "./support/fileCalls.ts"

const FILES = 50
const CONTENT = "x".repeat(1024)

const nameOf = (index: number) => `f${index}.txt`

const INDICES = Array.from({ length: FILES }, (_, index) => index)

/** A server with such files, and a folder for them. */
const stage = Effect.gen(function* () {
  const root = Object.fromEntries(INDICES.map((index) => [nameOf(index), CONTENT]))
  const server = yield* serve({ root })
  return { server, local: yield* temporaryFolder }
})

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "ftp-effect-cost-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

type Move = (index: number) => ReturnType<typeof FtpTransfer.toFile | typeof FtpTransfer.fromFile>

/** Of each of the files, after a few of the kind: what the server can do is known by then. */
const costOfEach = (server: Effect.Effect.Success<ReturnType<typeof serve>>, warmUp: Move, move: Move) =>
  Effect.gen(function* () {
    const callsMade = yield* counting
    const measured = counted((costOf) =>
      FtpPool.keepSession(
        Effect.gen(function* () {
          yield* warmUp(0)
          yield* move(0)
          yield* move(0)
          const before = { commands: (yield* server.commands).length, calls: callsMade() }
          const cost = yield* costOf(Effect.forEach(INDICES, move))
          const commands = (yield* server.commands).length - before.commands
          const calls = callsMade() - before.calls
          return { commands: commands / FILES, fibers: cost.fibers, steps: cost.steps / FILES, calls: calls / FILES }
        })
      )
    )
    return yield* Effect.provide(measured, NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`))
  })

describe("the cost of a small file", () => {
  for (const [how, options, calls, budget] of [
    // open, write, futimes, close, rename
    ["it may replace one", { durability: "Written" }, 5, 26],
    // link and unlink in place of the rename
    ["nothing may be replaced", { durability: "Written", existing: "Fail" }, 6, 26],
    // and fsync
    ["it is synced first", { existing: "Fail" }, 7, 30]
  ] as const) {
    it.scopedLive(`that a tree's listing has told is below its budget: ${how}`, () =>
      Effect.gen(function* () {
        const { local, server } = yield* stage
        let last = 0
        const newPath = () => join(local, `${last++}`)
        const cost = yield* costOfEach(
          server,
          (index) => FtpTransfer.toFile(nameOf(index), newPath()),
          (index) =>
            FtpTransfer.toFile(nameOf(index), newPath(), {
              expectedSize: CONTENT.length,
              found: Option.none(),
              hasPartialFile: false,
              ...options
            })
        )
        expect(cost).toMatchObject({ commands: 3, fibers: 0, calls })
        expect(cost.steps).toBeLessThan(budget)
      })
    )
  }

  it.scopedLive("that is sent, and was found in a local folder, is below its budget", () =>
    Effect.gen(function* () {
      const { local, server } = yield* stage
      const files = NodeFtpFile.make()
      const path = (index: number) => join(local, nameOf(index))
      const found = yield* Effect.forEach(INDICES, (index) => {
        Fs.writeFileSync(path(index), CONTENT)
        return files.info(path(index))
      })
      const cost = yield* costOfEach(
        server,
        (index) => FtpTransfer.fromFile(path(index), nameOf(index)),
        (index) =>
          FtpTransfer.fromFile(path(index), nameOf(index), { found: Option.getOrThrow(found[index] ?? Option.none()) })
      )
      expect(cost).toMatchObject({ commands: 3, fibers: 0, calls: 4 })
      expect(cost.steps).toBeLessThan(25)
    })
  )

  it.scopedLive("that is published with its time is below its budget", () =>
    Effect.gen(function* () {
      const { local, server } = yield* stage
      const files = NodeFtpFile.make()
      const path = join(local, "a.txt")
      Fs.writeFileSync(path, CONTENT)
      const found = Option.getOrThrow(yield* files.info(path))
      const publish = (index: number) =>
        FtpTransfer.fromFile(path, nameOf(index), { found, atomic: true, times: "Keep" })
      const cost = yield* costOfEach(server, publish, publish)
      expect(cost).toMatchObject({ commands: 6, fibers: 0, calls: 4 })
      expect(cost.steps).toBeLessThan(25)
    })
  )
})

/** More than there are sessions. */
const FEW = 10

describe("the cost of a file that a mirror publishes in a new directory", () => {
  for (const [what, options, budget] of [
    ["while the trees are read", {}, 2],
    ["by a plan", { delete: "Extra" }, 2],
    ["with a manifest", { manifest: true }, 5]
  ] as const) {
    it.scopedLive(`is below its budget: ${what}`, () =>
      Effect.gen(function* () {
        const few = yield* costOfPublishing(FEW, options)
        const many = yield* costOfPublishing(FEW + FILES, options)
        // EPSV, STOR, MFMT, SIZE, RNFR, RNTO
        expect((many.commands - few.commands) / FILES).toBeLessThan(6.1)
        expect((many.fibers - few.fibers) / FILES).toBeLessThan(0.2)
        expect((many.steps - few.steps) / FILES).toBeLessThan(budget)
      })
    )
  }
})

describe("the cost of a file that a mirror fetches into a new folder", () => {
  for (const [how, budget] of [
    ["Written", 3],
    ["Synced", 3]
  ] as const) {
    it.scopedLive(`is below its budget: ${how}`, () =>
      Effect.gen(function* () {
        const few = yield* costOfFetching(FEW, how)
        const many = yield* costOfFetching(FEW + FILES, how)
        expect((many.fibers - few.fibers) / FILES).toBeLessThan(0.2)
        expect((many.steps - few.steps) / FILES).toBeLessThan(budget)
      })
    )
  }
})

/** Of all files, in one directory. */
const costOfFetching = (files: number, durability: "Written" | "Synced") =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const root = Object.fromEntries(Array.from({ length: files }, (_, index) => [`www/d/${nameOf(index)}`, CONTENT]))
    const server = yield* serve({ root })
    return yield* Effect.provide(
      counted((costOf) =>
        Effect.gen(function* () {
          const [source, target] = [yield* FtpMirror.remote("www"), yield* FtpMirror.local(folder)]
          const options: FtpMirror.MirrorOptions = { delete: "Extra", durability }
          return yield* costOf(
            Effect.map(FtpMirror.mirror(source, target, options), ({ done }) => expect(done.length).toBe(files + 1))
          )
        })
      ),
      NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
    )
  })

/** Of all files, in one directory. */
const costOfPublishing = (files: number, options: FtpMirror.MirrorOptions) =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    Fs.mkdirSync(join(folder, "d"))
    for (let index = 0; index < files; index++) {
      Fs.writeFileSync(join(folder, "d", nameOf(index)), CONTENT)
    }
    const server = yield* serve({ root: {} })
    const { fibers, steps } = yield* Effect.provide(
      counted((costOf) =>
        Effect.gen(function* () {
          const [source, target] = [yield* FtpMirror.local(folder), yield* FtpMirror.remote("www")]
          return yield* costOf(
            Effect.map(FtpMirror.mirror(source, target, options), ({ done }) => expect(done.length).toBe(files + 1))
          )
        })
      ),
      NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
    )
    return { fibers, steps, commands: (yield* server.commands).length }
  })

describe("the cost of a listing", () => {
  for (const [what, denied] of [
    ["MLSD", []],
    ["LIST", ["MLST", "MLSD"]]
  ] as const) {
    it.scopedLive(`by ${what} in a walk is below its budget`, () =>
      Effect.gen(function* () {
        const many = 100
        const root = Object.fromEntries(
          Array.from({ length: 2 * many }, (_, index) => [`t/d${index % many}/${nameOf(index)}`, CONTENT] as const)
        )
        const server = yield* serve({ root, denied })
        const { commands, cost } = yield* Effect.provide(
          counted((costOf) =>
            Effect.gen(function* () {
              const client = yield* FtpClient.FtpClient
              yield* client.list("t/d0")
              const before = (yield* server.commands).length
              const cost = yield* costOf(Stream.runDrain(client.walk("t", { concurrency: 1 })))
              return { cost, commands: (yield* server.commands).length - before }
            })
          ),
          NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
        )
        // A port and a listing for each directory, and a port for one that does not follow.
        expect(commands).toBe(2 * (many + 1) + 1)
        expect(cost.fibers / many).toBeLessThan(0.1)
        expect(cost.steps / many).toBeLessThan(95)
      })
    )
  }
})

describe("the cost of a mirror with nothing to do", () => {
  /** Of a directory: a port and a listing; of two files that LIST tells the day of, the times; what ends a burst of them. */
  const COMMANDS = { MLSD: 2, LIST: 5 }
  for (const [what, denied] of [
    ["MLSD", []],
    ["LIST", ["MLST", "MLSD"]]
  ] as const) {
    for (const [when, deletes, budget] of [
      ["after both trees are read", "Extra", 110],
      ["while they are read", "None", what === "MLSD" ? 145 : 265]
    ] as const) {
      it.scopedLive(`by ${what}, of which no file shows the zone, is below its budget: planned ${when}`, () =>
        Effect.gen(function* () {
          const many = 100
          const file = { content: CONTENT, modified: new Date("2001-02-03T04:05:06Z") }
          const root = Object.fromEntries(
            Array.from({ length: 2 * many }, (_, index) => [`t/d${index % many}/${nameOf(index)}`, file] as const)
          )
          const server = yield* serve({ root, denied })
          const folder = yield* temporaryFolder
          const mirror = Effect.gen(function* () {
            const [source, target] = [yield* FtpMirror.remote("t"), yield* FtpMirror.local(folder)]
            return yield* FtpMirror.mirror(source, target, { delete: deletes })
          })
          const { commands, cost } = yield* Effect.provide(
            counted((costOf) =>
              Effect.gen(function* () {
                expect((yield* mirror).done).toHaveLength(3 * many)
                const before = (yield* server.commands).length
                const cost = yield* costOf(Effect.map(mirror, ({ done }) => expect(done).toEqual([])))
                return { cost, commands: (yield* server.commands).length - before }
              })
            ),
            NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
          )
          expect(commands / (many + 1)).toBeLessThanOrEqual(COMMANDS[what])
          expect(cost.fibers / many).toBeLessThan(0.4)
          expect(cost.steps / many).toBeLessThan(budget)
        })
      )
    }
  }
})

describe("the cost of a removed file", () => {
  it.scopedLive("in a directory that is removed with all in it is below its budget", () =>
    Effect.gen(function* () {
      const many = 400
      const names = Array.from({ length: many }, (_, index) => `second/${nameOf(index)}`)
      const root = Object.fromEntries(["first/a", "first/b", ...names].map((path) => [path, CONTENT]))
      const server = yield* serve({ root })
      const cost = yield* Effect.provide(
        counted((costOf) =>
          Effect.flatMap(FtpClient.FtpClient, (client) =>
            Effect.zipRight(
              client.remove("first", { recursive: true }),
              costOf(client.remove("second", { recursive: true }))
            )
          )
        ),
        NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
      )
      // The workers, and the lookups and the listing of the directory, are shared by its files.
      expect(cost.fibers / many).toBeLessThan(0.1)
      expect(cost.steps / many).toBeLessThan(35)
    })
  )
})
