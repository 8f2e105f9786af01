/** What every `FtpLocalFile` on a real disk must do. Disks answer in real time, so all of it runs on the live clock. */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, describe, expect, it } from "@effect/vitest"
import { FtpLocalFile, type FtpLocalFileError, type Reader } from "@ftp-effect/core/FtpLocalFile"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { MIB, noise } from "../support/bytes.ts"

/** Trips to the disk after which one that began before them is over. */
/** As long as the disk takes to answer, so that what waits for it can be answered too. */
const turnOfTheDisk = Effect.async<void>((resume) => {
  Fs.stat(".", () => resume(Effect.void))
})

const TRIPS = 50

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-local-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

const readAll = (reader: Reader) =>
  Effect.gen(function* () {
    const parts: Array<Uint8Array> = []
    for (;;) {
      const next = yield* reader.read
      if (Option.isNone(next)) {
        return Buffer.concat(parts)
      }
      parts.push(next.value.slice())
    }
  })

const failureOf = <A, R>(effect: Effect.Effect<A, FtpLocalFileError, R>) =>
  Effect.map(Effect.flip(effect), ({ operation, reason }) => `${operation} ${reason}`)

export const localFileSuite = <E>(name: string, layer: Layer.Layer<FtpLocalFile, E>): void => {
  const test = (
    title: string,
    body: (files: FtpLocalFile, at: (name: string) => string) => Effect.Effect<void, unknown, Scope.Scope>
  ) =>
    it.live(title, () =>
      Effect.gen(function* () {
        const root = yield* folder
        yield* body(yield* FtpLocalFile, (name) => Path.join(root, name))
      }).pipe(Effect.scoped, Effect.provide(layer), Effect.orDie)
    )

  describe(name, () => {
    test("what is written at positions, in any order, is what is read", (files, at) =>
      Effect.gen(function* () {
        const bytes = noise(3 * MIB + 17)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const writer = yield* files.openWriter(at("a"), "Exclusive")
            yield* writer.write(bytes.subarray(2 * MIB), 2 * MIB)
            yield* writer.write(bytes.subarray(0, 2 * MIB), 0)
            yield* writer.write(new Uint8Array(0), 5)
            yield* writer.sync
          })
        )
        const reader = yield* files.openReader(at("a"), 0)
        assert.strictEqual(reader.size, bytes.byteLength)
        assert.isTrue(Option.isSome(reader.modified))
        assert.strictEqual(Buffer.compare(yield* readAll(reader), bytes), 0)
        assert.isTrue(Option.isNone(yield* reader.read))
      }))

    test("a version differs for another file, size or time, and is that of what a link leads to", (files, at) =>
      Effect.gen(function* () {
        const seconds = 1_700_000_000
        const write = (name: string, content: string, time = seconds) => {
          Fs.writeFileSync(at(name), content)
          Fs.utimesSync(at(name), time, time)
        }
        write("a", "one")
        write("b", "one")
        Fs.symlinkSync(at("a"), at("link"))
        const first = yield* files.version(at("a"))
        assert.isTrue(Option.isSome(first))
        assert.deepStrictEqual(yield* files.version(at("a")), first)
        assert.deepStrictEqual(yield* files.version(at("link")), first)
        assert.notDeepEqual(yield* files.version(at("b")), first)
        write("a", "longer")
        assert.notDeepEqual(yield* files.version(at("a")), first)
        write("a", "two", seconds + 0.001)
        assert.notDeepEqual(yield* files.version(at("a")), first)
        write("a", "two")
        assert.deepStrictEqual(yield* files.version(at("a")), first)
        assert.isTrue(Option.isNone(yield* files.version(at("none"))))
      }))

    test("reading starts at the offset, also at and behind the end", (files, at) =>
      Effect.gen(function* () {
        const bytes = noise(2 * MIB)
        Fs.writeFileSync(at("a"), bytes)
        for (const offset of [1, MIB, MIB + 1, 2 * MIB, 3 * MIB]) {
          const read = yield* Effect.scoped(Effect.flatMap(files.openReader(at("a"), offset), readAll))
          assert.strictEqual(Buffer.compare(read, bytes.subarray(offset)), 0)
        }
      }))

    test("an empty file ends at once", (files, at) =>
      Effect.gen(function* () {
        Fs.writeFileSync(at("a"), "")
        assert.isTrue(Option.isNone(yield* (yield* files.openReader(at("a"), 0)).read))
      }))

    test("lent bytes stay as they are until the next read", (files, at) =>
      Effect.gen(function* () {
        const bytes = noise(4 * MIB)
        Fs.writeFileSync(at("a"), bytes)
        const reader = yield* files.openReader(at("a"), 0)
        const first = Option.getOrThrow(yield* reader.read)
        yield* Effect.replicateEffect(turnOfTheDisk, TRIPS)
        assert.strictEqual(Buffer.compare(first, bytes.subarray(0, first.byteLength)), 0)
        const second = Option.getOrThrow(yield* reader.read)
        yield* Effect.replicateEffect(turnOfTheDisk, TRIPS)
        const from = bytes.byteLength >= 2 * first.byteLength ? first.byteLength : 0
        assert.strictEqual(Buffer.compare(second, bytes.subarray(from, from + second.byteLength)), 0)
      }))

    test("an interrupted read loses nothing", (files, at) =>
      Effect.gen(function* () {
        const bytes = noise(3 * MIB)
        Fs.writeFileSync(at("a"), bytes)
        const reader = yield* files.openReader(at("a"), 0)
        const parts: Array<Uint8Array> = []
        let ended = false
        for (let turn = 0; !ended; turn++) {
          const reading = yield* Effect.fork(
            Effect.map(reader.read, (next) => {
              ended = Option.isNone(next)
              if (Option.isSome(next)) {
                parts.push(next.value.slice())
              }
            })
          )
          yield* turn % 2 === 0 ? Effect.yieldNow() : turnOfTheDisk
          yield* Fiber.interrupt(reading)
        }
        assert.strictEqual(Buffer.compare(Buffer.concat(parts), bytes), 0)
      }))

    test("a file that became shorter is an error, not taken for its end", (files, at) =>
      Effect.gen(function* () {
        Fs.writeFileSync(at("a"), noise(6 * MIB))
        const reader = yield* files.openReader(at("a"), 0)
        yield* reader.read
        Fs.truncateSync(at("a"), MIB)
        const error = yield* Effect.flip(readAll(reader))
        assert.include(error.message, `${6 * MIB} bytes`)
      }))

    test("Exclusive leaves a file that exists alone", (files, at) =>
      Effect.gen(function* () {
        Fs.writeFileSync(at("a"), "kept")
        assert.strictEqual(
          yield* failureOf(Effect.scoped(files.openWriter(at("a"), "Exclusive"))),
          "Open AlreadyExists"
        )
        assert.strictEqual(Fs.readFileSync(at("a"), "utf8"), "kept")
      }))

    test("Truncate empties, Continue keeps, and both create", (files, at) =>
      Effect.gen(function* () {
        for (const [mode, result] of [
          ["Truncate", "xy"],
          ["Continue", "xyld"]
        ] as const) {
          for (const before of ["old!", undefined]) {
            const path = at(`${mode}-${before}`)
            if (before !== undefined) {
              Fs.writeFileSync(path, "ould")
            }
            yield* Effect.scoped(
              Effect.flatMap(files.openWriter(path, mode), (writer) => writer.write(Buffer.from("xy"), 0))
            )
            assert.strictEqual(Fs.readFileSync(path, "utf8"), before === undefined ? "xy" : result)
          }
        }
      }))

    test("Existing keeps, and makes no file", (files, at) =>
      Effect.gen(function* () {
        Fs.writeFileSync(at("a"), "ould")
        yield* Effect.scoped(
          Effect.flatMap(files.openWriter(at("a"), "Existing"), (writer) => writer.write(Buffer.from("xy"), 0))
        )
        assert.strictEqual(Fs.readFileSync(at("a"), "utf8"), "xyld")
        assert.strictEqual(yield* failureOf(Effect.scoped(files.openWriter(at("b"), "Existing"))), "Open NotFound")
        assert.isFalse(Fs.existsSync(at("b")))
      }))

    test("a name is claimed by one at a time", (files, at) =>
      Effect.gen(function* () {
        yield* Effect.scoped(
          Effect.zipRight(
            files.claim(at("a")),
            Effect.gen(function* () {
              assert.strictEqual(yield* failureOf(Effect.scoped(files.claim(at("a")))), "Open InUse")
              yield* Effect.scoped(files.claim(at("b")))
            })
          )
        )
        yield* Effect.scoped(files.claim(at("a")))
        assert.deepStrictEqual(Fs.readdirSync(at(".")), [])
      }))

    test("truncate cuts and extends", (files, at) =>
      Effect.gen(function* () {
        const writer = yield* files.openWriter(at("a"), "Truncate")
        yield* writer.write(Buffer.from("0123456789"), 0)
        yield* writer.truncate(4)
        assert.strictEqual(Fs.readFileSync(at("a"), "utf8"), "0123")
        yield* writer.truncate(6)
        assert.strictEqual(Fs.statSync(at("a")).size, 6)
        yield* writer.truncate(0)
        assert.strictEqual(Fs.statSync(at("a")).size, 0)
      }))

    test("a write cut short by its scope is finished or not, but never lands elsewhere", (files, at) =>
      Effect.gen(function* () {
        const bytes = noise(8 * MIB)
        const writing = yield* Effect.fork(
          Effect.scoped(Effect.flatMap(files.openWriter(at("a"), "Truncate"), (writer) => writer.write(bytes, 0)))
        )
        yield* Effect.repeat(Effect.zipRight(turnOfTheDisk, files.info(at("a"))), {
          until: Option.exists(({ size }) => size > 0)
        })
        yield* Fiber.interrupt(writing)
        const written = Fs.existsSync(at("a")) ? Fs.readFileSync(at("a")) : Buffer.alloc(0)
        bytes.fill(0)
        assert.strictEqual(Buffer.compare(written, noise(8 * MIB).subarray(0, written.byteLength)), 0)
      }))

    test("rename replaces the target, remove is content with nothing there", (files, at) =>
      Effect.gen(function* () {
        Fs.writeFileSync(at("a"), "new")
        Fs.writeFileSync(at("b"), "old")
        yield* files.rename(at("a"), at("b"))
        assert.strictEqual(Fs.readFileSync(at("b"), "utf8"), "new")
        assert.isTrue(Option.isNone(yield* files.info(at("a"))))
        yield* files.remove(at("b"))
        yield* files.remove(at("b"))
        assert.isFalse(Fs.existsSync(at("b")))
      }))

    test("rename replaces nothing where it must not", (files, at) =>
      Effect.gen(function* () {
        Fs.writeFileSync(at("a"), "new")
        Fs.writeFileSync(at("b"), "old")
        const { operation, path, reason } = yield* Effect.flip(files.rename(at("a"), at("b"), "Fail"))
        assert.deepStrictEqual([operation, reason, path], ["Rename", "AlreadyExists", at("b")])
        assert.strictEqual(Fs.readFileSync(at("b"), "utf8"), "old")
        yield* files.rename(at("a"), at("c"), "Fail")
        assert.deepStrictEqual(Fs.readdirSync(at(".")).sort(), ["b", "c"])
        assert.strictEqual(Fs.readFileSync(at("c"), "utf8"), "new")
      }))

    test("info reports files, folders and links to them; a writer sets the time and the permissions", (files, at) =>
      Effect.gen(function* () {
        const moment = DateTime.unsafeMake("2001-02-03T04:05:06Z")
        Fs.writeFileSync(at("a"), "12345")
        Fs.symlinkSync(at("a"), at("link"))
        const writer = yield* files.openWriter(at("a"), "Existing")
        yield* writer.setModified(moment)
        yield* writer.setMode(Option.some(0o640))
        const found = Option.getOrThrow(yield* files.info(at("link")))
        assert.strictEqual(found.type, "File")
        expect(found.mode).toEqual(Option.some(0o640))
        assert.strictEqual(found.size, 5)
        assert.strictEqual(DateTime.toEpochMillis(Option.getOrThrow(found.modified)), DateTime.toEpochMillis(moment))
        assert.strictEqual(Option.getOrThrow(yield* files.info(at("."))).type, "Directory")
        assert.strictEqual(Option.getOrThrow(yield* files.info("/dev/null")).type, "Other")
      }))

    test("Exclusive does not follow a link to nothing", (files, at) =>
      Effect.gen(function* () {
        Fs.symlinkSync(at("target"), at("link"))
        assert.strictEqual(
          yield* failureOf(Effect.scoped(files.openWriter(at("link"), "Exclusive"))),
          "Open AlreadyExists"
        )
        assert.isFalse(Fs.existsSync(at("target")))
      }))

    test("ownInfo finds private what this side has created, and nothing that others may have written", (files, at) =>
      Effect.gen(function* () {
        const isPrivate = (name: string) =>
          Effect.map(files.ownInfo(at(name)), (info) => Option.getOrThrow(info).isPrivate)
        const readPrivate = (name: string) =>
          Effect.scoped(Effect.map(files.openReader(at(name), 0), ({ isPrivate }) => isPrivate))
        assert.isTrue(Option.isNone(yield* files.ownInfo(at("none"))))
        const writer = yield* files.openWriter(at("a"), "Exclusive")
        assert.isTrue(yield* isPrivate("a"))
        assert.isTrue(yield* readPrivate("a"))
        expect(yield* writer.id).toEqual(Option.getOrThrow(yield* files.ownInfo(at("a"))).id)
        Fs.symlinkSync(at("a"), at("link"))
        assert.isFalse(yield* isPrivate("link"))
        Fs.mkdirSync(at("folder"))
        assert.isFalse(yield* isPrivate("folder"))
        Fs.chmodSync(at("a"), 0o620)
        assert.isFalse(yield* isPrivate("a"))
        assert.isFalse(yield* readPrivate("a"))
        Fs.chmodSync(at("a"), 0o600)
        Fs.linkSync(at("a"), at("hard"))
        assert.isFalse(yield* isPrivate("a"))
      }))

    test("failures say what can be done about them", (files, at) =>
      Effect.gen(function* () {
        Fs.mkdirSync(at("folder"))
        Fs.writeFileSync(at("file"), "")
        const write = (path: string) => Effect.scoped(files.openWriter(path, "Truncate"))
        const read = (path: string) => Effect.scoped(files.openReader(path, 0))
        assert.strictEqual(yield* failureOf(read(at("none"))), "Open NotFound")
        assert.strictEqual(yield* failureOf(read(at("file/below"))), "Open NotFound")
        assert.strictEqual(yield* failureOf(write(at("none/below"))), "Open NotFound")
        assert.strictEqual(yield* failureOf(read(at("folder"))), "Open IsDirectory")
        assert.strictEqual(yield* failureOf(write(at("folder"))), "Open IsDirectory")
        assert.strictEqual(yield* failureOf(files.rename(at("none"), at("other"))), "Rename NotFound")
        assert.strictEqual(yield* failureOf(files.remove(at("folder"))), "Remove IsDirectory")
        assert.isTrue(Fs.existsSync(at("folder")))
      }))

    // On /dev/full every write fails for want of space; only Linux and FreeBSD have it.
    if (Fs.existsSync("/dev/full")) {
      test("a full disk is NoSpace", (files) =>
        Effect.gen(function* () {
          const writer = yield* files.openWriter("/dev/full", "Continue")
          assert.strictEqual(yield* failureOf(writer.write(noise(10), 0)), "Write NoSpace")
        }))
    }

    // Linux lets no user, root included, remove what is in /proc.
    if (Fs.existsSync("/proc/version")) {
      test("what the system forbids is PermissionDenied", (files) =>
        Effect.map(failureOf(files.remove("/proc/version")), (failure) =>
          assert.strictEqual(failure, "Remove PermissionDenied")
        ))
    }
  })
}
