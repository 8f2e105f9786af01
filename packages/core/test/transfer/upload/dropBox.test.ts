/** Uploads to drop boxes: the server takes each file away as soon as it is complete. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Effect from "effect/Effect"
import { layer } from "../../support/embedded.ts"
import { hasher } from "../../support/hasher.ts"
import { inTime } from "../../support/inTime.ts"
import { commandsLike, withFault } from "../../support/server.ts"

const upload = (path: string, options: FtpTransfer.UploadOptions = {}) =>
  Effect.flatMap(FtpClient.FtpClient, (client) =>
    inTime(Effect.either(client.upload(path, FtpSource.fromString("report"), options)))
  )

/** What a question about a file is answered with once the file was taken away. */
const taken = (verb: string) =>
  withFault({ _tag: "Refuse", verb, reply: "550 No such file or directory", times: Number.POSITIVE_INFINITY })

const stage = layer({ server: { root: {} } })

describe("an upload to a server that takes the file away", () => {
  it.effect("succeeds by the server's reply alone", () =>
    Effect.gen(function* () {
      yield* taken("SIZE")
      expect(yield* upload("a")).toMatchObject({ right: { bytes: 6, evidence: { _tag: "Reply" } } })
    }).pipe(Effect.provide(stage))
  )

  it.effect.each(["Size", "SizeAndTime"] as const)("is unverified, not refused, if more is demanded: %s", (verify) =>
    Effect.gen(function* () {
      yield* taken("SIZE")
      expect(yield* upload("a", { verify })).toMatchObject({
        left: { _tag: "FtpIntegrityError", reason: "Unverified" }
      })
    }).pipe(Effect.provide(stage))
  )

  it.effect("is unverified, not refused, if a hash is demanded", () =>
    Effect.gen(function* () {
      yield* taken("SIZE")
      yield* taken("XSHA256")
      const result = yield* Effect.provideService(upload("a", { verify: "Hash" }), FtpHasher, hasher)
      expect(result).toMatchObject({ left: { _tag: "FtpIntegrityError", reason: "Unverified" } })
    }).pipe(Effect.provide(layer({ server: { root: {}, hasher } })))
  )

  it.effect("has an unknown outcome if it was to be renamed into place", () =>
    Effect.gen(function* () {
      yield* taken("SIZE")
      yield* taken("RNFR")
      expect(yield* upload("a", { atomic: true })).toMatchObject({
        left: { _tag: "FtpRejected", reason: "NotFound", outcome: "Unknown" }
      })
    }).pipe(Effect.provide(stage))
  )
})

describe("an upload whose last reply was a success", () => {
  it.effect.each(["a\tb", "back\\slash", "blank "])(
    "fails with an unknown outcome if the server may have changed the name: %j",
    (path) =>
      Effect.gen(function* () {
        yield* taken("SIZE")
        expect(yield* upload(path)).toMatchObject({
          left: { _tag: "FtpRejected", reason: "NotFound", outcome: "Unknown" }
        })
      }).pipe(Effect.provide(stage))
  )

  it.effect("succeeds by that reply if the server is too busy to report the size, unless the size is demanded", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Refuse", verb: "SIZE", reply: "450 Busy.", times: Number.POSITIVE_INFINITY })
      expect(yield* upload("a")).toMatchObject({ right: { bytes: 6, evidence: { _tag: "Reply" } } })
      expect(yield* upload("a", { verify: "Size" })).toMatchObject({
        left: { _tag: "FtpRejected", reason: "Busy", outcome: "Unknown" }
      })
    }).pipe(Effect.provide(stage))
  )

  it.effect("asks for nothing more if the reply alone is demanded", () =>
    Effect.gen(function* () {
      expect(yield* upload("back\\slash", { verify: "Reply" })).toMatchObject({
        right: { evidence: { _tag: "Reply" } }
      })
      expect(yield* commandsLike(/^(SIZE|MDTM|MLST|LIST)/)).toEqual([])
    }).pipe(Effect.provide(stage))
  )
})
