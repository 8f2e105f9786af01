/** What is being replaced by something of another type when a run ends early, or a reply is lost: nothing is lost, or left untold. */
import { describe, expect, it } from "@effect/vitest"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import { hasher } from "../support/hasher.ts"
import * as MemoryRecords from "../support/memoryRecords.ts"
import { onDisk, served, up } from "./stage.ts"
import { type Hooks, refuse, withHooks, withLateRename } from "./swapping.ts"

const REPLACE = { conflict: "Replace" } as const

const all = Effect.map(
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ tree }) => tree),
  (entries) => entries.map(({ path }) => path).filter((path) => path.startsWith("/www/"))
)

const withWarnings = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const warnings: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (logLevel._tag === "Warning") {
        warnings.push(String(Array.isArray(message) ? message[0] : message))
      }
    })
    return Effect.map(Effect.provide(self, Logger.replace(Logger.defaultLogger, logger)), (result) => ({
      result,
      warnings
    }))
  })

const owned = (options: FtpMirror.MirrorOptions) =>
  Effect.provide(up({ ...REPLACE, manifest: true, delete: "Ours", ...options }), Layer.succeed(FtpHasher, hasher))

/** A run that is interrupted at the moment of a rename; it goes on then, as on a server. */
const interruptedAt = (hooks: Hooks, matches: (from: string, to: string) => boolean) =>
  Effect.gen(function* () {
    const reached = yield* Deferred.make<void>()
    hooks.after = (from, to) =>
      matches(from, to) ? Deferred.succeed(reached, undefined).pipe(Effect.asVoid) : Effect.void
    const fiber = yield* Effect.fork(up(REPLACE))
    yield* Deferred.await(reached)
    return yield* Fiber.interrupt(fiber)
  })

describe("a run that ends early while something is replaced by something of another type", () => {
  it.effect("leaves the old one and nothing of the new one if it is interrupted", () =>
    withHooks({ "www/docs": "old file" }, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk({ "docs/one": "1", "docs/two": "2", "docs/zzz": "3" })
        const { warnings } = yield* withWarnings(interruptedAt(hooks, (_, to) => to.endsWith("/one")))
        expect(yield* served("/www/")).toEqual({ docs: "old file" })
        expect(yield* all).toEqual(["/www/docs"])
        expect(warnings).toEqual([])
      })
    )
  )

  it.effect("leaves the old one and nothing of the new one if the disk of the server is full", () =>
    withHooks({ "www/docs": "old file" }, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ "docs/one": "1" })
        yield* server.fault({ _tag: "Refuse", verb: "STOR", reply: "452 disk full", times: Number.POSITIVE_INFINITY })
        const { result, warnings } = yield* withWarnings(Effect.either(up(REPLACE)))
        expect(result).toMatchObject({ _tag: "Left", left: { reason: "StorageFull" } })
        expect(yield* all).toEqual(["/www/docs"])
        expect(warnings).toEqual([])
      })
    )
  )

  it.effect("keeps no part of a large file in the new one, and does not say so, if the server becomes full", () =>
    withHooks({ "www/docs": "old file" }, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ "docs/one": "1".repeat(3_000_000) })
        yield* server.fault({ _tag: "DropData", verb: "STOR", afterBytes: 2_000_000, reply: "552 Quota exceeded." })
        const { result, warnings } = yield* withWarnings(Effect.either(up(REPLACE)))
        expect(result).toMatchObject({ _tag: "Left", left: { cause: { reason: "StorageFull" } } })
        expect(yield* all).toEqual(["/www/docs"])
        expect(warnings).toEqual([])
        expect((yield* MemoryRecords.MemoryRecords).texts.size).toBe(0)
      })
    ).pipe(Effect.provide(MemoryRecords.layer))
  )

  it.effect("names what it leaves if the server takes no login any more", () =>
    withHooks({ "www/docs": "old file" }, (hooks) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ "docs/one": "1", "docs/two": "2" })
        hooks.before = (_, to) =>
          to.endsWith("/one")
            ? Effect.zipRight(
                server.fault({ _tag: "Refuse", verb: "PASS", reply: "530 no", times: Number.POSITIVE_INFINITY }),
                server.resetConnections
              )
            : Effect.void
        const events: Array<FtpMirror.MirrorEvent> = []
        const run = up({ ...REPLACE, onEvent: (event) => void events.push(event) })
        const { result, warnings } = yield* withWarnings(Effect.either(run))
        expect(result).toMatchObject({ _tag: "Left", left: { _tag: "FtpAuthError" } })
        const left = (yield* all).find((path) => path.includes("-next-"))?.slice("/www/".length)
        expect(left).toBeDefined()
        expect(events.filter(({ _tag }) => _tag === "Displaced")).toEqual([
          { _tag: "Displaced", path: "docs", live: "Old", replacement: left }
        ])
        expect(warnings.filter((text) => text.includes("docs was not replaced"))).toEqual([
          expect.stringContaining(`docs was not replaced: what was made of the new one is left as ${left}`)
        ])
      })
    )
  )

  it.effect("names what is left of the old one if it fails after the exchange", () =>
    withHooks({ "www/page/a": "old a", "www/page/b": "old b" }, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ page: "new page" })
        yield* server.fault({ _tag: "Refuse", verb: "DELE", reply: "452 no room", times: Number.POSITIVE_INFINITY })
        const { result, warnings } = yield* withWarnings(Effect.either(up(REPLACE)))
        expect(result._tag).toBe("Left")
        const left = (yield* all).find((path) => path.endsWith("/a"))?.slice("/www/".length, -"/a".length)
        expect(warnings).toEqual([
          expect.stringContaining(`page was replaced: the old one, or a part of it, is left as ${left}`)
        ])
        expect(yield* served("/www/")).toMatchObject({ page: "new page", [`${left}/a`]: "old a" })
      })
    )
  )
})

