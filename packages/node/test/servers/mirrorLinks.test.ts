/** Links that are copied as links, down from each of the real servers, and up to the one that has SITE SYMLINK. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as RealServer from "../support/RealServer.ts"
import { folder, put } from "../support/site.ts"

const clientOf = (server: RealServer.RealServer["Type"]) =>
  NodeFtp.layer({
    url: `ftp://${server.user}@${server.host}:${server.port}`,
    password: Redacted.make(server.password),
    maxPerHost: 4
  })

/** The links of a folder, with their targets. */
const linksOf = (root: string): Record<string, string> =>
  Object.fromEntries(
    Fs.readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) => {
      const path = Path.join(entry.parentPath, entry.name)
      return entry.isSymbolicLink() ? [[Path.relative(root, path), Fs.readlinkSync(path)]] : []
    })
  )

const skips = ({ plan }: FtpMirror.MirrorResult) => plan.skipped.map(({ path, reason }) => `${reason} ${path}`).sort()

describe.skipIf(RealServer.isSkipped)("links of a server", () => {
  for (const name of RealServer.serverNames) {
    it.scopedLive(`are links here, if they stay inside the tree (${name})`, () =>
      Effect.gen(function* () {
        const server = yield* RealServer.make(name)
        yield* server.write("www/v2/index.html", "2")
        yield* server.write("www/a b/c d.txt", "spaces")
        yield* server.write("secret/key", "s")
        const www = Path.join(server.home, "www")
        Fs.symlinkSync("v2", Path.join(www, "latest"))
        Fs.symlinkSync("../v2/index.html", Path.join(www, "a b/home page"))
        Fs.symlinkSync("a b/c d.txt", Path.join(www, "spaced"))
        Fs.symlinkSync("/www/v2", Path.join(www, "absolute"))
        Fs.symlinkSync("../secret", Path.join(www, "out"))
        Fs.symlinkSync("/etc/passwd", Path.join(www, "passwd"))
        Fs.symlinkSync("gone", Path.join(www, "dangling"))
        const local = Path.join(yield* folder, "copy")
        yield* Effect.gen(function* () {
          const fetch = FtpMirror.downloadTree("www", local, { links: "Copy", delete: "Extra" })
          const first = yield* fetch
          expect(linksOf(local)).toEqual({
            latest: "v2",
            "a b/home page": "../v2/index.html",
            spaced: "a b/c d.txt",
            absolute: "v2",
            dangling: "gone"
          })
          expect(Fs.readFileSync(Path.join(local, "v2/index.html"), "utf8")).toBe("2")
          expect(skips(first)).toEqual(["Link out", "Link passwd"])
          expect((yield* fetch).plan.steps).toEqual([])

          Fs.unlinkSync(Path.join(www, "latest"))
          Fs.symlinkSync("a b", Path.join(www, "latest"))
          Fs.unlinkSync(Path.join(www, "spaced"))
          expect((yield* fetch).plan.steps.map(({ _tag, path }) => `${_tag} ${path}`)).toEqual([
            "MakeLink latest",
            "Remove spaced"
          ])
          expect(linksOf(local)).toMatchObject({ latest: "a b" })
          expect(Fs.readFileSync(Path.join(local, "a b/c d.txt"), "utf8")).toBe("spaces")
        }).pipe(Effect.provide(clientOf(server)))
      })
    )
  }
})

describe.skipIf(RealServer.isSkipped)("links of a folder", () => {
  it.scopedLive("are made on ProFTPD by SITE SYMLINK, and come back the same", () =>
    Effect.gen(function* () {
      const server = yield* RealServer.make("proftpd")
      const top = yield* folder
      const local = Path.join(top, "site")
      put(local, { "v2/index.html": "2", "v3/index.html": "3", "ü/x": "x" })
      Fs.symlinkSync("latest", Path.join(local, "chain"))
      Fs.symlinkSync("v2", Path.join(local, "latest"))
      Fs.symlinkSync("../v2/index.html", Path.join(local, "ü/höme"))
      Fs.symlinkSync("/etc/passwd", Path.join(local, "passwd"))
      Fs.symlinkSync("gone", Path.join(local, "dangling"))
      Fs.symlinkSync("v2/index.html", Path.join(local, "a name"))
      Fs.symlinkSync("v2/index.html", Path.join(local, 'q"uoted'))
      yield* Effect.gen(function* () {
        const publish = FtpMirror.uploadTree(local, "www", { links: "Copy", delete: "Ours" })
        const first = yield* publish
        expect(skips(first)).toEqual(["Link a name", "Link dangling", "Link passwd", 'Link q"uoted'])
        // As its own root has them.
        const www = Path.join(server.home, "www")
        expect(linksOf(www)).toEqual({ chain: "/www/latest", latest: "/www/v2", "ü/höme": "/www/v2/index.html" })
        expect((yield* publish).plan.steps).toEqual([])

        Fs.unlinkSync(Path.join(local, "latest"))
        Fs.symlinkSync("v3", Path.join(local, "latest"))
        Fs.unlinkSync(Path.join(local, "chain"))
        Fs.symlinkSync("v2", Path.join(www, "stranger"))
        expect((yield* publish).plan.steps.map(({ _tag, path }) => `${_tag} ${path}`)).toEqual([
          "MakeLink latest",
          "Remove chain"
        ])
        expect(linksOf(www)).toEqual({ latest: "/www/v3", "ü/höme": "/www/v2/index.html", stranger: "v2" })
        expect(Fs.readFileSync(Path.join(www, "v2/index.html"), "utf8")).toBe("2")

        const back = Path.join(top, "back")
        yield* FtpMirror.downloadTree("www", back, { links: "Copy", filter: { patterns: [".*"] } })
        expect(linksOf(back)).toEqual({ latest: "v3", "ü/höme": "../v2/index.html", stranger: "v2" })
      }).pipe(Effect.provide(clientOf(server)))
    })
  )
})

describe.skipIf(RealServer.isSkipped)(
  "a server that lists a link as a directory, and does not resolve it (pyftpdlib)",
  () => {
    it.scopedLive("is asked anew for its links by each run over the same tree", () =>
      Effect.gen(function* () {
        const server = yield* RealServer.make("pyftpdlib")
        for (const [path, content] of Object.entries({
          "www/k": "k",
          "www/d/k": "k",
          "www/d/old": "o",
          "out/y": "y"
        })) {
          yield* server.write(path, content)
        }
        const site = yield* folder
        put(site, { k: "k", "d/k": "k" })
        yield* Effect.gen(function* () {
          const trees = [yield* FtpMirror.local(site), yield* FtpMirror.remote("www")] as const
          const run = FtpMirror.mirror(...trees, { delete: "Extra" })
          expect((yield* run).done.map(({ _tag, path }) => `${_tag} ${path}`)).toContain("Remove d/old")
          const www = Path.join(server.home, "www")
          Fs.rmSync(Path.join(www, "d"), { recursive: true })
          Fs.symlinkSync("../out", Path.join(www, "d"))
          const { done, failures } = yield* run
          expect(done.filter(({ _tag }) => _tag === "Remove")).toEqual([])
          expect(failures.map(({ step }) => `${step._tag} ${step.path}`)).toContain("Remove d/y")
          expect(Fs.existsSync(Path.join(server.home, "out/y"))).toBe(true)
        }).pipe(Effect.provide(clientOf(server)))
      })
    )
  }
)
