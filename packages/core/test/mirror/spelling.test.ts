/** Names in two Unicode forms: one name where two trees are compared, and addressed as each of them writes it. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Spelling from "#core/mirror/spelling"
import * as Tree from "#core/mirror/Tree"
import { inTime } from "../support/inTime.ts"
import { disk, down, kinds, onDisk, served, stage, up, withHasher } from "./stage.ts"

const NFC = "caf\u00e9"
const NFD = "cafe\u0301"

/** Files on the server that are as old as those of the disk. */
const onServer = (files: Record<string, string>) =>
  Effect.gen(function* () {
    const { store, write } = yield* FtpTestServer.FtpTestServer
    for (const [path, content] of Object.entries(files)) {
      yield* write(`/www/${path}`, Buffer.from(content))
      yield* store.setModified(`/www/${path}`, content.length * 1000)
    }
  })

describe("a mirror of names in two Unicode forms", () => {
  for (const [what, local, remote] of [
    ["NFC here and NFD there", NFC, NFD],
    ["NFD here and NFC there", NFD, NFC]
  ] as const) {
    const here = { [`${local}/${local}.txt`]: "same", [`${local}/new`]: "new", [`${local}.txt`]: "changed now" }
    const there = { [`${remote}/${remote}.txt`]: "same", [`${remote}.txt`]: "changed" }

    it.effect(`takes ${what} for one file, up`, () =>
      Effect.gen(function* () {
        yield* onDisk(here)
        yield* onServer(there)
        const result = yield* up({ delete: "Extra" })
        expect(kinds(result).sort()).toEqual([`Copy ${local}/new`, `Replace ${local}.txt`].sort())
        expect(result).toMatchObject({ isComplete: true, plan: { unchanged: 1 } })
        expect(yield* served("/www/")).toEqual({
          [`${remote}/${remote}.txt`]: "same",
          [`${remote}/new`]: "new",
          [`${remote}.txt`]: "changed now"
        })
        expect(kinds(yield* up({ delete: "Extra" }))).toEqual([])
      }).pipe(Effect.provide(stage()))
    )

    it.effect(`takes ${what} for one file, down, also if only its directories are read`, () =>
      Effect.gen(function* () {
        yield* onDisk({ [`${local}/${local}.txt`]: "same", [`${local}.txt`]: "old" })
        yield* onServer({ [`${remote}/${remote}.txt`]: "same", [`${remote}.txt`]: "changed" })
        expect(kinds(yield* down())).toEqual([`Replace ${remote}.txt`])
        expect(yield* disk).toEqual({ [`${local}/${local}.txt`]: "same", [`${local}.txt`]: "changed" })
      }).pipe(Effect.provide(stage()))
    )
  }

  it.effect("is recorded in a manifest of a folder, where a file is hashed under the name that it has there", () =>
    Effect.gen(function* () {
      yield* onDisk({ [`${NFD}/${NFD}.txt`]: "old" })
      yield* onServer({ [`${NFC}/${NFC}.txt`]: "fetched" })
      const { failures, manifestError } = yield* down({ manifest: true })
      expect(failures.map(({ error }) => error.message)).toEqual([])
      expect(manifestError).toBe(undefined)
      expect(yield* disk).toMatchObject({ [`${NFD}/${NFD}.txt`]: "fetched" })
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("keeps two files apart where a side has both forms, and deletes the one that is too much", () =>
    Effect.gen(function* () {
      yield* onDisk({ [NFC]: "one" })
      yield* onServer({ [NFC]: "one", [NFD]: "two" })
      expect(kinds(yield* up({ delete: "Extra" }))).toEqual([`Remove ${NFD}`])
      expect(yield* served("/www/")).toEqual({ [NFC]: "one" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("removes what is gone from the source by the name that the target has", () =>
    Effect.gen(function* () {
      yield* onDisk({ [`${NFC}/a`]: "a" })
      yield* onServer({ [`${NFD}/a`]: "a", [`${NFD}/${NFD}`]: "gone" })
      const result = yield* up({ delete: "Extra" })
      expect(kinds(result)).toEqual([`Remove ${NFC}/${NFD}`])
      expect(yield* served("/www/")).toEqual({ [`${NFD}/a`]: "a" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is the same by a plan that was saved", () =>
    Effect.gen(function* () {
      yield* onDisk({ [`${NFC}/a`]: "new content" })
      yield* onServer({ [`${NFD}/a`]: "old" })
      const trees = yield* Effect.all([FtpMirror.local("/site"), FtpMirror.remote("www")])
      const made = yield* inTime(FtpMirror.plan(...trees))
      const read = Schema.decodeSync(MirrorPlan.Json)(Schema.encodeSync(MirrorPlan.Json)(made))
      expect(read.spellings).toEqual([{ path: NFC, inTarget: NFD }])
      const result = yield* inTime(FtpMirror.apply(read, ...trees))
      expect(result).toMatchObject({ isComplete: true, outdated: [] })
      expect(yield* served("/www/")).toEqual({ [`${NFD}/a`]: "new content" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("has no spelling in a plan that is another name, or leads out of the root", () =>
    Effect.gen(function* () {
      yield* onDisk({ [`${NFC}/a`]: "a" })
      yield* onServer({})
      const trees = yield* Effect.all([FtpMirror.local("/site"), FtpMirror.remote("www")])
      const plan = Schema.encodeSync(MirrorPlan.MirrorPlan)(yield* inTime(FtpMirror.plan(...trees)))
      const isRead = (spelling: object) => Either.isRight(MirrorPlan.fromJson({ ...plan, spellings: [spelling] }))
      expect(isRead({ path: NFC, inTarget: NFD })).toBe(true)
      expect(isRead({ path: NFC, inTarget: "other" })).toBe(false)
      expect(isRead({ path: `../${NFC}`, inTarget: `../${NFD}` })).toBe(false)
    }).pipe(Effect.provide(stage()))
  )
})

describe("the alignment of two trees", () => {
  const name = FastCheck.constantFrom("a", NFC, NFD, "\u00fc", "u\u0308", "\u1100\u1161", "\uac00")
  const paths = FastCheck.array(FastCheck.array(name, { minLength: 1, maxLength: 3 }), { maxLength: 12 })
  /** A tree with all directories above the paths. */
  const tree = (all: ReadonlyArray<ReadonlyArray<string>>) =>
    Tree.snapshot(
      all
        .flatMap((names) => names.map((_, at) => names.slice(0, at + 1).join("/")))
        .sort((left, right) => Tree.depth(left) - Tree.depth(right))
        .map((path) => Tree.entry(path, "Directory"))
    )

  it("gives each entry of the target one path, which is another form of its own, and the way back", () => {
    FastCheck.assert(
      FastCheck.property(paths, paths, (left, right) => {
        const [source, target] = [tree(left), tree(right)]
        const { spellings, target: aligned } = Spelling.align(source, target)
        expect(aligned.entries.size).toBe(target.entries.size)
        expect([...aligned.entries.keys()].map(Spelling.fold).sort()).toEqual(
          [...target.entries.keys()].map(Spelling.fold).sort()
        )
        for (const path of aligned.entries.keys()) {
          const parent = Tree.parent(path)
          expect(parent === "" || aligned.entries.has(parent)).toBe(true)
        }
        // What both have in the same form stays where it is.
        for (const path of target.entries.keys()) {
          if (source.entries.has(path)) {
            expect(aligned.entries.has(path)).toBe(true)
          }
        }
        expect(new Set(spellings.map(({ inTarget }) => inTarget)).size).toBe(spellings.length)
      })
    )
  })

  it("is no other tree where names are ASCII, or written alike", () => {
    const target = tree([["a", NFC]])
    expect(Spelling.align(tree([["a", NFC]]), target).target).toBe(target)
    expect(Spelling.align(tree([["b"]]), tree([["a"]])).spellings).toEqual([])
  })
})
