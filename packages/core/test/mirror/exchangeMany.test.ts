/** How long it takes to find out what replaces what. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as Effect from "effect/Effect"
import * as Exchanges from "#core/mirror/exchanges"
import type { Step } from "#core/mirror/MirrorPlan"
import { stage } from "./stage.ts"

/** A directory of so many files, and the file that replaces it. */
const stepsOf = (count: number): ReadonlyArray<Step> => [
  ...Array.from(
    { length: count },
    (_, index): Step => ({
      _tag: "Remove",
      path: `page/f${index}`,
      reason: { _tag: "TypeDiffers" },
      precondition: { _tag: "File", size: 1, modified: undefined }
    })
  ),
  { _tag: "Remove", path: "page", reason: { _tag: "TypeDiffers" }, precondition: { _tag: "Directory" } },
  { _tag: "Copy", path: "page", bytes: 1, reason: { _tag: "TypeDiffers" }, precondition: { _tag: "Absent" } }
]

/** The copy of a group for each of its files took a minute for them. */
const MANY = 100_000

/** In milliseconds: many times what is needed. */
const LIMIT = 5000

describe("20,000 files that directories replace", () => {
  it.effect("are told apart from other paths in seconds", () =>
    Effect.gen(function* () {
      const paths = Array.from({ length: 20_000 }, (_, index) => `d/f${index}`)
      const { replacingAt } = yield* Exchanges.make(
        yield* FtpMirror.remote("www"),
        paths.flatMap(
          (path): ReadonlyArray<Step> => [
            {
              _tag: "Remove",
              path,
              reason: { _tag: "TypeDiffers" },
              precondition: { _tag: "File", size: 1, modified: undefined }
            },
            { _tag: "MakeDirectory", path, reason: { _tag: "TypeDiffers" }, precondition: { _tag: "Absent" } }
          ]
        )
      )
      const before = process.cpuUsage()
      for (const path of paths) {
        expect([replacingAt(path), replacingAt(`${path}/x`), replacingAt(`${path}x`)]).toEqual([
          "Itself",
          "Above",
          "No"
        ])
      }
      const { system, user } = process.cpuUsage(before)
      expect((system + user) / 1000).toBeLessThan(LIMIT)
    }).pipe(Effect.provide(stage({})))
  )
})

describe("a directory of 100,000 files that a file replaces", () => {
  it.effect("is found in seconds", () =>
    Effect.gen(function* () {
      const target = yield* FtpMirror.remote("www")
      const before = process.cpuUsage()
      const { tree } = yield* Exchanges.make(target, stepsOf(MANY))
      const { system, user } = process.cpuUsage(before)
      expect(tree.pathOf("page")).not.toBe(target.pathOf("page"))
      expect((system + user) / 1000).toBeLessThan(LIMIT)
    }).pipe(Effect.provide(stage({})))
  )
})
