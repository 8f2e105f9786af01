/** What is asked of a small file beside its bytes: how strictly it is verified, a limit of its rate, a log of the dialogue. */
// Real time: sockets don't run by the TestClock.
import Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import type * as FtpRate from "@ftp-effect/core/FtpRate"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Schedule from "effect/Schedule"
import { serve } from "./support/byUrl.ts"
import { counted } from "./support/cost.ts"
import { CONTENT, sentBy, stage } from "./support/smallFiles.ts"
import { BYTES, PORT, play, RECEIVED, STOR } from "./support/smallUploads.ts"

const fetch = (local: string, options: FtpTransfer.ToFileOptions = {}) =>
  FtpTransfer.toFile("a.txt", join(local, "a.txt"), { expectedSize: CONTENT.length, durability: "Written", ...options })

const send = (local: string, options: FtpTransfer.FromFileOptions = {}) =>
  Effect.suspend(() => {
    Fs.writeFileSync(join(local, "new.txt"), "new")
    return FtpTransfer.fromFile(join(local, "new.txt"), "new.txt", options)
  })

const EXACT = { at: DateTime.unsafeMake("2020-01-02T03:04:05Z"), precision: "Second", zone: "Utc" } as const

/** Notes what is taken of it, and never waits. */
const noted = (slice: number): { readonly rate: FtpRate.FtpRate; readonly taken: Array<number> } => {
  const taken: Array<number> = []
  return { taken, rate: { slice, take: (bytes) => Effect.sync(() => void taken.push(bytes)) } }
}

describe("a small file that is verified", () => {
  it.live.each(["Reply", "Size"] as const)("by %s is fetched by the same commands", (verify) =>
    stage((server, local) =>
      Effect.gen(function* () {
        const { commands } = yield* sentBy(server, fetch(local, { verify }))
        expect(commands).toEqual(["MDTM a.txt", "EPSV", "RETR a.txt"])
        expect(Fs.readFileSync(join(local, "a.txt"), "utf8")).toBe(CONTENT)
      })
    )
  )

  it.live("by its time is asked for that once more", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        yield* (yield* FtpClient).setModified("a.txt", EXACT.at)
        const get = fetch(local, { verify: "SizeAndTime", expectedModified: EXACT })
        const { commands, result } = yield* sentBy(server, get)
        expect(result).toMatchObject({ value: { evidence: { _tag: "SizeAndTime" } } })
        expect(commands).toEqual(["EPSV", "RETR a.txt", "MDTM a.txt"])
      })
    )
  )

  it.live("by its time is asked for that together with the port for the next one", () =>
    stage((server, local) =>
      FtpPool.keepSession(
        Effect.gen(function* () {
          yield* (yield* FtpClient).setModified("a.txt", EXACT.at)
          const get = fetch(local, { verify: "SizeAndTime", expectedModified: EXACT })
          yield* Effect.all([get, get])
          const { commands, result } = yield* sentBy(server, get)
          expect(result).toMatchObject({ value: { evidence: { _tag: "SizeAndTime" } } })
          expect(commands).toEqual(["RETR a.txt", "MDTM a.txt", "EPSV"])
        })
      )
    )
  )

  it.live("by its time is fetched the long way if that has changed since the listing", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const get = fetch(local, { verify: "SizeAndTime", expectedModified: EXACT })
        const { commands, result } = yield* sentBy(server, get)
        expect(result).toMatchObject({ value: { evidence: { _tag: "SizeAndTime" } } })
        expect(commands.filter((command) => command === "RETR a.txt")).toHaveLength(2)
      })
    )
  )

  it.live("by its time fails if the server tells none", () =>
    stage(
      (_, local) =>
        Effect.gen(function* () {
          expect(yield* Effect.flip(fetch(local, { verify: "SizeAndTime" }))).toMatchObject({ reason: "Unverified" })
          expect(Fs.readdirSync(local)).toEqual([])
        }),
      { denied: ["MDTM", "MLSD", "MLST"] }
    )
  )

  it.scopedLive("by its time has none, and leaves the session idle, if the server is known to be silent at MDTM", () =>
    Effect.gen(function* () {
      const { script, session } = yield* play(
        () => [`${PORT} C: RETR a\nD: accept\nS: 150 here\nD: send hello\nD: end\nS: 226 done`],
        { avoided: ["MDTM"] }
      )
      const fetched = session.retrieveSmall({ path: "a", size: 5, wantsTime: true, wantsLater: true })
      expect(yield* Effect.timeout(fetched, "5 seconds")).toMatchObject({ later: undefined })
      expect(yield* session.reusable).toBe(true)
      yield* script.done
    })
  )

  it.live.each(["Reply", "Size", "SizeAndTime"] as const)("by %s is sent by the same commands", (verify) =>
    stage((server, local) =>
      Effect.gen(function* () {
        const { commands, result } = yield* sentBy(server, send(local, { verify }))
        expect(result).toMatchObject({ value: { bytes: 3, evidence: { _tag: "SizeAndTime" } } })
        expect(commands).toEqual(["EPSV", "STOR new.txt", "SIZE new.txt"])
      })
    )
  )

  it.scopedLive("by the reply alone is sent again once a size differs, and none is asked for after that", () =>
    Effect.gen(function* () {
      const { order, script, session } = yield* play((sent150) => [
        `${PORT} ${STOR("a")} ${RECEIVED}\nS: 150 here\nS: 226 done\nC: SIZE a\nS: 213 7\n${PORT} ${STOR("b")}`,
        sent150,
        `S: 150 here\n${RECEIVED}\nS: 226 done\n`
      ])
      expect(yield* session.storeSmall({ path: "a", bytes: BYTES, ignoresSize: true })).toBe("Long")
      order.length = 0
      expect(yield* session.storeSmall({ path: "b", bytes: BYTES, ignoresSize: true })).toMatchObject({
        size: undefined,
        isCounted: false
      })
      yield* script.done
      expect(order).toEqual(["150", "bytes"])
    })
  )
})

