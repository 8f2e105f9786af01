/** Between the server and local files. */
import * as Fs from "node:fs"
import { assert, expect } from "@effect/vitest"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { MIB, noise } from "../../support/bytes.ts"
import { type Check, expected, failureOf, kindOf, large, nothingLent, refuses, stored } from "./Check.ts"

const THEN = Date.UTC(2011, 10, 12, 13, 14, 15)

const reasonOf = (error: object) => ["_tag" in error && error._tag, "reason" in error && error.reason]

const modifiedOf = (path: string) => Math.round(Fs.statSync(path).mtimeMs)

export const fileCases = (check: Check): void => {
  for (const size of [0, 1, 10 * MIB]) {
    check(`toFile brings a file of ${size} bytes, and leaves nothing else`, ({ at, local, localNames, server }) =>
      Effect.gen(function* () {
        const content = noise(size, size + 3)
        yield* server.write(at("file"), content)
        const result = yield* FtpTransfer.toFile(at("file"), local("file"))
        assert.deepStrictEqual(result, { bytes: size, evidence: { _tag: server.traits.sizes ? "Size" : "Reply" } })
        assert.deepStrictEqual(expected(Fs.readFileSync(local("file"))), expected(content))
        assert.deepStrictEqual(localNames(), ["file"])
      })
    )
  }

  check("toFile gives the local file the remote one's time, or leaves it now", ({ at, local, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "x")
      yield* server.setModified(at("file"), THEN)
      yield* FtpTransfer.toFile(at("file"), local("kept"))
      assert.strictEqual(modifiedOf(local("kept")) === THEN, server.traits.tellsTimes)
      yield* FtpTransfer.toFile(at("file"), local("now"), { times: "Now" })
      assert.notStrictEqual(modifiedOf(local("now")), THEN)
    })
  )

  check("toFile replaces a local file, unless it must not", ({ at, local, localNames, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "new")
      Fs.writeFileSync(local("file"), "much longer and older")
      const error = yield* failureOf(FtpTransfer.toFile(at("file"), local("file"), { existing: "Fail" }))
      assert.deepStrictEqual(reasonOf(error), ["FtpLocalFileError", "AlreadyExists"])
      assert.strictEqual(Fs.readFileSync(local("file"), "utf8"), "much longer and older")
      yield* FtpTransfer.toFile(at("file"), local("file"))
      assert.strictEqual(Fs.readFileSync(local("file"), "utf8"), "new")
      assert.deepStrictEqual(localNames(), ["file"])
    })
  )

  check("toFile of what is missing changes nothing locally", ({ at, local, localNames, pool }) =>
    Effect.gen(function* () {
      Fs.writeFileSync(local("file"), "older")
      yield* refuses(FtpTransfer.toFile(at("missing"), local("file")), "NotFound")
      yield* refuses(FtpTransfer.toFile(at("missing"), local("other")), "NotFound")
      assert.deepStrictEqual(localNames(), ["file"])
      assert.strictEqual(Fs.readFileSync(local("file"), "utf8"), "older")
      yield* nothingLent(pool)
    })
  )

  check("toFile makes the folders of the local path", ({ at, local, localNames, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "x")
      yield* FtpTransfer.toFile(at("file"), local("new/deep/file"))
      yield* FtpTransfer.toFile(at("file"), local("new/small/file"), { expectedSize: 1 })
      assert.deepStrictEqual(localNames(), ["new"])
      assert.deepStrictEqual(Fs.readdirSync(local("new"), { recursive: true }).sort(), [
        "deep",
        "deep/file",
        "small",
        "small/file"
      ])
    })
  )

  check("toFile into what can't be written says so, in local words", ({ at, local, localNames, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "x")
      Fs.mkdirSync(local("directory"))
      Fs.writeFileSync(local("other"), "no folder")
      const below = yield* failureOf(FtpTransfer.toFile(at("file"), local("other/file")))
      assert.strictEqual(below._tag, "FtpLocalFileError")
      const directory = yield* failureOf(FtpTransfer.toFile(at("file"), local("directory")))
      assert.deepStrictEqual(reasonOf(directory), ["FtpLocalFileError", "IsDirectory"])
      assert.deepStrictEqual([...localNames()].sort(), ["directory", "other"])
    })
  )

  check("toFile leaves no part when the last step fails", ({ at, local, localNames, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "x")
      const error = yield* failureOf(
        FtpTransfer.toFile(at("file"), local("file"), {
          // A directory takes the name while the bytes come in, so that the rename can't succeed.
          onProgress: () => Fs.mkdirSync(local("file"))
        })
      )
      assert.strictEqual(error._tag, "FtpLocalFileError")
      assert.deepStrictEqual(localNames(), ["file"])
    })
  )

  check(
    "an interrupted toFile leaves what was there, and no part where none is wanted",
    ({ at, local, localNames, pool, server }) =>
      Effect.gen(function* () {
        yield* server.write(at("large"), large)
        Fs.writeFileSync(local("file"), "older")
        const brief = FtpTransfer.toFile(at("large"), local("file"), { partialFile: "Remove" }).pipe(
          Effect.timeoutOption(Duration.millis(30))
        )
        yield* Effect.repeatN(brief, 2)
        if (Fs.statSync(local("file")).size < large.byteLength) {
          assert.strictEqual(Fs.readFileSync(local("file"), "utf8"), "older")
        }
        assert.deepStrictEqual(localNames(), ["file"])
        yield* nothingLent(pool)
      })
  )

  check(
    "a server that dies under toFile leaves what was there, and no part where none is wanted",
    ({ at, local, localNames, server }) =>
      Effect.gen(function* () {
        yield* server.write(at("large"), large)
        Fs.writeFileSync(local("file"), "older")
        let broken = false
        const error = yield* failureOf(
          FtpTransfer.toFile(at("large"), local("file"), {
            retry: Schedule.stop,
            partialFile: "Remove",
            onProgress: () => {
              if (!broken) {
                broken = true
                Effect.runFork(server.breakSessions)
              }
            }
          })
        )
        assert.strictEqual(error._tag, "FtpTransferInterrupted", String(error))
        assert.strictEqual(Fs.readFileSync(local("file"), "utf8"), "older")
        assert.deepStrictEqual(localNames(), ["file"])
      })
  )

  for (const size of [0, 1, 10 * MIB]) {
    check(`fromFile stores a file of ${size} bytes`, ({ at, local, server }) =>
      Effect.gen(function* () {
        const content = noise(size, size + 11)
        Fs.writeFileSync(local("a file"), content)
        const result = yield* FtpTransfer.fromFile(local("a file"), at("file"))
        assert.deepStrictEqual(result, {
          bytes: size,
          evidence: { _tag: server.traits.sizes ? "SizeAndTime" : "Reply" }
        })
        assert.deepStrictEqual(expected(yield* server.read(at("file"))), expected(content))
      })
    )
  }

  check("fromFile can keep the local file's time", ({ at, local, server }) =>
    Effect.gen(function* () {
      Fs.writeFileSync(local("file"), "content")
      Fs.utimesSync(local("file"), THEN / 1000, THEN / 1000)
      const keeping = FtpTransfer.fromFile(local("file"), at("kept"), { times: "Keep" })
      if (server.traits.setsTimes) {
        yield* keeping
        expect(Option.map(yield* server.look(at("kept")), ({ modified }) => modified)).toEqual(Option.some(THEN))
      } else {
        yield* refuses(keeping, "Unsupported")
        // Only the first attempt may have had to find out by trying.
        yield* server.write(at("kept"), "older")
        yield* refuses(keeping, "Unsupported")
        assert.strictEqual(yield* stored(server, at("kept")), "older")
        yield* FtpTransfer.fromFile(local("file"), at("kept"), { times: "IfPossible" })
        assert.strictEqual(yield* stored(server, at("kept")), "content")
      }
      yield* FtpTransfer.fromFile(local("file"), at("now"))
      assert.notDeepEqual(
        Option.map(yield* server.look(at("now")), ({ modified }) => modified),
        Option.some(THEN)
      )
    })
  )

  check("fromFile of what is no file stores nothing", ({ at, local, pool, server }) =>
    Effect.gen(function* () {
      Fs.mkdirSync(local("directory"))
      const missing = yield* failureOf(FtpTransfer.fromFile(local("missing"), at("file")))
      assert.deepStrictEqual(reasonOf(missing), ["FtpLocalFileError", "NotFound"])
      const directory = yield* failureOf(FtpTransfer.fromFile(local("directory"), at("file")))
      assert.deepStrictEqual(reasonOf(directory), ["FtpLocalFileError", "IsDirectory"])
      assert.strictEqual(yield* kindOf(server, at("file")), "Nothing")
      yield* nothingLent(pool)
    })
  )

  check("a file comes back as it was, content and time", ({ at, local, server }) =>
    Effect.gen(function* () {
      const content = noise(3 * MIB + 17, 23)
      Fs.writeFileSync(local("there"), content)
      Fs.utimesSync(local("there"), THEN / 1000, THEN / 1000)
      const there = FtpTransfer.fromFile(local("there"), at("file"), {
        times: "IfPossible"
      })
      yield* there
      yield* FtpTransfer.toFile(at("file"), local("back"))
      assert.deepStrictEqual(expected(Fs.readFileSync(local("back"))), expected(content))
      assert.strictEqual(modifiedOf(local("back")) === THEN, server.traits.setsTimes && server.traits.tellsTimes)
    })
  )
}
