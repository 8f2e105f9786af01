/** How a local file is written and claimed. */
import * as Fs from "node:fs"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { MIB, noise } from "../../support/bytes.ts"
import { failureOf, type Test, turnOfTheDisk } from "./Test.ts"

export const writingCases = (test: Test): void => {
  test("Exclusive leaves a file that exists alone", (files, at) =>
    Effect.gen(function* () {
      Fs.writeFileSync(at("a"), "kept")
      assert.strictEqual(yield* failureOf(Effect.scoped(files.openWriter(at("a"), "Exclusive"))), "Open AlreadyExists")
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
}
