/** Servers whose FEAT lists MFMT: whether they keep times is shown by one file, if that matters. Each run logs in anew. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { endpoint } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { commands, withFault } from "../support/server.ts"
import { kinds, onDisk, SITE, up, withHasher } from "./stage.ts"

/** A run of a process of its own, and the times that it set by itself. */
const run = <A, E, R>(use: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const before = (yield* commands).length
    const layer = FtpClient.layerPooled({ endpoints: [yield* endpoint] })
    const result = yield* Effect.provide(use, layer)
    const sent = (yield* commands).slice(before)
    return { result, set: sent.filter((line) => line.startsWith("MFMT ")) }
  })

const plan = (options: FtpMirror.MirrorOptions) =>
  Effect.gen(function* () {
    return yield* inTime(FtpMirror.plan(yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www"), options))
  })

const timesThere = Effect.flatMap(FtpTestServer.FtpTestServer, ({ tree }) =>
  Effect.map(tree, (entries) => entries.map(({ modified, path }) => [path, modified] as const))
)

const answering = (reply: string, times = Number.POSITIVE_INFINITY) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ fault }) => fault({ _tag: "Refuse", verb: "MFMT", reply, times }))

const WAYS: ReadonlyArray<readonly [string, FtpMirror.MirrorOptions]> = [
  ["while both trees are read", {}],
  ["after both trees were read", { delete: "Extra" }]
]

const REFUSALS = [
  "500 MFMT not understood",
  "502 Command not implemented.",
  "550 Unable to handle command",
  "550 Permission denied."
]

describe.each(WAYS)("a mirror that plans %s, to a server that lists MFMT", (_, options) => {
  it.effect.each(REFUSALS)("sends only what changed if times are refused: %s", (reply) =>
    Effect.gen(function* () {
      yield* answering(reply)
      yield* onDisk(SITE)
      expect((yield* run(up(options))).result).toMatchObject({ isComplete: true, failures: [] })
      const second = yield* run(up(options))
      expect(kinds(second.result)).toEqual([])
      // One of which the server says that it knows no such command, or some of several directories.
      expect(second.set.length).toBeLessThanOrEqual(reply.startsWith("550") ? 4 : 1)
      yield* onDisk({ ...SITE, "css/site.css": "body { margin: 0 }" })
      const third = yield* run(up(options))
      expect(kinds(third.result)).toEqual(["Replace css/site.css"])
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("asks nothing if there is nothing to do", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* run(up(options))
      const second = yield* run(up(options))
      expect([kinds(second.result), second.set]).toEqual([[], []])
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("sends older files if times are kept, and changes nothing by the question", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE, 1000)
      yield* run(up(options))
      yield* onDisk(SITE)
      const before = yield* timesThere
      const planned = yield* run(plan(options))
      expect(planned.result.steps).toHaveLength(Object.keys(SITE).length)
      expect(planned.set).toHaveLength(1)
      expect(yield* timesThere).toEqual(before)
      expect(kinds((yield* run(up(options))).result)).toHaveLength(Object.keys(SITE).length)
      expect(kinds((yield* run(up(options))).result)).toEqual([])
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect.each([
    ["a refusal for now", { _tag: "Refuse", verb: "MFMT", reply: "450 Busy, try later.", times: 1 }],
    ["a file that is gone", { _tag: "Refuse", verb: "MFMT", reply: "550 No such file or directory.", times: 1 }],
    ["a connection that is lost", { _tag: "CloseControl", verb: "MFMT" }]
  ] as const)("believes what it lists after %s, and asks once", ([, question]) =>
    Effect.gen(function* () {
      yield* onDisk(SITE, 1000)
      yield* run(up(options))
      yield* onDisk(SITE)
      yield* withFault(question)
      const planned = yield* run(plan(options))
      expect(planned.result.steps).toHaveLength(Object.keys(SITE).length)
      expect(planned.set).toHaveLength(1)
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("asks nothing if times must be kept, or are not to be", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE, 1000)
      yield* run(up(options))
      yield* onDisk(SITE)
      yield* answering("550 Unable to handle command")
      const keeping = yield* run(plan({ ...options, times: "Keep" }))
      expect(keeping.result.steps).toHaveLength(Object.keys(SITE).length)
      const now = yield* run(plan({ ...options, times: "Now" }))
      expect([now.result.steps, now.set, keeping.set]).toEqual([[], [], []])
    }).pipe(Effect.provide(withHasher()))
  )
})

/** In millis: the files are older than what another client writes. */
const BESIDE = 60_000

describe.each(WAYS)("a mirror that plans %s, to a server that lists MFMT", (_, options) => {
  const doubtful = Effect.gen(function* () {
    yield* onDisk(SITE, 1000)
    yield* run(up(options))
    yield* onDisk(SITE)
  })

  it.effect("leaves the new time to a file that another client writes before it is asked about it", () =>
    Effect.gen(function* () {
      yield* doubtful
      const server = yield* FtpTestServer.FtpTestServer
      yield* TestClock.adjust(BESIDE)
      const written = new Set<string>()
      const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")] as const
      const writing: FtpMirror.RemoteTree = {
        ...trees[1],
        // After it was listed, a file of the same size.
        showsKeepsTimes: (files, client) =>
          Effect.zipRight(
            Effect.forEach(files, ({ path }) =>
              Effect.flatMap(server.read(`/www/${path}`), (bytes) => {
                written.add(`/www/${path}`)
                return server.write(`/www/${path}`, "n".repeat(bytes.length))
              }).pipe(Effect.orDie)
            ),
            trees[1].showsKeepsTimes(files, client)
          )
      }
      const before = (yield* commands).length
      yield* inTime(FtpMirror.plan(trees[0], writing, options))
      expect((yield* commands).slice(before).some((line) => line.startsWith("MFMT "))).toBe(true)
      const now = yield* Clock.currentTimeMillis
      const times = new Map(yield* timesThere)
      expect(written.size).toBeGreaterThan(0)
      for (const path of written) {
        expect(times.get(path)).toBeGreaterThan(now - BESIDE)
      }
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("believes what it lists if only the first file is refused, as it is another user's", () =>
    Effect.gen(function* () {
      yield* doubtful
      yield* answering("550 index.html: Operation not permitted", 1)
      const planned = yield* run(plan(options))
      expect(planned.result.steps).toHaveLength(Object.keys(SITE).length)
    }).pipe(Effect.provide(withHasher()))
  )
})

describe.each(WAYS)("a mirror that plans %s, to a server without MLSD that lists MFMT and refuses it", (_, options) => {
  it.effect.each(REFUSALS)("sends only what changed, as it asks for the time of a file: %s", (reply) =>
    Effect.gen(function* () {
      yield* answering(reply)
      yield* onDisk(SITE)
      yield* TestClock.adjust("2 hours")
      expect((yield* run(up(options))).result).toMatchObject({ isComplete: true, failures: [] })
      expect(kinds((yield* run(up(options))).result)).toEqual([])
    }).pipe(Effect.provide(withHasher({ denied: ["MLSD", "MLST"] })))
  )
})
