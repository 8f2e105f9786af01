/** `mirror --swap`: what is shown, what is live, what is refused. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"

const write = (root: string, files: Readonly<Record<string, string>>) => {
  Fs.rmSync(root, { recursive: true, force: true })
  for (const [name, content] of Object.entries(files)) {
    Fs.mkdirSync(join(root, name, ".."), { recursive: true })
    Fs.writeFileSync(join(root, name), content)
  }
}

const site = Effect.map(folder, (here) => {
  write(join(here, "site"), { "index.html": "<h1>", "css/a.css": "x{}" })
  return join(here, "site")
})

const ID = "20261101000000-0123abcd"

const NEXT = `www.ftp-effect-next-${ID}`
const PREVIOUS = `www.ftp-effect-previous-${ID}`
const MARKER = `www.ftp-effect-swap-${ID}.json`

/** Of a run from that folder that ended long ago. */
const markerOf = (source: string, phase: "Staging" | "Ready") =>
  JSON.stringify({
    ...{ kind: "ftp-effect swap", version: 1, id: ID, target: "www", source, phase },
    ...{ previous: "Remove", beat: 0 }
  })

const OLD = { "www/index.html": "the old one", "www/old.txt": "old" }

describe("mirror --swap", () => {
  it.scopedLive("shows the whole tree with --dry-run, and swaps it", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: OLD })
      const local = yield* site
      const words = ["mirror", "--swap", "--delete", "extra", local, `${url}www`]
      const dry = yield* run([...words, "-n"])
      expect(dry).toMatchObject({ code: 0 })
      expect(dry.out.split("\n")).toEqual([
        "make      css/  (not in the target)",
        "copy      index.html  (size 11 → 4, 4 B)",
        "copy      css/a.css  (not in the target, 3 B)",
        "delete    old.txt  (not in the source)",
        ""
      ])
      expect((yield* server.tree).length).toBe(3)
      const ran = yield* run(words)
      expect(ran.code).toBe(0)
      expect(ran.error).toMatch(
        /^swapped by two renames, the old tree removed\n2 files copied, 1 directory made, 1 entry/
      )
      expect((yield* server.tree).map(({ path }) => path)).toEqual([
        "/www",
        "/www/css",
        "/www/css/a.css",
        "/www/index.html"
      ])
      expect((yield* run(words)).error).toMatch(/^not swapped: both trees are equal\nnothing to do, 2 files unchanged/)
    })
  )

  it.scopedLive("does nothing if something would be lost, says what, and exits with 1", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: OLD })
      const words = ["mirror", "--swap", yield* site, `${url}www`]
      for (const more of [["-n"], []]) {
        const ran = yield* run([...words, ...more])
        expect(ran.code).toBe(1)
        expect(ran.error).toContain("warning: not swapped: 1 entry (old.txt) of the target would be lost")
        expect(ran.error).toContain("--delete extra agrees to that")
        expect(ran.error).not.toContain("are swapped")
        expect(ran.error).toMatch(/^(dry run: nothing would be|nothing was) changed/m)
      }
      const lines = jsonLines((yield* run([...words, "--json"])).out)
      expect(lines).toMatchObject([
        { kind: "swap", published: "NotSwapped", because: "Refused", live: "Old", paths: ["old.txt"] },
        { kind: "mirrorSummary", copied: 0 }
      ])
      expect((yield* server.tree).map(({ path }) => path)).toEqual(["/www", "/www/index.html", "/www/old.txt"])
    })
  )

  it.scopedLive("says what to do about an upload that may be under way in the target", () =>
    Effect.gen(function* () {
      const upload = ".big.iso.0123456789abcdef.1a2b3c4d.ftp-effect"
      const { url } = yield* serve({ root: { "www/index.html": "the old one", [`www/${upload}`]: "x" } })
      const ran = yield* run(["mirror", "--swap", "--delete", "extra", yield* site, `${url}www`])
      expect(ran.code).toBe(1)
      expect(ran.error).toContain(`not swapped: 1 entry (${upload}) of the target would be lost`)
      expect(ran.error).toContain(`; ${upload} may be of an upload that is under way: if it is not, remove it`)
    })
  )

  it.scopedLive("hints at --delete extra only if that deletes something of what is in the way, and says how much", () =>
    Effect.gen(function* () {
      const upload = ".big.iso.0123456789abcdef.1a2b3c4d.ftp-effect"
      const local = yield* site
      const warned = (root: Record<string, string>, ...more: ReadonlyArray<string>) =>
        Effect.gen(function* () {
          const { url } = yield* serve({ root: { "www/index.html": "the old one", ...root } })
          return (yield* run(["mirror", "--swap", ...more, local, `${url}www`])).error
        })
      const HINT = "--delete extra agrees"
      expect(yield* warned({ [`www/${upload}`]: "x" })).not.toContain(HINT)
      expect(yield* warned({ "www/logs/1": "x" }, "--exclude", "logs/")).not.toContain(HINT)
      expect(yield* warned({ "www/old": "x" })).toContain(`${HINT} to that`)
      expect(yield* warned({ "www/old": "x", [`www/${upload}`]: "x" })).toContain(`${HINT} to 1 of them`)
    })
  )

  it.scopedLive("keeps the old tree with --keep-previous, and tells its name", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: OLD })
      const ran = yield* run([
        ...["mirror", "--json", "--swap", "--keep-previous", "--delete", "extra"],
        ...[yield* site, `${url}www`]
      ])
      expect(ran.code).toBe(0)
      const [swap] = jsonLines(ran.out).flatMap((line) => (line.kind === "swap" ? [line] : []))
      expect(swap).toMatchObject({ published: "Swapped", live: "New", oldTree: "Kept", stage: null })
      const kept = (yield* server.tree).map(({ path }) => path).filter((path) => path.endsWith("old.txt"))
      expect(kept).toEqual([`/${swap?.previous}/old.txt`])
      expect(jsonLines(ran.out).at(-1)).toMatchObject({ kind: "mirrorSummary", removed: 0, setAside: 1 })
    })
  )

  it.scopedLive("says with --keep-previous that what only the old tree has is set aside, not that it is deleted", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: OLD })
      const words = ["mirror", "--swap", "--keep-previous", "--delete", "extra", yield* site, `${url}www`]
      const dry = yield* run([...words, "-n"])
      expect(dry.out).toContain("set aside old.txt")
      expect(dry.error).toContain(", 1 entry to set aside, ")
      const ran = yield* run(words)
      expect(ran.error).toContain(", 1 entry set aside, ")
      expect(ran.error).toContain(", the old tree kept as www.ftp-effect-previous-")
      expect(dry.error + ran.error).not.toContain("delete")
    })
  )

  it.scopedLive(
    "exits with 1 if a part of the old tree is left, with what was deleted of it, and what removes the rest",
    () =>
      Effect.gen(function* () {
        const locked = (path: string) => path.endsWith("/p 11/b.txt") && path.includes("previous")
        const old = { ...OLD, "www/p 11/a.txt": "a", "www/p 11/b.txt": "b" }
        const local = yield* site
        const swapped = (...more: ReadonlyArray<string>) =>
          Effect.gen(function* () {
            const memory = yield* FtpTestServer.memory(old)
            const { server, url } = yield* serve({
              root: {
                ...memory,
                removeFile: (path) =>
                  locked(path)
                    ? new FtpTestServer.StoreError({ reason: "PermissionDenied", path })
                    : memory.removeFile(path)
              }
            })
            const ran = yield* run(["mirror", "--swap", "--delete", "extra", ...more, local, `${url}www`])
            return { ...ran, url, paths: (yield* server.tree).map(({ path }) => path) }
          })
        const ran = yield* swapped()
        expect(ran.code).toBe(1)
        expect(
          ran.paths.filter((path) => path.includes("previous")).map((path) => path.replace(/^.*?(\/p|$)/, "$1"))
        ).toEqual(["", "/p 11", "/p 11/b.txt"])
        const removal = `; once nothing of it is needed: ftp-effect rm -r ${ran.url}${ran.paths.find((path) => path.includes("previous"))?.slice(1)}`
        expect(ran.error).toContain("warning: swapped by two renames, the old tree left as www.ftp-effect-previous-")
        expect(ran.error).toContain(removal)
        expect(ran.error).toContain(", 2 entries deleted, ")
        const lines = jsonLines((yield* swapped("--json")).out)
        expect(lines.slice(-2)).toMatchObject([
          { kind: "swap", live: "New", oldTree: "Left", hint: expect.stringContaining("ftp-effect rm -r ftp://") },
          { kind: "mirrorSummary", removed: 2, notDeleted: 2 }
        ])
      })
  )

  it.scopedLive("saves its plan, which apply does as a whole, once", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: OLD })
      const file = join(yield* folder, "plan")
      const local = yield* site
      const saved = yield* run(["mirror", "--swap", "--delete", "extra", "--plan", file, local, `${url}www`])
      expect(saved.code).toBe(0)
      const tail = "; then the trees are swapped, and the old one is removed\n"
      expect(saved.error).toMatch(/^saved to .*: 2 files to copy/)
      expect(saved.error.endsWith(tail), saved.error).toBe(true)
      const shown = yield* run(["apply", "-n", file])
      expect(shown.error).toContain("dry run: 2 files to copy")
      expect(shown.error.endsWith(tail), shown.error).toBe(true)
      yield* server.write("/www/visitor.txt", "mine")
      const refused = yield* run(["apply", file])
      expect(refused.code).toBe(1)
      expect(refused.error).toContain("has got entries meanwhile that would be lost (visitor.txt)")
      yield* server.store.removeFile("/www/visitor.txt")
      expect((yield* run(["apply", file])).error).toContain("swapped by two renames, the old tree removed")
      expect((yield* run(["apply", file])).error).toContain("4 done already")
    })
  )

  it.scopedLive("says so if the server does not rename directories", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: OLD, denied: ["RNFR", "RNTO"] })
      const ran = yield* run(["mirror", "--swap", "--delete", "extra", yield* site, `${url}www`])
      expect(ran.code).toBe(11)
      expect(ran.error).toContain("warning: not swapped: the server does not rename directories")
      expect(ran.error).toContain("the target is as it was")
    })
  )

  it.scopedLive("tells what became of an earlier run that was cut off, with --quiet too", () =>
    Effect.gen(function* () {
      const local = yield* site
      const swap = (root: Record<string, string>, ...more: ReadonlyArray<string>) =>
        Effect.gen(function* () {
          const { url } = yield* serve({ root })
          return yield* run(["mirror", "--swap", "--delete", "extra", ...more, local, `${url}www`])
        })
      const stage = { [`${NEXT}/.ftp-effect-swap-${ID}`]: "", [`${NEXT}/index.html`]: "<h1>" }
      const old = { [`${PREVIOUS}/old.txt`]: "old" }
      const between = { ...stage, ...old, [MARKER]: markerOf(local, "Ready") }
      expect((yield* swap(between, "-n")).error).toContain(
        "warning: there is no www now, as an earlier run was cut off"
      )
      const finished = yield* swap(between, "--quiet")
      expect(finished.code).toBe(0)
      expect(finished.error).toContain(
        "warning: an earlier run was cut off between its two renames: the second is done"
      )
      const back = yield* swap({ ...old, [MARKER]: markerOf(local, "Ready") })
      expect(back.error).toContain("cut off between its two renames: www is the old tree again")
      const foreign = yield* swap({ ...OLD, [MARKER]: "{}" })
      expect(foreign.error).toContain(`warning: ${MARKER} is left as it is: it may be of an unfinished run`)
      const claimed = yield* swap({ ...OLD, ...stage, [MARKER]: markerOf(local, "Staging") })
      expect(claimed.error).toContain("continuing what an unfinished run has sent, as www.ftp-effect-next-")
      const root = { ...OLD, ...stage, [MARKER]: markerOf(local, "Staging") }
      const lines = jsonLines((yield* swap(root, "--json")).out)
      expect(lines.filter(({ kind }) => kind === "unfinished")).toMatchObject([
        { state: "Claimed", path: expect.stringMatching(/^www\.ftp-effect-next-/) }
      ])
    })
  )

  /** A server with a swap that was cut off, whose old tree can't be removed. */
  const withLocked = (local: string, options: FtpTestServer.Options = {}) =>
    Effect.gen(function* () {
      const memory = yield* FtpTestServer.memory({
        [`${NEXT}/.ftp-effect-swap-${ID}`]: "",
        [`${NEXT}/index.html`]: "<h1>",
        [`${PREVIOUS}/old.txt`]: "old",
        [MARKER]: markerOf(local, "Ready")
      })
      return yield* serve({
        ...options,
        root: {
          ...memory,
          removeFile: (path) =>
            path.includes("old.txt")
              ? new FtpTestServer.StoreError({ reason: "PermissionDenied", path })
              : memory.removeFile(path)
        }
      })
    })

  it.scopedLive("names the old tree that it can't remove, and what removes it, also if it fails then", () =>
    Effect.gen(function* () {
      const local = yield* site
      const { url } = yield* withLocked(local)
      const ran = yield* run(["mirror", "--swap", "--delete", "extra", join(local, "nowhere"), `${url}www`])
      expect(ran.code).not.toBe(0)
      expect(ran.error).toContain(`warning: the old tree of an earlier swap is left as ${PREVIOUS}: `)
      expect(ran.error).toContain(`once nothing of it is needed: ftp-effect rm -r ${url}${PREVIOUS}`)
      const other = yield* withLocked(local, { denied: ["MKD"] })
      const failed = yield* run(["mirror", "--swap", "--delete", "extra", local, `${other.url}www`])
      expect(failed.code).not.toBe(0)
      expect(failed.error).toContain(`once nothing of it is needed: ftp-effect rm -r ${other.url}${PREVIOUS}`)
    })
  )

  it.scopedLive("exits with 1 if it finishes a swap of an earlier run whose old tree it can't remove", () =>
    Effect.gen(function* () {
      const local = yield* site
      const { url } = yield* withLocked(local)
      const swap = run(["mirror", "--swap", "--delete", "extra", local, `${url}www`])
      const ran = yield* swap
      expect(ran.code).toBe(1)
      expect(ran.error).toContain(`warning: the old tree of an earlier swap is left as ${PREVIOUS}: `)
      expect(ran.error).toContain("swapped by two renames, the old tree removed")
      expect(ran.error).toContain(`once nothing of it is needed: ftp-effect rm -r ${url}${PREVIOUS}`)
      // No marker names it any more.
      expect((yield* swap).code).toBe(0)
    })
  )

  it.scopedLive("refuses flags that don't go together, and a target that can't be renamed", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: OLD })
      const local = yield* site
      const failing = (...words: ReadonlyArray<string>) => run(["mirror", ...words])
      expect((yield* failing("--keep-previous", local, `${url}www`)).code).toBe(2)
      expect((yield* failing("--swap", "--watch", local, `${url}www`)).code).toBe(2)
      expect((yield* failing("--swap", "--only", "newer", local, `${url}www`)).code).toBe(2)
      const home = yield* failing("--swap", local, url)
      expect(home).toMatchObject({ code: 2, error: expect.stringContaining("can't be renamed") })
    })
  )
})
