/** One process at a time works at a local name. */
import { type ChildProcess, spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as Effect from "effect/Effect"

const claim = (path: string) => Effect.flatMap(FtpLocalFile, (files) => files.claim(path))

/** A name in a folder of its own. */
const name = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-claim-"))),
    (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => Path.join(folder, "part")
)

const other = Effect.acquireRelease(
  Effect.async<ChildProcess>((resume) => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" })
    child.once("spawn", () => resume(Effect.succeed(child)))
  }),
  (child) => Effect.sync(() => child.kill("SIGKILL"))
)

const ended = (child: ChildProcess) =>
  Effect.async<void>((resume) => {
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

const isLinux = process.platform === "linux"
const boot = isLinux ? Fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() : "-"
const startOf = (pid: number | undefined) =>
  isLinux ? (Fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19] ?? "") : "-"

const leave = (path: string, owner: string) => Effect.sync(() => Fs.symlinkSync(`ftp-effect ${owner}`, `${path}.lock`))

const inUse = { _tag: "FtpLocalFileError", reason: "InUse", operation: "Open" }

describe("a claim", () => {
  it.scoped("is held for its scope, also against others of this process", () =>
    Effect.gen(function* () {
      const path = yield* name
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* claim(path)
          expect(yield* Effect.flip(Effect.scoped(claim(path)))).toMatchObject(inUse)
          // The one that failed has not taken it away.
          expect(yield* Effect.flip(Effect.scoped(claim(path)))).toMatchObject(inUse)
          expect(Fs.readlinkSync(`${path}.lock`)).toContain(` ${process.pid} `)
        })
      )
      expect(Fs.readdirSync(Path.dirname(path))).toEqual([])
      yield* Effect.scoped(claim(path))
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )

  it.scoped("of a process that lives is respected, and says whose it is", () =>
    Effect.gen(function* () {
      const path = yield* name
      const { pid } = yield* other
      yield* leave(path, `${pid} ${startOf(pid)} ${boot} ${Os.hostname()}`)
      const error = yield* Effect.flip(Effect.scoped(claim(path)))
      expect(error).toMatchObject(inUse)
      expect(error.message).toContain(`process ${pid}`)
      expect(Fs.existsSync(Path.dirname(path))).toBe(true)
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )

  it.scoped("of a process that was killed counts for nothing", () =>
    Effect.gen(function* () {
      const path = yield* name
      const child = yield* other
      yield* leave(path, `${child.pid} ${startOf(child.pid)} ${boot} ${Os.hostname()}`)
      yield* ended(child)
      yield* Effect.scoped(claim(path))
      expect(Fs.readdirSync(Path.dirname(path))).toEqual([])
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )

  it.scoped.skipIf(!isLinux)("of a process whose number another one has now counts for nothing", () =>
    Effect.gen(function* () {
      const path = yield* name
      yield* leave(path, `${process.pid} 1 ${boot} ${Os.hostname()}`)
      yield* Effect.scoped(claim(path))
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )

  it.scoped.skipIf(!isLinux)("from before the machine was started counts for nothing", () =>
    Effect.gen(function* () {
      const path = yield* name
      yield* leave(path, `${process.pid} ${startOf(process.pid)} another-start ${Os.hostname()}`)
      yield* Effect.scoped(claim(path))
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )

  for (const owner of [`7 1 ${boot} another.example`, "nonsense"]) {
    it.scoped(`by "${owner.replace(boot, "BOOT")}" counts for as long as something is written`, () =>
      Effect.gen(function* () {
        const path = yield* name
        yield* leave(path, owner)
        expect(yield* Effect.flip(Effect.scoped(claim(path)))).toMatchObject(inUse)
        const before = new Date(Date.now() - 16 * 60_000)
        Fs.lutimesSync(`${path}.lock`, before, before)
        Fs.writeFileSync(path, "x")
        expect(yield* Effect.flip(Effect.scoped(claim(path)))).toMatchObject(inUse)
        Fs.utimesSync(path, before, before)
        yield* Effect.scoped(claim(path))
      }).pipe(Effect.provide(NodeFtpFile.layer))
    )
  }

  it.scoped("can't be made where there is no folder", () =>
    Effect.gen(function* () {
      const path = Path.join(yield* name, "part")
      expect(yield* Effect.flip(Effect.scoped(claim(path)))).toMatchObject({ reason: "NotFound", operation: "Open" })
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )
})
