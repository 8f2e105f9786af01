/** What killed downloads have left in a folder, for files that have nothing to do any more. */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Embedded from "../../core/test/support/embedded.ts"

const stage = Layer.merge(
  Embedded.layer({ server: { root: { "pub/a": "content", "pub/below/b": "content" } } }),
  NodeFtpFile.layer
)

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-abandoned-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

/** All that is in the folder, and below it. */
const names = (root: string) => Fs.readdirSync(root, { recursive: true }).map(String).sort()

const SYNCED = ["a", "below", Path.join("below", "b")]

/** A PID that no process has. */
const ENDED = 2 ** 22 + 1

/** What a lock of this process says, and what it would say if this process had ended. */
const owners = Effect.gen(function* () {
  const files = yield* FtpLocalFile
  const path = Path.join(yield* folder, "any")
  const alive = yield* Effect.scoped(
    Effect.zipRight(
      files.claim(path),
      Effect.sync(() => Fs.readlinkSync(`${path}.lock`))
    )
  )
  return { alive, ended: alive.replace(` ${process.pid} `, ` ${ENDED} `) }
})

const down = (root: string, options?: FtpMirror.MirrorOptions) => FtpMirror.downloadTree("pub", root, options)

/** Runs it on files that were all changed so many days ago. */
const inDays = <A, E, R>(days: number, self: Effect.Effect<A, E, R>) =>
  Effect.flatMap(FtpLocalFile, (files) =>
    Effect.provideService(self, FtpLocalFile, {
      ...files,
      ownInfo: (path) =>
        Effect.map(
          files.ownInfo(path),
          Option.map(({ id, ...info }) => ({
            ...info,
            id: Option.map(id, ({ changed = 0, ...of }) => ({ ...of, changed: changed - days * 86_400_000 }))
          }))
        )
    })
  )

describe.skipIf(process.platform === "win32")("what killed downloads have left in a folder", () => {
  for (const [how, options] of [
    ["that copies while it reads", {}],
    ["with a plan", { delete: "Extra" }]
  ] as const) {
    it.scopedLive(`is removed by a later mirror ${how}, although the files have nothing to do`, () =>
      Effect.gen(function* () {
        const root = yield* folder
        const { ended } = yield* owners
        yield* down(root, options)
        expect(names(root)).toEqual(SYNCED)
        Fs.symlinkSync(ended, Path.join(root, "a.ftp-effect.part.lock"))
        Fs.writeFileSync(Path.join(root, "a.ftp-effect.part.1a2b3c4d"), "cont")
        Fs.symlinkSync("a", Path.join(root, "below", "gone.ftp-effect.part.00000001"))
        // Its time is that of the server, which says nothing of when it was written.
        Fs.utimesSync(Path.join(root, "a.ftp-effect.part.1a2b3c4d"), 1, 1)
        expect((yield* inDays(2, down(root, options))).done).toEqual([])
        expect(names(root)).toEqual(SYNCED)
      }).pipe(Effect.provide(stage))
    )
  }

  it.scopedLive("is never a directory: one of such a name is another's, and no run warns of it", () =>
    Effect.gen(function* () {
      const root = yield* folder
      Fs.mkdirSync(Path.join(root, "mine.ftp-effect.part.1a2b3c4d"))
      Fs.writeFileSync(Path.join(root, "mine.ftp-effect.part.1a2b3c4d", "file"), "mine")
      Fs.mkdirSync(Path.join(root, "mine.ftp-effect.part.lock"))
      const all = [...SYNCED, ...names(root)].sort()
      const warnings: Array<string> = []
      const logger = Logger.make(({ message }) => void warnings.push(String(message)))
      yield* Effect.provide(inDays(2, down(root)), Logger.replace(Logger.defaultLogger, logger))
      expect([warnings, names(root)]).toEqual([[], all])
    }).pipe(Effect.provide(stage))
  )

  it.scopedLive("stays while a process may be at it, or a later download can resume it", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const { alive, ended } = yield* owners
      yield* down(root)
      const young = Path.join(root, "a.ftp-effect.part.1a2b3c4d")
      Fs.writeFileSync(young, "cont")
      Fs.utimesSync(young, 1, 1)
      Fs.symlinkSync(alive, Path.join(root, "a.ftp-effect.part.lock"))
      Fs.writeFileSync(Path.join(root, "below", "big.ftp-effect.part"), "kept")
      Fs.symlinkSync(ended, Path.join(root, "below", "big.ftp-effect.part.lock"))
      const all = names(root)
      yield* inDays(0.5, down(root))
      expect(names(root)).toEqual(all)
      yield* inDays(2, down(root))
      expect(names(root)).toEqual(all.filter((name) => !name.endsWith("1a2b3c4d")))
    }).pipe(Effect.provide(stage))
  )

  it.scopedLive("stays where a link leads to, whether that is followed or was put there meanwhile", () =>
    Effect.gen(function* () {
      const { ended } = yield* owners
      const elsewhere = yield* folder
      Fs.writeFileSync(Path.join(elsewhere, "b.ftp-effect.part.1a2b3c4d"), "cont")
      Fs.symlinkSync(ended, Path.join(elsewhere, "gone.ftp-effect.part.lock"))
      const left = names(elsewhere)
      const linked = yield* folder
      Fs.symlinkSync(elsewhere, Path.join(linked, "below"))
      Fs.writeFileSync(Path.join(linked, "a.ftp-effect.part.1a2b3c4d"), "cont")
      const followed = Effect.zipWith(FtpMirror.remote("pub"), FtpMirror.local(linked, "All"), FtpMirror.mirror)
      yield* inDays(2, Effect.flatten(followed))
      expect(Fs.readdirSync(linked)).toEqual(["a", "below"])
      expect(names(elsewhere)).toEqual(["b", ...left])
      const root = yield* folder
      yield* down(root)
      for (const name of left) {
        Fs.symlinkSync(ended, Path.join(root, "below", name))
      }
      yield* inDays(
        2,
        down(root, {
          onEvent: ({ _tag }) => {
            if (_tag === "Summary") {
              Fs.renameSync(Path.join(root, "below"), Path.join(root, "moved"))
              Fs.symlinkSync(elsewhere, Path.join(root, "below"))
            }
          }
        })
      )
      expect(names(elsewhere)).toEqual(["b", ...left])
    }).pipe(Effect.provide(stage))
  )

  it.scopedLive("stays if nothing but a plan is made", () =>
    Effect.gen(function* () {
      const root = yield* folder
      yield* down(root)
      Fs.writeFileSync(Path.join(root, "a.ftp-effect.part.1a2b3c4d"), "cont")
      yield* inDays(2, FtpMirror.plan(yield* FtpMirror.remote("pub"), yield* FtpMirror.local(root)))
      expect(names(root)).toContain("a.ftp-effect.part.1a2b3c4d")
    }).pipe(Effect.provide(stage))
  )
})
