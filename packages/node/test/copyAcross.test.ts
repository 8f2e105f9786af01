/** Small files of a mirror between two servers. */
// Real time: sockets don't run by the TestClock.
import { describe, expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { serve } from "./support/byUrl.ts"
import { counted } from "./support/cost.ts"

const FILES = 60

const NAMES = Array.from({ length: FILES }, (_, index) => `f${index}`)

const contentOf = (name: string) => `content of ${name}`

const TREE = Object.fromEntries(NAMES.map((name) => [`www/${name}`, contentOf(name)]))

const AT = DateTime.unsafeMake("2020-01-02T03:04:05Z")

/** Two servers, the first with the tree, and a mirror from it to the other one. */
const stage = Effect.gen(function* () {
  const [from, to] = [yield* serve({ root: TREE }), yield* serve({ root: {} })]
  const clientOf = (server: typeof from) =>
    Layer.build(NodeFtp.layer({ url: `ftp://ann:secret@127.0.0.1:${server.address.port}`, maxPerHost: 1 }))
  const [source, target] = [yield* clientOf(from), yield* clientOf(to)]
  const hasher = Context.get(target, FtpHasher)
  const mirror = (options: FtpMirror.MirrorOptions = {}, hashes = hasher) =>
    Effect.gen(function* () {
      const remote = yield* Effect.provide(FtpMirror.remote("www"), source)
      return yield* FtpMirror.mirror(remote, yield* FtpMirror.remote("copy"), options)
    }).pipe(Effect.provideService(FtpHasher, hashes), Effect.provide(target))
  const copied = Effect.forEach(NAMES, (name) =>
    Effect.map(to.read(`/copy/${name}`), (bytes) => new TextDecoder().decode(bytes) === contentOf(name))
  )
  return { from, to, source, target, mirror, copied, hasher }
})

describe("small files between two servers", () => {
  it.scopedLive("are fetched into memory and sent from there, each in its own time, and are equal by then", () =>
    Effect.gen(function* () {
      const { copied, from, mirror, source, to } = yield* stage
      const client = Context.get(source, FtpClient)
      yield* Effect.forEach(NAMES, (name) => client.setModified(`www/${name}`, AT))
      const before = (yield* from.commands).length
      expect(yield* mirror()).toMatchObject({ isComplete: true })
      expect(yield* copied).not.toContain(false)
      const asked = (yield* from.commands).slice(before)
      expect(asked.filter((command) => command.startsWith("RETR"))).toHaveLength(FILES)
      expect(asked.filter((command) => command.startsWith("SIZE"))).toEqual([])
      const told = yield* to.commands
      expect(told.filter((command) => command.startsWith("STOR"))).toHaveLength(FILES)
      expect(told.filter((command) => command.startsWith("RNTO"))).toHaveLength(FILES)
      expect(told.filter((command) => command.startsWith("MFMT 20200102030405"))).toHaveLength(FILES)
      expect((yield* mirror()).done).toEqual([])
    })
  )

  it.scopedLive("are below their budget of steps", () =>
    Effect.gen(function* () {
      const { mirror } = yield* stage
      const cost = yield* counted((costOf) => costOf(mirror()))
      expect(cost.steps / FILES).toBeLessThan(600)
    })
  )

  it.scopedLive.each([
    ["the source drops the data connection", { _tag: "DropData", verb: "RETR", afterBytes: 3 }, undefined],
    ["the source refuses it for now", { _tag: "Refuse", verb: "RETR", reply: "450 Not now." }, undefined],
    ["the source hangs up", { _tag: "CloseControl", verb: "RETR" }, undefined],
    ["the target drops the data connection", undefined, { _tag: "DropData", verb: "STOR", afterBytes: 3 }],
    ["the target refuses it for now", undefined, { _tag: "Refuse", verb: "STOR", reply: "450 Not now." }],
    ["the target hangs up", undefined, { _tag: "CloseControl", verb: "STOR" }],
    ["the target has another size", undefined, { _tag: "WrongSize", verb: "SIZE", by: 1 }],
    ["the target hangs up before the rename", undefined, { _tag: "CloseControl", verb: "RNTO" }]
  ] satisfies ReadonlyArray<readonly [string, Fault | undefined, Fault | undefined]>)(
    "are whole, each once, if for one of them %s",
    ([, ofSource, ofTarget]) =>
      Effect.gen(function* () {
        const { copied, from, mirror, to } = yield* stage
        yield* Effect.all([
          ofSource === undefined ? Effect.void : from.fault(ofSource),
          ofTarget === undefined ? Effect.void : to.fault(ofTarget)
        ])
        const result = yield* mirror()
        expect(result).toMatchObject({ isComplete: true, failures: [] })
        expect(result.done).toHaveLength(FILES)
        expect(yield* copied).not.toContain(false)
        expect((yield* to.tree).filter(({ path }) => path.startsWith("/copy/"))).toHaveLength(FILES)
      })
  )

  it.scopedLive("that are larger than they were listed are copied as they are", () =>
    Effect.gen(function* () {
      const { from, mirror, to } = yield* stage
      const larger = "x".repeat(1000)
      yield* mirror({
        onEvent: (event) => {
          if (event._tag === "Started" && event.step.path === "f1") Effect.runSync(from.write("/www/f1", larger))
        }
      })
      expect(new TextDecoder().decode(yield* to.read("/copy/f1"))).toBe(larger)
    })
  )

  it.scopedLive("have their hashes in a manifest", () =>
    Effect.gen(function* () {
      const { mirror, to } = yield* stage
      expect(yield* mirror({ manifest: true })).toMatchObject({ isComplete: true })
      const manifest = new TextDecoder().decode(yield* to.read("/copy/.ftp-effect-manifest.json"))
      expect(manifest.match(/[0-9a-f]{64}/g)).toHaveLength(FILES)
    })
  )

  it.scopedLive("leave the pools usable if one is interrupted while it is to be hashed", () =>
    Effect.gen(function* () {
      const { hasher, mirror, source, target } = yield* stage
      const isReached = yield* Deferred.make<void>()
      let made = 0
      const slow = FtpHasher.of({
        make: (algorithm) =>
          Effect.suspend(() =>
            ++made < 10 ? hasher.make(algorithm) : Effect.zipRight(Deferred.succeed(isReached, undefined), Effect.never)
          )
      })
      const running = yield* Effect.fork(mirror({ manifest: true }, slow))
      yield* Deferred.await(isReached)
      yield* Fiber.interrupt(running)
      for (const client of [Context.get(source, FtpClient), Context.get(target, FtpClient)]) {
        expect(yield* Effect.timeout(client.exists("nothing"), "10 seconds")).toBe(false)
      }
      const pools = [Context.get(source, FtpPool), Context.get(target, FtpPool)]
      expect((yield* Effect.all(pools.map(({ status }) => status))).flat().map(({ inUse }) => inUse)).toEqual([0, 0])
    })
  )
})
