/** Many small files of a mirror to a server, of which some can't follow the others. */
import Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import { NAMES, ODD, serveOdd } from "./support/oddFile.ts"

const contentOf = (name: string): string => `content of ${name}`

const folder = Effect.acquireRelease(
  Effect.sync(() => {
    const root = Fs.mkdtempSync(join(tmpdir(), "ftp-effect-flow-"))
    for (const name of NAMES) Fs.writeFileSync(join(root, name), contentOf(name))
    return root
  }),
  (root) => Effect.sync(() => Fs.rmSync(root, { recursive: true, force: true }))
)

interface Odd {
  /** Of the local file, before the run. */
  readonly before?: (path: string) => void
  /** Called when it is about to be read. */
  readonly reading?: (path: string) => void
  /** At that command for it. */
  readonly fault?: FtpTestServer.Fault & { readonly verb: string }
  readonly options?: FtpMirror.MirrorOptions
}

/** A run over one session in which one file is odd: what came of it, what it told, and how files were read. */
const published = ({ before = () => {}, fault, options = {}, reading = () => {} }: Odd) =>
  Effect.gen(function* () {
    const { left, server } = yield* serveOdd({}, fault)
    const root = yield* folder
    before(join(root, ODD))
    const events: Array<string> = []
    let inOneEffect = 0
    const run = Effect.gen(function* () {
      const disk = yield* FtpLocalFile
      const { readAtOnce } = disk
      const watched = FtpLocalFile.of({
        ...disk,
        readAtOnce:
          readAtOnce &&
          ((path, info) => {
            inOneEffect++
            if (path === join(root, ODD)) {
              reading(path)
            }
            return readAtOnce(path, info)
          })
      })
      const source = yield* Effect.provideService(FtpMirror.local(root), FtpLocalFile, watched)
      return yield* FtpMirror.mirror(source, yield* FtpMirror.remote("www"), {
        ...options,
        onEvent: (event) => {
          if ("step" in event && event._tag !== "Progress") events.push(`${event._tag} ${event.step.path}`)
        }
      })
    })
    const client = NodeFtp.layer({ url: `ftp://ann:secret@127.0.0.1:${server.address.port}`, maxPerHost: 1 })
    const result = yield* Effect.provide(run, client)
    const there = yield* Effect.filter(NAMES, (name) =>
      Effect.match(server.read(`/www/${name}`), {
        onFailure: () => false,
        onSuccess: (bytes) => Buffer.from(bytes).equals(Fs.readFileSync(join(root, name)))
      })
    )
    const told = (tag: string) => events.filter((event) => event.startsWith(`${tag} f`))
    expect(left()).toBe(undefined)
    return { result, inOneEffect, there, told }
  })

/** Each file has begun and was done once, though one had a turn of its own. */
const wholeOnce = ({ inOneEffect, result, there, told }: Effect.Effect.Success<ReturnType<typeof published>>) => {
  expect(result).toMatchObject({ isComplete: true, failures: [] })
  expect(there).toEqual(NAMES)
  expect(told("Started").toSorted()).toEqual(NAMES.map((name) => `Started ${name}`))
  expect(told("Done").toSorted()).toEqual(NAMES.map((name) => `Done ${name}`))
  expect(inOneEffect).toBeGreaterThan(NAMES.length / 2)
}

describe("many small files that a mirror publishes", () => {
  it.scopedLive.each([
    ["read while it goes", {}],
    ["by a plan", { delete: "Extra" }],
    ["with a manifest", { manifest: true }]
  ] as const)("are told one by one: %s", ([, options]) => Effect.map(published({ options }), wholeOnce))

  it.scopedLive.each([
    ["is empty", { before: (path: string) => Fs.writeFileSync(path, "") }],
    ["is large", { before: (path: string) => Fs.writeFileSync(path, Buffer.alloc(1024 * 1024, 7)) }],
    ["is refused STOR for now", { fault: { _tag: "Refuse", verb: "STOR", reply: "450 busy" } }],
    ["gets another size than was sent", { fault: { _tag: "WrongSize", verb: "SIZE", by: 1 } }],
    ["is refused its name for now", { fault: { _tag: "Refuse", verb: "RNTO", reply: "450 busy" } }],
    ["loses its data connection", { fault: { _tag: "DropData", verb: "STOR", afterBytes: 3 } }],
    ["loses the session at its name", { fault: { _tag: "CloseControl", verb: "RNTO" } }],
    ["loses the session after it", { fault: { _tag: "CloseControl", verb: "RNTO", at: "FinalReply" } }]
  ] as const)("are all there if one in their middle %s", ([, odd]) => Effect.map(published(odd as Odd), wholeOnce))

  it.scopedLive("are there but for one that is gone when its turn comes, and it alone is told", () =>
    Effect.gen(function* () {
      const { result, there, told } = yield* published({ reading: Fs.unlinkSync })
      expect(result).toMatchObject({ isComplete: false, failures: [{ step: { path: ODD } }] })
      expect(there).toEqual(NAMES.filter((name) => name !== ODD))
      expect(told("Failed").every((event) => event === `Failed ${ODD}`)).toBe(true)
      expect(told("Done")).toHaveLength(NAMES.length - 1)
    })
  )

  it.scopedLive("get what one of them has by the time it is sent", () =>
    Effect.map(published({ reading: (path) => Fs.writeFileSync(path, "newer content, and more") }), (run) => {
      expect(run.result.isComplete).toBe(true)
      expect(run.there).toEqual(NAMES)
    })
  )
})
