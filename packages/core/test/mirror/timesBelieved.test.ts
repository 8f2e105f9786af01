/** Servers whose FEAT lists MFMT: whether they keep times is shown by one file, if that matters. Each run logs in anew. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
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
  Effect.map(tree, (entries) => entries.map(({ modified, path }) => [path, modified]))
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
      expect(second.set).toHaveLength(1)
      yield* onDisk({ ...SITE, "css/site.css": "body { margin: 0 }" })
      const third = yield* run(up(options))
      expect(kinds(third.result)).toEqual(["Replace css/site.css"])
      expect(third.set.filter((line) => !line.endsWith(".ftp-effect") && !line.endsWith("css/site.css"))).toHaveLength(
        1
      )
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
