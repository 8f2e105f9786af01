/** What is written, here or there, while a mirror with a manifest is under way. */
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { kinds, onDisk, served, up, withHasher } from "./stage.ts"

const OWNED = { manifest: true, delete: "Ours" } as const

/** Larger than a file that is hashed as it is sent. */
const SIZE = 300_000

/** Files of which one is written once, right after its last byte was read for the first time. */
const writtenOnceRead = (path: string, write: (memory: typeof MemoryFiles.MemoryFiles.Service) => void) =>
  Layer.effect(
    FtpLocalFile,
    Effect.gen(function* () {
      const files = yield* FtpLocalFile
      const memory = yield* MemoryFiles.MemoryFiles
      let isWritten = false
      return {
        ...files,
        openReader: (at, offset) =>
          Effect.map(files.openReader(at, offset), (reader) => ({
            ...reader,
            read: Effect.tap(reader.read, (chunk) =>
              Effect.sync(() => {
                if (Option.isNone(chunk) && at === path && !isWritten) {
                  isWritten = true
                  write(memory)
                }
              })
            )
          }))
      } satisfies FtpLocalFile
    })
  )

describe("a larger file that is written while it is hashed for the manifest", () => {
  it.effect("fails, and is sent by the next run, even if it is then as it was", () =>
    Effect.gen(function* () {
      const before = { big: "1".repeat(SIZE), other: "o" }
      yield* onDisk(before)
      const written = writtenOnceRead("/site/big", ({ files, times }) => {
        files.set("/site/big", Buffer.from("2".repeat(SIZE)))
        times.set("/site/big", DateTime.unsafeMake(9_000_000))
      })
      const first = yield* Effect.provide(up(OWNED), written)
      expect(first).toMatchObject({
        isComplete: false,
        failures: [{ step: { path: "big" }, error: { _tag: "FtpIntegrityError", reason: "Changed" } }]
      })
      yield* onDisk(before, 5)
      expect(yield* up(OWNED)).toMatchObject({ isComplete: true, failures: [] })
      expect(yield* served("/www/")).toMatchObject(before)
    }).pipe(Effect.provide(withHasher({ root: { "www/x": "x" } })))
  )
})

describe("a file that another client replaces by one of the same size while the run is under way", () => {
  const stranger = Effect.map(FtpTestServer.FtpTestServer, ({ write }) => ({
    onEvent: (event: FtpMirror.MirrorEvent) => {
      if (event._tag === "Done" && event.step.path === "a") {
        Effect.runSync(Effect.orDie(write("/www/a", "them")))
      }
    }
  }))

  it.effect("is not taken for ours: it is not deleted", () =>
    Effect.gen(function* () {
      yield* onDisk({ a: "ours", keep: "k" })
      yield* up({ ...OWNED, ...(yield* stranger) })
      yield* onDisk({ keep: "k" })
      const result = yield* up(OWNED)
      expect(kinds(result)).toEqual([])
      expect(result.plan.skipped).toMatchObject([{ path: "a", reason: "Drifted" }])
      expect(yield* served("/www/")).toMatchObject({ a: "them" })
    }).pipe(Effect.provide(withHasher({ root: { "www/x": "x" } })))
  )

  it.effect("is not taken for the one of the source: that is sent again", () =>
    Effect.gen(function* () {
      yield* onDisk({ a: "ours", keep: "k" })
      yield* up({ ...OWNED, ...(yield* stranger) })
      const result = yield* up(OWNED)
      expect(kinds(result)).toEqual(["Replace a"])
      expect(yield* served("/www/")).toMatchObject({ a: "ours" })
    }).pipe(Effect.provide(withHasher({ root: { "www/x": "x" } })))
  )

  it.effect("is ours on a server that refuses to set times, as nothing shows that it is not", () =>
    Effect.gen(function* () {
      const { fault } = yield* FtpTestServer.FtpTestServer
      yield* fault({ _tag: "Refuse", verb: "MFMT", reply: "550 no", times: Number.POSITIVE_INFINITY })
      yield* onDisk({ a: "ours", keep: "k" })
      yield* up(OWNED)
      expect(kinds(yield* up(OWNED))).toEqual([])
      yield* onDisk({ keep: "k" })
      expect(kinds(yield* up(OWNED))).toEqual(["Remove a"])
    }).pipe(Effect.provide(withHasher({ root: { "www/x": "x" } })))
  )
})

