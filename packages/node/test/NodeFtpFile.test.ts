import { execFile, execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { FtpLocalFile, type FtpLocalFileError, type Reader } from "@ftp-effect/core/FtpLocalFile"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { localFileSuite } from "../../core/test/suites/localFileSuite.ts"

localFileSuite("NodeFtpFile", NodeFtpFile.layer)

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-file-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

// The system gives the lowest free number to the next file that is opened.
it.scoped("a file that was closed before its scope does not close the next one that has its number", () =>
  Effect.gen(function* () {
    const root = yield* folder
    const files = yield* FtpLocalFile
    const early = yield* Scope.make()
    const first = yield* Scope.extend(files.openWriter(Path.join(root, "first"), "Exclusive"), early)
    yield* first.close
    const second = yield* files.openWriter(Path.join(root, "second"), "Exclusive")
    yield* first.close
    yield* Scope.close(early, Exit.void)
    yield* second.write(new Uint8Array([1, 2, 3]), 0)
    assert.strictEqual(Fs.statSync(Path.join(root, "second")).size, 3)
    assert.strictEqual(Fs.statSync(Path.join(root, "first")).size, 0)
  }).pipe(Effect.provide(NodeFtpFile.layer))
)

const readAll = (reader: Reader) =>
  Effect.gen(function* () {
    const parts: Array<Uint8Array> = []
    for (let next = yield* reader.read; Option.isSome(next); next = yield* reader.read) {
      parts.push(next.value.slice())
    }
    return Buffer.concat(parts)
  })

/** What a program of the shell prints. */
const shell = (script: string, ...words: ReadonlyArray<string>) =>
  Effect.async<Buffer>((resume) => {
    const child = execFile("sh", ["-c", script, "sh", ...words], { encoding: "buffer" }, (_error, out) =>
      resume(Effect.succeed(out))
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const failureOf = <A, R>(effect: Effect.Effect<A, FtpLocalFileError, R>) =>
  Effect.map(Effect.flip(effect), ({ detail, operation, reason }) => `${operation} ${reason}: ${detail}`)

const BYTES = Uint8Array.from({ length: 3 * 1024 * 1024 + 17 }, (_, index) => (index * 13 + (index >> 10)) & 0xff)

/** More than any pipe of Linux holds unasked. */
const MORE_THAN_A_PIPE_HOLDS = 1024 * 1024

/** libuv has four threads for files. */
const MORE_THAN_THREADS = 6

// Pipes are the system's, and so is the time that they take.
describe.skipIf(process.platform === "win32")("a named pipe", () => {
  const test = (
    title: string,
    body: (files: FtpLocalFile, pipe: string, root: string) => Effect.Effect<void, unknown, Scope.Scope>
  ) =>
    it.scopedLive(title, () =>
      Effect.gen(function* () {
        const root = yield* folder
        const pipe = Path.join(root, "pipe")
        execFileSync("mkfifo", [pipe])
        yield* body(yield* FtpLocalFile, pipe, root)
      }).pipe(Effect.provide(NodeFtpFile.layer), Effect.orDie)
    )

  /** Somebody at the other end who does nothing. */
  const silent = (pipe: string, flag: "r" | "w") =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const { O_NONBLOCK, O_RDONLY, O_RDWR } = Fs.constants
        return Fs.openSync(pipe, (flag === "r" ? O_RDONLY : O_RDWR) | O_NONBLOCK)
      }),
      (descriptor) => Effect.sync(() => Fs.closeSync(descriptor))
    )

  test("is read to its end", (files, pipe, root) =>
    Effect.gen(function* () {
      Fs.writeFileSync(Path.join(root, "source"), BYTES)
      const writing = yield* Effect.fork(shell('cat "$1" > "$2"', Path.join(root, "source"), pipe))
      const reader = yield* files.openReader(pipe, 0)
      assert.strictEqual(Buffer.compare(yield* readAll(reader), BYTES), 0)
      assert.isTrue(Option.isNone(yield* reader.read))
      yield* Fiber.join(writing)
    }))

  test("is waited for while it has no writer, and loses nothing by an interruption", (files, pipe) =>
    Effect.gen(function* () {
      const reader = yield* files.openReader(pipe, 0)
      for (let turn = 0; turn < 3; turn++) {
        const reading = yield* Effect.fork(reader.read)
        yield* files.info(pipe)
        yield* Fiber.interrupt(reading)
      }
      const writing = yield* Effect.fork(shell('printf hello > "$1"', pipe))
      assert.strictEqual((yield* readAll(reader)).toString(), "hello")
      yield* Fiber.join(writing)
    }))

  test("whose writer is silent is let go, and holds up no other file", (files, pipe, root) =>
    Effect.gen(function* () {
      yield* silent(pipe, "w")
      const waiting = yield* Effect.forEach(Array.from({ length: MORE_THAN_THREADS }), () =>
        Effect.fork(Effect.scoped(Effect.flatMap(files.openReader(pipe, 0), readAll)))
      )
      Fs.writeFileSync(Path.join(root, "file"), "kept")
      const reader = yield* files.openReader(Path.join(root, "file"), 0)
      assert.strictEqual((yield* readAll(reader)).toString(), "kept")
      yield* Fiber.interruptAll(waiting)
    }))

  test("has no other place to begin than its next byte", (files, pipe) =>
    Effect.gen(function* () {
      yield* silent(pipe, "w")
      const opened = Effect.scoped(Effect.flatMap(files.openReader(pipe, 5), readAll))
      assert.strictEqual(yield* failureOf(opened), "Read Other: bytes only run through it, one after the other")
    }))

  test("takes what is written to it, once somebody reads", (files, pipe) =>
    Effect.gen(function* () {
      const opening = yield* Effect.fork(
        Effect.scoped(
          Effect.gen(function* () {
            const writer = yield* files.openWriter(pipe, "Continue")
            const half = BYTES.byteLength >> 1
            yield* writer.write(BYTES.subarray(0, half), 0)
            yield* writer.write(BYTES.subarray(half), half)
            yield* writer.sync
            yield* writer.close
          })
        )
      )
      const out = yield* shell('wc -c < "$1"', pipe)
      assert.strictEqual(Number(out.toString()), BYTES.byteLength)
      yield* Fiber.join(opening)
    }))

  test("that has no reader is not waited for any longer than wanted", (files, pipe) =>
    Effect.gen(function* () {
      const opening = yield* Effect.fork(Effect.scoped(files.openWriter(pipe, "Continue")))
      yield* files.info(pipe)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(opening)))
    }))

  test("that is full is let go", (files, pipe) =>
    Effect.gen(function* () {
      yield* silent(pipe, "r")
      const writer = yield* files.openWriter(pipe, "Continue")
      const writing = yield* Effect.fork(writer.write(new Uint8Array(MORE_THAN_A_PIPE_HOLDS), 0))
      yield* files.info(pipe)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(writing)))
    }))

  test("whose reader is gone says so", (files, pipe) =>
    Effect.gen(function* () {
      const reading = yield* Scope.make()
      yield* Scope.extend(silent(pipe, "r"), reading)
      const writer = yield* files.openWriter(pipe, "Continue")
      yield* writer.write(BYTES.subarray(0, 10), 0)
      yield* Scope.close(reading, Exit.void)
      assert.strictEqual(
        yield* failureOf(writer.write(BYTES.subarray(10, 20), 10)),
        "Write Other: no process reads from it any more"
      )
    }))

  test("can't be written behind a gap", (files, pipe) =>
    Effect.gen(function* () {
      yield* silent(pipe, "r")
      const writer = yield* files.openWriter(pipe, "Continue")
      assert.strictEqual(
        yield* failureOf(writer.write(BYTES.subarray(0, 10), 3)),
        "Write Other: bytes only run through it, one after the other"
      )
    }))

  // Only Linux gives the pipe of a process a name of its own.
  if (Fs.existsSync("/proc/self/fd")) {
    test("without a name of its own, as <(command) makes it, is read to its end", (files, pipe) =>
      Effect.gen(function* () {
        const descriptor = Fs.openSync(pipe, Fs.constants.O_RDWR | Fs.constants.O_NONBLOCK)
        yield* Effect.addFinalizer(() => Effect.sync(() => Fs.closeSync(descriptor)))
        const reader = yield* files.openReader(`/dev/fd/${descriptor}`, 0)
        Fs.writeSync(descriptor, "hello")
        assert.strictEqual(Buffer.from(Option.getOrThrow(yield* reader.read)).toString(), "hello")
      }))
  }
})

// A device has bytes without end, and no places that they are at.
it.scopedLive.skipIf(!Fs.existsSync("/dev/urandom"))("a device is read from its next byte on", () =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const reader = yield* files.openReader("/dev/urandom", 0)
    assert.isTrue(Option.isSome(yield* reader.read))
    assert.isTrue(Option.isSome(yield* reader.read))
  }).pipe(Effect.provide(NodeFtpFile.layer))
)

// Its size is told as 0.
it.scopedLive.skipIf(!Fs.existsSync("/proc/version"))("a file that the system makes up is read to its end", () =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const reader = yield* files.openReader("/proc/version", 0)
    assert.strictEqual((yield* readAll(reader)).toString(), Fs.readFileSync("/proc/version", "utf8"))
  }).pipe(Effect.provide(NodeFtpFile.layer))
)
