import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import {
  dated,
  denied,
  isClean,
  NEW,
  OLD,
  onServer,
  Renaming,
  renaming,
  stage,
  TEMPORARY,
  upload,
  windows
} from "../../support/atomic.ts"
import { hasher } from "../../support/hasher.ts"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import { commandsLike, withFault } from "../../support/server.ts"

describe("an atomic upload that loses its connection during the rename", () => {
  it.effect("succeeds if only the reply to the rename was lost", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "CloseControl", verb: "RNTO", at: "FinalReply" })
      yield* inTime(upload())
      yield* isClean("New")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("renames again if the rename was not applied", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "CloseControl", verb: "RNTO" })
      yield* inTime(upload())
      yield* isClean("New")
    }).pipe(Effect.provide(stage()))
  )

  it.effect.each(["450 File busy.", "550 Permission denied.", "503 Bad sequence of commands."])(
    "regression: fails with outcome Unknown if RNFR is then refused with %s",
    (reply) =>
      Effect.gen(function* () {
        const { fault, resetConnections } = yield* FtpTestServer.FtpTestServer
        const renaming = yield* Renaming
        renaming.on = () =>
          Effect.zipRight(
            Effect.zipRight(fault({ _tag: "Refuse", verb: "RNFR", reply, times: 1000 }), resetConnections),
            denied
          )
        expect(yield* inTime(Effect.flip(upload()))).toMatchObject({
          _tag: "FtpTransferInterrupted",
          outcome: "Unknown"
        })
        yield* isClean("Old")
      }).pipe(Effect.provide(renaming({ replaces: true })))
  )

  it.effect("regression: fails if RNTO was never sent and the temporary file is then not found", () =>
    Effect.gen(function* () {
      yield* withFault(
        { _tag: "CloseControl", verb: "RNFR" },
        { _tag: "CloseControl", verb: "CONNECT" },
        { _tag: "Refuse", verb: "RNFR", reply: "550 No such file.", times: 1000 }
      )
      expect(yield* inTime(Effect.flip(upload()))).toMatchObject({ _tag: "FtpRejected", reason: "NotFound" })
      expect(yield* commandsLike(/^RNTO/)).toEqual([])
      yield* isClean("Old")
    }).pipe(Effect.provide(stage()))
  )

  it.effect.each(["Size", "Hash", "Time"])(
    "fails with outcome Unknown if the file with the final name has another %s than the one that was sent",
    (what) =>
      Effect.gen(function* () {
        const { files } = yield* MemoryFiles.MemoryFiles
        files.set("here", NEW)
        const { resetConnections, write } = yield* FtpTestServer.FtpTestServer
        const renaming = yield* Renaming
        renaming.on = (_, rename) =>
          rename.pipe(
            Effect.zipRight(write("pub/a.txt", what === "Size" ? OLD : NEW.map((byte) => byte ^ 1))),
            Effect.zipRight(resetConnections)
          )
        const sent = FtpTransfer.fromFile("here", "pub/a.txt", {
          atomic: true,
          ...(what === "Hash" && { verify: "Hash" }),
          ...(what === "Time" && { times: "Keep" })
        })
        const error = yield* inTime(Effect.flip(Effect.provideService(sent, FtpLocalFile, yield* dated)))
        expect(error).toMatchObject({ _tag: "FtpTransferInterrupted", outcome: "Unknown" })
      }).pipe(Effect.provide(renaming({ replaces: true, server: { hasher } })))
  )
})

const REPLACED = /^(RNFR|RNTO|DELE) (pub\/\.a\.txt\.old\.[0-9a-f]{8}\.ftp-effect|pub\/a\.txt)$/
const replaced = Effect.map(commandsLike(REPLACED), (lines) => lines.map((line) => line.replace(/[0-9a-f]{8}/, "X")))

