/** A local folder that follows all of its links: what its filter excludes, and what is deleted, whatever leads there. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import { serve } from "../support/byUrl.ts"
import { files, folder, put } from "../support/site.ts"

/** A folder of these files and links, and the same beside it as what is outside. */
const site = (content: Record<string, string>, links: Record<string, string>) =>
  Effect.map(folder, (top) => {
    const root = Path.join(top, "site")
    put(root, content)
    put(Path.join(top, "out"), { "private/key": "of another", "photo.jpg": "mine" })
    for (const [path, target] of Object.entries(links)) {
      Fs.symlinkSync(target, Path.join(root, path))
    }
    return { root, outside: Path.join(top, "out") }
  })

const SITE = { "private/key": "KEY", "private/deep/key": "KEY 2", "private/free.txt": "free", "sub/private/x": "x" }

describe("a source that follows all of its links", () => {
  const up = (root: string, options: FtpMirror.MirrorOptions) =>
    Effect.gen(function* () {
      const source = yield* FtpMirror.local(root, "All")
      return yield* FtpMirror.mirror(source, yield* FtpMirror.remote("www"), options)
    })

  for (const [how, options] of [
    ["while the trees are read", {}],
    ["by a plan", { delete: "Extra" }]
  ] as const) {
    it.scopedLive(`publishes nothing that an anchored pattern excludes under the path of a link, ${how}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ root: {} })
        const { root } = yield* site(SITE, { pub: "private", again: "pub", "sub/up": "..", away: "../out" })
        const filter = { patterns: ["/private/key", "/private/deep/", "/sub/up/sub/"] }
        const { isComplete, plan } = yield* up(root, { ...options, filter }).pipe(
          Effect.provide(NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`))
        )
        const tree = (yield* server.tree).filter(({ type }) => type === "File").map(({ path }) => path)
        expect(tree.sort()).toEqual(
          [
            "/www/again/free.txt",
            "/www/away/photo.jpg",
            // What is outside is no part of the tree that the patterns are of.
            "/www/away/private/key",
            "/www/private/free.txt",
            "/www/pub/free.txt",
            "/www/sub/private/x",
            "/www/sub/up/again/free.txt",
            "/www/sub/up/away/photo.jpg",
            "/www/sub/up/away/private/key",
            "/www/sub/up/private/free.txt",
            "/www/sub/up/pub/free.txt"
          ].sort()
        )
        const links = plan.skipped
          .filter(({ reason }) => reason === "Link")
          .map(({ detail, path }) => `${path}: ${detail}`)
        expect(links).toContain("pub/key: a link to private/key, which /private/key excludes")
        expect(links).toContain("again/deep: a link to private/deep, which /private/deep/ excludes")
        expect(isComplete).toBe(true)
      })
    )
  }

  it.scopedLive("is not read without end if a link leads back to it", () =>
    Effect.gen(function* () {
      const server = yield* serve({ root: {} })
      const { root } = yield* site({ "a/x": "x" }, { "a/up": ".." })
      const { isComplete, plan } = yield* up(root, {}).pipe(
        Effect.provide(NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`))
      )
      expect(plan.steps.map(({ path }) => path).sort()).toEqual(["a", "a/up", "a/up/a", "a/up/a/x", "a/x"])
      expect(plan.skipped).toMatchObject([{ path: "a/up/a/up", detail: "the directory leads back to itself" }])
      expect(isComplete).toBe(false)
    })
  )
})

describe("a target that follows all of its links", () => {
  const down = (root: string, options: FtpMirror.MirrorOptions) =>
    Effect.gen(function* () {
      const target = yield* FtpMirror.local(root, "All")
      return yield* FtpMirror.mirror(yield* FtpMirror.remote("www"), target, options)
    })

  for (const options of [
    { delete: "Extra" },
    { delete: "Extra", conflict: "Replace" },
    { delete: "Extra", deleteExcluded: true, filter: { patterns: ["/pub", "/mine"] } }
  ] as const) {
    it.scopedLive(`has nothing deleted where a link leads: ${JSON.stringify(options)}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ root: { "www/private/key": "KEY", "www/pub": "a file" } })
        const content = { "private/key": "KEY", old: "old", "private/old": "old" }
        const { outside, root } = yield* site(content, { pub: "private", mine: "../out", file: "private/key" })
        const result = yield* down(root, { ...options, maxDelete: { _tag: "Count", count: 99 } }).pipe(
          Effect.provide(NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`))
        )
        expect(result.failures).toEqual([])
        expect(Fs.readdirSync(outside, { recursive: true }).sort()).toEqual(["photo.jpg", "private", "private/key"])
        // Of the link to a file the link itself goes.
        expect(Fs.readdirSync(root).sort()).toEqual(["mine", "private", "pub"])
        expect(Fs.readdirSync(Path.join(root, "private"))).toEqual(["key"])
        expect(files(root)).toMatchObject({ "private/key": "KEY" })
      })
    )
  }

  for (const what of ["Ours", "Extra"] as const) {
    it.scopedLive(`has nothing deleted there that a manifest knows, and is complete: ${what}`, () =>
      Effect.gen(function* () {
        const server = yield* serve({ root: { "www/a": "a", "www/mine/photo.jpg": "new", "www/mine/x": "x" } })
        const { outside, root } = yield* site({ a: "old" }, { mine: "../out" })
        const client = NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
        const run = Effect.provide(down(root, { delete: what, manifest: true }), client)
        expect((yield* run).failures).toEqual([])
        yield* Effect.provide(
          Effect.flatMap(FtpClient, (client) => client.remove("www/mine/x")),
          client
        )
        const again = yield* run
        expect(again).toMatchObject({ failures: [], isComplete: true })
        expect(again.plan.steps).toEqual([])
        expect(Fs.readdirSync(outside)).toContain("x")
      })
    )
  }
})
