/** Many small files of a mirror from a server, of which some can't follow the others. */
import Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import { FtpLocalFile, FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { NAMES, ODD, serveOdd } from "./support/oddFile.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "ftp-effect-flow-"))),
  (root) => Effect.sync(() => Fs.rmSync(root, { recursive: true, force: true }))
)

type Write = NonNullable<FtpLocalFile["writeAtOnce"]>

interface Odd {
  /** Of the server's file. */
  readonly content?: string
  /** At that command for it. */
  readonly fault?: FtpTestServer.Fault & { readonly verb: string }
  /** Of the folder, before the run. */
  readonly before?: (path: string) => void
  /** How it is written. */
  readonly write?: (write: Write) => Write
  readonly hasher?: (hasher: FtpHasher) => FtpHasher
  readonly options?: FtpMirror.MirrorOptions
}

/** A run over one session in which one file is odd; `wrote` are the files that followed each other. */
const stage = ({
  before = () => {},
  content,
  fault,
  hasher = (hasher) => hasher,
  options = {},
  write = (write) => write
}: Odd) =>
  Effect.gen(function* () {
    const contents = Object.fromEntries(
      NAMES.map((name) => [name, name === ODD && content !== undefined ? content : `content of ${name}`])
    )
    const site = Object.fromEntries(NAMES.map((name) => [`www/${name}`, contents[name] ?? ""]))
    const { left, server } = yield* serveOdd(site, fault)
    const root = yield* folder
    before(root)
    const events: Array<string> = []
    const moved: Array<string> = []
    let wrote = 0
    const run = Effect.gen(function* () {
      const disk = yield* FtpLocalFile
      const plain = disk.writeAtOnce
      const odd = plain && write(plain)
      const watched = FtpLocalFile.of({
        ...disk,
        writeAtOnce:
          plain &&
          ((file, done) => {
            wrote++
            ;(file.path === join(root, ODD) ? odd : plain)?.(file, done)
          })
      })
      const target = yield* Effect.provideService(FtpMirror.local(root), FtpLocalFile, watched)
      return yield* FtpMirror.mirror(yield* FtpMirror.remote("www"), target, {
        ...options,
        onEvent: (event) => {
          if ("step" in event && event._tag === "Progress") moved.push(event.step.path)
          if ("step" in event && event._tag !== "Progress") events.push(`${event._tag} ${event.step.path}`)
        }
      })
    })
    const client = NodeFtp.layer({ url: `ftp://ann:secret@127.0.0.1:${server.address.port}`, maxPerHost: 1 })
    return {
      root,
      run: run.pipe(Effect.updateService(FtpHasher, hasher), Effect.provide(client)),
      seen: () => ({
        wrote,
        moved,
        fault: left(),
        here: NAMES.filter((name) => {
          const path = join(root, name)
          return Fs.existsSync(path) && Fs.readFileSync(path, "utf8") === contents[name]
        }),
        names: Fs.readdirSync(root).filter((name) => !name.includes("manifest")),
        told: (tag: string) => events.filter((event) => event.startsWith(`${tag} f`))
      })
    }
  })

/** Each file has begun and was done once, though one had a turn of its own. */
const wholeOnce = (odd: Odd) =>
  Effect.gen(function* () {
    const { run, seen } = yield* stage(odd)
    expect(yield* run).toMatchObject({ isComplete: true, failures: [] })
    const { fault, here, moved, names, told, wrote } = seen()
    expect(fault).toBe(undefined)
    expect(here).toEqual(NAMES)
    expect(names.toSorted()).toEqual(NAMES)
    expect(told("Started").toSorted()).toEqual(NAMES.map((name) => `Started ${name}`))
    expect(told("Done").toSorted()).toEqual(NAMES.map((name) => `Done ${name}`))
    expect(moved.filter((name) => name !== ODD)).toEqual(NAMES.filter((name) => name !== ODD))
    expect(wrote).toBeGreaterThan(NAMES.length / 2)
  })

const refused = (path: string) =>
  new FtpLocalFileError({ operation: "Open", path, reason: "Other", detail: "for a moment" })

describe("many small files that a mirror fetches", () => {
  it.scopedLive.each([
    ["read while it goes", {}],
    ["not synced", { durability: "Written" }],
    ["by a plan", { delete: "Extra" }],
    ["with a manifest", { manifest: true }]
  ] as const)("are told one by one: %s", ([, options]) => wholeOnce({ options }))

  it.scopedLive.each([
    ["is empty", { content: "" }],
    ["is large", { content: "7".repeat(1024 * 1024) }],
    ["is there already", { before: (root: string) => Fs.writeFileSync(join(root, ODD), "older") }],
    ["is refused for now", { fault: { _tag: "Refuse", verb: "RETR", reply: "450 busy" } }],
    ["loses its data connection", { fault: { _tag: "DropData", verb: "RETR", afterBytes: 3 } }],
    ["loses the session", { fault: { _tag: "CloseControl", verb: "RETR" } }],
    ["loses the session after it", { fault: { _tag: "CloseControl", verb: "RETR", at: "FinalReply" } }],
    [
      "can't be written at first",
      { write: () => (file: { path: string }, done: Parameters<Write>[1]) => done(refused(file.path), []) }
    ]
  ] as const)("are all there if one in their middle %s", ([, odd]) => wholeOnce(odd as Odd))

  it.scopedLive("are there but for one that is refused, and it alone is told", () =>
    Effect.gen(function* () {
      const { run, seen } = yield* stage({
        fault: { _tag: "Refuse", verb: "RETR", reply: "550 no", times: Number.POSITIVE_INFINITY }
      })
      expect(yield* run).toMatchObject({ isComplete: false })
      const { here, names, told } = seen()
      expect(told("Failed").at(0)).toBe(`Failed ${ODD}`)
      expect(told("Done")).toHaveLength(here.length)
      expect(names).toEqual(here)
    })
  )

  it.scopedLive("are given up once the one that is being written has its name", () =>
    Effect.gen(function* () {
      const [isWriting, goOn] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const { root, run, seen } = yield* stage({
        write: (write) => (file, done) => {
          Deferred.unsafeDone(isWriting, Effect.void)
          Effect.runFork(Effect.map(Deferred.await(goOn), () => write(file, done)))
        }
      })
      const fiber = yield* Effect.fork(run)
      yield* Deferred.await(isWriting)
      yield* Fiber.interruptFork(fiber)
      expect(Fs.existsSync(join(root, ODD))).toBe(false)
      yield* Deferred.succeed(goOn, undefined)
      expect(yield* Fiber.await(fiber)).toSatisfy(Exit.isInterrupted)
      const { here, names, told } = seen()
      expect(here.at(-1)).toBe(ODD)
      expect(names.toSorted()).toEqual(here)
      expect(told("Done")).toHaveLength(here.length)
      expect(told("Started")).toHaveLength(here.length)
    })
  )

  it.scopedLive("are all in the manifest, with their hashes, if a hash takes an effect of its own", () =>
    Effect.gen(function* () {
      const { root, run } = yield* stage({ options: { manifest: true }, hasher: ({ make }) => ({ make }) })
      yield* run
      const { files } = JSON.parse(Fs.readFileSync(join(root, ".ftp-effect-manifest.json"), "utf8"))
      expect(Object.keys(files).toSorted()).toEqual(NAMES)
    })
  )
})
