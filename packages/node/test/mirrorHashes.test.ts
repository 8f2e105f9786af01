import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import { serve } from "./support/byUrl.ts"

const FILES = { "small.txt": "small", "large.bin": "x".repeat(300_000) }

const folder = Effect.acquireRelease(
  Effect.sync(() => {
    const root = mkdtempSync(join(tmpdir(), "ftp-effect-hashes-"))
    for (const [path, content] of Object.entries(FILES)) {
      writeFileSync(join(root, path), content)
    }
    return root
  }),
  (root) => Effect.sync(() => rmSync(root, { recursive: true }))
)

/** A run that notes how files are read. */
const published = (root: string) =>
  Effect.gen(function* () {
    const disk = yield* FtpLocalFile
    const { readAtOnce, readWhole } = disk
    const reads: Array<string> = []
    const watched = FtpLocalFile.of({
      ...disk,
      openReader: (path, offset) => {
        reads.push(`opened ${path.slice(root.length + 1)}`)
        return disk.openReader(path, offset)
      },
      readWhole:
        readWhole &&
        ((path, info) => {
          reads.push(`whole ${path.slice(root.length + 1)}`)
          return readWhole(path, info)
        }),
      readAtOnce:
        readAtOnce &&
        ((path, info) => {
          reads.push(`whole ${path.slice(root.length + 1)}`)
          return readAtOnce(path, info)
        })
    })
    const source = yield* Effect.provideService(FtpMirror.local(root), FtpLocalFile, watched)
    const result = yield* FtpMirror.mirror(source, yield* FtpMirror.remote("www"), { manifest: true })
    return { result, reads: reads.sort() }
  })

it.scopedLive("a manifest has the hash of what was sent, for which a small file is read once", () =>
  Effect.gen(function* () {
    const server = yield* serve({ root: {} })
    const client = NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
    const { reads, result } = yield* Effect.provide(published(yield* folder), client)
    expect(result).toMatchObject({ isComplete: true, failures: [] })
    expect(reads).toEqual(["opened large.bin", "opened large.bin", "whole small.txt"])
    const { files } = JSON.parse(Buffer.from(yield* server.read("/www/.ftp-effect-manifest.json")).toString())
    for (const [path, content] of Object.entries(FILES)) {
      const sha256 = createHash("sha256").update(content).digest("hex")
      expect(files[path]).toMatchObject({ sha256, size: content.length })
    }
  })
)

it.scopedLive("the files of a fresh clone are known by their hashes, for which small ones are read at once", () =>
  Effect.gen(function* () {
    const server = yield* serve({ root: {} })
    const client = NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
    yield* Effect.provide(published(yield* folder), client)
    const clone = yield* folder
    mkdirSync(join(clone, "below"))
    writeFileSync(join(clone, "below", "new.txt"), "small")
    writeFileSync(join(clone, "other.txt"), "small")
    for (const path of Object.keys(FILES)) {
      utimesSync(join(clone, path), 1_700_000_000, 1_700_000_000)
    }
    const first = yield* Effect.provide(published(clone), client)
    expect(first.result.done.map(({ _tag }) => _tag)).toEqual(["MakeDirectory", "Copy", "Copy"])
    expect(first.reads.filter((read) => read.includes("large") || read.includes("small.txt"))).toEqual([
      "opened large.bin",
      "whole small.txt"
    ])
    writeFileSync(join(clone, "small.txt"), "SMALL")
    const second = yield* Effect.provide(published(clone), client)
    expect(second.result.done).toMatchObject([{ _tag: "Replace", path: "small.txt" }])
    expect(Buffer.from(yield* server.read("/www/small.txt")).toString()).toBe("SMALL")
  })
)
