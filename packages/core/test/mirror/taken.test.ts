/** What another client uploads while a mirror of missing files is under way: it is not replaced. */
import { describe, expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { inTime } from "../support/inTime.ts"
import { kinds, onDisk, served, stage, up, withHasher } from "./stage.ts"

const SERVERS = [
  { name: "with MLST", denied: [] },
  { name: "without MLST", denied: ["MLST", "MLSD"] },
  { name: "without MLST, SIZE and MDTM", denied: ["MLST", "MLSD", "SIZE", "MDTM"] },
  { name: "without MLST, that refuses SIZE and MDTM by 550", denied: ["MLST", "MLSD"], refused: ["SIZE", "MDTM"] }
]

const ROOT = { "www/there": "there" }

/** Too large for the short way. */
const LARGE = "x".repeat(3_000_000)

const STEP: FtpTreeCopy.OneFile = {
  _tag: "Copy",
  path: "a",
  bytes: LARGE.length,
  reason: { _tag: "Missing" },
  precondition: { _tag: "Absent" }
}

describe.each(SERVERS)("an upload of another client to a server $name", ({ denied, refused = [] }) => {
  const server = stage({ root: ROOT, denied }).pipe(
    Layer.tap((context) => {
      const { fault } = Context.get(context, FtpTestServer.FtpTestServer)
      const reply = "550 Requested action not taken."
      return Effect.forEach(refused, (verb) => fault({ _tag: "Refuse", verb, reply, times: Number.POSITIVE_INFINITY }))
    })
  )

  for (const only of ["Missing", "Newer"] as const) {
    it.effect(`is kept if it came after the plan was made, with only: ${only}`, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ a: "ours", b: "b", there: "t" })
        const result = yield* up({
          only,
          conflict: "Replace",
          onEvent: ({ _tag }) => {
            if (_tag === "Planned") {
              Effect.runSync(Effect.orDie(server.write("/www/a", "theirs")))
            }
          }
        })
        expect(result).toMatchObject({ failures: [], isComplete: true, outdated: [{ step: { path: "a" } }] })
        expect(yield* served("/www/")).toMatchObject({ a: "theirs", b: "b" })
      }).pipe(Effect.provide(server))
    )
  }

  it.effect("is kept if it came while the file was sent", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ a: LARGE, b: "b" })
      const result = yield* up({
        only: "Missing",
        verify: "Reply",
        onEvent: (event) => {
          if (event._tag === "Progress" && event.step.path === "a") {
            Effect.runSync(Effect.orDie(server.write("/www/a", "theirs")))
          }
        }
      })
      expect(result).toMatchObject({ failures: [], isComplete: true, outdated: [{ step: { path: "a" } }] })
      expect(yield* served("/www/")).toEqual({ a: "theirs", b: "b", there: "there" })
    }).pipe(Effect.provide(server))
  )

  it.effect("is kept if it came after its directory was listed", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ a: "ours", b: "b" })
      const source = yield* FtpMirror.local("/site")
      const { list, ...target } = yield* FtpMirror.remote("www")
      const late: FtpMirror.RemoteTree = {
        ...target,
        list: (path, descent, options) =>
          Effect.tap(list(path, descent, options), () => Effect.orDie(server.write("/www/a", "theirs")))
      }
      const result = yield* inTime(FtpMirror.mirror(source, late, { only: "Missing" }))
      expect(result).toMatchObject({ failures: [], plan: { skipped: [{ path: "a", reason: "Existing" }] } })
      expect(yield* served("/www/")).toEqual({ a: "theirs", b: "b", there: "there" })
    }).pipe(Effect.provide(server))
  )

  it.effect("is kept by a copy that replaces nothing", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ a: LARGE })
      const target = yield* FtpMirror.remote("www")
      const copy = FtpTreeCopy.make(yield* FtpMirror.local("/site"), target, { only: "Missing" })
      const options = { keepsTimes: false, atomic: true, replaces: true, isNew: true, verify: "Reply" } as const
      const onProgress = () => Effect.runSync(Effect.orDie(server.write("/www/a", "theirs")))
      expect(yield* inTime(FtpTreeCopy.perform(copy, STEP, { ...options, onProgress }))).toEqual(Option.none())
      // It is there by now.
      expect(yield* inTime(FtpTreeCopy.perform(copy, STEP, options))).toEqual(Option.none())
      expect(yield* served("/www/")).toEqual({ a: "theirs", there: "there" })
    }).pipe(Effect.provide(server))
  )
})

