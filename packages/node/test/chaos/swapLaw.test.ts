/** What the law of the trials of swaps allows, and what breaks it. */
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Law from "./trials/swapLaw.ts"
import * as Swaps from "./trials/swaps.ts"
import * as TreeClient from "./trials/treeClient.ts"

const SECOND = Date.UTC(2026, 10, 29, 12, 0, 7)
const NEXT = `${Law.LIVE}.ftp-effect-next-20261129120000-0123abcd`
const PREVIOUS = `${Law.LIVE}.ftp-effect-previous-20261129120000-0123abcd`
const VISIT = `d/1${Law.VISITOR}`

interface Hooks {
  /** Called after each directory was read. */
  listed: (path: string) => Effect.Effect<void>
}

const make = Effect.gen(function* () {
  const hooks: Hooks = { listed: () => Effect.void }
  const store = yield* FtpTestServer.memory({
    "home/tree/a": { content: "a", modified: new Date(SECOND + 250) },
    "home/tree/d/b": "b"
  })
  const disk = yield* FtpTestServer.make({ root: store })
  const hooked: FtpTestServer.FileStore = {
    ...store,
    list: (path) =>
      Effect.zipLeft(
        store.list(path),
        Effect.suspend(() => hooks.listed(path))
      )
  }
  const law = Law.make(hooked, disk, [])
  law.versions.push({ files: new Map([["a", "new"]]), others: new Map() })
  return { hooks, law }
})

type Made = Effect.Effect.Success<typeof make>

const run = <E>(
  test: (made: Made) => Effect.Effect<void, E, MemoryTransport.MemoryNetwork | Effect.Effect.Context<typeof make>>
) => Effect.flatMap(make, test).pipe(Effect.scoped, Effect.provide(MemoryTransport.layer))

/** A run has begun, and has read the tree. */
const planning = (law: Law.Law) =>
  Effect.suspend(() => {
    law.begin(true)
    return look(law)
  })

/** Reads the tree, as a run does it that plans, or that looks at it once more. */
const look = ({ store }: Law.Law) => Effect.zipRight(store.list(Law.LIVE), store.list(`${Law.LIVE}/d`))

const swapAway = ({ store }: Law.Law) => store.rename(Law.LIVE, PREVIOUS)

const GOT = `a tree is swapped that had got ${VISIT}, and was listed after that`

describe("the law of swaps", () => {
  it.live("a file of a visitor may go that came once the root was read, if its own directory was read later", () =>
    run(
      Effect.fnUntraced(function* ({ hooks, law }) {
        const server = yield* FtpTestServer.make({ root: law.store })
        const local = yield* Effect.acquireRelease(
          Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "ftp-effect-swap-law-"))),
          (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
        )
        Fs.writeFileSync(join(local, "a"), "new")
        let visits = 0
        hooks.listed = (path) =>
          Effect.suspend(() => (path === Law.LIVE && visits++ === 0 ? law.visit(VISIT, "theirs") : Effect.void))

        law.begin(true)
        const options = {
          swap: "KeepPrevious",
          delete: "Extra",
          maxDelete: { _tag: "Percent", percent: 100, free: 0 }
        } as const
        const { published } = yield* Swaps.runOf(local, options, { law, told: new Set() }).pipe(
          Effect.provide(TreeClient.of([server], TreeClient.impatient))
        )

        assert.isAbove(visits, 0)
        assert.strictEqual(published._tag, "Swapped")
        assert.deepStrictEqual([law.breaches, law.late], [[], []])
      })
    )
  )

  it.effect("one that no plan removes forbids the swap, if the last look could see it", () =>
    run(
      Effect.fnUntraced(function* ({ law }) {
        yield* planning(law)
        law.planned(["d/b"])
        yield* law.visit(VISIT, "theirs")
        yield* look(law)
        yield* swapAway(law)
        assert.deepStrictEqual([law.breaches, law.late], [[GOT], []])
      })
    )
  )

  it.effect("so does one that came after the root was looked at for the last time, and before its own directory", () =>
    run(
      Effect.fnUntraced(function* ({ law }) {
        yield* planning(law)
        yield* law.store.list(Law.LIVE)
        yield* law.visit(VISIT, "theirs")
        yield* law.store.list(`${Law.LIVE}/d`)
        yield* swapAway(law)
        assert.deepStrictEqual([law.breaches, law.late], [[GOT], []])
      })
    )
  )

  it.effect("one that came after the last look is late", () =>
    run(
      Effect.fnUntraced(function* ({ law }) {
        yield* planning(law)
        yield* law.visit(VISIT, "theirs")
        yield* swapAway(law)
        assert.deepStrictEqual([law.breaches, law.late], [[], [VISIT]])
      })
    )
  )

  it.effect("is late for the run alone that has renamed the tree away", () =>
    run(
      Effect.fnUntraced(function* ({ law }) {
        yield* planning(law)
        yield* law.visit(VISIT, "theirs")
        yield* swapAway(law)
        yield* law.store.rename(PREVIOUS, Law.LIVE)

        yield* planning(law)
        law.planned([VISIT])
        yield* swapAway(law)
        assert.deepStrictEqual([law.breaches, law.late], [[], []])
      })
    )
  )

  it.effect("a file that is live may be given the time that it has, to the second, and no other", () =>
    run(
      Effect.fnUntraced(function* ({ law }) {
        const path = `${Law.LIVE}/a`
        yield* law.store.setModified(path, SECOND)
        assert.deepStrictEqual(law.breaches, [])
        yield* law.store.setModified(path, SECOND + 1_000)
        assert.deepStrictEqual(law.breaches, [`time of ${path}, in the tree that is live`])
      })
    )
  )

  it.effect("the tree that is live gets the token of another swap from an old tree, and nothing else", () =>
    run(
      Effect.fnUntraced(function* ({ law }) {
        const token = ".ftp-effect-swap-20261129110000-89abcdef"
        for (const name of [PREVIOUS, `${PREVIOUS}/${token}`, `${PREVIOUS}/a`]) {
          yield* law.store.makeDirectory(name)
        }
        yield* law.store.rename(`${PREVIOUS}/${token}`, `${Law.LIVE}/${token}`)
        assert.deepStrictEqual(law.breaches, [])
        const other = `${Law.LIVE}/${token}0`
        yield* law.store.rename(`${PREVIOUS}/a`, other)
        assert.deepStrictEqual(law.breaches, [`rename of ${other}, in the tree that is live`])
      })
    )
  )

  it.effect("a new tree is given times, but not while none is live", () =>
    run(
      Effect.fnUntraced(function* ({ law }) {
        yield* law.store.makeDirectory(NEXT)
        yield* law.store.setModified(NEXT, SECOND)
        assert.deepStrictEqual(law.breaches, [])
        yield* swapAway(law)
        yield* law.store.setModified(NEXT, SECOND)
        assert.deepStrictEqual(law.breaches, [`time of ${NEXT} while no tree is live`])
      })
    )
  )
})
