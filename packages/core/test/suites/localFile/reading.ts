/** How a local file is read. */
import * as Fs from "node:fs"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { MIB, noise } from "../../support/bytes.ts"
import { readAll, type Test, TRIPS, turnOfTheDisk } from "./Test.ts"

export const readingCases = (test: Test): void => {
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
}
