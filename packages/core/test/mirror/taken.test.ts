/** What another client uploads while a mirror of missing files is under way: it is not replaced. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { inTime } from "../support/inTime.ts"
import { onDisk, served, stage, up } from "./stage.ts"

const SERVERS = [
  { name: "with MLST", denied: [] },
  { name: "without MLST", denied: ["MLST", "MLSD"] },
  { name: "without MLST, SIZE and MDTM", denied: ["MLST", "MLSD", "SIZE", "MDTM"] }
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

describe.each(SERVERS)("an upload of another client to a server $name", ({ denied }) => {
  const server = stage({ root: ROOT, denied })

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
