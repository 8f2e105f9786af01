// Real time: sockets don't run by the TestClock.
import { utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { CONTENT, sentBy, stage } from "./support/smallFiles.ts"

const SECONDS = 1_600_000_000

const send = (local: string, options: FtpTransfer.FromFileOptions = {}) =>
  Effect.suspend(() => {
    const path = join(local, "new.txt")
    writeFileSync(path, CONTENT)
    utimesSync(path, SECONDS, SECONDS)
    return FtpTransfer.fromFile(path, "b.txt", { atomic: true, times: "Keep", ...options })
  })

/** The file has its content and time, and nothing else is there. */
const isPublished = (server: FtpTestServer.FtpTestServer) =>
  Effect.gen(function* () {
    expect(new TextDecoder().decode(yield* server.read("b.txt"))).toBe(CONTENT)
    expect((yield* server.tree).map(({ path }) => path)).toEqual(["/a.txt", "/b.txt", "/c.txt"])
    expect((yield* server.store.stat("/b.txt")).modified).toBe(SECONDS * 1000)
  })

const verbsOf = (commands: ReadonlyArray<string>) => commands.map((line) => line.split(" ")[0])

describe("a small local file that is published atomically", () => {
  it.live("is sent, gets its time and is renamed in six commands", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const { commands, result } = yield* sentBy(server, send(local))
        expect(result).toMatchObject({ value: { bytes: CONTENT.length, evidence: { _tag: "SizeAndTime" } } })
        expect(verbsOf(commands)).toEqual(["EPSV", "STOR", "MFMT", "SIZE", "RNFR", "RNTO"])
        yield* isPublished(server)
      })
    )
  )

  it.live.each([
    { _tag: "DropData", afterBytes: 5 },
    { _tag: "DropData", afterBytes: 5, how: "End" },
    { _tag: "Refuse", verb: "STOR", reply: "452 Not now." },
    { _tag: "CloseControl", verb: "STOR" },
    { _tag: "CloseControl", verb: "STOR", at: "FinalReply" },
    { _tag: "Refuse", verb: "MFMT", reply: "451 Not now." },
    { _tag: "CloseControl", verb: "SIZE", at: "FinalReply" },
    { _tag: "WrongSize", verb: "SIZE", by: 1 },
    { _tag: "Refuse", verb: "RNFR", reply: "450 Busy." },
    { _tag: "CloseControl", verb: "RNFR", at: "FinalReply" },
    { _tag: "CloseControl", verb: "RNTO" },
    { _tag: "CloseControl", verb: "RNTO", at: "FinalReply" },
    { _tag: "Garbage", verb: "RNTO" },
    { _tag: "TinyWrites" }
  ] satisfies ReadonlyArray<FtpTestServer.Fault>)(
    "is whole, and nothing else is left, after $_tag $verb $at",
    (fault) =>
      stage((server, local) =>
        Effect.gen(function* () {
          yield* server.fault(fault)
          yield* Effect.retry(send(local), { times: 1, while: (error) => "isRetryable" in error && error.isRetryable })
          yield* isPublished(server)
        })
      )
  )

  it.live("takes the place of an old one where the server replaces none, and is sent once", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({ "a.txt": CONTENT, "b.txt": "before", "c.txt": CONTENT })
      const root: FtpTestServer.FileStore = {
        ...store,
        rename: (from, to) =>
          Effect.flatMap(Effect.option(store.lstat(to)), (taken) =>
            Option.isSome(taken)
              ? new FtpTestServer.StoreError({ reason: "AlreadyExists", path: to })
              : store.rename(from, to)
          )
      }
      yield* stage(
        (server, local) =>
          Effect.gen(function* () {
            const { commands } = yield* sentBy(server, send(local))
            expect(commands.filter((line) => line.startsWith("STOR"))).toHaveLength(1)
            yield* isPublished(server)
          }),
        { root }
      )
    })
  )

  it.live.each(["Keep", "IfPossible"] as const)("on a server that sets no times does what %s says", (times) =>
    stage(
      (server, local) =>
        Effect.gen(function* () {
          const { result } = yield* sentBy(server, send(local, { times }))
          const again = yield* sentBy(server, send(local, { times }))
          if (times === "Keep") {
            expect(result).toMatchObject({ cause: { error: { _tag: "FtpRejected" } } })
            expect(new TextDecoder().decode(yield* server.read("b.txt"))).toBe("before")
          } else {
            expect(verbsOf(again.commands)).toEqual(["EPSV", "STOR", "SIZE", "RNFR", "RNTO"])
          }
          expect((yield* server.tree).map(({ path }) => path)).toEqual(["/a.txt", "/b.txt", "/c.txt"])
        }),
      { denied: ["MFMT", "SITE"] }
    )
  )

  it.live("leaves nothing behind, and what was there, if it is interrupted", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        yield* server.fault({ _tag: "Delay", verb: "SIZE", duration: "1 hour" })
        const sending = yield* Effect.fork(send(local))
        yield* Effect.repeat(server.commands, { until: (commands) => commands.some((line) => line.startsWith("SIZE")) })
        yield* Fiber.interrupt(sending)
        expect(new TextDecoder().decode(yield* server.read("b.txt"))).toBe("before")
        expect((yield* server.tree).map(({ path }) => path)).toEqual(["/a.txt", "/b.txt", "/c.txt"])
      })
    )
  )
})