describe("a file that is moved into what replaces something of another type", () => {
  const before = (hooks: Hooks) =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ x: "content of x", k2: "k2" })
      yield* owned({})
      yield* server.write("/www/docs", "old file")
      yield* onDisk({ "docs/x": "content of x", k2: "k2" })
      return { server, hooks }
    })

  /** One that is moved with others is looked for after a lost reply. A server that loses what is sent ahead has it moved alone. */
  const ALONE = { _tag: "LosePipelined", verb: "RNFR" } as const

  it.effect("is there if the reply to its move was lost, and it is found", () =>
    withHooks({}, (hooks) =>
      Effect.gen(function* () {
        const { server } = yield* before(hooks)
        hooks.after = (from) => (from === "/www/x" ? server.resetConnections : Effect.void)
        expect(yield* owned({})).toMatchObject({ isComplete: true, displaced: [] })
        expect(yield* served("/www/")).toMatchObject({ "docs/x": "content of x", k2: "k2" })
      })
    )
  )

  it.effect("is back where it was if the reply to its move was lost", () =>
    withHooks({}, (hooks) =>
      Effect.gen(function* () {
        const { server } = yield* before(hooks)
        yield* server.fault(ALONE)
        hooks.after = (from) => (from === "/www/x" ? server.resetConnections : Effect.void)
        const result = yield* owned({})
        expect(result).toMatchObject({ isComplete: false, displaced: [] })
        expect(yield* served("/www/")).toMatchObject({ docs: "old file", k2: "k2", x: "content of x" })
        hooks.after = () => Effect.void
        expect(yield* owned({})).toMatchObject({ isComplete: true })
        expect(yield* served("/www/")).toMatchObject({ "docs/x": "content of x", k2: "k2" })
      })
    )
  )

  it.effect("is kept, and told, if it can't go back", () =>
    withHooks({}, (hooks) =>
      Effect.gen(function* () {
        const { server } = yield* before(hooks)
        yield* server.fault(ALONE)
        hooks.after = (from) => (from === "/www/x" ? server.resetConnections : Effect.void)
        hooks.before = (_, to) => (to === "/www/x" ? refuse(to) : Effect.void)
        const told: Array<FtpMirror.Displaced> = []
        const { displaced, isComplete } = yield* owned({
          onEvent: (event) => {
            if (event._tag === "Displaced") {
              const { _tag, ...each } = event
              told.push(each)
            }
          }
        })
        expect(isComplete).toBe(false)
        expect(told).toEqual(displaced)
        expect(displaced).toMatchObject([{ path: "docs", live: "Old" }])
        const [{ replacement = "" } = {}] = displaced
        expect(yield* served("/www/")).toMatchObject({ docs: "old file", [`${replacement}/x`]: "content of x" })
      })
    )
  )

  it.effect("is known by the manifest where it is, if the exchange is refused", () =>
    withHooks({}, (hooks) =>
      Effect.gen(function* () {
        yield* before(hooks)
        hooks.before = (from, to) => (from === "/www/docs" ? refuse(to) : Effect.void)
        const result = yield* owned({})
        expect(result).toMatchObject({ isComplete: false, displaced: [], bytes: 0, done: [] })
        const { ".ftp-effect-manifest.json": manifest = "{}", ...files } = yield* served("/www/")
        expect(files).toEqual({ docs: "old file", k2: "k2", x: "content of x" })
        expect(Object.keys(JSON.parse(manifest).files).sort()).toEqual(["k2", "x"])
        hooks.before = () => Effect.void
        const again = yield* owned({})
        expect(again.plan.steps.map(({ _tag, path }) => `${_tag} ${path}`)).toContain("Rename docs/x")
        expect(again.isComplete).toBe(true)
      })
    )
  )
})