describe("a small file with a limit of its rate", () => {
  it.live("waits for its turn once, and is moved by the same commands", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const { rate, taken } = noted(100)
        const { commands } = yield* sentBy(server, Effect.zipRight(fetch(local, { rate }), send(local, { rate })))
        expect(commands).toEqual(["MDTM a.txt", "EPSV", "RETR a.txt", "EPSV", "STOR new.txt", "SIZE new.txt", "EPSV"])
        expect(taken).toEqual([CONTENT.length, 3])
      })
    )
  )

  it.live("that allows fewer bytes at once is moved in slices", () =>
    stage((_, local) =>
      Effect.gen(function* () {
        const { rate, taken } = noted(2)
        yield* Effect.zipRight(fetch(local, { rate }), send(local, { rate }))
        expect(Math.max(...taken)).toBe(2)
        expect(taken.reduce((sum, bytes) => sum + bytes, 0)).toBe(CONTENT.length + 3)
      })
    )
  )
})

const FILES = 100

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => {
    const root = Fs.mkdtempSync(join(tmpdir(), "ftp-effect-demands-"))
    Fs.mkdirSync(join(root, "site"))
    for (let index = 0; index < FILES; index++) Fs.writeFileSync(join(root, "site", `f${index}`), `content of ${index}`)
    return root
  }),
  (root) => Effect.sync(() => Fs.rmSync(root, { recursive: true, force: true }))
)

/** The folder to the server, and from there into another one. */
const upAndDown = (folder: string, options: FtpMirror.MirrorOptions) =>
  Effect.gen(function* () {
    const remote = yield* FtpMirror.remote("www")
    for (const [source, target] of [
      [yield* FtpMirror.local(join(folder, "site")), remote],
      [remote, yield* FtpMirror.local(join(folder, "back"))]
    ] as const) {
      expect(yield* FtpMirror.mirror(source, target, { ...options, durability: "Written" })).toMatchObject({
        isComplete: true
      })
    }
    expect(Fs.readdirSync(join(folder, "back"))).toHaveLength(FILES)
  })

