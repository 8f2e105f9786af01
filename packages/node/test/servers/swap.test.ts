/** A site that is swapped as a whole, on each of the real servers. Real time: other processes. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as RealServer from "../support/RealServer.ts"
import { files, folder, put } from "../support/site.ts"

const SITE: Readonly<Record<string, string>> = {
  "index.html": "<h1>Hello</h1>",
  "a b/c d.txt": "spaces",
  "a b/c  d.txt": "SPACES",
  "css/site.css": "body { margin: 0 }",
  "img/deep/er/ü.png": "ü",
  "img/large.bin": "0123456789".repeat(30_000)
}

/** Of a file that was changed by someone. */
const LATER = new Date("2026-01-02T03:04:05Z")

const clientOf = (server: RealServer.Shape, maxPerHost = 4) =>
  NodeFtp.layer({
    url: `ftp://${server.user}@${server.host}:${server.port}`,
    password: Redacted.make(server.password),
    maxPerHost
  })

describe.skipIf(RealServer.isSkipped)("a site that is swapped", () => {
  for (const name of RealServer.serverNames) {
    it.scopedLive(`on ${name} is live as a whole each time, and nothing is left beside it`, () =>
      Effect.gen(function* () {
        const server = yield* RealServer.make(name)
        const local = Path.join(yield* folder, "site")
        yield* Effect.gen(function* () {
          const publish = FtpMirror.uploadTree(local, "web/www", { swap: "RemovePrevious", delete: "Ours" })
          put(local, SITE)
          expect((yield* publish).published).toMatchObject({ _tag: "Swapped", gap: "None" })
          expect(files(Path.join(server.home, "web/www"))).toEqual(SITE)
          expect((yield* publish).published).toEqual({ _tag: "Unchanged" })

          // As a fresh checkout has it: all times are new.
          const { "css/site.css": _, ...less } = SITE
          const next = { ...less, "index.html": "<h1>Hello again</h1>", "new/file.txt": "new" }
          put(local, next)
          const second = yield* publish
          expect(second).toMatchObject({ isComplete: true, failures: [], manifestError: undefined })
          expect(second.published).toMatchObject({ gap: "TwoRenames", previous: "Removed" })
          expect(files(Path.join(server.home, "web/www"))).toEqual(next)
          expect(Fs.readdirSync(Path.join(server.home, "web"))).toEqual(["www"])
          expect(Fs.readdirSync(Path.join(server.home, "web/www")).filter((name) => /swap/.test(name))).toEqual([])

          yield* server.write("web/www/visitor.png", "a visitor's")
          const { isComplete, published } = yield* Effect.catchTag(publish, "FtpMirrorIncomplete", ({ result }) =>
            Effect.succeed(result)
          )
          expect([isComplete, published]).toMatchObject([false, { because: "Refused" }])
          expect(files(Path.join(server.home, "web/www"))).toEqual({ ...next, "visitor.png": "a visitor's" })
        }).pipe(Effect.provide(clientOf(server)))
      })
    )

    it.scopedLive(`on ${name} needs no second session, and keeps the old tree if asked to`, () =>
      Effect.gen(function* () {
        const server = yield* RealServer.make(name)
        const local = Path.join(yield* folder, "site")
        put(local, SITE)
        yield* server.write("www/old.txt", "old")
        yield* server.own
        const { published } = yield* FtpMirror.uploadTree(local, "www", { swap: "KeepPrevious", delete: "Extra" }).pipe(
          Effect.provide(clientOf(server, 1))
        )
        expect(files(Path.join(server.home, "www"))).toEqual(SITE)
        const { previousPath = "" } = published as { readonly previousPath?: string }
        expect(files(Path.join(server.home, previousPath))).toEqual({ "old.txt": "old" })
        expect(Fs.readdirSync(server.home).sort()).toEqual(["www", previousPath])
      })
    )

    it.scopedLive(`on ${name} is finished by the next run after a cut between the renames`, () =>
      Effect.gen(function* () {
        const server = yield* RealServer.make(name)
        const local = Path.join(yield* folder, "site")
        put(local, SITE)
        yield* server.write("www/old.txt", "old")
        yield* server.own
        const options = { swap: "RemovePrevious", delete: "Extra" } as const
        yield* Effect.gen(function* () {
          const source = yield* FtpMirror.local(local)
          const target = yield* FtpMirror.remote("www")
          // All is there but the second rename, as of a run that was killed: it has looked at the old tree by then.
          const live = Path.join(server.home, "www")
          const at = (suffix: RegExp) =>
            Path.join(server.home, Fs.readdirSync(server.home).find((name) => suffix.test(name)) ?? "none")
          yield* Effect.exit(
            FtpMirror.mirror(source, target, {
              ...options,
              onEvent: (event) => {
                if (event._tag === "Swap" && event.state === "Swapped") {
                  throw new TypeError("killed")
                }
              }
            })
          )
          Fs.renameSync(live, at(/-previous-/).replace("-previous-", "-next-"))
          const marker = at(/\.json$/)
          expect(Fs.readFileSync(marker, "utf8")).toContain('"phase":"Ready"')
          expect(Fs.existsSync(live)).toBe(false)
          const states: Array<string> = []
          const { published } = yield* FtpMirror.mirror(source, target, {
            ...options,
            onEvent: (event) => (event._tag === "Swap" ? void states.push(event.state) : undefined)
          })
          expect([states, published]).toEqual([["Finished"], { _tag: "Unchanged" }])
          expect(files(live)).toEqual(SITE)
          expect(Fs.readdirSync(server.home)).toEqual(["www"])
        }).pipe(Effect.provide(clientOf(server)))
      })
    )
  }

  it.scopedLive("has what is unchanged copied by ProFTPD, and not sent again", () =>
    Effect.gen(function* () {
      const server = yield* RealServer.make("proftpd")
      const local = Path.join(yield* folder, "site")
      put(local, SITE)
      yield* Effect.gen(function* () {
        const moved: Array<string> = []
        const publish = FtpMirror.uploadTree(local, "www", {
          swap: "RemovePrevious",
          onEvent: (event) => (event._tag === "Progress" ? void moved.push(event.step.path) : undefined)
        })
        yield* publish
        expect(moved).toContain("img/large.bin")
        moved.length = 0
        Fs.writeFileSync(Path.join(local, "index.html"), "<h1>Hello again</h1>")
        yield* publish
        // Not every server may put two spaces together again.
        expect(new Set(moved)).toEqual(new Set(["index.html", "a b/c  d.txt"]))
        expect(files(Path.join(server.home, "www"))).toEqual({ ...SITE, "index.html": "<h1>Hello again</h1>" })
        expect((yield* publish).published).toEqual({ _tag: "Unchanged" })
      }).pipe(Effect.provide(clientOf(server)))
    })
  )

  it.scopedLive("has no file copied by ProFTPD that was changed after it was compared: it is sent", () =>
    Effect.gen(function* () {
      const server = yield* RealServer.make("proftpd")
      const local = Path.join(yield* folder, "site")
      put(local, SITE)
      yield* Effect.gen(function* () {
        const publish = (onEvent: (event: FtpMirror.MirrorEvent) => void) =>
          FtpMirror.uploadTree(local, "www", { swap: "RemovePrevious", onEvent })
        yield* publish(() => {})
        Fs.writeFileSync(Path.join(local, "index.html"), "<h1>Hello again</h1>")
        const moved: Array<string> = []
        const live = Path.join(server.home, "www/css/site.css")
        yield* publish((event) => {
          if (event._tag === "Planned") {
            Fs.writeFileSync(live, "body { margin: 9 }")
            Fs.utimesSync(live, LATER, LATER)
          }
          if (event._tag === "Progress") {
            moved.push(event.step.path)
          }
        })
        expect(new Set(moved)).toEqual(new Set(["index.html", "a b/c  d.txt", "css/site.css"]))
        expect(files(Path.join(server.home, "www"))).toEqual({ ...SITE, "index.html": "<h1>Hello again</h1>" })
      }).pipe(Effect.provide(clientOf(server)))
    })
  )
})