describe("an atomic upload to a server that does not replace files", () => {
  it.effect("moves the old file to a backup name, and deletes it after the rename", () =>
    Effect.gen(function* () {
      yield* upload()
      expect((yield* commandsLike(/^(RNFR|RNTO|DELE)/)).map((line) => line.replace(/[0-9a-f]{8}/, "X"))).toEqual([
        "RNFR pub/.a.txt.X.ftp-effect",
        "RNTO pub/a.txt",
        "RNFR pub/a.txt",
        "RNTO pub/.a.txt.old.X.ftp-effect",
        "RNFR pub/.a.txt.X.ftp-effect",
        "RNTO pub/a.txt",
        "DELE pub/.a.txt.old.X.ftp-effect"
      ])
      yield* isClean("New")
    }).pipe(Effect.provide(windows))
  )

  it.effect("asks whether it may replace the old one while it holds no session, as that may be the only one", () =>
    Effect.gen(function* () {
      const pool = yield* FtpPool
      let asked = 0
      yield* inTime(
        upload({
          onPublish: Effect.asVoid(
            pool.lend((session) => {
              asked++
              return session.run(Command.size("pub/a.txt"))
            })
          )
        })
      )
      expect(asked).toBe(2)
      yield* isClean("New")
    }).pipe(Effect.provide(windows))
  )

  it.effect("keeps a directory that another client makes in the place of the old file meanwhile, and names it", () => {
    const warnings: Array<string> = []
    const noting = Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ logLevel, message }) => void (logLevel._tag === "Warning" && warnings.push(String(message))))
    )
    return Effect.gen(function* () {
      const { read, store, tree, write } = yield* FtpTestServer.FtpTestServer
      const renaming = yield* Renaming
      const theirs = Effect.all(
        [store.removeFile("/pub/a.txt"), store.makeDirectory("/pub/a.txt"), write("/pub/a.txt/theirs", OLD)],
        { discard: true }
      )
      renaming.on = (nth, rename) => (nth === 2 ? Effect.zipRight(Effect.orDie(theirs), rename) : rename)
      yield* upload()
      expect(Buffer.compare(yield* read("/pub/a.txt"), NEW)).toBe(0)
      const left = (yield* tree).find(({ path }) => path.endsWith(".ftp-effect"))
      expect(left).toMatchObject({ type: "Directory" })
      expect(Buffer.from(yield* read(`${left?.path}/theirs`)).equals(Buffer.from(OLD))).toBe(true)
      expect(warnings).toEqual([
        `another client has made a directory in the place of pub/a.txt meanwhile: it is left as ${left?.path.slice(1)}`
      ])
    }).pipe(Effect.provide(Layer.merge(windows, noting)))
  })

  it.effect("gives the old file its name back if the rename is refused again", () =>
    Effect.gen(function* () {
      const renaming = yield* Renaming
      renaming.on = (nth, rename) => (nth === 3 ? denied : rename)
      expect(yield* inTime(Effect.flip(upload()))).toMatchObject({ _tag: "FtpRejected", reason: "PermissionDenied" })
      yield* isClean("Old")
    }).pipe(Effect.provide(windows))
  )

  it.effect.each([2, 3])("succeeds if the connection is lost at rename %s, applied or not", (which) =>
    Effect.gen(function* () {
      const { resetConnections, write } = yield* FtpTestServer.FtpTestServer
      const renaming = yield* Renaming
      renaming.on = (nth, rename) => (nth === which ? Effect.zipRight(rename, resetConnections) : rename)
      yield* inTime(upload())
      yield* isClean("New")
      yield* write("pub/a.txt", OLD)
      renaming.done = 0
      renaming.on = (nth, rename) => (nth === which ? Effect.zipRight(resetConnections, denied) : rename)
      yield* inTime(upload())
      yield* isClean("New")
    }).pipe(Effect.provide(windows))
  )

  it.effect("gives the old file its name back if it is interrupted between the two renames", () =>
    Effect.gen(function* () {
      const renaming = yield* Renaming
      renaming.on = (nth, rename) => (nth === 3 ? Effect.delay(denied, "100 millis") : rename)
      const fiber = yield* Effect.fork(upload())
      yield* TestClock.adjust("10 millis")
      expect((yield* onServer).content).toBe("None")
      const interrupted = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* Effect.repeatN(TestClock.adjust("100 millis"), 10)
      expect((yield* Fiber.status(interrupted))._tag).toBe("Done")
      yield* isClean("Old")
    }).pipe(Effect.provide(windows))
  )

  it.effect("deletes the old file ahead of the rename only if it can't be moved to a backup name", () =>
    Effect.gen(function* () {
      const renaming = yield* Renaming
      renaming.on = (nth, rename) => (nth === 2 ? denied : rename)
      yield* upload()
      expect(yield* replaced).toEqual([
        "RNTO pub/a.txt",
        "RNFR pub/a.txt",
        "RNTO pub/.a.txt.old.X.ftp-effect",
        "DELE pub/a.txt",
        "RNTO pub/a.txt"
      ])
      yield* isClean("New")
    }).pipe(Effect.provide(windows))
  )

  it.effect("never removes the only copy: a new file that can't be renamed keeps its temporary name", () =>
    Effect.gen(function* () {
      const renaming = yield* Renaming
      renaming.on = () => denied
      expect(yield* inTime(Effect.flip(upload()))).toMatchObject({ _tag: "FtpRejected" })
      const { names } = yield* onServer
      expect(names.length).toBe(1)
      expect(names[0]).toMatch(TEMPORARY)
      const { read } = yield* FtpTestServer.FtpTestServer
      expect(Buffer.from(yield* read(names[0] ?? "")).equals(NEW)).toBe(true)
    }).pipe(Effect.provide(windows))
  )

  it.effect("regression: keeps the new file if the reply to the removal of the old one was lost", () =>
    Effect.gen(function* () {
      const renaming = yield* Renaming
      renaming.on = (nth, rename) => (nth === 2 ? denied : rename)
      yield* withFault({ _tag: "CloseControl", verb: "DELE", at: "FinalReply" })
      expect(yield* inTime(Effect.flip(upload({ retry: Schedule.stop })))).toMatchObject({
        _tag: "FtpTransferInterrupted",
        outcome: "Unknown"
      })
      yield* isClean("New")
    }).pipe(Effect.provide(windows))
  )

  it.effect("succeeds if the old file can't be deleted under its backup name", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Refuse", verb: "DELE", reply: "550 Permission denied." })
      yield* upload()
      const { content, names } = yield* onServer
      expect(content).toBe("New")
      expect(names.length).toBe(2)
    }).pipe(Effect.provide(windows))
  )
})

