/** Uploads that resume only what our own record names. */
import { describe, expect, it } from "@effect/vitest"
import { FtpUploadRecords } from "@ftp-effect/core/FtpUploadRecords"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { hasher } from "../../support/hasher.ts"
import * as MemoryRecords from "../../support/memoryRecords.ts"
import {
  begin,
  CONTENT,
  interruptAt,
  isOnServer,
  MIB,
  names,
  putAgain,
  resumeOffsets,
  stage
} from "../../support/partialUpload.ts"
import { commandsLike } from "../../support/server.ts"

const atomic = { atomic: true, resume: "IfRecorded" } as const

const withoutRecords = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.mapInputContext(
    self,
    (context: Context.Context<R>) =>
      Context.omit(FtpUploadRecords)(
        context as Context.Context<FtpUploadRecords>
      ) as Context.Context<never> as typeof context
  )

describe("an upload that resumes only what is recorded", () => {
  for (const options of [atomic, { resume: "IfRecorded" } as const]) {
    it.effect(`resumes a partial upload, ${"atomic" in options ? "atomic" : "in place"}`, () =>
      Effect.gen(function* () {
        yield* begin
        yield* interruptAt(3 * MIB, options)
        expect((yield* putAgain(options)).resumedFrom).toBeGreaterThanOrEqual(3 * MIB)
        expect(yield* names).toEqual(["/pub/a"])
        expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
      }).pipe(Effect.provide(stage()))
    )
  }

  it.effect("asks the server for nothing without a record, also if it could hash", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, atomic)
      const { texts } = yield* MemoryRecords.MemoryRecords
      texts.clear()
      expect((yield* putAgain(atomic)).resumedFrom).toBe(0)
      expect(yield* resumeOffsets).toEqual([])
      expect(yield* commandsLike(/^(MLSD|LIST|NLST|HASH|XSHA|XMD5|XCRC)/)).toEqual([])
    }).pipe(Effect.provide(stage({ hasher })))
  )

  it.effect("leaves nothing on the server if no records are kept, as no later run would find it", () =>
    Effect.gen(function* () {
      yield* begin
      yield* withoutRecords(interruptAt(3 * MIB, atomic))
      expect(yield* names).toEqual([])
    }).pipe(Effect.provide(stage()))
  )
})
