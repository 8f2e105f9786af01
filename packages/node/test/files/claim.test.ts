/** One process at a time works at a local name. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { describe, expect, it, vi } from "@effect/vitest"
import { FtpLocalFile, FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as Effect from "effect/Effect"
import * as Claim from "../../src/files/claim.ts"

/** Races are rare: each round is another chance. */
const ROUNDS = 30

const toError = ({ message }: Error) =>
  new FtpLocalFileError({ reason: "Other", operation: "Open", path: "", detail: message })

const claimOf = (path: string, timing: Claim.Timing) => Claim.claim(path, toError, timing)

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
const read = (path: string) => (Fs.existsSync(path) ? Fs.readFileSync(path, "utf8").trim() : "") || "-"
const boot = read("/proc/sys/kernel/random/boot_id")
const machine = read("/etc/machine-id")
const namespace = isLinux ? Fs.readlinkSync("/proc/self/ns/pid") : "-"
const startOf = (pid: number | undefined) =>
  isLinux ? (read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ")[19] ?? "") : "-"

/** The content of a lock: of this machine and namespace unless it says otherwise. */
const owned = (owner: {
  readonly pid: number | undefined
  readonly start: string
  readonly boot?: string
  readonly namespace?: string
  readonly machine?: string
}) => {
  const all = { boot, namespace, machine, ...owner }
  return `ftp-effect token ${all.pid} ${all.start} ${all.boot} ${all.namespace} ${all.machine} ${Os.hostname()}`
}

const leave = (path: string, content: string) => Effect.sync(() => Fs.symlinkSync(content, `${path}.lock`))

/** The PID of a process that has ended. */
const ENDED = 2 ** 22 + 1

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
      yield* leave(path, owned({ pid, start: startOf(pid) }))
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
      yield* leave(path, owned({ pid: child.pid, start: startOf(child.pid) }))
      yield* ended(child)
      yield* Effect.scoped(claim(path))
      expect(Fs.readdirSync(Path.dirname(path))).toEqual([])
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )

  /** The PID of a process that was killed, and whose parent does not ask for it. */
  const zombie = Effect.gen(function* () {
    const parent = yield* Effect.acquireRelease(
      // The shell becomes a program that waits for no child.
      Effect.sync(() =>
        spawn("sh", ["-c", "sleep 600 & echo $!; exec sleep 600"], { stdio: ["ignore", "pipe", "ignore"] })
      ),
      (parent) => Effect.sync(() => parent.kill("SIGKILL"))
    )
    const pid = yield* Effect.async<number>((resume) => {
      parent.stdout.once("data", (text) => resume(Effect.succeed(Number(text))))
    })
    const start = startOf(pid)
    // Not before it is `sleep`: a shell asks for its children.
    yield* Effect.repeat(Effect.sleep("10 millis"), {
      until: () => read(`/proc/${parent.pid}/cmdline`).startsWith("sleep")
    })
    process.kill(pid, "SIGKILL")
    yield* Effect.repeat(Effect.sleep("10 millis"), {
      until: () => read(`/proc/${pid}/stat`).includes(") Z ")
    })
    return { pid, start }
  })

  // In real time, as a process takes it to end.
  it.scopedLive.skipIf(!isLinux)(
    "of a process that was killed, and whose parent never asks for it, counts for nothing",
    () =>
      Effect.gen(function* () {
        const path = yield* name
        yield* leave(path, owned(yield* zombie))
        yield* Effect.scoped(claim(path))
        expect(Fs.readdirSync(Path.dirname(path))).toEqual([])
      }).pipe(Effect.provide(NodeFtpFile.layer))
  )

  it.scoped.skipIf(!isLinux)("of a process whose number another one has now counts for nothing", () =>
    Effect.gen(function* () {
      const path = yield* name
      yield* leave(path, owned({ pid: process.pid, start: "1" }))
      yield* Effect.scoped(claim(path))
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )

  it.scoped.skipIf(machine === "-")("from before this machine was booted counts for nothing", () =>
    Effect.gen(function* () {
      const path = yield* name
      yield* leave(path, owned({ pid: process.pid, start: startOf(process.pid), boot: "another-boot" }))
      yield* Effect.scoped(claim(path))
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )

  const elsewhere: ReadonlyArray<readonly [string, string]> = [
    [
      "in another PID namespace of a machine with the same host name",
      owned({ pid: ENDED, start: "1", namespace: "x" })
    ],
    [
      "on another machine with the same host name",
      owned({ pid: ENDED, start: "1", boot: "another-boot", machine: "another" })
    ],
    ["that can't be read", "nonsense"]
  ]
  for (const [where, content] of elsewhere) {
    // In real time, as no program can set the change time of a file.
    it.scopedLive(`of a process ${where} counts until it has been silent`, () =>
      Effect.gen(function* () {
        const path = yield* name
        yield* leave(path, content)
        expect(yield* Effect.flip(Effect.scoped(claim(path)))).toMatchObject(inUse)
        expect(Fs.readdirSync(Path.dirname(path))).toEqual(["part.lock"])
        const timing = { heartbeat: 10, silentFor: 100 }
        Fs.writeFileSync(path, "x")
        const impatient = Effect.scoped(claimOf(path, timing))
        expect(yield* Effect.flip(impatient)).toMatchObject(inUse)
        yield* Effect.eventually(Effect.zipRight(Effect.sleep("20 millis"), impatient))
        expect(Fs.readdirSync(Path.dirname(path))).toEqual(["part"])
      }).pipe(Effect.provide(NodeFtpFile.layer))
    )
  }

  // In real time, as the change times of files are.
  it.scopedLive("shows signs of life for as long as it is held", () =>
    Effect.gen(function* () {
      const path = yield* name
      yield* claimOf(path, { heartbeat: 10, silentFor: 100 })
      const { ctimeMs } = Fs.lstatSync(`${path}.lock`)
      yield* Effect.repeat(
        Effect.zipRight(
          Effect.sleep("10 millis"),
          Effect.sync(() => Fs.lstatSync(`${path}.lock`).ctimeMs)
        ),
        { until: (changed) => changed - ctimeMs > 200 }
      )
    })
  )

  it.scoped("that is released leaves the claim of another process alone", () =>
    Effect.gen(function* () {
      const path = yield* name
      const another = owned({ pid: process.ppid, start: startOf(process.ppid) })
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* claim(path)
          Fs.unlinkSync(`${path}.lock`)
          yield* leave(path, another)
        })
      )
      expect(Fs.readlinkSync(`${path}.lock`)).toBe(another)
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )

  it.scopedLive("is held by one of many processes that find a stale one", () =>
    Effect.gen(function* () {
      // Each copy of the module is what a process has of it.
      const copies = yield* Effect.forEach(["a", "b", "c", "d", "e", "f"], () =>
        Effect.promise((): Promise<typeof Claim> => {
          vi.resetModules()
          return import("../../src/files/claim.ts")
        })
      )
      expect(new Set(copies).size).toBe(copies.length)
      for (let round = 0; round < ROUNDS; round++) {
        const path = yield* name
        yield* leave(path, owned({ pid: ENDED, start: "1" }))
        let holders = 0
        const all = copies.map(({ claim }) =>
          Effect.forEach(
            [1, 2, 3],
            () =>
              Effect.scoped(
                Effect.gen(function* () {
                  yield* claim(path, toError)
                  holders++
                  expect(holders).toBe(1)
                  yield* Effect.promise(() => Fs.promises.readdir(Path.dirname(path)))
                  expect(holders).toBe(1)
                  holders--
                })
              ).pipe(Effect.catchAll((error) => Effect.sync(() => expect(error).toMatchObject(inUse)))),
            { discard: true }
          )
        )
        yield* Effect.all(all, { concurrency: "unbounded" })
        expect(Fs.readdirSync(Path.dirname(path))).toEqual([])
      }
    })
  )

  it.scoped("replaces a stale one though a process was killed while it replaced it", () =>
    Effect.gen(function* () {
      const path = yield* name
      for (const suffix of ["", "~", "~~"]) {
        Fs.symlinkSync(owned({ pid: ENDED, start: "1" }), `${path}.lock${suffix}`)
      }
      yield* Effect.scoped(claim(path))
      expect(Fs.readdirSync(Path.dirname(path))).toEqual([])
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )

  it.scoped.skipIf(!isLinux)("does not wait for a pipe that has the name of its lock", () =>
    Effect.gen(function* () {
      const path = yield* name
      execFileSync("mkfifo", [`${path}.lock`])
      expect(yield* Effect.flip(Effect.scoped(claim(path)))).toMatchObject(inUse)
      expect(Fs.readdirSync(Path.dirname(path))).toEqual(["part.lock"])
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )

  it.scoped("can't be made where there is no folder", () =>
    Effect.gen(function* () {
      const path = Path.join(yield* name, "part")
      expect(yield* Effect.flip(Effect.scoped(claim(path)))).toMatchObject({ reason: "NotFound", operation: "Open" })
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )
})
