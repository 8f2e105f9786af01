/** Transfers that can't be verified as strictly as requested, and transfers that are found to be wrong. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { MIB } from "../support/bytes.ts"
import { layer } from "../support/embedded.ts"
import { CONTENT, fetched, NONE_OF_NOTHING, NOTHING, names, stage, toFile, upload } from "../support/hashed.ts"
import { hasher, liar } from "../support/hasher.ts"
import { nothingInUse } from "../support/pool.ts"
import { commandsLike, withFault } from "../support/server.ts"

/** Files in memory, of which something is another. */
const withStore = (
  change: (store: FtpTestServer.FileStore) => Partial<FtpTestServer.FileStore>,
  tree: FtpTestServer.Tree = { a: CONTENT }
) =>
  Layer.unwrapEffect(Effect.map(FtpTestServer.memory(tree), (store) => stage({ root: { ...store, ...change(store) } })))

describe("a transfer that can't be proven", () => {
  it.effect("by hash fails before its first byte if the server has no hash", () =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(toFile({ verify: "Hash" }))).toMatchObject({
        reason: "Unverified",
        actual: "no hash, as the server lists none"
      })
      expect(yield* Effect.flip(fetched({ verify: "Hash" }))).toMatchObject({ reason: "Unverified" })
      expect(yield* Effect.flip(upload({ verify: "Hash" }))).toMatchObject({ reason: "Unverified" })
      expect(yield* commandsLike(/^(RETR|STOR)/)).toEqual([])
      expect(yield* names).toEqual([])
      yield* nothingInUse
    }).pipe(Effect.provide(stage({ hasher: undefined })))
  )

  it.effect("by hash fails if no hasher is provided", () =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(upload({ verify: "Hash" }))).toMatchObject({
        reason: "Unverified",
        actual: "no hash, as no FtpHasher is provided here"
      })
    }).pipe(Effect.provide(layer({ server: { hasher } })))
  )

  it.effect("by hash keeps what is here when the server refuses to compute it", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Refuse", verb: "XSHA256", reply: "556 Not for you.", times: 2 })
      expect(yield* Effect.flip(toFile({ verify: "Hash" }))).toMatchObject({
        reason: "Unverified",
        actual: "no hash: 556 Not for you."
      })
      expect((yield* names).filter((name) => !name.endsWith(".json"))).toEqual(["a.ftp-effect.part"])
      expect(yield* Effect.flip(fetched({ verify: "Hash" }))).toMatchObject({ reason: "Unverified" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("by hash fails for an empty file too, if the server reports no sizes", () =>
    Effect.gen(function* () {
      yield* withFault({ ...NONE_OF_NOTHING, times: 2 })
      const refused = { reason: "Unverified", actual: `no hash: ${NONE_OF_NOTHING.reply}` }
      expect(yield* Effect.flip(fetched({ verify: "Hash" }))).toMatchObject(refused)
      expect(yield* Effect.flip(upload({ verify: "Hash" }, NOTHING))).toMatchObject(refused)
    }).pipe(Effect.provide(stage({ root: { a: "" }, denied: ["SIZE", "HASH"] })))
  )

  it.effect("by time fails if the server reports no time", () =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(toFile({ verify: "SizeAndTime" }))).toMatchObject({
        reason: "Unverified",
        actual: "Size"
      })
    }).pipe(Effect.provide(stage({ denied: ["MDTM"] })))
  )
})

describe("a transfer that is proven to be wrong", () => {
  it.effect("by its hash fails, and nothing of it stays here", () =>
    Effect.gen(function* () {
      const wrong = { _tag: "FtpIntegrityError", reason: "Hash" }
      expect(yield* Effect.flip(toFile({ verify: "Hash" }))).toMatchObject(wrong)
      expect(yield* names).toEqual([])
      expect(yield* Effect.flip(fetched({ verify: "Hash" }))).toMatchObject(wrong)
      expect(yield* Effect.flip(upload({ verify: "Hash" }))).toMatchObject(wrong)
      yield* nothingInUse
    }).pipe(Effect.provide(stage({ hasher: liar })))
  )

  it.effect("by its time fails: the file is written meanwhile", () =>
    Effect.gen(function* () {
      const changed = { _tag: "FtpIntegrityError", reason: "Changed", direction: "Download" }
      expect(yield* Effect.flip(toFile({ verify: "SizeAndTime" }))).toMatchObject(changed)
      expect(yield* names).toEqual([])
      expect(yield* Effect.flip(fetched({ verify: "SizeAndTime" }))).toMatchObject(changed)
      yield* nothingInUse
    }).pipe(
      Effect.provide(
        withStore(({ stat }) => {
          let seconds = 0
          return { stat: (path) => Effect.map(stat(path), (info) => ({ ...info, modified: seconds++ * 1000 })) }
        })
      )
    )
  )

  it.effect("as the source was written while it was sent", () =>
    Effect.gen(function* () {
      let looks = 0
      const modified = Effect.sync(() => Option.some(DateTime.unsafeMake(looks++ < 2 ? 1000 : 2000)))
      const error = yield* Effect.flip(upload({}, { ...FtpSource.fromBytes(CONTENT), modified }))
      expect(error).toMatchObject({ _tag: "FtpIntegrityError", reason: "Changed", direction: "Upload" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is never spliced of two versions of the source", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "DropData", verb: "STOR", afterBytes: MIB })
      let looks = 0
      const modified = Effect.sync(() => Option.some(DateTime.unsafeMake(looks++ < 2 ? 1000 : 2000)))
      const error = yield* Effect.flip(upload({}, { ...FtpSource.fromBytes(CONTENT), modified }))
      expect(error).toMatchObject({ _tag: "FtpIntegrityError", reason: "Changed" })
      expect((yield* commandsLike(/^(STOR|APPE)/)).length).toBe(1)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not taken for whole by the size of the file that was there before", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "CloseControl", verb: "STOR", at: "FinalReply" })
      expect(yield* upload()).toMatchObject({ evidence: { _tag: "Size" } })
      const { read } = yield* FtpTestServer.FtpTestServer
      expect(Buffer.compare(yield* read("/b"), CONTENT)).toBe(0)
    }).pipe(
      Effect.provide(
        withStore(
          ({ openWriter }) => {
            let uploads = 0
            // It stores under a hidden name first, and forgets about that one when the upload breaks.
            return {
              openWriter: (path, from) => openWriter(path === "/b" && uploads++ === 0 ? "/.hidden" : path, from)
            }
          },
          // The same size, and the same end.
          { a: CONTENT, b: CONTENT.slice().fill(1, 0, MIB) }
        )
      )
    )
  )
})
