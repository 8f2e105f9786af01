// Real time and plain vitest: these are programs without Effect, on sockets.
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as FtpPromise from "@ftp-effect/node/FtpPromise"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { collect, connect, folder, rejection, serve } from "../support/promise.ts"

/** A local file that no call reaches, whatever lies in the temporary folder. */
const NOWHERE = join(tmpdir(), `ftp-effect-nowhere-${process.pid}`, "x")

/** What JavaScript callers can give, whatever the types say. */
const untyped = <T>(value: unknown): T => value as T

/** By the argument that is named. */
const OPTIONS: Readonly<Record<string, ReadonlyArray<unknown>>> = {
  maxPerHost: [Number.NaN, 0, -1, 1.5, "2", Number.POSITIVE_INFINITY, null],
  family: ["ipv4", 4, null],
  timeToLive: ["abc", -5, Number.NaN, null],
  probeAfter: ["abc", -1],
  acquireTimeout: ["abc", -1, Number.NaN],
  charset: ["nope", 5],
  zone: ["x", 5],
  dialect: ["unix", 7],
  dateOrder: ["x"],
  rate: [Number.NaN, 0, "5"],
  tls: ["x"],
  passive: ["x"],
  active: [true],
  proxy: [5, "x"],
  uploadRecords: [5, ""],
  mirrors: ["ftp://x", [5], [""]],
  profile: [5, [5], {}],
  password: [5, null],
  account: [5],
  timeouts: [null],
  onLog: [5],
  tracer: [5, {}],
  lazy: ["no"]
}

