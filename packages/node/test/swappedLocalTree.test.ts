/** Another user, who can write to a directory of the source, puts links there while a mirror is under way. */
import * as Fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { NOTHING, published, stage } from "./support/otherUser.ts"

describe("a source in which another user can write", () => {
  for (const [how, options] of [
    ["while it is read", {}],
    ["as planned", { delete: "Extra" }],
    ["with a manifest", { manifest: true }]
  ] as const) {
    it.scopedLive(`has no file of a directory published that is a link when it is read: ${how}`, () =>
      Effect.gen(function* () {
        const at = yield* stage
        const putLink = () => {
          Fs.renameSync(at("tree", "d"), at("aside"))
          Fs.symlinkSync(at("out"), at("tree", "d"))
        }
        const putBack = () => {
          Fs.unlinkSync(at("tree", "d"))
          Fs.renameSync(at("aside"), at("tree", "d"))
        }
        const { contents } = yield* published(at("tree"), options, {
          read: (path, when) => {
            if (path === at("tree", "d")) {
              ;(when === "Before" ? putLink : putBack)()
            }
          },
          readWhole: (path, when) => {
            if (path === at("tree", "d", "file") && when === "Before") {
              putLink()
            }
          },
          info: NOTHING,
          realPath: NOTHING
        })
        expect(contents).not.toContain("SECRET")
      })
    )

    it.scopedLive(`has no file published that a link leads to only at times: ${how}`, () =>
      Effect.gen(function* () {
        const at = yield* stage
        const link = at("tree", "link")
        const lead = (to: string) => {
          Fs.rmSync(link, { force: true })
          Fs.symlinkSync(to, link)
        }
        lead(at("out", "file"))
        const { contents } = yield* published(at("tree"), options, {
          info: (path, when) => {
            if (path === link && when === "After") {
              lead(at("tree", "d", "file"))
            }
          },
          readWhole: (path, when) => {
            if (path === link && when === "Before") {
              lead(at("out", "file"))
            }
          },
          read: NOTHING,
          realPath: NOTHING
        })
        expect(contents).not.toContain("SECRET")
      })
    )
  }
})
