/** What a run believes of what it finds beside its target: only what is ours, and of this very source. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import { FtpLocalFile, FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import { MIB, noise } from "../../support/bytes.ts"
import * as Embedded from "../../support/embedded.ts"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import { withFault } from "../../support/server.ts"

const RECEIVED = 2 * MIB
const PART = "a.ftp-effect.part"
const CONTENT = noise(10 * MIB, 1)

/** Zeros around the place where the first run ends: its last bytes are those of many files. */
const withZeros = (seed: number, zeros: number): Uint8Array =>
  noise(4 * MIB, seed).fill(0, RECEIVED - zeros, RECEIVED + MIB / 2)

const stage = (content: Uint8Array, denied: ReadonlyArray<string> = []) =>
  Layer.merge(Embedded.layer({ server: { root: { a: { content } }, denied } }), MemoryFiles.layer)

/** Leaves a partial file with `RECEIVED` bytes. */
const interrupted = Effect.gen(function* () {
  yield* withFault({ _tag: "DropData", afterBytes: RECEIVED, how: "End" })
  yield* inTime(Effect.flip(FtpTransfer.toFile("a", "a", { retry: Schedule.stop })))
})

const run = Effect.gen(function* () {
  const resumed: Array<number> = []
  yield* inTime(FtpTransfer.toFile("a", "a", { onResume: (bytes) => void resumed.push(bytes) }))
  const { files } = yield* MemoryFiles.MemoryFiles
  return { resumed, content: Buffer.from(files.get("a") ?? new Uint8Array(0)) }
})

describe("a later run", () => {
  it.effect("does not resume another file of the same size whose last bytes before the offset are the same zeros", () =>
    Effect.gen(function* () {
      yield* interrupted
      const { write } = yield* FtpTestServer.FtpTestServer
      const other = withZeros(2, MIB / 2)
      yield* write("a", other)
      const { content, resumed } = yield* run
      expect(content.equals(other)).toBe(true)
      expect(resumed).toEqual([])
    }).pipe(Effect.provide(stage(withZeros(1, MIB / 2), ["MDTM"])))
  )

  for (const denied of [[], ["SIZE"]]) {
    it.effect.each([0, 100, MIB / 2, RECEIVED])(
      `resumes the same file after %s zeros (size ${denied.length === 0 ? "known" : "unknown"})`,
      (zeros) =>
        Effect.gen(function* () {
          yield* interrupted
          const { content, resumed } = yield* run
          expect(content.equals(withZeros(1, zeros))).toBe(true)
          expect(resumed.length).toBe(1)
        }).pipe(Effect.provide(stage(withZeros(1, zeros), denied)))
    )
  }

  for (const [source, change] of [
    ["server", { host: "other.test" }],
    ["port", { port: 2121 }],
    ["user", { user: "bob" }]
  ] as const) {
    it.effect(`does not resume what came from another ${source}`, () =>
      Effect.gen(function* () {
        yield* interrupted
        const pool = yield* FtpPool
        const endpoints = pool.endpoints.map(({ host, port, user }) =>
          FtpEndpoint.make({ host, port, user, ...change })
        )
        const { content, resumed } = yield* Effect.provideService(run, FtpPool, { ...pool, endpoints })
        expect(content.equals(CONTENT)).toBe(true)
        expect(resumed).toEqual([])
      }).pipe(Effect.provide(stage(CONTENT)))
    )
  }

  it.effect("does not resume a partial file that another process has put there, with a journal that fits", () =>
    Effect.gen(function* () {
      yield* interrupted
      const { files, ids } = yield* MemoryFiles.MemoryFiles
      const planted = files.get(PART)?.slice() ?? new Uint8Array(0)
      planted.fill(1, 0, MIB)
      files.set(PART, planted)
      // Another file of the same name.
      ids.set(PART, 4711)
      expect(yield* FtpTransfer.keptBytes("a")).toBe(0)
      const { content, resumed } = yield* run
      expect(content.equals(CONTENT)).toBe(true)
      expect(resumed).toEqual([])
      expect([...files.keys()]).toEqual(["a"])
    }).pipe(Effect.provide(stage(CONTENT)))
  )

  it.effect("does not believe a journal that another user can have written", () =>
    Effect.gen(function* () {
      yield* interrupted
      const { ids } = yield* MemoryFiles.MemoryFiles
      ids.delete(`${PART}.json`)
      const { content, resumed } = yield* run
      expect(content.equals(CONTENT)).toBe(true)
      expect(resumed).toEqual([])
    }).pipe(Effect.provide(stage(CONTENT)))
  )
})

