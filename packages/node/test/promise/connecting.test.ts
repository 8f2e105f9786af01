// Real time and plain vitest: these are programs without Effect, on sockets.
import { Readable } from "node:stream"
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpPromise from "@ftp-effect/node/FtpPromise"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import * as Certificates from "../support/Certificates.ts"
import { bytesOf, connect, eventually, rejection, serve, sockets } from "../support/promise.ts"

describe("FtpPromise: connecting and closing", () => {
  it("logs in, and rejects with the reason if it can't", async () => {
    const server = await serve()
    const client = await connect(server.url)
    expect(await server.connections()).toMatchObject({ total: 1 })
    await client.list("")
    expect(await server.connections()).toMatchObject({ total: 1 })
    const wrong = server.url.replace("secret", "wrong")
    expect(await rejection(FtpPromise.connect(wrong))).toMatchObject({ _tag: "FtpAuthError" })
    expect(await rejection(FtpPromise.connect({ url: "ftp://127.0.0.1:1" }))).toMatchObject({
      _tag: "FtpConnectError",
      reason: "Refused"
    })
    await client.close()
    await eventually(async () => (await server.connections()).current === 0)
  })

  it("dials nothing before the first call if it is lazy", async () => {
    const server = await serve()
    const client = await connect({ url: server.url, lazy: true })
    await client.close()
    expect(await server.connections()).toMatchObject({ total: 0 })
  })

  it("reads FTP_PASSWORD if the URL names a user and has no password", async () => {
    const server = await serve()
    const before = process.env.FTP_PASSWORD
    try {
      process.env.FTP_PASSWORD = "secret"
      await (await connect(server.url.replace(":secret", ""))).list("")
      process.env.FTP_PASSWORD = "wrong"
      await (await connect(server.url)).list("")
      await (await connect({ url: server.url.replace(":secret", ""), password: "secret" })).list("")
      await (await connect({ url: server.url.replace("ann:secret@", ""), lazy: true })).close()
      const error = await rejection(FtpPromise.connect(server.url.replace(":secret", "")))
      expect(error).toMatchObject({ _tag: "FtpAuthError" })
    } finally {
      if (before === undefined) {
        delete process.env.FTP_PASSWORD
      } else {
        process.env.FTP_PASSWORD = before
      }
    }
  })

  it("tries again as often as retries say, for all or for some", async () => {
    const server = await serve({ root: { a: "hello" } })
    for (const [retries, tries] of [
      [0, 1],
      [{ times: 2, delay: 1 }, 3],
      [{ busy: { times: 1, delay: "1 millis", jitter: false } }, 2]
    ] as const) {
      const client = await connect({ url: server.url, retries })
      await server.fault({ _tag: "Refuse", verb: "MKD", reply: "450 not now", times: tries })
      expect(await rejection(client.makeDirectory("new"))).toMatchObject({ _tag: "FtpRejected" })
      await client.makeDirectory(`new${tries}`)
      for (const [verb, transfer] of [
        ["RETR", () => client.readFileString("a")],
        ["STOR", () => client.upload("b", Readable.from([Buffer.from("new")]))]
      ] as const) {
        await server.fault({ _tag: "Refuse", verb, reply: "450 not now", times: tries })
        expect(await rejection(transfer())).toMatchObject({ _tag: "FtpRejected", isRetryable: true })
        await transfer()
      }
    }
    const client = await connect(server.url)
    const wrong: ReadonlyArray<unknown> = [-1, 1.5, Number.NaN, "2", true, null, [2], { times: "2" }, { times: 1.5 }]
    for (const retries of [...wrong, { times: 1, delay: "soon" }, { factor: 0 }, { factor: "2" }, { busy: "2" }]) {
      const given = { retries } as { readonly retries: 1 }
      expect(await rejection(FtpPromise.connect({ url: server.url, ...given }))).toBeInstanceOf(FtpUsageError)
      if (wrong.includes(retries)) {
        expect(await rejection(client.readFile("a", given))).toBeInstanceOf(FtpUsageError)
      }
    }
  })

  it("starts with what an earlier client learned, as a text to keep", async () => {
    const server = await serve({ denied: ["EPSV"] })
    const first = await connect(server.url)
    await first.list("")
    const profiles = await first.profiles()
    expect(profiles).toHaveLength(1)
    await first.close()
    const count = async () => (await server.commands()).filter((line) => line === "EPSV").length
    expect(await count()).toBe(1)
    const second = await connect({ url: server.url, profile: [...profiles, "none"] })
    await second.list("")
    await second.close()
    expect(await count()).toBe(1)
  })

  it("rejects with a FtpUsageError when an option is wrong", async () => {
    const wrong: ReadonlyArray<[string | FtpPromise.ConnectOptions, string]> = [
      ["nonsense", "url: not an FTP URL: it does not start with ftp://, ftpes:// or ftps://"],
      [
        { url: "ftp://ann@h", tls: {} },
        "tls: ftp://ann@h/ has no TLS; with it: ftpes:// (after AUTH) or ftps:// (from the start)"
      ],
      [{ url: "ftp://h", zone: "Mars/Olympus" }, 'zone: "Mars/Olympus" is not a time zone'],
      [{ url: "ftp://h", timeouts: { reply: "soon" as "1 second" } }, `timeouts.reply: "soon" is not a duration`],
      [
        { url: "ftp://h", timeouts: { minimumRate: { bytesPerSecond: 1, over: "ever" as "1 second" } } },
        `timeouts.minimumRate.over: "ever" is not a duration`
      ]
    ]
    for (const [options, message] of wrong) {
      const error = await rejection(FtpPromise.connect(options))
      expect(error).toBeInstanceOf(FtpUsageError)
      expect(error).toMatchObject({ message })
    }
  })

  it("takes a certificate of ours and what to trust as plain text", async () => {
    const { authority, client: ours, server: identity } = await Effect.runPromise(Certificates.make)
    const server = await serve({ tls: { mode: "Explicit", identity, clientAuthorities: [authority] } })
    const client = await connect({
      url: server.url.replace("ftp:", "ftpes:"),
      tls: {
        authorities: [authority],
        identity: { certificate: ours.certificate, key: Redacted.value(ours.key) }
      }
    })
    expect((await bytesOf(client.download("a.txt"))).toString()).toBe("hello")
  })

  it("takes limits in words", async () => {
    const server = await serve()
    const client = await connect({ url: server.url, timeouts: { reply: "50 millis" }, zone: "Europe/Berlin" })
    await server.fault({ _tag: "Silence", verb: "MKD", times: 5 })
    expect(await rejection(client.makeDirectory("new"))).toMatchObject({
      _tag: "FtpConnectionLost",
      reason: "TimedOut"
    })
  })

  it("says QUIT, and leaves no socket behind", async () => {
    const server = await serve()
    await eventually(() => sockets() === 0)
    const client = await connect(server.url)
    const both = [client.download("big.bin"), client.download("big.bin")].map((stream) =>
      stream[Symbol.asyncIterator]()
    )
    await Promise.all(both.map((iterator) => iterator.next()))
    await client.list("")
    expect(sockets()).toBeGreaterThan(0)
    await client.close()
    expect((await server.commands()).at(-1)).toBe("QUIT")
    await eventually(() => sockets() === 0)
    expect(await server.connections()).toMatchObject({ current: 0, transfers: 0 })
    await client.close()
  })

  it("ends what is on its way, and rejects what comes later, with a FtpUsageError", async () => {
    const server = await serve()
    const client = await connect(server.url)
    await server.fault({ _tag: "Silence", verb: "MLST" })
    const iterator = client.download("big.bin")[Symbol.asyncIterator]()
    await iterator.next()
    const stat = rejection(client.stat("a.txt"))
    const lent = rejection(client.withSession((session) => session.run(Command.noop).then(() => new Promise(() => {}))))
    await eventually(async () => (await server.commands()).filter((line) => /^(MLST a|NOOP)/.test(line)).length === 2)
    await client.close()
    const late = [rejection(client.list("")), rejection(bytesOf(client.download("a.txt"))), rejection(iterator.next())]
    for (const error of [await stat, await lent, ...(await Promise.all(late))]) {
      expect(error).toBeInstanceOf(FtpUsageError)
      expect(error).toMatchObject({ message: "client: it is closed" })
    }
  })

  it("closes by await using", async () => {
    const server = await serve()
    {
      await using client = await FtpPromise.connect(server.url)
      await client.list("")
    }
    await eventually(async () => (await server.connections()).current === 0)
    expect((await server.commands()).at(-1)).toBe("QUIT")
  })

  it("goes over any layer, and rejects with what the layer fails with", async () => {
    const server = await serve()
    const client = await FtpPromise.fromLayer(NodeFtp.layerUrl(server.url))
    expect(await client.exists("a.txt")).toBe(true)
    await client.close()
    const oops = new Error("oops")
    expect(await rejection(FtpPromise.fromLayer(Layer.fail(oops)))).toBe(oops)
  })

  it("logs to onLog alone, the dialogue included and secrets masked", async () => {
    const server = await serve()
    const lines: Array<FtpPromise.LogLine> = []
    const client = await connect({ url: server.url, onLog: (line) => void lines.push(line) })
    await client.list("")
    const trace = lines.filter(({ level }) => level === "Trace").map(({ message }) => message)
    expect(trace.join("\n")).toContain("USER ann")
    expect(trace.join("\n")).not.toContain("secret")
    expect(lines[0]?.at).toBeInstanceOf(Date)
  })

  it("logs no rejection, which its caller gets", async () => {
    const server = await serve()
    const lines: Array<FtpPromise.LogLine> = []
    const client = await connect({ url: server.url, onLog: (line) => void lines.push(line) })
    await rejection(client.readFile("missing"))
    expect(lines.filter(({ level }) => level !== "Trace")).toEqual([])
  })
})
