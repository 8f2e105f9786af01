// Real time: sockets don't run by the TestClock.
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Tracer from "effect/Tracer"
import { CONTENT, sentBy, stage } from "./support/smallFiles.ts"

const fetch = (local: string, options: FtpTransfer.ToFileOptions = {}) =>
  FtpTransfer.toFile("a.txt", join(local, "a.txt"), { expectedSize: CONTENT.length, durability: "Written", ...options })

describe("a file that is small by its listing", () => {
  it.live("is fetched by MDTM, EPSV and RETR, in this order", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const { commands, result } = yield* sentBy(server, fetch(local))
        expect(result).toMatchObject({ value: { bytes: CONTENT.length, evidence: { _tag: "Size" } } })
        expect(commands).toEqual(["MDTM a.txt", "EPSV", "RETR a.txt"])
        expect(readFileSync(join(local, "a.txt"), "utf8")).toBe(CONTENT)
      })
    )
  )

  it.live("is fetched without MDTM if the listing had its time, and gets that time", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const at = DateTime.unsafeMake("2020-01-02T03:04:05Z")
        const { commands } = yield* sentBy(
          server,
          fetch(local, { expectedModified: { at, precision: "Second", zone: "Utc" } })
        )
        expect(commands).toEqual(["EPSV", "RETR a.txt"])
        expect(statSync(join(local, "a.txt")).mtime.toISOString()).toBe("2020-01-02T03:04:05.000Z")
      })
    )
  )

  it.live("keeps the permissions of the one that it replaces", () =>
    stage((_, local) =>
      Effect.gen(function* () {
        writeFileSync(join(local, "a.txt"), "private")
        chmodSync(join(local, "a.txt"), 0o600)
        yield* fetch(local)
        expect(statSync(join(local, "a.txt")).mode & 0o777).toBe(0o600)
        expect(readdirSync(local)).toEqual(["a.txt"])
      })
    )
  )

  it.live("is fetched also if its size has changed since the listing", () =>
    stage((_, local) =>
      Effect.gen(function* () {
        for (const expectedSize of [CONTENT.length - 1, CONTENT.length + 1, 0]) {
          const { bytes } = yield* fetch(local, { expectedSize })
          expect(bytes).toBe(CONTENT.length)
        }
        expect(readFileSync(join(local, "a.txt"), "utf8")).toBe(CONTENT)
        expect(readdirSync(local)).toEqual(["a.txt"])
      })
    )
  )

  it.live("fails in the server's words if it doesn't exist, and the session is used again", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const gone = FtpTransfer.toFile("gone.txt", join(local, "gone.txt"), { expectedSize: 10 })
        const { commands, result } = yield* sentBy(server, Effect.flip(gone))
        expect(result).toMatchObject({
          value: { _tag: "FtpRejected", verb: "RETR", path: "gone.txt", reason: "NotFound", reply: { code: 550 } }
        })
        expect(commands.filter((command) => command === "RETR gone.txt")).toHaveLength(1)
        yield* fetch(local)
        expect((yield* server.connections).total).toBe(1)
        expect(readdirSync(local)).toEqual(["a.txt"])
      })
    )
  )

  it.live.each([
    { _tag: "DropData", afterBytes: 5 },
    { _tag: "DropData", afterBytes: 5, how: "Reset" },
    { _tag: "Refuse", verb: "RETR", reply: "426 Not now." },
    { _tag: "Refuse", verb: "EPSV", reply: "425 Not now." },
    { _tag: "CloseControl", verb: "RETR" },
    { _tag: "Garbage", verb: "RETR" },
    { _tag: "EarlyFinal", verb: "RETR" },
    { _tag: "NoPreliminary", verb: "RETR" },
    { _tag: "DoubleFinal", verb: "RETR" },
    { _tag: "DeafEpsv", verb: "EPSV" },
    { _tag: "TinyWrites" }
  ] satisfies ReadonlyArray<Fault>)("is whole after $_tag $verb $how", (fault) =>
    stage((server, local) =>
      Effect.gen(function* () {
        yield* server.fault(fault)
        yield* fetch(local)
        expect(readFileSync(join(local, "a.txt"), "utf8")).toBe(CONTENT)
        expect(readdirSync(local)).toEqual(["a.txt"])
      })
    )
  )

  it.live("leaves the partial file of a download that still runs, and is fetched all the same", () =>
    stage((_, local) =>
      Effect.gen(function* () {
        const partialFile = FtpTransfer.partialFileOf(join(local, "a.txt"))
        yield* (yield* FtpLocalFile).claim(partialFile)
        writeFileSync(partialFile, "a sm")
        yield* fetch(local)
        expect(readdirSync(local).sort()).toEqual(["a.txt", "a.txt.ftp-effect.part", "a.txt.ftp-effect.part.lock"])
        expect(readFileSync(join(local, "a.txt"), "utf8")).toBe(CONTENT)
      }).pipe(Effect.scoped)
    )
  )

  it.live("does not replace a file that was created meanwhile", () =>
    stage((_, local) =>
      Effect.gen(function* () {
        writeFileSync(join(local, "a.txt"), "another's")
        const error = yield* Effect.flip(fetch(local, { existing: "Fail", found: Option.none() }))
        expect(error).toMatchObject({ _tag: "FtpLocalFileError", reason: "AlreadyExists" })
        expect(readFileSync(join(local, "a.txt"), "utf8")).toBe("another's")
        expect(readdirSync(local)).toEqual(["a.txt"])
      })
    )
  )

  it.live("makes its local folder if that is missing, and is fetched once", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const path = join(local, "new/a.txt")
        const { commands } = yield* sentBy(server, FtpTransfer.toFile("a.txt", path, { expectedSize: CONTENT.length }))
        expect(commands.filter((command) => command === "RETR a.txt")).toHaveLength(1)
        expect(readFileSync(path, "utf8")).toBe(CONTENT)
      })
    )
  )

  it.live("leaves the pool usable if its download is interrupted", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        yield* server.fault({ _tag: "Delay", verb: "RETR", duration: "1 minute" })
        const fetching = yield* Effect.fork(fetch(local))
        yield* Effect.repeat(server.commands, {
          until: (commands) => commands.at(-1) === "RETR a.txt",
          schedule: Schedule.spaced("5 millis")
        })
        yield* Fiber.interrupt(fetching)
        yield* server.clearFaults
        yield* fetch(local)
        expect(readdirSync(local)).toEqual(["a.txt"])
      })
    )
  )

  it.live("is not fetched twice if the answer to EPSV comes too late", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        yield* server.fault({ _tag: "Delay", verb: "EPSV", duration: "1400 millis" })
        // The step is given up after a second, and the session may take as much as it needs to be in step again.
        yield* fetch(local)
        const commands = yield* server.commands
        expect(commands.filter((command) => command === "RETR a.txt")).toHaveLength(1)
        expect(readFileSync(join(local, "a.txt"), "utf8")).toBe(CONTENT)
      })
    )
  )

  const SLOW = { _tag: "Delay", verb: "RETR", duration: "1100 millis" } as const
  const EXACT = { at: DateTime.unsafeMake("2020-01-02T03:04:05Z"), precision: "Second", zone: "Utc" } as const

  it.live.each([
    ["has another time when it came slowly", []],
    ["came slowly, when the connection is lost at the question for its time", [{ _tag: "CloseControl", verb: "MDTM" }]]
  ] as const)("is fetched anew if it %s", ([_, faults]) =>
    stage(
      (server, local) =>
        Effect.gen(function* () {
          yield* Effect.forEach([SLOW, ...faults], (fault) => server.fault(fault))
          const { commands } = yield* sentBy(server, fetch(local, { expectedModified: EXACT }))
          expect(commands.filter((command) => command === "RETR a.txt")).toHaveLength(2)
          expect(readFileSync(join(local, "a.txt"), "utf8")).toBe(CONTENT)
        }),
      { preliminary: 5000 }
    )
  )

  it.live("is fetched once if it came slowly and has the same time still", () =>
    stage(
      (server, local) =>
        Effect.gen(function* () {
          const client = yield* FtpClient
          yield* client.setModified("a.txt", EXACT.at)
          yield* server.fault(SLOW)
          const { commands } = yield* sentBy(server, fetch(local, { expectedModified: EXACT }))
          expect(commands).toEqual(["EPSV", "RETR a.txt", "MDTM a.txt"])
        }),
      { preliminary: 5000 }
    )
  )

  it.live("that came slowly is asked for its time together with the port for the next one", () =>
    stage(
      (server, local) =>
        FtpPool.keepSession(
          Effect.gen(function* () {
            const client = yield* FtpClient
            yield* client.setModified("a.txt", EXACT.at)
            const get = fetch(local, { expectedModified: EXACT })
            yield* Effect.all([get, get])
            yield* server.fault(SLOW)
            const { commands } = yield* sentBy(server, Effect.all([get, get]))
            expect(commands).toEqual(["RETR a.txt", "MDTM a.txt", "EPSV", "RETR a.txt", "EPSV"])
          })
        ),
      { preliminary: 5000 }
    )
  )

  it.live("has a span, and its dialogue is in a log of level Trace", () =>
    stage((_, local) =>
      Effect.gen(function* () {
        const lines: Array<string> = []
        const logger = Logger.make(({ message }) => void lines.push(String(message)))
        const spans: Array<string> = []
        const native = yield* Effect.tracer
        const tracer = Tracer.make({
          span: (...args) => {
            spans.push(args[0])
            return native.span(...args)
          },
          context: native.context
        })
        yield* fetch(local).pipe(Effect.withTracer(tracer))
        yield* fetch(local).pipe(
          Logger.withMinimumLogLevel(LogLevel.Trace),
          Effect.provide(Logger.replace(Logger.defaultLogger, logger))
        )
        expect(spans).toContain("FtpTransfer.toFile")
        expect(lines).toContain("> RETR a.txt")
      })
    )
  )

  it.live("is fetched on the session of the file before it, unless another caller waits for a session", () =>
    stage(
      (server, local) =>
        Effect.gen(function* () {
          // A folder each: on a slow machine a file may go the long way, which lets nobody else write it meanwhile.
          const many = (folder: string) =>
            FtpPool.keepSession(
              Effect.forEach(Array.from({ length: 20 }), () => fetch(join(local, folder)), { discard: true })
            )
          const client = yield* FtpClient
          yield* Effect.all([...["a", "b", "c", "d"].map(many), client.list("")], { concurrency: "unbounded" })
          expect((yield* server.connections).total).toBe(4)
        }),
      // A machine that stands still for longer than this gives the session up, and another one takes its place.
      { preliminary: 20_000 }
    )
  )
})