describe("a tree of small files", () => {
  const dialogue: Array<string> = []
  const traced = <A, E, R>(self: Effect.Effect<A, E, R>) =>
    self.pipe(
      Logger.withMinimumLogLevel(LogLevel.Trace),
      Effect.provide(
        Logger.replace(
          Logger.defaultLogger,
          Logger.make(({ message }) => void dialogue.push(String(message)))
        )
      )
    )

  for (const [what, verify, limit, budget] of [
    ["verified by the reply", "Reply", undefined, 180],
    ["verified by its time", "SizeAndTime", undefined, 180],
    ["limited in its rate", undefined, 1_000_000_000, 330]
  ] as const) {
    it.scopedLive(`is below its budget of steps for each if it is ${what}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ root: {} })
        const folder = yield* temporaryFolder
        const cost = yield* Effect.provide(
          counted((costOf) => costOf(upAndDown(folder, { verify }))),
          NodeFtp.layer({ url: `ftp://ann:secret@127.0.0.1:${server.address.port}`, rate: limit })
        )
        expect(cost.steps / FILES).toBeLessThan(budget)
      })
    )
  }

  it.scopedLive("is below its budget if its dialogue is logged, each reply before what follows from it", () =>
    Effect.gen(function* () {
      const server = yield* serve({ root: {} })
      const folder = yield* temporaryFolder
      dialogue.length = 0
      const cost = yield* counted((costOf) => costOf(upAndDown(folder, {}))).pipe(
        Effect.provide(NodeFtp.layer({ url: `ftp://ann:secret@127.0.0.1:${server.address.port}`, maxPerHost: 1 })),
        traced
      )
      expect(cost.steps / FILES).toBeLessThan(90)
      const sent = dialogue.filter((line) => line.startsWith("> ")).map((line) => line.slice(2))
      expect(sent.filter((line) => line.startsWith("STOR"))).toHaveLength(FILES)
      expect(sent.filter((line) => line.startsWith("RETR"))).toHaveLength(FILES)
      expect(sent.map((line) => line.replace(/^PASS .*/, "PASS"))).toEqual(
        (yield* server.commands).map((line) => line.replace(/^PASS .*/, "PASS"))
      )
      for (const [index, line] of dialogue.entries()) {
        if (line.startsWith("> RNTO")) {
          expect(dialogue[index - 1]).toMatch(/^< 350/)
        }
      }
    })
  )

  const throwingAt = (line: string) => {
    const logger = Logger.make(({ message }) => {
      if (String(message).startsWith(line)) {
        throw new TypeError("of the logger")
      }
    })
    return <A, E, R>(self: Effect.Effect<A, E, R>) =>
      self.pipe(
        Logger.withMinimumLogLevel(LogLevel.Trace),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
  }

  it.scopedLive("fails soon, and the process goes on, if a logger throws at a reply", () =>
    Effect.gen(function* () {
      const server = yield* serve()
      const client = NodeFtp.layer({
        url: `ftp://ann:secret@127.0.0.1:${server.address.port}`,
        retry: { resume: Schedule.stop, connect: Schedule.stop, busy: Schedule.stop }
      })
      const read = Effect.provide(FtpTransfer.readFile("dir/a.txt"), client)
      expect(yield* Effect.flip(throwingAt("< 150")(read))).toMatchObject({ _tag: "FtpTransferInterrupted" })
    })
  )

  it.live("dies of a logger that throws at a command, as an effect does, and the process goes on", () =>
    stage((_, local) =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(throwingAt("> RETR")(fetch(local)))
        expect(exit).toMatchObject({ cause: { _tag: "Die", defect: new TypeError("of the logger") } })
        yield* fetch(local)
      })
    )
  )
})
