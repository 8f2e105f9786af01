/** Another user, who can write to a directory of the source, puts links there while a mirror is under way. */
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import { serve } from "./support/byUrl.ts"

const ANY_USER = 0o777

/** A tree with a directory that all users can write to, and a file outside. */
const stage = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "ftp-effect-swapped-"))),
    (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
  )
  const at = (...names: ReadonlyArray<string>) => join(folder, ...names)
  for (const directory of ["tree", "tree/d", "out"]) {
    Fs.mkdirSync(at(directory))
    Fs.chmodSync(at(directory), ANY_USER)
  }
  Fs.writeFileSync(at("tree", "d", "file"), "mine")
  Fs.writeFileSync(at("out", "file"), "SECRET")
  return at
})

/** Runs a mirror whose file system another user changes before and after calls of these kinds. */
const published = (
  root: string,
  options: FtpMirror.MirrorOptions,
  change: Readonly<Record<"read" | "info" | "readWhole", (path: string, when: "Before" | "After") => void>>
) =>
  Effect.gen(function* () {
    const server = yield* serve({ root: {} })
    const run = Effect.gen(function* () {
      const disk = yield* FtpLocalFile
      const { directories, readWhole } = disk
      const around = <A, E>(kind: keyof typeof change, path: string, call: Effect.Effect<A, E>) =>
        Effect.suspend(() => {
          change[kind](path, "Before")
          return Effect.tap(call, () => Effect.sync(() => change[kind](path, "After")))
        })
      const watched = FtpLocalFile.of({
        ...disk,
        info: (path) => around("info", path, disk.info(path)),
        readWhole: readWhole && ((path, info) => around("readWhole", path, readWhole(path, info))),
        directories: { ...directories, read: (path) => around("read", path, directories.read(path)) }
      })
      const source = yield* Effect.provideService(FtpMirror.local(root), FtpLocalFile, watched)
      return yield* FtpMirror.mirror(source, yield* FtpMirror.remote("www"), options)
    })
    yield* Effect.provide(Effect.exit(run), NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`))
    const tree = yield* server.tree
    const files = tree.filter(({ path }) => /\/(?:file|link)$/.test(path))
    return yield* Effect.forEach(files, ({ path }) =>
      Effect.map(server.read(path), (bytes) => Buffer.from(bytes).toString())
    )
  })

const NOTHING = () => {}

describe("a source in which another user can write", () => {
  for (const [how, options] of [
    ["while it is read", {}],
    ["as planned", { delete: "Extra" }],
    ["with a manifest", { manifest: true }]
  ] as const) {
    it.scopedLive(`has no file of a directory published that is a link when it is read: ${how}`, () =>
      Effect.gen(function* () {
        const at = yield* stage
        const putLink = () => {
          Fs.renameSync(at("tree", "d"), at("aside"))
          Fs.symlinkSync(at("out"), at("tree", "d"))
        }
        const putBack = () => {
          Fs.unlinkSync(at("tree", "d"))
          Fs.renameSync(at("aside"), at("tree", "d"))
        }
        const contents = yield* published(at("tree"), options, {
          read: (path, when) => {
            if (path === at("tree", "d")) {
              ;(when === "Before" ? putLink : putBack)()
            }
          },
          readWhole: (path, when) => {
            if (path === at("tree", "d", "file") && when === "Before") {
              putLink()
            }
          },
          info: NOTHING
        })
        expect(contents).not.toContain("SECRET")
      })
    )

    it.scopedLive(`has no file published that a link leads to only at times: ${how}`, () =>
      Effect.gen(function* () {
        const at = yield* stage
        const link = at("tree", "link")
        const lead = (to: string) => {
          Fs.rmSync(link, { force: true })
          Fs.symlinkSync(to, link)
        }
        lead(at("out", "file"))
        const contents = yield* published(at("tree"), options, {
          info: (path, when) => {
            if (path === link && when === "After") {
              lead(at("tree", "d", "file"))
            }
          },
          readWhole: (path, when) => {
            if (path === link && when === "Before") {
              lead(at("out", "file"))
            }
          },
          read: NOTHING
        })
        expect(contents).not.toContain("SECRET")
      })
    )
  }
})
