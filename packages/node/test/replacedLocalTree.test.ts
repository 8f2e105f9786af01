/** What is in the way of a download in a folder of a real disk, and is of another type. */
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import { serve } from "./support/byUrl.ts"

const REFUSALS = [0, Number.POSITIVE_INFINITY]

for (const times of REFUSALS) {
  it.scopedLive(`it ${times === 0 ? "is exchanged with what the server has" : "stays if that can't be fetched"}`, () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "ftp-effect-replaced-"))),
        (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
      )
      const at = (...names: ReadonlyArray<string>) => join(folder, ...names)
      Fs.writeFileSync(at("docs"), "old file")
      Fs.mkdirSync(at("page", "deep"), { recursive: true })
      Fs.writeFileSync(at("page", "deep", "a"), "old a")
      const server = yield* serve({ root: { "www/docs/one": "1", "www/docs/sub/two": "22", "www/page": "new page" } })
      if (times > 0) {
        yield* server.fault({ _tag: "Refuse", verb: "RETR", reply: "550 no right", times })
      }
      const run = Effect.gen(function* () {
        const [source, target] = [yield* FtpMirror.remote("www"), yield* FtpMirror.local(folder)]
        return yield* FtpMirror.mirror(source, target, { conflict: "Replace" })
      })
      const url = `ftp://ann:secret@127.0.0.1:${server.address.port}`
      const { displaced, isComplete } = yield* Effect.provide(run, NodeFtp.layerUrl(url))
      expect({ displaced, isComplete }).toEqual({ displaced: [], isComplete: times === 0 })
      const names = Fs.readdirSync(folder, { recursive: true }).map(String).sort()
      expect(names).toEqual(
        times === 0
          ? ["docs", "docs/one", "docs/sub", "docs/sub/two", "page"]
          : ["docs", "page", "page/deep", "page/deep/a"]
      )
      const [docs, page] = times === 0 ? [at("docs", "one"), at("page")] : [at("docs"), at("page", "deep", "a")]
      expect([docs, page].map((path) => Fs.readFileSync(path, "utf8"))).toEqual(
        times === 0 ? ["1", "new page"] : ["old file", "old a"]
      )
    })
  )
}