describe("an atomic upload whose rename was done, though it was answered as if the name were taken", () => {
  it.effect("regression: does not delete what has the final name, as that is the new file", () =>
    Effect.gen(function* () {
      const taken = new FtpTestServer.StoreError({ reason: "AlreadyExists", path: "/pub/a.txt" })
      const renames = yield* Renaming
      renames.on = (nth, rename) => (nth === 1 ? Effect.zipRight(rename, taken) : denied)
      const error = yield* inTime(Effect.flip(upload()))
      expect(error._tag).toBe("FtpTransferInterrupted")
      expect(error).toHaveProperty("outcome", "Unknown")
      expect(yield* commandsLike(/^DELE pub\/a\.txt/)).toEqual([])
      yield* isClean("New")
    }).pipe(Effect.provide(renaming({ replaces: true })))
  )
})

describe("an atomic upload whose rename is refused", () => {
  it.effect.each([
    "553 Permission denied.",
    "550 Access is denied.",
    "552 Quota exceeded.",
    "502 Command not implemented.",
    "550 The process cannot access the file because it is being used by another process.",
    "450 File busy."
  ])("regression: leaves the old file alone if moving it would not help: %s", (reply) =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Refuse", verb: "RNTO", reply, times: Number.POSITIVE_INFINITY })
      expect(yield* inTime(Effect.flip(upload()))).toMatchObject({ _tag: "FtpRejected", command: "RNTO pub/a.txt" })
      // What is refused for now is tried again, and nothing else.
      expect([...new Set(yield* replaced)]).toEqual(["RNTO pub/a.txt"])
      yield* isClean("Old")
    }).pipe(Effect.provide(stage()))
  )

  it.effect.each(["550 Rename failed.", "553 Could not rename."])(
    "moves the old file to a backup name if the server gives no reason, and does not delete it first: %s",
    (reply) =>
      Effect.gen(function* () {
        yield* withFault({ _tag: "Refuse", verb: "RNTO", reply })
        yield* upload()
        yield* isClean("New")
        const { write } = yield* FtpTestServer.FtpTestServer
        yield* write("pub/a.txt", OLD)
        yield* withFault({ _tag: "Refuse", verb: "RNTO", reply, times: 2 })
        expect(yield* inTime(Effect.flip(upload()))).toMatchObject({ _tag: "FtpRejected", command: "RNTO pub/a.txt" })
        expect(yield* commandsLike(/^DELE pub\/a\.txt/)).toEqual([])
        yield* isClean("Old")
      }).pipe(Effect.provide(stage()))
  )
})
