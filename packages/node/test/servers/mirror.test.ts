/** A site, published to each of the real servers, changed, published again, and fetched. Real time: other processes. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as RealServer from "../support/RealServer.ts"
import { files, folder, put } from "../support/site.ts"

const SITE: Readonly<Record<string, string>> = {
  "index.html": "<h1>Hello</h1>",
  "empty.txt": "",
  "a b/c d.txt": "spaces",
  "a b/#50%.txt": "signs",
  "css/site.css": "body { margin: 0 }",
  "img/deep/er/ü.png": "ü",
  "img/large.bin": "0123456789".repeat(30_000)
}

const steps = ({ plan }: FtpMirror.MirrorResult) => plan.steps.map(({ _tag, path }) => `${_tag} ${path}`)

describe.skipIf(RealServer.isSkipped)("a site with a manifest", () => {
  for (const name of RealServer.serverNames) {
    it.scopedLive(`on ${name} is published, published again for what changed, and fetched whole`, () =>
      Effect.gen(function* () {
        const server = yield* RealServer.make(name)
        const local = Path.join(yield* folder, "site")
        const client = NodeFtp.layer({
          url: `ftp://${server.user}@${server.host}:${server.port}`,
          password: Redacted.make(server.password),
          maxPerHost: 4
        })
        yield* Effect.gen(function* () {
          const publish = FtpMirror.uploadTree(local, "www", { delete: "Ours" })
          put(local, SITE)
          yield* publish
          expect(files(Path.join(server.home, "www"))).toEqual(SITE)
          expect(steps(yield* publish)).toEqual([])

          // As a fresh checkout has it: all times are new.
          put(local, SITE)
          expect(steps(yield* publish)).toEqual([])

          const { "img/large.bin": moved, "empty.txt": _, ...others } = SITE
          const next = { ...others, "pictures/large.bin": moved, "css/site.css": "body { margin: 1 }" } as typeof SITE
          put(local, next)
          yield* server.write("www/img/visitor.png", "a visitor's")
          expect(steps(yield* publish)).toEqual([
            "MakeDirectory pictures",
            "Rename pictures/large.bin",
            "Replace css/site.css",
            "Remove empty.txt"
          ])
          const all = { ...next, "img/visitor.png": "a visitor's" }
          expect(files(Path.join(server.home, "www"))).toEqual(all)

          const copy = Path.join(yield* folder, "copy")
          yield* FtpMirror.downloadTree("www", copy, { filter: { patterns: ["*.css"] } })
          const { "css/site.css": __, ...fetched } = all as Record<string, string>
          expect(files(copy)).toEqual(fetched)
          expect(steps(yield* FtpMirror.downloadTree("www", copy, { filter: { patterns: ["*.css"] } }))).toEqual([])
        }).pipe(Effect.provide(client))
      })
    )
  }
})

describe.skipIf(RealServer.isSkipped)("times that a plan sets", () => {
  const AT = DateTime.unsafeMake("2001-02-03T04:05:06Z")
  const names = Array.from({ length: 40 }, (_, index) => `dir/f ${index}`)

  for (const name of RealServer.serverNames) {
    it.scopedLive(`are those of the files on ${name}, as far as it sets any, but for one that is gone`, () =>
      Effect.gen(function* () {
        const server = yield* RealServer.make(name)
        const local = Path.join(yield* folder, "site")
        put(local, Object.fromEntries(names.map((name) => [name, "x"])))
        const remote = (path: string) => Path.join(server.home, "www", path)
        yield* Effect.gen(function* () {
          const trees = [yield* FtpMirror.local(local), yield* FtpMirror.remote("www")] as const
          yield* FtpMirror.mirror(...trees)
          const plan = yield* FtpMirror.plan(...trees)
          const steps = [...names, "dir/gone"].map(
            (path): MirrorPlan.Step => ({
              _tag: "SetTime",
              path,
              reason: { _tag: "TimeDiffers", order: "SourceNewer" },
              precondition: { _tag: "File" },
              modified: { at: AT, precision: "Second", zone: "Utc" }
            })
          )
          const result = yield* FtpMirror.apply({ ...plan, steps }, ...trees, { recheck: false })
          const pathsOf = (some: ReadonlyArray<MirrorPlan.Step>) => some.map(({ path }) => path).sort()
          const set = name === "inetutils" ? [] : names
          expect(pathsOf(result.done)).toEqual(set.toSorted())
          const others = [...result.failures, ...result.timesNotKept].map(({ step }) => step)
          expect(pathsOf(others)).toEqual(pathsOf(steps.filter(({ path }) => !set.includes(path))))
          expect(names.filter((path) => Fs.statSync(remote(path)).mtimeMs === DateTime.toEpochMillis(AT))).toEqual(set)
        }).pipe(
          Effect.provide(
            NodeFtp.layer({
              url: `ftp://${server.user}@${server.host}:${server.port}`,
              password: Redacted.make(server.password)
            })
          )
        )
      })
    )
  }
})

describe.skipIf(RealServer.isSkipped)("a server that lists MFMT and refuses it", () => {
  it.scopedLive("gets only what changed, in runs that know nothing of each other", () =>
    Effect.gen(function* () {
      const server = yield* RealServer.make("proftpd", { deny: ["MFMT"] })
      const local = Path.join(yield* folder, "site")
      const publish = (options?: FtpMirror.MirrorOptions) =>
        FtpMirror.uploadTree(local, "www", options).pipe(
          Effect.provide(
            NodeFtp.layer({
              url: `ftp://${server.user}@${server.host}:${server.port}`,
              password: Redacted.make(server.password)
            })
          )
        )
      const write = (site: Readonly<Record<string, string>>) => {
        put(local, site)
        for (const name of Object.keys(site)) {
          Fs.utimesSync(Path.join(local, name), WRITTEN, WRITTEN)
        }
      }
      write(SITE)
      expect(yield* publish()).toMatchObject({ isComplete: true, failures: [] })
      expect(files(Path.join(server.home, "www"))).toEqual(SITE)
      expect(steps(yield* publish())).toEqual([])
      expect(steps(yield* publish({ delete: "Extra" }))).toEqual([])

      const next = { ...SITE, "css/site.css": "body { margin: 12px }" }
      write(next)
      expect(steps(yield* publish())).toEqual(["Replace css/site.css"])
      expect(files(Path.join(server.home, "www"))).toEqual(next)
    })
  )
})

/** Long before it is published. */
const WRITTEN = new Date("2025-01-02T03:04:05Z")

describe.skipIf(RealServer.isSkipped)("a mirror that deletes what is extra", () => {
  for (const name of RealServer.serverNames) {
    it.scopedLive(`does not delete through a link to a directory on ${name}`, () =>
      Effect.gen(function* () {
        const server = yield* RealServer.make(name)
        const local = Path.join(yield* folder, "site")
        put(local, { "index.html": "<h1>", "shared/mine.txt": "mine" })
        yield* server.write("www/index.html", "<h1>")
        yield* server.write("keep/theirs.txt", "theirs")
        Fs.symlinkSync("../keep", Path.join(server.home, "www/shared"))
        const client = NodeFtp.layer({
          url: `ftp://${server.user}@${server.host}:${server.port}`,
          password: Redacted.make(server.password)
        })
        yield* Effect.provide(
          Effect.ignore(FtpMirror.uploadTree(local, "www", { delete: "Extra", conflict: "Replace" })),
          client
        )
        expect(Fs.readFileSync(Path.join(server.home, "keep/theirs.txt"), "utf8")).toBe("theirs")
      })
    )
  }
})
