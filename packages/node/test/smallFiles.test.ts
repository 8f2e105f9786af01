// Real time: sockets don't run by the TestClock.
import { execFileSync } from "node:child_process"
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type { Fault, FtpTestServer } from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Tracer from "effect/Tracer"
import { serve } from "./support/byUrl.ts"

const CONTENT = "a small file"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "ftp-effect-small-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** A server with a small file, and a client that has fetched another one: what the server can do is known. */
const stage = <A, E, R>(
  play: (server: FtpTestServer, local: string) => Effect.Effect<A, E, R>,
  { preliminary = 500, ...options }: Parameters<typeof serve>[0] & { readonly preliminary?: number } = {}
) =>
  Effect.gen(function* () {
    const server = yield* serve({ root: { "a.txt": CONTENT, "b.txt": "before", "c.txt": CONTENT }, ...options })
    const local = yield* folder
    const played = Effect.gen(function* () {
      yield* FtpTransfer.toFile("b.txt", join(local, "b.txt"))
      rmSync(join(local, "b.txt"))
      return yield* play(server, local)
    })
    const client = NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
    const limits = FtpTimeouts.layer({ preliminary: Duration.millis(preliminary) })
    return yield* Effect.provide(played, Layer.provide(client, limits))
  }).pipe(Effect.scoped)

const fetch = (local: string, options: FtpTransfer.ToFileOptions = {}) =>
  FtpTransfer.toFile("a.txt", join(local, "a.txt"), { expectedSize: CONTENT.length, durability: "Written", ...options })

/** The commands since then. */
const sentBy = <A, E, R>(server: FtpTestServer, self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const before = (yield* server.commands).length
    const result = yield* Effect.exit(self)
    return { result, commands: (yield* server.commands).slice(before) }
  })

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

  it.live("is fetched after the port that was asked for at the end of the one before it", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const { commands } = yield* sentBy(server, FtpPool.keepSession(Effect.forEach([1, 2, 3], () => fetch(local))))
        expect(commands).toEqual([
          ...["MDTM a.txt", "EPSV", "RETR a.txt"],
          ...["MDTM a.txt", "EPSV", "RETR a.txt", "EPSV"],
          ...["MDTM a.txt", "RETR a.txt", "EPSV"]
        ])
        expect(readFileSync(join(local, "a.txt"), "utf8")).toBe(CONTENT)
      })
    )
  )

  it.live("needs no port of an earlier file after another command has used it", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const listed = Effect.scoped(
          Effect.flatMap(FtpPool.FtpPool, ({ borrow }) => Effect.flatMap(borrow(), (session) => session.list("")))
        )
        const all = Effect.all([fetch(local), fetch(local), listed, fetch(local)])
        const { commands } = yield* sentBy(server, FtpPool.keepSession(all))
        expect(commands.slice(-3)).toEqual(["MDTM a.txt", "EPSV", "RETR a.txt"])
      })
    )
  )

  it.live("is whole, and so are those after it, if the port for the next one is refused", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const played = FtpPool.keepSession(
          Effect.gen(function* () {
            yield* Effect.forEach([1, 2], () => fetch(local))
            // They have brought a port for the next one, so that asks only for the one after it.
            yield* server.fault({ _tag: "Refuse", verb: "EPSV", reply: "500 Not during a transfer." })
            yield* Effect.forEach([1, 2], () => fetch(local))
          })
        )
        const { commands, result } = yield* sentBy(server, played)
        expect(result).toMatchObject({ _tag: "Success" })
        expect(commands.slice(7)).toEqual([
          ...["MDTM a.txt", "RETR a.txt", "EPSV"],
          ...["MDTM a.txt", "EPSV", "RETR a.txt"]
        ])
        expect((yield* server.connections).total).toBe(1)
      })
    )
  )

  // The first asks for no port, those after it at the end of the data, the last with RETR.
  it.live.each([0, 1, 2, 3, 4, 5, 6])("is whole if the data of the one after %i others is reset", (others) =>
    stage((server, local) =>
      FtpPool.keepSession(
        Effect.gen(function* () {
          yield* Effect.forEach(Array.from({ length: others }), () => fetch(local))
          yield* server.fault({ _tag: "DropData", afterBytes: 5, how: "Reset" })
          yield* Effect.forEach([1, 2], () => fetch(local))
          expect(readFileSync(join(local, "a.txt"), "utf8")).toBe(CONTENT)
          expect((yield* server.connections).total).toBe(1)
        })
      )
    )
  )

  it.live("is announced by PRET where the server wants that", () =>
    stage(
      (server, local) =>
        Effect.gen(function* () {
          yield* fetch(local)
          const { commands, result } = yield* sentBy(server, fetch(local))
          expect(result).toMatchObject({ value: { bytes: CONTENT.length } })
          expect(commands.filter((command) => /^(PRET|EPSV|RETR)/.test(command))).toEqual([
            "PRET RETR a.txt",
            "EPSV",
            "RETR a.txt"
          ])
        }),
      { pret: true }
    )
  )

  it.live("is not announced by PRET if the server gives a port without it, and nor are large files after it", () =>
    stage(
      (server, local) =>
        Effect.gen(function* () {
          const large = FtpTransfer.toFile("c.txt", join(local, "c.txt"))
          const { commands } = yield* sentBy(server, Effect.all([fetch(local), large]))
          expect(commands.slice(0, 3)).toEqual(["MDTM a.txt", "EPSV", "RETR a.txt"])
          expect(commands).toContain("RETR c.txt")
          expect(commands.filter((command) => command.startsWith("PRET"))).toEqual([])
        }),
      { pret: "Unneeded" }
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

  it.live("fails if its local folder is missing", () =>
    stage((_, local) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          FtpTransfer.toFile("a.txt", join(local, "no/a.txt"), { expectedSize: CONTENT.length })
        )
        expect(error).toMatchObject({ _tag: "FtpLocalFileError", reason: "NotFound", path: join(local, "no/a.txt") })
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
    stage((server, local) =>
      Effect.gen(function* () {
        const many = FtpPool.keepSession(
          Effect.forEach(Array.from({ length: 20 }), () => fetch(local), { discard: true })
        )
        const client = yield* FtpClient
        yield* Effect.all([many, many, many, many, client.list("")], { concurrency: "unbounded" })
        expect((yield* server.connections).total).toBe(4)
      })
    )
  )
})

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
