/** `mirror --watch` as a process, with real changes of files and a server that goes away. Real time, as processes have. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { folder, jsonLines, run, serve } from "./support/cli.ts"
import { type Running, start, TIMEOUT, until } from "./support/process.ts"

const started = (words: ReadonlyArray<string>): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => start(words)),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const served = (directory: string, port = "0") =>
  Effect.gen(function* () {
    const server = yield* started(["serve", "--write", "--user", "ann", "--port", port, directory])
    yield* until(() => server.output().out.includes("\n"))
    return { ...server, url: server.output().out.trim() }
  })

const place = Effect.map(folder, (here) => {
  const write = (path: string, content: string) => {
    Fs.mkdirSync(join(here, path, ".."), { recursive: true })
    Fs.writeFileSync(join(here, path), content)
  }
  const read = (path: string) => {
    const at = join(here, "srv/www", path)
    return Fs.existsSync(at) ? Fs.readFileSync(at, "utf8") : undefined
  }
  Fs.mkdirSync(join(here, "srv"))
  write("dist/index.html", "one")
  write("dist/css/a.css", "a")
  return { here, dist: join(here, "dist"), srv: join(here, "srv"), write, read }
})

const wait = (command: Running, text: string) => until(() => command.output().error.includes(text))

describe("mirror --watch", () => {
  it.scopedLive(
    "uploads changes as they come, follows a folder that is replaced, and ends with Ctrl-C",
    () =>
      Effect.gen(function* () {
        const { dist, read, srv, write } = yield* place
        const { url } = yield* served(srv)
        const flags = ["--delete", "ours", "--exclude", "*.tmp"]
        const command = yield* started(["mirror", "--watch", ...flags, dist, `${url}www`])
        yield* wait(command, "watching")
        expect(read("index.html")).toBe("one")
        write("dist/x.tmp", "x")
        write("dist/new/deep/b.txt", "b")
        yield* until(() => read("new/deep/b.txt") === "b")
        Fs.renameSync(join(dist, "css"), join(dist, "style"))
        yield* until(() => read("style/a.css") === "a" && read("css/a.css") === undefined)
        yield* wait(command, "1 file renamed")
        Fs.renameSync(dist, `${dist}.old`)
        write("dist/index.html", "two")
        yield* until(() => read("index.html") === "two")
        write("dist/index.html", "three")
        yield* until(() => read("index.html") === "three")
        expect(read("x.tmp")).toBe(undefined)
        command.child.kill("SIGINT")
        expect(yield* Effect.promise(() => command.ended)).toBe(130)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "names what each change makes it do, and says once what is left out",
    () =>
      Effect.gen(function* () {
        const { dist, read, srv, write } = yield* place
        const { url } = yield* served(srv)
        Fs.symlinkSync("nowhere", join(dist, "link"))
        const command = yield* started(["mirror", "--watch", "--delete", "ours", dist, `${url}www`])
        yield* wait(command, "watching")
        write("dist/b.txt", "b")
        yield* wait(command, "copy      b.txt  (not in the target, 1 B)\n1 file copied")
        Fs.rmSync(join(dist, "b.txt"))
        yield* until(() => read("b.txt") === undefined)
        yield* wait(command, "delete    b.txt  (not in the source)\n1 entry deleted")
        for (let file = 0; file < 30; file++) {
          write(`dist/many/${file}`, "b")
        }
        yield* until(() => read("many/29") === "b")
        yield* wait(command, "        and ")
        expect(command.output().error.split("skipped link: a dangling link\n")).toHaveLength(2)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "waits for a server that goes away, and uploads then what was changed",
    () =>
      Effect.gen(function* () {
        const { dist, read, srv, write } = yield* place
        const first = yield* served(srv)
        const command = yield* started(["mirror", "--watch", dist, `${first.url}www`])
        yield* wait(command, "watching")
        first.child.kill("SIGTERM")
        yield* Effect.promise(() => first.ended)
        write("dist/index.html", "two!")
        yield* wait(command, "trying again in 1 s")
        yield* served(srv, new URL(first.url).port)
        yield* until(() => read("index.html") === "two!")
        expect(command.child.exitCode).toBe(null)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "deletes nothing without --delete, and not more than --max-delete",
    () =>
      Effect.gen(function* () {
        const { dist, read, srv, write } = yield* place
        const { url } = yield* served(srv)
        const words = ["mirror", "--watch", "--json", "--delete", "extra", "--max-delete", "0"]
        const command = yield* started([...words, dist, `${url}www`])
        yield* until(() => command.output().out.includes("mirrorSummary"))
        Fs.rmSync(join(dist, "css"), { recursive: true })
        yield* until(() => command.output().error.includes("2 entries not deleted"))
        write("dist/index.html", "two!")
        yield* until(() => read("index.html") === "two!")
        expect(read("css/a.css")).toBe("a")
        yield* until(() => command.output().out.split("mirrorSummary").length === 3)
        expect(jsonLines(command.output().out).at(-1)).toMatchObject({ kind: "mirrorSummary", replaced: 1, removed: 0 })
      }),
    TIMEOUT
  )

  it.scopedLive(
    "tries again without another change if a directory of the target could not be listed",
    () =>
      Effect.gen(function* () {
        const { dist, write } = yield* place
        const store = yield* FtpTestServer.memory({ "www/css/a.css": "a" })
        let afterRoot: Effect.Effect<void> = Effect.void
        const { server, url } = yield* serve({
          root: {
            ...store,
            list: (path) => (path === "/www" ? Effect.zipRight(afterRoot, store.list(path)) : store.list(path))
          }
        })
        const command = yield* started(["mirror", "--watch", dist, `${url}www`])
        yield* wait(command, "watching")
        // A call that reads is made again once.
        afterRoot = server.fault({ _tag: "CloseControl", verb: "MLSD", times: 2 })
        write("dist/css/b.css", "b")
        yield* wait(command, "trying again in 1 s")
        expect(command.output().error).toContain("skipped css: what the target has there is not known")
        afterRoot = Effect.void
        yield* wait(command, "1 file copied, 1 B")
        expect(Buffer.from(yield* server.read("/www/css/b.css")).toString()).toBe("b")
      }),
    TIMEOUT
  )

  it.scopedLive("is refused for a source on a server, and with what does nothing", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "www/a": "a" } })
      const { dist } = yield* place
      expect((yield* run(["mirror", "--watch", `${url}www`, dist])).code).toBe(2)
      expect((yield* run(["mirror", "--watch", "-n", dist, `${url}www`])).code).toBe(2)
      expect((yield* run(["mirror", "--watch", `${dist}/missing`, `${url}www`])).code).toBe(7)
    })
  )
})
