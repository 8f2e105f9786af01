/** Temporary names that killed uploads have left, and what may have become of them when they are deleted. */
import { describe, expect, it } from "@effect/vitest"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import { FtpUploadRecords } from "@ftp-effect/core/FtpUploadRecords"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as Record from "#core/transfer/upload/record"
import { hasher } from "../support/hasher.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryRecords from "../support/memoryRecords.ts"
import { onDisk, served, stage, up, withHasher } from "./stage.ts"

const DAY = 86_400_000
/** The clock, before there are a server and a pool, whose timers would all tick. */
const NOW = 30 * DAY
const later = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.zipRight(TestClock.setTime(NOW), self)

/** A file of the server that nobody has written to for three days. */
const old = (path: string, content: string) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ store, write }) =>
    Effect.zipRight(write(path, content), store.setModified(path, NOW - 3 * DAY))
  )

const MIB = 1024 * 1024
const UPLOAD = ".big.0123456789abcdef.1a2b3c4d.ftp-effect"
const DELETING: FtpMirror.MirrorOptions = { delete: "Ours" }

describe("the partial upload of a killed run, days later", () => {
  for (const deleteWhen of ["Before", "During", "After"] as const) {
    for (const what of ["Ours", "Extra"] as const) {
      it.effect(`is resumed by its record in a mirror that deletes (${what}, ${deleteWhen}), which is complete`, () =>
        Effect.gen(function* () {
          const content = "x".repeat(3 * MIB)
          const server = yield* FtpTestServer.FtpTestServer
          yield* old(`/www/${UPLOAD}`, content.slice(0, 2 * MIB))
          yield* server.write("/www/old", "old")
          yield* onDisk({ big: content, other: "o" })
          const { endpoints } = yield* FtpPool
          const [endpoint] = endpoints as [FtpPool["endpoints"][number]]
          const records = yield* FtpUploadRecords
          yield* Record.write(records, {
            ...Record.placeOf(endpoint, "www/big"),
            names: [`www/${UPLOAD}`],
            source: `/site/big ${3 * MIB}`,
            sent: 2 * MIB,
            run: "r"
          })
          const result = yield* up({ delete: what, deleteWhen })
          expect(result).toMatchObject({ failures: [], leftOut: [], outdated: [], isComplete: true })
          expect(result.reached.map(({ path }) => path)).toEqual([UPLOAD])
          const commands = yield* server.commands
          expect(commands.filter((command) => command === `DELE www/${UPLOAD}`)).toEqual([])
          expect(commands.filter((command) => /^(?:REST 2097152$|APPE )/.test(command)).length).toBe(1)
          const { ".ftp-effect-manifest.json": _, ...files } = yield* served("/www/")
          expect(Object.keys(files).sort()).toEqual(what === "Ours" ? ["big", "old", "other"] : ["big", "other"])
        }).pipe(
          Effect.provide(
            stage().pipe(Layer.provideMerge(MemoryRecords.layer), Layer.provideMerge(Layer.succeed(FtpHasher, hasher)))
          ),
          later
        )
      )
    }
  }
})

/** A plan that deletes it, `meanwhile` before that is done. */
const deleting = <A, E, R>(meanwhile: Effect.Effect<A, E, R>, options = DELETING) =>
  Effect.gen(function* () {
    yield* old(`/www/in/${UPLOAD}`, "half")
    yield* onDisk({ "in/big": "big" })
    const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")] as const
    const plan = yield* inTime(FtpMirror.plan(...trees, options))
    expect(plan.steps.map(({ _tag, path }) => `${_tag} ${path}`)).toContain(`Remove in/${UPLOAD}`)
    yield* meanwhile
    const result = yield* inTime(FtpMirror.apply(plan, ...trees, { recheck: false }))
    return { result, files: Object.keys(yield* served("/www/in/")).sort() }
  })

const writes = (content: string) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ write }) => write(`/www/in/${UPLOAD}`, content))

describe("a temporary name that is to be deleted", () => {
  it.effect("is, if it stays as planned for a moment", () =>
    Effect.gen(function* () {
      const { files, result } = yield* deleting(Effect.void)
      expect(result).toMatchObject({ failures: [], outdated: [], isComplete: true })
      expect(files).toEqual(["big"])
    }).pipe(Effect.provide(withHasher()), later)
  )

  it.effect("stays if it has grown, which is an event, and the mirror is complete", () =>
    Effect.gen(function* () {
      const { files, result } = yield* deleting(writes("half and more"))
      expect(result).toMatchObject({ failures: [], isComplete: true })
      expect(result.outdated).toMatchObject([
        { step: { path: `in/${UPLOAD}` }, side: "Target", found: { _tag: "File", size: 13 } }
      ])
      expect(files).toEqual([UPLOAD, "big"])
    }).pipe(Effect.provide(withHasher()), later)
  )

  it.effect("stays if it grows between two questions", () =>
    Effect.gen(function* () {
      const { files, result } = yield* deleting(Effect.fork(Effect.delay(writes("half and more"), "1 second")))
      expect(result.outdated).toMatchObject([{ found: { _tag: "File", size: 13 } }])
      expect(files).toEqual([UPLOAD, "big"])
    }).pipe(Effect.provide(withHasher()), later)
  )

  it.effect("stays if the server does not tell its size", () =>
    Effect.gen(function* () {
      const { files, result } = yield* deleting(Effect.void)
      expect(result).toMatchObject({ failures: [], isComplete: true })
      expect(result.outdated).toMatchObject([{ step: { path: `in/${UPLOAD}` }, found: { _tag: "Unread" } }])
      expect(files).toEqual([UPLOAD, "big"])
    }).pipe(Effect.provide(withHasher({ denied: ["SIZE"] })), later)
  )

  it.effect("keeps the directory that it is in, which is an event too", () =>
    Effect.gen(function* () {
      const options: FtpMirror.MirrorOptions = { delete: "Extra", maxDelete: { _tag: "Count", count: 9 } }
      const { write } = yield* FtpTestServer.FtpTestServer
      yield* old("/www/gone/.x.1a2b3c4d.ftp-effect", "half")
      const { result } = yield* deleting(write("/www/gone/.x.1a2b3c4d.ftp-effect", "half and more"), options)
      expect(result).toMatchObject({ failures: [], isComplete: true })
      expect(result.outdated.map(({ step }) => step.path)).toEqual(["gone/.x.1a2b3c4d.ftp-effect", "gone"])
    }).pipe(Effect.provide(withHasher()), later)
  )
})
