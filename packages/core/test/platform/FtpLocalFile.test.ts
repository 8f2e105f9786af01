import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { expect, it } from "@effect/vitest"
import * as FtpLocalFile from "@ftp-effect/core/FtpLocalFile"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { localFileSuite } from "../suites/localFileSuite.ts"

localFileSuite("FtpLocalFile.layerFileSystem", Layer.provide(FtpLocalFile.layerFileSystem, NodeFileSystem.layer))

type LocalFile = FtpLocalFile.FtpLocalFile

class One extends Context.Tag("test/One")<One, LocalFile>() {}
class Other extends Context.Tag("test/Other")<Other, LocalFile>() {}

it.effect("FtpLocalFile.layerFileSystem works twice in one app, each time over the FileSystem that it is given", () =>
  Effect.gen(function* () {
    const removed: Array<string> = []
    const over = (name: string) =>
      Layer.provide(
        FtpLocalFile.layerFileSystem,
        FileSystem.layerNoop({ remove: (path) => Effect.sync(() => void removed.push(`${name} ${path}`)) })
      )
    const both = Layer.merge(
      Layer.provide(Layer.effect(One, FtpLocalFile.FtpLocalFile), over("one")),
      Layer.provide(Layer.effect(Other, FtpLocalFile.FtpLocalFile), over("other"))
    )
    const removal = Effect.gen(function* () {
      yield* (yield* One).remove("a")
      yield* (yield* Other).remove("b")
    })
    yield* Effect.provide(removal, both)
    expect(removed).toEqual(["one a", "other b"])
  })
)

it.scoped("FtpLocalFile.layerFileSystem removes no directory that a file came into meanwhile", () =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const root = yield* fs.makeTempDirectoryScoped()
    const path = `${root}/empty`
    yield* fs.makeDirectory(path)
    const looked = (at: string) =>
      Effect.tap(fs.readDirectory(at), () => (at === path ? fs.writeFileString(`${path}/new`, "new") : Effect.void))
    const files = Layer.provide(
      FtpLocalFile.layerFileSystem,
      Layer.succeed(FileSystem.FileSystem, { ...fs, readDirectory: looked })
    )
    const remove = Effect.flatMap(FtpLocalFile.FtpLocalFile, ({ directories }) => directories.remove(path))
    expect(yield* Effect.flip(Effect.provide(remove, files))).toMatchObject({ operation: "Remove", path })
    expect(yield* fs.readFileString(`${path}/new`)).toBe("new")
    expect(yield* fs.readDirectory(root)).toEqual(["empty"])
    yield* fs.remove(`${path}/new`)
    const plain = Layer.provide(FtpLocalFile.layerFileSystem, Layer.succeed(FileSystem.FileSystem, fs))
    yield* Effect.provide(remove, plain)
    expect(yield* fs.readDirectory(root)).toEqual([])
  }).pipe(Effect.provide(NodeFileSystem.layer))
)

it.scoped("FtpLocalFile.layerFileSystem knows the claims of all that work over the same FileSystem", () =>
  Effect.gen(function* () {
    const files = Layer.provide(
      FtpLocalFile.layerFileSystem,
      Layer.succeed(FileSystem.FileSystem, FileSystem.makeNoop({}))
    )
    const claim = Effect.flatMap(FtpLocalFile.FtpLocalFile, ({ claim }) => claim("a"))
    yield* Effect.provide(claim, files)
    expect(yield* Effect.flip(Effect.provide(claim, files))).toMatchObject({ reason: "InUse" })
  })
)

it.each([0, -1, 1_700_000_000_123, 8.64e15, -8.64e15, 8.64e15 + 1, -8.64e15 - 1, 9e15, Number.NaN])(
  "FtpLocalFile.modifiedAt has the time of a file that DateTime has, and none that no Date can hold: %d",
  (millis) => {
    expect(FtpLocalFile.modifiedAt(millis)).toEqual(DateTime.make(millis))
  }
)