describe("a server that can't be asked for one file, and lists a line that can't be read", () => {
  it.effect("gets no file that may be in that line, if only missing ones are copied", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const always = Number.POSITIVE_INFINITY
      yield* Effect.forEach(["SIZE", "MDTM"], (verb) =>
        server.fault({ _tag: "Refuse", verb, reply: "550 Requested action not taken.", times: always })
      )
      yield* onDisk({ a: "ours" })
      const result = yield* up({
        only: "Missing",
        verify: "Reply",
        conflict: "Replace",
        onEvent: ({ _tag }) => {
          if (_tag === "Planned") {
            Effect.runSync(server.fault({ _tag: "StrayLine", line: "?? a", verb: "LIST", times: always }))
          }
        }
      })
      expect(result.isComplete).toBe(false)
      expect(yield* served("/www/")).toEqual({ there: "there" })
    }).pipe(Effect.provide(stage({ root: ROOT, denied: ["MLST", "MLSD"] })))
  )
})

describe.each([
  { name: "without MLST", denied: ["MLST", "MLSD"] },
  { name: "with MLST", denied: [] }
])("what another client is uploading to a server $name, which is too busy to say what it has", ({ denied }) => {
  const busy = (server: FtpTestServer.FtpTestServer) =>
    Effect.forEach(["MLST", "SIZE", "MDTM"], (verb) =>
      server.fault({ _tag: "Refuse", verb, reply: "450 File busy, try later.", times: Number.POSITIVE_INFINITY })
    )

  it.effect("is kept if only missing files are copied", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ a: "ours" })
      const { isComplete } = yield* up({
        only: "Missing",
        verify: "Reply",
        conflict: "Replace",
        onEvent: ({ _tag }) => {
          if (_tag === "Planned") {
            Effect.runSync(Effect.orDie(Effect.zipRight(server.write("/www/a", "theirs"), busy(server))))
          }
        }
      })
      expect(isComplete).toBe(false)
      expect(yield* served("/www/")).toEqual({ a: "theirs", there: "there" })
    }).pipe(Effect.provide(stage({ root: ROOT, denied })))
  )

  it.effect("is kept in place of what an earlier run has put there", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ a: "ours", b: "b" })
      yield* up({ manifest: true, verify: "Reply" })
      yield* onDisk({ b: "b" })
      const result = yield* up({
        delete: "Ours",
        maxDelete: { _tag: "Count", count: 9 },
        onEvent: ({ _tag }) => {
          if (_tag === "Planned") {
            Effect.runSync(Effect.orDie(Effect.zipRight(server.write("/www/a", "theirs"), busy(server))))
          }
        }
      })
      expect(kinds(result)).toEqual(["Remove a"])
      expect(result).toMatchObject({
        isComplete: false,
        failures: [{ error: { _tag: "FtpRejected", reason: "Busy" } }]
      })
      expect(yield* served("/www/")).toMatchObject({ a: "theirs" })
    }).pipe(Effect.provide(withHasher({ root: ROOT, denied })))
  )

  it.effect("is not told to be gone by a removal that ignores missing files", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* busy(server)
      yield* server.fault({ _tag: "Refuse", verb: "DELE", reply: "450 File busy.", times: Number.POSITIVE_INFINITY })
      const client = yield* FtpClient
      yield* server.fault({ _tag: "Refuse", verb: "LIST", reply: "450 Busy.", times: Number.POSITIVE_INFINITY })
      expect(yield* inTime(Effect.flip(client.remove("www/there", { force: true })))).toMatchObject({ reason: "Busy" })
    }).pipe(Effect.provide(stage({ root: ROOT, denied })))
  )
})
