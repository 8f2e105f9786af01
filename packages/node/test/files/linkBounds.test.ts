/** Where a link that is made in a local folder may lead, by the links that the folder has already. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as Effect from "effect/Effect"
import { folder, put } from "../support/site.ts"

/** What the folder `site` has: its links by their targets. */
const CASES: ReadonlyArray<readonly [what: string, links: Record<string, string>, to: string, isInside: boolean]> = [
  ["a file", {}, "k", true],
  ["the root", {}, "", true],
  ["nothing", {}, "gone/x", true],
  ["what is below a file", {}, "k/x", true],
  ["a link to a file of the folder", { l: "k" }, "l", true],
  ["a link to nothing in the folder", { l: "gone" }, "l/x", true],
  ["a link out of the folder", { mine: "../out" }, "mine/x", false],
  ["a link out of the folder, to nothing", { mine: "../later" }, "mine/secret", false],
  ["an absolute link to nothing", { mine: "/nowhere/at/all" }, "mine/secret", false],
  ["a link to such a link", { mine: "../later", l: "mine" }, "l", false],
  ["nothing behind a link out of the folder", { mine: "../out" }, "mine/gone", false],
  ["links that lead to each other", { a: "b", b: "a" }, "a", true],
  ["what would be below them", { a: "b", b: "a" }, "a/x", true],
  ["links that lead to each other through what is outside", { a: "../out/b" }, "a", false],
  ["a link that leads out and in again, to nothing", { l: "../site/gone" }, "l", false],
  ["a link that is above a missing name", { l: "gone/../k2" }, "l", false],
  ["a link of a directory to nothing above it", { "d/l": "../gone" }, "d/l", true],
  ["a link of a directory to nothing outside", { "d/l": "../../gone" }, "d/l", false]
]

describe("a link that is made in a local folder", () => {
  for (const [what, links, to, isInside] of CASES) {
    it.scopedLive(`${isInside ? "may" : "may not"} lead to ${what}: ${to}`, () =>
      Effect.gen(function* () {
        const top = yield* folder
        put(Path.join(top, "out"), { x: "x" })
        Fs.symlinkSync("../site/a", Path.join(top, "out/b"))
        const site = Path.join(top, "site")
        put(site, { k: "k", "d/k": "k" })
        for (const [path, target] of Object.entries(links)) {
          Fs.symlinkSync(target, Path.join(site, path))
        }
        const tree = yield* FtpMirror.local(site)
        expect(yield* tree.leadsInside(to)).toBe(isInside)
        const made = yield* Effect.either(tree.makeLink("new", to, "Fail"))
        expect([made._tag, Fs.readdirSync(site).includes("new")]).toEqual(isInside ? ["Right", true] : ["Left", false])
      }).pipe(Effect.provide(NodeFtpFile.layer))
    )
  }

  it.scopedLive("may lead to an absolute link into the folder, to nothing", () =>
    Effect.gen(function* () {
      const site = Fs.realpathSync(yield* folder)
      Fs.symlinkSync(Path.join(site, "gone"), Path.join(site, "l"))
      Fs.symlinkSync(`${site}2/gone`, Path.join(site, "other"))
      const tree = yield* FtpMirror.local(site)
      expect([yield* tree.leadsInside("l"), yield* tree.leadsInside("other")]).toEqual([true, false])
    }).pipe(Effect.provide(NodeFtpFile.layer))
  )
})