describe("two mirrors with one manifest into one target at once", () => {
  const MANIFEST = ".ftp-effect-manifest.json"
  const written = Effect.map(served("/www/"), (files) => JSON.parse(files[MANIFEST] ?? "{}"))

  /**
   * The manifest of a run that is done. Then it is gone, and so are the other files of the target: what this run finds there
   * was put there by another one, which writes its manifest once this run has done a step.
   */
  const another = (on: string, write: (files: Record<string, { sha256: string }>) => unknown) =>
    Effect.gen(function* () {
      const { read, store, write: put } = yield* FtpTestServer.FtpTestServer
      yield* up(OWNED)
      const manifest = JSON.parse(Buffer.from(yield* read(`/www/${MANIFEST}`)).toString())
      yield* store.removeFile(`/www/${MANIFEST}`)
      yield* store.removeFile("/www/b")
      return yield* up({
        ...OWNED,
        onEvent: (event) => {
          if (event._tag === "Done" && event.step.path === on) {
            const theirs = JSON.stringify({ ...manifest, files: write(manifest.files) })
            Effect.runSync(Effect.orDie(put(`/www/${MANIFEST}`, theirs)))
          }
        }
      })
    })

  it.effect("keep the claims of both, also of what one has found as it would have sent it", () =>
    Effect.gen(function* () {
      yield* onDisk({ a: "a of both", b: "b" })
      const result = yield* another("b", ({ a }) => ({ a }))
      expect(kinds(result)).toEqual(["Copy b"])
      expect(Object.keys((yield* written).files)).toEqual(["a", "b"])
      yield* onDisk({ b: "b" })
      expect(kinds(yield* up(OWNED))).toEqual(["Remove a"])
    }).pipe(Effect.provide(withHasher({ root: { "www/x": "x" } })))
  )

  it.effect("are written down by neither if the other one's can't be read for now, which is reported", () =>
    Effect.gen(function* () {
      yield* onDisk({ a: "a of both", b: "b" })
      const { fault } = yield* FtpTestServer.FtpTestServer
      const refusal = { _tag: "Refuse", verb: "RETR", reply: "450 Busy.", times: 1000 } as const
      const result = yield* another("b", ({ a }) => {
        Effect.runSync(fault(refusal))
        return { a }
      })
      expect(result).toMatchObject({
        manifestError: { _tag: "FtpRejected", verb: "RETR", reply: { code: 450 } }
      })
      expect(Object.keys((yield* written).files)).toEqual(["a"])
    }).pipe(Effect.provide(withHasher({ root: { "www/x": "x" } })))
  )

  it.effect("write down what they have sent themselves, whatever the other one says of it", () =>
    Effect.gen(function* () {
      yield* onDisk({ a: "a of both", b: "b" })
      yield* another("b", ({ a, b }) => ({ a, b: { ...b, sha256: "0".repeat(64) } }))
      expect((yield* written).files.b.sha256).toMatch(/[1-9a-f]/)
    }).pipe(Effect.provide(withHasher({ root: { "www/x": "x" } })))
  )

  it.effect("claim nothing that one of them has deleted", () =>
    Effect.gen(function* () {
      const { read, write } = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ a: "a", keep: "k" })
      yield* up(OWNED)
      const manifest = JSON.parse(Buffer.from(yield* read(`/www/${MANIFEST}`)).toString())
      yield* onDisk({ keep: "k" })
      const theirs = { ...manifest, files: { ...manifest.files, a: { ...manifest.files.a, source: 1 } } }
      yield* up({
        ...OWNED,
        onEvent: (event) => {
          if (event._tag === "Done" && event.step.path === "a") {
            Effect.runSync(Effect.orDie(write(`/www/${MANIFEST}`, JSON.stringify(theirs))))
          }
        }
      })
      expect(Object.keys((yield* written).files)).toEqual(["keep"])
    }).pipe(Effect.provide(withHasher({ root: { "www/x": "x" } })))
  )

  it.effect("let what is gone from the target be forgotten", () =>
    Effect.gen(function* () {
      const { store } = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ a: "a", keep: "k" })
      yield* up(OWNED)
      yield* store.removeFile("/www/a")
      yield* onDisk({ keep: "k", more: "m" })
      yield* up(OWNED)
      expect(Object.keys((yield* written).files)).toEqual(["keep", "more"])
    }).pipe(Effect.provide(withHasher({ root: { "www/x": "x" } })))
  )
})
