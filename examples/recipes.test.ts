import { assert, describe, it, vi } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Certificates from "../packages/node/test/support/Certificates.ts"
import { folder, load, paths, run, server, text, urlOf } from "./support/run.ts"

const REPORT = "day,files\n1,200\n"

/** What the console is given while the effect runs. */
const printed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => vi.spyOn(console, "log").mockImplementation(() => {})),
    (log) => Effect.map(effect, () => log.mock.calls.map((words) => words.map(String).join(" "))),
    (log) => Effect.sync(() => log.mockRestore())
  )

describe("the recipes run", () => {
  it.scopedLive("pick-up: what was fetched is archived, what could not be stays, and other files are left alone", () =>
    Effect.gen(function* () {
      const { names, read } = yield* folder
      const { fault } = yield* FtpTestServer.FtpTestServer
      yield* fault({ _tag: "Refuse", verb: "RETR", reply: "550 Permission denied." })
      yield* run("pickUp")
      const fetched = yield* names("in")
      assert.lengthOf(fetched, 1)
      const [name = ""] = fetched
      assert.strictEqual(yield* read(`in/${name}`), REPORT)
      const left = (yield* paths).filter((path) => !path.endsWith("/"))
      assert.lengthOf(left, 3)
      assert.include(left, "/out/notes.txt")
      assert.isFalse(left.includes(`/out/${name}`))
      assert.isTrue(left.some((path) => /^\/archive\/\d{4}-\d\d-\d\d\/[ab]\.csv$/.test(path) && path.endsWith(name)))
    }).pipe(Effect.provide(server({ root: { "out/a.csv": REPORT, "out/b.csv": REPORT, "out/notes.txt": "1" } })))
  )

  it.scopedLive("publish: what an earlier run put there and is gone is deleted, and nothing else", () =>
    Effect.gen(function* () {
      const { write } = yield* folder
      yield* write("dist/index.html", "new")
      yield* write("dist/app.js", "1")
      yield* run("publish")
      assert.strictEqual(yield* text("www/index.html"), "new")
      assert.includeMembers([...(yield* paths)], ["/www/app.js", "/www/uploads/cat.jpg"])
    }).pipe(Effect.provide(server({ root: { "www/index.html": "older", "www/uploads/cat.jpg": "1" } })))
  )

  it.scopedLive("swap: the directory is replaced as a whole, and nothing is left beside it", () =>
    Effect.gen(function* () {
      const { write } = yield* folder
      yield* write("dist/index.html", "<html>new</html>")
      yield* run("swap")
      assert.deepStrictEqual(yield* paths, ["/www/", "/www/index.html"])
      assert.strictEqual(yield* text("www/index.html"), "<html>new</html>")
    }).pipe(Effect.provide(server({ root: { "www/a": "1" } })))
  )

  it.scopedLive("swap: a version that does not work gives way to the old one, and is kept", () =>
    Effect.gen(function* () {
      const { write } = yield* folder
      yield* write("dist/index.html", "<html>ne")
      yield* run("swap")
      assert.deepStrictEqual(yield* paths, ["/www/", "/www/a", "/www.failed/", "/www.failed/index.html"])
    }).pipe(Effect.provide(server({ root: { "www/a": "1" } })))
  )

  it.scopedLive("plan first: the plan changes nothing, and is done later, but for what has changed since", () =>
    Effect.gen(function* () {
      const { write } = yield* folder
      const { write: store } = yield* FtpTestServer.FtpTestServer
      const old = ["/www/", "/www/index.html", "/www/old.css"]
      yield* write("dist/index.html", "new")
      yield* write("dist/new.css", "1")
      const shown = yield* printed(run("planFirst"))
      assert.deepStrictEqual(shown, [
        "Replace index.html (size 5 → 3)",
        "Copy new.css (not in the target)",
        "Remove old.css (not in the source)"
      ])
      assert.deepStrictEqual(yield* paths, old)
      yield* store("/www/index.html", "by hand")
      const [changed, sum] = yield* printed(run("applyPlan"))
      assert.match(changed ?? "", /^not done: index\.html: in the target it is a file of 7 bytes now/)
      assert.strictEqual(sum, "1 steps done; make a new plan for the rest")
      assert.deepStrictEqual(yield* paths, [...old.slice(0, 2), "/www/new.css", ...old.slice(2)])
      yield* printed(run("planFirst"))
      assert.deepStrictEqual(yield* printed(run("applyPlan")), ["2 steps done"])
      assert.deepStrictEqual(yield* paths, ["/www/", "/www/index.html", "/www/new.css"])
      assert.strictEqual(yield* text("www/index.html"), "new")
    }).pipe(Effect.provide(server({ root: { "www/index.html": "older", "www/old.css": "1" } })))
  )

  it.scopedLive("two servers: a file and a tree are copied from one to the other", () =>
    Effect.gen(function* () {
      const { address } = yield* FtpTestServer.FtpTestServer
      const target = yield* Effect.provide(FtpTestServer.make({ users: { bob: "hidden" } }), NodeFtpTransport.layer)
      const { host, port } = target.address
      yield* run("twoServers", {
        OLD_FTP_URL: urlOf(address),
        OLD_FTP_PASSWORD: "secret",
        NEW_FTP_URL: `ftp://bob@${host}:${port}`,
        NEW_FTP_PASSWORD: "hidden"
      })
      const copied = (yield* target.tree).map(({ path }) => path)
      assert.deepStrictEqual(copied, ["/photos", "/photos/2026", "/photos/2026/a.jpg", "/report.csv"])
    }).pipe(Effect.provide(server({ root: { "pub/report.csv": REPORT, "pub/photos/2026/a.jpg": "1" } })))
  )

  it.scopedLive("private authority: a server with its certificate is accepted", () =>
    Effect.gen(function* () {
      const { authority, server: identity } = yield* Certificates.make
      const { read, write } = yield* folder
      yield* write("authority.pem", authority)
      yield* Effect.gen(function* () {
        const { address } = yield* FtpTestServer.FtpTestServer
        yield* run("privateAuthority", { FTP_URL: urlOf(address, "ftpes"), FTP_CA: "authority.pem" })
      }).pipe(
        Effect.provide(
          server({ root: { "pub/report.csv": REPORT }, tls: { mode: "Explicit", identity, required: true } })
        )
      )
      assert.strictEqual(yield* read("report.csv"), REPORT)
    })
  )

  it.scopedLive("several hosts: one that is down is no error", () =>
    Effect.gen(function* () {
      const { names } = yield* folder
      const { address } = yield* FtpTestServer.FtpTestServer
      const closed = yield* Effect.scoped(
        Effect.map(FtpTestServer.make({}), ({ address: gone }) => urlOf({ ...address, port: gone.port }))
      ).pipe(Effect.provide(NodeFtpTransport.layer))
      yield* run("severalHosts", { FTP_MIRRORS: closed })
      assert.deepStrictEqual(yield* names("in"), ["a", "b", "c"])
    }).pipe(Effect.provide(server({ root: { "pub/a": "1", "pub/b": "2", "pub/d/c": "3" } })))
  )

  it.scopedLive("progress: of one file, and of a tree", () =>
    Effect.gen(function* () {
      yield* folder
      const lines = yield* printed(run("progress"))
      const size = REPORT.length
      assert.include(lines, `${size} of ${size} bytes`)
      assert.include(lines, `1 of 1 files, ${size} of ${size} bytes, now report.csv`)
    }).pipe(Effect.provide(server({ root: { "pub/report.csv": REPORT } })))
  )

  it.scopedLive("logs: the dialogue as JSON without the password, spans with their attributes, a metric", () =>
    Effect.gen(function* () {
      yield* folder
      const lines = yield* printed(run("logs"))
      const logs = lines.flatMap((line) => Either.getOrElse(json(line), () => []))
      const messages = logs.map(({ message }) => String(message))
      assert.isTrue(
        messages.some((message) => message.includes("PASS ****")),
        lines.join("\n")
      )
      assert.isFalse(lines.some((line) => line.includes("secret")))
      assert.include(messages, "1 sessions are open")
      assert.isTrue(
        lines.some((line) => /^span FtpTransfer.toFile: .*"ftp.bytes":16/.test(line)),
        lines.join("\n")
      )
      assert.isTrue(lines.some((line) => line.startsWith("span fetch the report")))
    }).pipe(Effect.provide(server({ root: { "pub/report.csv": REPORT } })))
  )
})

describe("the programs of the test kit's page run", () => {
  it.live.each([
    ["testKit", "1;2"],
    ["faults", "StorageFull"],
    ["testKitPromises", "hello"]
  ] as const)("%s", ([name, expected]) =>
    Effect.gen(function* () {
      const lines = yield* printed(load(name))
      assert.deepStrictEqual(lines, [expected])
    })
  )
})

const json = (line: string): Either.Either<ReadonlyArray<{ readonly message?: unknown }>, unknown> =>
  Either.try(() => [JSON.parse(line)])
