/** What becomes of the names of local files, and what is known of a file. */
import * as Fs from "node:fs"
import { assert, expect } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { noise } from "../../support/bytes.ts"
import { failureOf, type Test } from "./Test.ts"

export const nameCases = (test: Test): void => {
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
}
