/** Files that are deleted while others are copied, on a line with delay: what is deleted after a copy has failed. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import { MemoryNetwork } from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import { inTime } from "../support/inTime.ts"
import { onDisk, served, stage } from "./stage.ts"

const ROUND_TRIP = 50

const OLD = Array.from({ length: 400 }, (_, index) => `old${index}`)
const ROOT = Object.fromEntries(["kept", ...OLD].map((name) => [`www/${name}`, "x"]))

/** What happens in order, of a mirror whose only copy is refused after a while. */
const failing = Effect.gen(function* () {
  yield* onDisk({ kept: "x", new: "x" })
  const { fault } = yield* FtpTestServer.FtpTestServer
  yield* fault({ _tag: "Refuse", verb: "STOR", reply: "553 not this one", times: Number.POSITIVE_INFINITY })
  const network = yield* MemoryNetwork
  yield* network.delay(ROUND_TRIP / 2)
  const happened: Array<string> = []
  const mirror = FtpMirror.mirror(yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www"), {
    compare: "Size",
    delete: "Extra",
    deleteWhen: "During",
    maxDelete: { _tag: "Count", count: OLD.length },
    onEvent: (event) => {
      if ("step" in event) {
        happened.push(`${event._tag} ${event.step._tag}`)
      }
    }
  })
  const result = yield* inTime(mirror, ROUND_TRIP * 2000, 2000)
  yield* network.delay(0)
  const failed = happened.indexOf("Failed Copy")
  const left = Object.keys(yield* served("/www/")).length - 1
  expect(failed).toBeGreaterThan(0)
  expect(result.leftOut.length).toBe(left)
  return { before: happened.slice(0, failed), after: happened.slice(failed), left }
})

const deleted = (happened: ReadonlyArray<string>) => happened.filter((one) => one === "Done Remove").length

describe("files that are deleted while others are copied", () => {
  it.effect("stay after a copy has failed, but for those whose deletion was sent by then", () =>
    Effect.gen(function* () {
      const { after, before, left } = yield* failing
      expect(deleted(before)).toBeGreaterThan(16)
      expect(deleted(after)).toBe(16)
      expect(left).toBe(OLD.length - deleted(before) - 16)
    }).pipe(Effect.provide(stage({ root: ROOT })))
  )

  it.effect("stay after a copy has failed, but for one, if the server takes one command at a time", () =>
    Effect.gen(function* () {
      const { fault } = yield* FtpTestServer.FtpTestServer
      yield* fault({ _tag: "LosePipelined", verb: "FEAT" })
      const { after, before, left } = yield* failing
      expect(deleted(before)).toBeGreaterThan(1)
      expect(deleted(after)).toBe(1)
      expect(left).toBe(OLD.length - deleted(before) - 1)
    }).pipe(Effect.provide(stage({ root: ROOT })))
  )
})
