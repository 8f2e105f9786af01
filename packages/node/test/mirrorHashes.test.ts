import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
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

it.scopedLive("a manifest has the hash of what was sent, for which a small file is read once", () =>
  Effect.gen(function* () {
    const server = yield* serve({ root: {} })
    const root = yield* folder
    const reads: Array<string> = []
    const published = Effect.gen(function* () {
      const disk = yield* FtpLocalFile
      const { readWhole } = disk
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
          })
      })
      const source = yield* Effect.provideService(FtpMirror.local(root), FtpLocalFile, watched)
      return yield* FtpMirror.mirror(source, yield* FtpMirror.remote("www"), { manifest: true })
    })
    const result = yield* Effect.provide(
      published,
      NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
    )
    expect(result).toMatchObject({ isComplete: true, failures: [] })
    expect(reads.sort()).toEqual(["opened large.bin", "opened large.bin", "whole small.txt"])
    const { files } = JSON.parse(Buffer.from(yield* server.read("/www/.ftp-effect-manifest.json")).toString())
    for (const [path, content] of Object.entries(FILES)) {
      const sha256 = createHash("sha256").update(content).digest("hex")
      expect(files[path]).toMatchObject({ sha256, size: content.length })
    }
  })
)