describe("FtpPromise: a wrong argument is a FtpUsageError", () => {
  it.each([undefined, null, 5, {}, { host: "h" }, new URL("ftp://h/"), { url: new URL("ftp://h/") }, { url: 5 }])(
    "that is no URL: %s",
    async (to) => {
      const error = await rejection(FtpPromise.connect(untyped(to)))
      expect(error).toBeInstanceOf(FtpUsageError)
      expect(String(error)).toMatch(/url|options/)
    }
  )

  it.each(Object.entries(OPTIONS).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    "in the options of the client: %s %j",
    async (name, value) => {
      const error = await rejection(FtpPromise.connect({ url: "ftp://ann@127.0.0.1:1", lazy: true, [name]: value }))
      expect(error).toBeInstanceOf(FtpUsageError)
      expect(error).toMatchObject({ argument: name })
      expect((error as Error).message).not.toContain("undefined")
    }
  )

  const within: ReadonlyArray<readonly [argument: string, options: object]> = [
    ["tls.pins", { url: "ftps://h", tls: { pins: "x" } }],
    ["passive.epsv", { passive: { epsv: "x" } }],
    ["active.ports", { active: { ports: [5, 1] } }],
    ["active.ports", { active: { ports: "5" } }],
    ["timeouts.reply", { timeouts: { reply: -5 } }],
    ["timeouts.reply", { timeouts: { reply: "-5 seconds" } }],
    ["timeouts.reply", { timeouts: { reply: -5n } }],
    ["timeouts.reply", { timeouts: { reply: [-1, 0] } }],
    ["timeouts.minimumRate.bytesPerSecond", { timeouts: { minimumRate: { bytesPerSecond: Number.NaN, over: 5 } } }],
    ...[-1, Number.NaN, "-5 seconds", -5n, [0, -1]].flatMap((pause) => [
      ["retries.delay", { retries: { delay: pause } }] as const,
      ["retries.maxDelay", { retries: { connect: { maxDelay: pause } } }] as const
    ]),
    ["timeouts.minimumRate", { timeouts: { minimumRate: 5 } }],
    ["timeouts.minimumRate.bytesPerSecond", { timeouts: { minimumRate: { bytesPerSecond: -1, over: 5 } } }]
  ]
  it.each(within)("within an option: %s", async (argument, options) => {
    const error = await rejection(FtpPromise.connect(untyped({ url: "ftp://h", lazy: true, ...options })))
    expect(error).toBeInstanceOf(FtpUsageError)
    expect(error).toMatchObject({ argument })
  })

  it.each([
    ["password", { password: 12345678 }],
    ["account", { account: 12345678 }],
    ["tls.identity.key", { url: "ftps://ann@h", tls: { identity: { certificate: "x", key: 12345678 } } }],
    ["tls.identity", { url: "ftps://ann@h", tls: { identity: "12345678" } }],
    ["mirrors", { mirrors: "ftp://ann:12345678@m" }],
    ["proxy", { proxy: 12345678 }]
  ])("in words that don't hold a secret: %s", async (argument, options) => {
    const error = await rejection(FtpPromise.connect(untyped({ url: "ftp://ann@h", lazy: true, ...options })))
    expect(error).toMatchObject({ _tag: "FtpUsageError", argument })
    expect(JSON.stringify(error) + String(error)).not.toContain("12345678")
  })

  it("but not a limit that is Infinity, nor any rate from 0 on", async () => {
    const server = await serve()
    for (const bytesPerSecond of [16.7, 0]) {
      const timeouts = { minimumRate: { bytesPerSecond, over: "1 second" } } as const
      const client = await connect({ url: server.url, timeouts })
      const none = Number.POSITIVE_INFINITY
      expect(await client.list("pub", { maxEntries: none })).toHaveLength(2)
      expect(await collect(client.walk("pub", { depth: none, concurrency: none, maxEntries: none }))).toHaveLength(3)
      const events = await collect(client.downloadTreeEvents("pub", folder(), { capacity: none }))
      expect(events.at(-1)).toMatchObject({ _tag: "Summary" })
      expect(await client.readFileString("a.txt")).toBe("hello")
    }
  })

  it("in the options of a layer too", async () => {
    for (const options of [
      undefined,
      {},
      { url: "ftp://h", maxPerHost: 0 },
      { url: "ftp://h", family: "ipv4" },
      { url: "ftp://h", timeouts: { reply: "x" } }
    ]) {
      const error = await Effect.runPromise(Effect.scoped(Effect.flip(NodeFtp.make(untyped(options)))))
      expect(error).toBeInstanceOf(FtpUsageError)
    }
  })

  const calls: ReadonlyArray<readonly [argument: string, (ftp: FtpPromise.Client) => unknown]> = [
    ["path", (ftp) => ftp.list(untyped(undefined))],
    ["path", (ftp) => ftp.stat(untyped(5))],
    ["path", (ftp) => ftp.remove(untyped(null), { recursive: true, force: true })],
    ["path", (ftp) => ftp.remove("", { recursive: true, force: true })],
    ["path", (ftp) => collect(ftp.walk(untyped(undefined)))],
    ["path", (ftp) => collect(ftp.download(untyped(5)))],
    ["localPath", (ftp) => ftp.toFile("a.txt", untyped(new URL("file:///tmp/x")))],
    ["localPath", (ftp) => ftp.uploadTree(untyped(undefined), "x")],
    ["localPath", (ftp) => ftp.toFile("a.txt", "")],
    ["localPath", (ftp) => ftp.fromFile("", "new")],
    ["use", (ftp) => ftp.withSession(untyped(undefined))],
    ["signal", (ftp) => ftp.withSession(() => 1, { signal: untyped("x") })],
    ["paths", (ftp) => ftp.makeDirectories(untyped("abc"))],
    ["to", (ftp) => ftp.rename("a.txt", untyped(undefined))],
    ["algorithm", (ftp) => ftp.hash("a.txt", untyped("sha-256"))],
    ["mode", (ftp) => ftp.chmod("a.txt", untyped("600"))],
    ["mode", (ftp) => ftp.chmod("a.txt", -1)],
    ["mode", (ftp) => ftp.chmod("a.txt", 0o100644)],
    ["at", (ftp) => ftp.setModified("a.txt", untyped("2020"))],
    ["signal", (ftp) => ftp.list("", { signal: untyped("x") })],
    ["maxEntries", (ftp) => ftp.list("", { maxEntries: Number.NaN })],
    ["maxEntries", (ftp) => ftp.list("", { maxEntries: untyped("1") })],
    ["onUnread", (ftp) => ftp.list("", { onUnread: untyped(5) })],
    ["concurrency", (ftp) => collect(ftp.walk("", { concurrency: 0 }))],
    ["depth", (ftp) => collect(ftp.walk("", { depth: Number.NaN }))],
    ["enter", (ftp) => collect(ftp.walk("", { enter: untyped(true) }))],
    ["capacity", (ftp) => collect(ftp.downloadTreeEvents("", NOWHERE, { capacity: 0 }))],
    ["maxBytes", (ftp) => ftp.readFile("a.txt", { maxBytes: untyped("1") })],
    ["onProgress", (ftp) => ftp.readFile("a.txt", { onProgress: untyped(5) })],
    ["segments", (ftp) => ftp.toFile("a.txt", NOWHERE, { segments: 0 })],
    ["times", (ftp) => ftp.toFile("a.txt", NOWHERE, { times: untyped("keep") })],
    ["times", (ftp) => ftp.toFile("a.txt", NOWHERE, { times: untyped("Keep") })],
    ["times", (ftp) => ftp.fromFile(NOWHERE, "new", { times: untyped("keep") })],
    ["times", (ftp) => ftp.list("", { times: untyped("Keep") })],
    ["atomic", (ftp) => ftp.fromFile(NOWHERE, "new", { atomic: untyped("true") })],
    ["atomic", (ftp) => ftp.upload("new", "x", { atomic: untyped("true") })],
    ["expectedSize", (ftp) => ftp.toFile("a.txt", NOWHERE, { expectedSize: untyped("5") })],
    ["retries", (ftp) => collect(ftp.download("a.txt", { retries: -1 }))],
    ["retries.delay", (ftp) => ftp.readFile("a.txt", { retries: { delay: -1 } })],
    ["durability", (ftp) => ftp.toFile("a.txt", NOWHERE, { durability: untyped("x") })],
    ["verify", (ftp) => ftp.readFile("a.txt", { verify: untyped("Hashh") })],
    ["verify", (ftp) => ftp.toFile("a.txt", NOWHERE, { verify: untyped("hash") })],
    ["verify", (ftp) => ftp.upload("new", "x", { verify: untyped(true) })],
    ["verify", (ftp) => ftp.append("new", "x", { verify: untyped("size") })],
    ["command", (ftp) => ftp.withSession((session) => session.run(untyped("NOOP")))]
  ]
  it.each(calls)("in a call: %s (%s)", async (argument, call) => {
    const server = await serve()
    const client = await connect({ url: server.url, lazy: true })
    const error = await rejection(Promise.resolve(call(client)))
    expect(error).toBeInstanceOf(FtpUsageError)
    expect(error).toMatchObject({ argument })
    const sent = (await server.commands()).filter((line) => /^(?:DELE|RETR|STOR|APPE|SITE|MFMT|RNFR)/.test(line))
    expect(sent).toEqual([])
  })
})
