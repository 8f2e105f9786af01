/** A swap whose tree another run replaces before it was seen live. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { inTime } from "../support/inTime.ts"
import { onDisk, SITE, served, up } from "./stage.ts"
import { beside, isSecond, OLD, SWAP, withHooks } from "./swapping.ts"

describe("of two swaps of one target at once, that whose tree the other one has replaced before it was seen live", () => {
  it.effect("fails and names its old tree, which stays with its marker; a later run names it, too", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        const replaced = yield* Deferred.make<void>()
        let renames = 0
        hooks.after = (from, to) =>
          isSecond(from, to)
            ? renames++ === 0
              ? Deferred.await(replaced)
              : Effect.asVoid(Deferred.succeed(replaced, undefined))
            : Effect.void
        const site = yield* FtpMirror.local("/site")
        const www = yield* FtpMirror.remote("www")
        const swap = FtpMirror.mirror(site, www, SWAP)
        const ends = (yield* inTime(Effect.all([swap, swap], { concurrency: 2 }))).map(({ published }) => published)
        const failed = ends.find(({ _tag }) => _tag === "NotSwapped")
        expect(ends.map(({ _tag }) => _tag).sort()).toEqual(["NotSwapped", "Swapped"])
        expect(failed).toMatchObject({ because: "RenameFailed", live: "Other" })
        const previous = failed?._tag === "NotSwapped" ? `${failed.previous}` : ""
        expect(yield* served("/www/")).toEqual(SITE)
        expect(yield* served(`/${previous}/`)).toEqual({ "index.html": "old", "old.txt": "old" })
        const foreign: Array<string> = []
        const onEvent: FtpMirror.MirrorOptions["onEvent"] = (event) => {
          if (event._tag === "Swap" && event.state === "Foreign") {
            foreign.push(event.path)
          }
        }
        expect((yield* up({ ...SWAP, onEvent })).published._tag).toBe("Unchanged")
        expect(foreign).toEqual([previous])
        expect((yield* beside).length).toBe(3)
      })
    )
  )
})
