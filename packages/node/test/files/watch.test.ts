/** What a real file system reports of changes; the tests wait for it in real time. */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { describe, expect, it, vi } from "@effect/vitest"
import * as FtpLocalFile from "@ftp-effect/core/FtpLocalFile"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-watch-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
)

const overFileSystem = FtpLocalFile.layerFileSystem.pipe(Layer.provide(NodeFileSystem.layer))

const watched = (root: string, enter: (path: string) => boolean = () => true, files = NodeFtpFile.layer) =>
  Effect.gen(function* () {
    const { directories } = yield* FtpLocalFile.FtpLocalFile
    const seen = new Set<string>()
    const errors: Array<unknown> = []
    yield* directories.watch(root, {
      enter,
      changed: (path) => void seen.add(path),
      failed: (error) => void errors.push(error)
    })
    const reported = (path: string) =>
      Effect.promise(() => vi.waitFor(() => expect(seen).toContain(path), { timeout: 10_000 }))
    return { seen, errors, reported }
  }).pipe(Effect.provide(files))

describe("a local directory that is watched", () => {
  it.scopedLive("reports files that are written, in directories that are new or renamed too", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const at = (path: string) => Path.join(root, path)
      Fs.mkdirSync(at("css/deep"), { recursive: true })
      const { errors, reported } = yield* watched(root)
      Fs.writeFileSync(at("css/deep/a.css"), "a")
      yield* reported("css/deep/a.css")
      Fs.mkdirSync(at("new/below"), { recursive: true })
      yield* reported("new")
      Fs.writeFileSync(at("new/below/b"), "b")
      yield* reported("new/below/b")
      Fs.renameSync(at("css"), at("style"))
      yield* reported("style")
      Fs.writeFileSync(at("style/deep/c.css"), "c")
      yield* reported("style/deep/c.css")
      Fs.rmSync(at("new"), { recursive: true })
      Fs.rmSync(at("style/deep/c.css"))
      Fs.writeFileSync(at("last"), "")
      yield* reported("last")
      expect(errors).toEqual([])
    })
  )

  // Where the system itself makes the watch recursive, it looks into all directories.
  it.scopedLive.skipIf(process.platform !== "linux")("has no watch of directories that are not entered", () =>
    Effect.gen(function* () {
      const root = yield* folder
      Fs.mkdirSync(Path.join(root, "node_modules"))
      const { reported, seen } = yield* watched(root, (path) => path !== "node_modules" && path !== "later")
      Fs.writeFileSync(Path.join(root, "node_modules/a"), "a")
      Fs.mkdirSync(Path.join(root, "later"))
      yield* reported("later")
      Fs.writeFileSync(Path.join(root, "later/a"), "a")
      Fs.writeFileSync(Path.join(root, "last"), "")
      yield* reported("last")
      expect([...seen].sort()).toEqual(["last", "later"])
    })
  )

  it.scopedLive.skipIf(process.platform !== "linux")("has no watcher for a directory that is gone or renamed", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const at = (path: string) => Path.join(root, path)
      const watchers = () => process.getActiveResourcesInfo().filter((kind) => kind.includes("FSEvent")).length
      const waitFor = (expected: number) =>
        Effect.promise(() => vi.waitFor(() => expect(watchers()).toBe(expected), { timeout: 10_000 }))
      // Those of the test before are closed a moment after its end.
      yield* waitFor(0)
      const { errors, reported, seen } = yield* watched(root)
      for (let turn = 0; turn < 20; turn++) {
        Fs.mkdirSync(at("out/below"), { recursive: true })
        yield* waitFor(3)
        seen.clear()
        Fs.renameSync(at("out"), at("other"))
        yield* reported("other")
        yield* waitFor(3)
        Fs.writeFileSync(at("other/below/a"), "a")
        yield* reported("other/below/a")
        Fs.rmSync(at("other"), { recursive: true })
        yield* waitFor(1)
      }
      Fs.writeFileSync(at("last"), "")
      yield* reported("last")
      expect(errors).toEqual([])
    })
  )

  it.scopedLive("must be there", () =>
    Effect.gen(function* () {
      const root = Path.join(yield* folder, "missing")
      expect(yield* Effect.flip(watched(root))).toMatchObject({ reason: "NotFound", operation: "Watch", path: root })
    })
  )

  it.scopedLive("is reported over any platform's FileSystem too, once its stream has begun", () =>
    Effect.gen(function* () {
      const root = yield* folder
      Fs.mkdirSync(Path.join(root, "css"))
      const { seen } = yield* watched(root, () => true, overFileSystem)
      yield* Effect.promise(() =>
        vi.waitFor(
          () => {
            Fs.appendFileSync(Path.join(root, "css/a.css"), "a")
            expect(seen).toContain("css/a.css")
          },
          { timeout: 10_000 }
        )
      )
      const missing = watched(Path.join(root, "missing"), () => true, overFileSystem)
      expect(yield* Effect.flip(missing)).toMatchObject({ reason: "NotFound", operation: "Watch" })
    })
  )
})