describe("a file that is moved to the name of a directory that it replaces", () => {
  for (const [what, matches] of [
    ["the old one can't be renamed", (from: string, to: string) => from === "/www/page" && to.includes("-previous-")],
    ["it can't have the name", (from: string, to: string) => to === "/www/page" && !from.includes("-previous-")]
  ] as const) {
    it.effect(`is back where it was, and known there by the manifest, if ${what}`, () =>
      withHooks({}, (hooks) =>
        Effect.gen(function* () {
          const server = yield* FtpTestServer.FtpTestServer
          yield* onDisk({ x: "content of x", k2: "k2" })
          yield* owned({})
          yield* server.write("/www/page/a", "old a")
          yield* onDisk({ page: "content of x", k2: "k2" })
          hooks.before = (from, to) => (matches(from, to) ? refuse(to) : Effect.void)
          expect(yield* owned({})).toMatchObject({
            isComplete: false,
            displaced: [],
            done: [],
            failures: [{ step: { _tag: "Rename", path: "page" }, error: { reason: "PermissionDenied" } }]
          })
          const { ".ftp-effect-manifest.json": manifest = "{}", ...files } = yield* served("/www/")
          expect(files).toEqual({ k2: "k2", "page/a": "old a", x: "content of x" })
          expect(Object.keys(JSON.parse(manifest).files).sort()).toEqual(["k2", "x"])
          hooks.before = () => Effect.void
          expect(yield* owned({})).toMatchObject({ isComplete: true, displaced: [] })
          expect(yield* served("/www/")).toMatchObject({ page: "content of x", k2: "k2" })
        })
      )
    )
  }
})

describe("a rename that a server does after its reply was given up", () => {
  it.effect.each([
    ["as the connection broke", true],
    ["as it took too long", false]
  ] as const)("leaves old and new one, and the result names both, %s", ([, isReset]) =>
    withLateRename(
      { "www/docs": "old file" },
      { from: "/www/docs", isReset, after: "5 minutes" },
      Effect.gen(function* () {
        yield* onDisk({ "docs/one": "1" })
        const { displaced, isComplete } = yield* up(REPLACE)
        expect(isComplete).toBe(false)
        expect(displaced).toMatchObject([{ path: "docs", live: "Unknown" }])
        const [{ old = "", replacement = "" } = {}] = displaced
        expect(yield* served("/www/")).toEqual({ docs: "old file", [`${replacement}/one`]: "1" })
        yield* TestClock.adjust("10 minutes")
        expect(yield* served("/www/")).toEqual({ [old]: "old file", [`${replacement}/one`]: "1" })
      })
    )
  )
})

describe("a move into a new directory that a server does after its reply was given up", () => {
  it.effect("loses no file: the new directory stays, and the result names it", () =>
    withLateRename(
      {},
      { from: "/www/x", isReset: true, after: "5 minutes" },
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ x: "content of x", k2: "k2" })
        yield* owned({})
        yield* server.write("/www/docs", "old file")
        yield* onDisk({ "docs/x": "content of x", k2: "k2" })
        const { displaced } = yield* owned({})
        expect(displaced).toMatchObject([{ path: "docs", live: "Old" }])
        yield* TestClock.adjust("10 minutes")
        const [{ replacement = "" } = {}] = displaced
        expect(yield* served("/www/")).toMatchObject({ docs: "old file", [`${replacement}/x`]: "content of x" })
      })
    )
  )
})

describe("what was made of something that replaces something of another type, and is taken back", () => {
  it.effect("counts neither in the result nor in the progress", () =>
    withHooks({ "www/docs": "old file" }, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk({ "docs/one": "12345", k: "k" })
        let last: FtpMirror.MirrorProgress | undefined
        hooks.before = (from, to) => (from === "/www/docs" ? refuse(to) : Effect.void)
        const result = yield* up({
          ...REPLACE,
          onProgress: (progress) => {
            last = progress
          }
        })
        expect(result).toMatchObject({ bytes: 1, done: [{ path: "k" }] })
        expect(last).toMatchObject({ files: 1, bytes: 1, totalFiles: 2, totalBytes: 6 })
      })
    )
  )
})