describe("the names of partial files", () => {
  it.effect.each(["b.ftp-effect.part", "d/b.ftp-effect.part.json", "B.FTP-Effect.Part", "b.ftp-effect.part.lock"])(
    "are refused as names of downloaded files: %s",
    (name) =>
      Effect.gen(function* () {
        expect(yield* Effect.flip(FtpTransfer.toFile("a", name))).toMatchObject({
          _tag: "FtpLocalFileError",
          operation: "Open",
          path: name
        })
        const { files } = yield* MemoryFiles.MemoryFiles
        expect([...files.keys()]).toEqual([])
      }).pipe(Effect.provide(stage(noise(10))))
  )

  it.effect.each(["x.ftp-effect.part/b", "C:\\x.ftp-effect.part\\b", "C:\\x.ftp-effect.part/b"])(
    "may be those of folders: %s",
    (localPath) =>
      Effect.gen(function* () {
        yield* inTime(FtpTransfer.toFile("a", localPath))
        const { files } = yield* MemoryFiles.MemoryFiles
        expect([...files.keys()]).toEqual([localPath])
      }).pipe(Effect.provide(stage(noise(10))))
  )

  it.each(["a".repeat(230), "a".repeat(231), "a".repeat(255), "\u{1f600}".repeat(63), "\u00e4".repeat(127)])(
    "fit into 255 bytes, with all that follows them: %s",
    (name) => {
      const partial = FtpTransfer.partialFileOf(`folder/${name}`)
      expect(partial).toMatch(/^folder\/.*\.ftp-effect\.part$/)
      expect(partial).not.toContain("\ufffd")
      expect(Buffer.byteLength(`${partial}.json.new`) - "folder/".length).toBeLessThanOrEqual(255)
      expect(FtpTransfer.partialFileOf(`folder/${name.slice(0, -2)}zz`)).not.toBe(partial)
    }
  )
})

describe("a complete download does not fail", () => {
  /** Local files on which `change` works. */
  const over = (change: (files: FtpLocalFile) => Partial<FtpLocalFile>) =>
    Layer.effect(
      FtpLocalFile,
      Effect.map(FtpLocalFile, (files) => FtpLocalFile.of({ ...files, ...change(files) }))
    ).pipe(Layer.provideMerge(stage(CONTENT)))

  const refusal = (operation: FtpLocalFileError["operation"], path: string) =>
    new FtpLocalFileError({ reason: "PermissionDenied", operation, path, detail: "operation not permitted" })

  const warnings = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      yield* Effect.provide(effect, Logger.replace(Logger.defaultLogger, logger))
      return lines
    })

  it.effect("if the file system refuses its time and its permissions, and a warning says so", () =>
    Effect.gen(function* () {
      const lines = yield* warnings(inTime(FtpTransfer.toFile("a", "a")))
      expect(lines).toHaveLength(2)
      expect(lines[0]).toContain("SetTime of local file a.ftp-effect.part failed")
      expect(lines[1]).toContain("SetMode of local file a.ftp-effect.part failed")
      const { files } = yield* MemoryFiles.MemoryFiles
      expect([...files.keys()]).toEqual(["a"])
    }).pipe(
      Effect.provide(
        over((files) => ({
          openWriter: (path, mode) =>
            Effect.map(files.openWriter(path, mode), (writer) => ({
              ...writer,
              setModified: () => refusal("SetTime", path),
              setMode: () => refusal("SetMode", path)
            }))
        }))
      )
    )
  )

  it.effect("if its journal can't be removed after it has its name, and a warning says so", () =>
    Effect.gen(function* () {
      yield* interrupted
      const lines = yield* warnings(inTime(FtpTransfer.toFile("a", "a")))
      expect(lines).toEqual([
        expect.stringMatching(/^a is complete, but Remove of local file a\.ftp-effect\.part\.json/)
      ])
      const { files } = yield* MemoryFiles.MemoryFiles
      expect(Buffer.from(files.get("a") ?? new Uint8Array(0)).equals(CONTENT)).toBe(true)
    }).pipe(
      Effect.provide(
        over((files) => ({
          remove: (path) => (path.endsWith(".json") ? refusal("Remove", path) : files.remove(path))
        }))
      )
    )
  )

  it.effect.each([1, 2])("if no journal can be written, and one warning says so (%s segments)", (segments) =>
    Effect.gen(function* () {
      const lines = yield* warnings(inTime(FtpTransfer.toFile("a", "a", { segments })))
      expect(lines).toHaveLength(1)
      expect(lines[0]).toContain("a.ftp-effect.part has no journal, so no later run resumes this download")
      const { files } = yield* MemoryFiles.MemoryFiles
      expect(Buffer.from(files.get("a") ?? new Uint8Array(0)).equals(CONTENT)).toBe(true)
      expect([...files.keys()]).toEqual(["a"])
    }).pipe(
      Effect.provide(
        over((files) => ({
          openWriter: (path, mode) => (path.includes(".json") ? refusal("Open", path) : files.openWriter(path, mode))
        }))
      )
    )
  )
})

describe("the permissions of a downloaded file", () => {
  it.effect("are those of the file that it replaces, and the owner's alone until then", () =>
    Effect.gen(function* () {
      const { files, modes } = yield* MemoryFiles.MemoryFiles
      files.set("a", new Uint8Array(1))
      modes.set("a", 0o640)
      const meanwhile: Array<number | undefined> = []
      yield* inTime(FtpTransfer.toFile("a", "a", { onProgress: () => void meanwhile.push(modes.get(PART)) }))
      expect(new Set(meanwhile)).toEqual(new Set([0o600]))
      expect(modes.get("a")).toBe(0o640)
      yield* inTime(FtpTransfer.toFile("a", "b"))
      expect(modes.get("b")).toBe(0o644)
    }).pipe(Effect.provide(stage(CONTENT)))
  )
})
