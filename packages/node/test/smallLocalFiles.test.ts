// Real time: sockets don't run by the TestClock.
import { execFileSync } from "node:child_process"
import { rmSync, utimesSync, writeFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { CONTENT, sentBy, stage } from "./support/smallFiles.ts"

describe("a small local file", () => {
  const send = (local: string, options: FtpTransfer.FromFileOptions = {}) =>
    Effect.suspend(() => {
      writeFileSync(join(local, "new.txt"), CONTENT)
      return FtpTransfer.fromFile(join(local, "new.txt"), "new.txt", options)
    })

  it.live("is sent by EPSV and STOR, and verified by SIZE", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const { commands, result } = yield* sentBy(server, send(local))
        expect(result).toMatchObject({ value: { bytes: CONTENT.length, evidence: { _tag: "SizeAndTime" } } })
        expect(commands).toEqual(["EPSV", "STOR new.txt", "SIZE new.txt"])
        expect(new TextDecoder().decode(yield* server.read("new.txt"))).toBe(CONTENT)
      })
    )
  )

  it.live.each([
    { _tag: "DropData", afterBytes: 5 },
    { _tag: "DropData", afterBytes: 5, how: "End" },
    { _tag: "Refuse", verb: "STOR", reply: "452 Not now." },
    { _tag: "Refuse", verb: "EPSV", reply: "425 Not now." },
    { _tag: "CloseControl", verb: "STOR" },
    { _tag: "CloseControl", verb: "STOR", at: "FinalReply" },
    { _tag: "Garbage", verb: "STOR" },
    { _tag: "EarlyFinal", verb: "STOR" },
    { _tag: "NoPreliminary", verb: "STOR" },
    { _tag: "DoubleFinal", verb: "STOR" },
    { _tag: "WrongSize", verb: "SIZE", by: 1 },
    { _tag: "DeafEpsv", verb: "EPSV" },
    { _tag: "TinyWrites" }
  ] satisfies ReadonlyArray<Fault>)("is whole on the server after $_tag $verb $how $at", (fault) =>
    stage((server, local) =>
      Effect.gen(function* () {
        yield* server.fault(fault)
        yield* send(local)
        expect(new TextDecoder().decode(yield* server.read("new.txt"))).toBe(CONTENT)
      })
    )
  )

  it.live("fails in the server's words if it is refused, and the session is used again", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        yield* server.fault({ _tag: "Refuse", verb: "STOR", reply: "553 Not here.", times: 2 })
        expect(yield* Effect.flip(send(local))).toMatchObject({ _tag: "FtpRejected", reply: { code: 553 } })
        yield* send(local)
        expect((yield* server.connections).total).toBe(1)
      })
    )
  )

  it.live.each([
    ["longer", `${CONTENT}, and more`],
    ["shorter", "a"],
    ["of the same size", "a SMALL file"]
  ] as const)("is sent as it is now if it is %s than when it was found", ([, content]) =>
    stage((server, local) =>
      Effect.gen(function* () {
        const path = join(local, "new.txt")
        writeFileSync(path, CONTENT)
        utimesSync(path, 1_000_000_000, 1_000_000_000)
        const found = Option.getOrThrow(yield* (yield* FtpLocalFile).info(path))
        writeFileSync(path, content)
        const { bytes } = yield* FtpTransfer.fromFile(path, "new.txt", { found })
        expect(bytes).toBe(content.length)
        expect(new TextDecoder().decode(yield* server.read("new.txt"))).toBe(content)
      })
    )
  )

  it.live("does not make its reader wait if a pipe has taken its name since it was found", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const path = join(local, "new.txt")
        writeFileSync(path, CONTENT)
        const found = Option.getOrThrow(yield* (yield* FtpLocalFile).info(path))
        rmSync(path)
        execFileSync("mkfifo", [path])
        const sending = yield* Effect.fork(FtpTransfer.fromFile(path, "new.txt", { found }))
        yield* Effect.promise(() => writeFile(path, "from a pipe"))
        yield* Fiber.join(sending)
        expect(new TextDecoder().decode(yield* server.read("new.txt"))).toBe("from a pipe")
      })
    )
  )

  it.live("fails if it doesn't exist", () =>
    stage((_, local) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(FtpTransfer.fromFile(join(local, "gone.txt"), "gone.txt"))
        expect(error).toMatchObject({ _tag: "FtpLocalFileError", reason: "NotFound" })
      })
    )
  )
})
