/** Records of uploads in a folder. Disks answer in real time. */
import * as Fs from "node:fs"
import * as Os from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as UploadRecords from "../../src/files/uploadRecords.ts"

const parent = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(join(Os.tmpdir(), "ftp-effect-records-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
)

const modeOf = (path: string) => Fs.statSync(path).mode & 0o777

const textOf = (records: ReturnType<typeof UploadRecords.make>, name: string) =>
  Effect.map(records.read(name), Option.getOrUndefined)

describe("a folder of upload records", () => {
  it.scopedLive("is made when the first record is written, for its owner only, and replaces records whole", () =>
    Effect.gen(function* () {
      const folder = join(yield* parent, "state", "uploads")
      const records = UploadRecords.make(folder)
      expect(yield* textOf(records, "a")).toBeUndefined()
      yield* records.remove("a")
      expect(Fs.existsSync(folder)).toBe(false)
      yield* records.write("a", "one")
      yield* records.write("a", "é\u{1f600} two")
      expect(yield* textOf(records, "a")).toBe("é\u{1f600} two")
      expect(Fs.readdirSync(folder)).toEqual(["a"])
      if (process.platform !== "win32") {
        expect([modeOf(folder), modeOf(join(folder, "a"))]).toEqual([0o700, 0o600])
      }
      yield* records.remove("a")
      expect(Fs.readdirSync(folder)).toEqual([])
    })
  )

  it.scopedLive("holds a whole record at any time while several processes write it", () =>
    Effect.gen(function* () {
      const folder = join(yield* parent, "uploads")
      const texts = ["x", "y", "z"].map((letter) => letter.repeat(20_000))
      const writers = texts.map((text) => Effect.repeatN(UploadRecords.make(folder).write("a", text), 20))
      const reader = UploadRecords.make(folder)
      yield* reader.write("a", texts[0] ?? "")
      yield* Effect.raceFirst(
        Effect.all(writers, { concurrency: 3 }),
        Effect.forever(
          Effect.map(textOf(reader, "a"), (text) => {
            expect(texts).toContain(text)
          })
        )
      )
      expect(Fs.readdirSync(folder)).toEqual(["a"])
    })
  )

  it.scopedLive("removes old records, the oldest of too many, and what a killed process left, but no other files", () =>
    Effect.gen(function* () {
      const folder = join(yield* parent, "uploads")
      Fs.mkdirSync(folder, { mode: 0o700 })
      const daysOld = (name: string, days: number) => {
        Fs.writeFileSync(join(folder, name), name)
        const seconds = Date.now() / 1000 - days * 86_400
        Fs.utimesSync(join(folder, name), seconds, seconds)
      }
      daysOld("a", 31)
      daysOld("b", -31)
      daysOld("c", 3)
      daysOld("d", 2)
      daysOld("e", 1)
      daysOld("e.01234567.new", 1)
      daysOld("f.01234567.new", 0)
      daysOld("of another program", 99)
      yield* UploadRecords.make(folder, { count: 4, millis: 30 * 86_400_000 }).write("g", "new")
      expect(Fs.readdirSync(folder).sort()).toEqual(["d", "e", "f.01234567.new", "g", "of another program"])
    })
  )

  it.scopedLive("reports what is in the way of a record as an error of a local file", () =>
    Effect.gen(function* () {
      const file = join(yield* parent, "file")
      Fs.writeFileSync(file, "")
      const records = UploadRecords.make(join(file, "uploads"))
      expect(yield* Effect.flip(records.write("a", "text"))).toMatchObject({ _tag: "FtpLocalFileError" })
      expect(yield* textOf(records, "a")).toBeUndefined()
    })
  )
})

describe.skipIf(process.platform === "win32")("another user's work in a folder of upload records", () => {
  it.scopedLive.each<readonly [string, (path: string, other: string) => void]>([
    ["a symbolic link", (path, other) => Fs.symlinkSync(other, path)],
    ["a hard link", (path, other) => Fs.linkSync(other, path)],
    [
      "a file that others may write",
      (path) => {
        Fs.writeFileSync(path, "planted")
        Fs.chmodSync(path, 0o666)
      }
    ],
    ["a file that is too long", (path) => Fs.writeFileSync(path, "x".repeat(65_537))],
    ["a directory", (path) => Fs.mkdirSync(path)]
  ])("is no record: %s", ([_what, plant]) =>
    Effect.gen(function* () {
      const root = yield* parent
      const folder = join(root, "uploads")
      const other = join(root, "other")
      Fs.mkdirSync(folder, { mode: 0o700 })
      Fs.writeFileSync(other, "planted", { mode: 0o600 })
      plant(join(folder, "a"), other)
      const records = UploadRecords.make(folder)
      expect(yield* textOf(records, "a")).toBeUndefined()
      yield* Effect.ignore(records.write("a", "ours"))
      expect(Fs.readFileSync(other, "utf8")).toBe("planted")
    })
  )

  it.scopedLive.each<readonly [string, (folder: string, elsewhere: string) => void]>([
    ["it may be written by others", (folder) => Fs.chmodSync(folder, 0o770)],
    [
      "it is a link",
      (folder, elsewhere) => {
        Fs.renameSync(folder, elsewhere)
        Fs.symlinkSync(elsewhere, folder)
      }
    ]
  ])("the folder is not used if %s", ([_what, change]) =>
    Effect.gen(function* () {
      const root = yield* parent
      const folder = join(root, "uploads")
      const records = UploadRecords.make(folder)
      yield* records.write("a", "ours")
      change(folder, join(root, "elsewhere"))
      expect(yield* textOf(records, "a")).toBeUndefined()
      expect(yield* Effect.flip(records.write("a", "new"))).toMatchObject({ reason: "PermissionDenied" })
    })
  )

  // Only root can give a file to another user.
  it.skipIf(process.geteuid?.() !== 0)("is no record: a file of another user, or any in a folder of another user", () =>
    Effect.gen(function* () {
      const folder = join(yield* parent, "uploads")
      const records = UploadRecords.make(folder)
      yield* records.write("a", "ours")
      Fs.chownSync(join(folder, "a"), 12_345, 12_345)
      expect(yield* textOf(records, "a")).toBeUndefined()
      yield* records.write("a", "ours")
      expect(yield* textOf(records, "a")).toBe("ours")
      Fs.chownSync(folder, 12_345, 12_345)
      expect(yield* textOf(records, "a")).toBeUndefined()
    }).pipe(Effect.scoped, Effect.runPromise)
  )
})
