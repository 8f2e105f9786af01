/** Another user, who can write to a directory of a tree, changes it while a mirror of it is under way. */
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Privacy from "../../src/files/privacy.ts"
import { serve } from "./byUrl.ts"

export const ANY_USER = 0o777

export const AT = new Date(1_700_000_000_000)

/** A tree with a directory that all users can write to, and a file outside: of the same size and time as the one inside. */
export const stage = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "ftp-effect-swapped-"))),
    (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
  )
  const at = (...names: ReadonlyArray<string>) => join(folder, ...names)
  for (const directory of ["tree", "tree/d", "out"]) {
    Fs.mkdirSync(at(directory))
    Fs.chmodSync(at(directory), ANY_USER)
  }
  for (const [path, content] of [
    [at("tree", "d", "file"), "public"],
    [at("out", "file"), "SECRET"]
  ] as const) {
    Fs.writeFileSync(path, content)
    Fs.chmodSync(path, OWNER_ONLY)
    Fs.utimesSync(path, AT, AT)
  }
  return at
})

const OWNER_ONLY = 0o600

type Change = (path: string, when: "Before" | "After") => void

/** Which links are doubtful is up to the system: here all are that its owner alone may read. */
const areDoubtful = <A extends { readonly isDoubtfulLink?: boolean | undefined }>(path: string, found: A): A => {
  const stats = Fs.statSync(path, { throwIfNoEntry: false })
  return { ...found, isDoubtfulLink: stats !== undefined && Privacy.isDoubtfulLink(stats, () => false) }
}

/** Runs a mirror whose file system another user changes before and after calls of these kinds. */
export const published = (
  root: string,
  options: FtpMirror.MirrorOptions,
  change: Readonly<Record<"read" | "info" | "readWhole" | "realPath", Change>>
) =>
  Effect.gen(function* () {
    const server = yield* serve({ root: {} })
    const asked: Array<string> = []
    const run = Effect.gen(function* () {
      const disk = yield* FtpLocalFile
      const { directories, readAtOnce, readWhole } = disk
      const { readInPlace } = directories
      const around = <A, E, R>(kind: keyof typeof change, path: string, call: Effect.Effect<A, E, R>) =>
        Effect.suspend(() => {
          change[kind](path, "Before")
          return Effect.tap(call, () => Effect.sync(() => change[kind](path, "After")))
        })
      const watched = FtpLocalFile.of({
        ...disk,
        info: (path) =>
          Effect.map(
            around("info", path, disk.info(path)),
            Option.map((found) => areDoubtful(path, found))
          ),
        openReader: (path, offset) => Effect.map(disk.openReader(path, offset), (opened) => areDoubtful(path, opened)),
        readWhole: readWhole && ((path, info) => around("readWhole", path, readWhole(path, info))),
        readAtOnce:
          readAtOnce &&
          ((path, info) => {
            change.readWhole(path, "Before")
            const bytes = readAtOnce(path, info)
            change.readWhole(path, "After")
            return bytes
          }),
        directories: {
          ...directories,
          read: (path) => around("read", path, directories.read(path)),
          readInPlace:
            readInPlace &&
            ((path) =>
              Effect.map(
                around("read", path, readInPlace(path)),
                Option.map((found) => ({
                  ...found,
                  entries: found.entries.map((entry) => areDoubtful(join(path, entry.name), entry))
                }))
              )),
          realPath: (path) => {
            asked.push(path)
            return around("realPath", path, directories.realPath(path))
          }
        }
      })
      const source = yield* Effect.provideService(FtpMirror.local(root), FtpLocalFile, watched)
      return yield* FtpMirror.mirror(source, yield* FtpMirror.remote("www"), options)
    })
    const exit = yield* Effect.provide(
      Effect.exit(run),
      NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
    )
    const tree = yield* server.tree
    const files = tree.filter(({ path }) => /\/(?:file|link)$/.test(path))
    const contents = yield* Effect.forEach(files, ({ path }) =>
      Effect.map(server.read(path), (bytes) => Buffer.from(bytes).toString())
    )
    const failures = Exit.isSuccess(exit) ? exit.value.failures.map(({ error }) => error.message) : []
    return { contents, failures, asked }
  })

export const NOTHING = () => {}

export const UNCHANGED = { read: NOTHING, info: NOTHING, readWhole: NOTHING, realPath: NOTHING }
