/** What ends an upload for good: a full quota, a server that breaks each attempt, a local file that vanishes. */
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { MIB } from "../../support/bytes.ts"
import { CONTENT, stage, upload } from "../../support/hashed.ts"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import { nothingInUse } from "../../support/pool.ts"
import { commandsLike, withFault } from "../../support/server.ts"

describe("local and remote trouble in mid-upload", () => {
  it.effect("a quota that is used up ends it at once, says so, and where it stood", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(upload())
      expect(error).toMatchObject({
        _tag: "FtpTransferInterrupted",
        direction: "Upload",
        isRetryable: false,
        cause: { _tag: "FtpRejected", reason: "StorageFull", outcome: "Unknown" }
      })
      expect((yield* commandsLike(/^STOR/)).length).toBe(1)
      yield* nothingInUse
    }).pipe(Effect.provide(stage({ root: {}, quota: MIB })))
  )

  it.effect("a server that breaks every upload is given up on, though each attempt sends something", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "DropData", verb: ["STOR", "APPE"], afterBytes: 0, times: Number.POSITIVE_INFINITY })
      expect(yield* Effect.flip(upload())).toMatchObject({ _tag: "FtpTransferInterrupted", transferred: 0 })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("a local file that vanishes before it can go on is a FtpLocalFileError", () =>
    Effect.gen(function* () {
      const { files } = yield* MemoryFiles.MemoryFiles
      files.set("here", CONTENT)
      yield* withFault({ _tag: "DropData", verb: "STOR", afterBytes: MIB })
      const local = yield* FtpLocalFile
      const onProgress = () => void files.delete("here")
      const error = yield* inTime(Effect.flip(FtpTransfer.fromFile("here", "b", { onProgress }))).pipe(
        Effect.provideService(FtpLocalFile, local)
      )
      expect(error).toMatchObject({ _tag: "FtpLocalFileError", reason: "NotFound", path: "here" })
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.effect("a local file that does not exist is an error before the server is asked", () =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(FtpTransfer.fromFile("nowhere", "b"))).toMatchObject({
        _tag: "FtpLocalFileError",
        reason: "NotFound"
      })
      const { connections } = yield* FtpTestServer.FtpTestServer
      expect((yield* connections).total).toBe(0)
    }).pipe(Effect.provide(stage()))
  )
})
