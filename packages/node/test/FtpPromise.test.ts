import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import type { FtpClient } from "@ftp-effect/core/FtpClient"
import type { FtpEndpoint } from "@ftp-effect/core/FtpEndpoint"
import {
  FtpAuthError,
  FtpConnectError,
  FtpConnectionLost,
  FtpRejected,
  FtpUsageError,
  isFtpError
} from "@ftp-effect/core/FtpError"
import type { FtpEvidence } from "@ftp-effect/core/FtpEvidence"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as Command from "@ftp-effect/core/protocol/Command"
import type { Reply } from "@ftp-effect/core/protocol/Reply"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpPromise from "@ftp-effect/node/FtpPromise"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { afterEach, describe, expect, expectTypeOf, it } from "vitest"
import * as Certificates from "./support/Certificates.ts"

// Real time and plain vitest throughout: these are programs without Effect, on sockets.

const MIB = 1024 * 1024
const MAY = new Date("2024-05-06T07:08:09Z")
const BIG = new Uint8Array(8 * MIB).map((_, index) => index % 251)

interface Server {
  readonly url: string
  readonly commands: () => Promise<ReadonlyArray<string>>
  readonly connections: () => Promise<{ readonly current: number; readonly total: number; readonly transfers: number }>
  readonly fault: (fault: FtpTestServer.Fault) => Promise<void>
  readonly text: (path: string) => Promise<string>
  readonly reset: () => Promise<void>
}

const closers: Array<() => Promise<void>> = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close()
  }
})

const serve = async (options: FtpTestServer.Options = {}): Promise<Server> => {
  const scope = Effect.runSync(Scope.make())
  closers.push(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const server = await FtpTestServer.make({
    users: { ann: "secret" },
    root: {
      "a.txt": { content: "hello", modified: MAY },
      "pub/b.txt": "b",
      "pub/deep/c.txt": "c",
      "big.bin": { content: BIG }
    },
    ...options
  }).pipe(Scope.extend(scope), Effect.provide(NodeFtpTransport.layer), Effect.runPromise)
  return {
    url: `ftp://ann:secret@127.0.0.1:${server.address.port}`,
    commands: () => Effect.runPromise(server.commands),
    connections: () => Effect.runPromise(server.connections),
    fault: (fault) => Effect.runPromise(server.fault(fault)),
    text: async (path) => new TextDecoder().decode(await Effect.runPromise(server.read(path))),
    reset: () => Effect.runPromise(server.resetConnections)
  }
}

const connect = async (to: string | FtpPromise.ConnectOptions): Promise<FtpPromise.Client> => {
  const client = await FtpPromise.connect(to)
  closers.push(client.close)
  return client
}

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), "ftp-effect-"))
  closers.push(async () => rmSync(path, { recursive: true }))
  return path
}

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => expect.fail(`resolved with ${String(value)}`),
    (error: unknown) => error
  )

/** Array.fromAsync, which Node 20 has not. */
const collect = async <A>(values: AsyncIterable<A>): Promise<ReadonlyArray<A>> => {
  const all: Array<A> = []
  for await (const value of values) {
    all.push(value)
  }
  return all
}

const bytesOf = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => Buffer.concat(await collect(chunks))

const sockets = () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length

const eventually = async (condition: () => boolean | Promise<boolean>, limit = 3000): Promise<void> => {
  for (const until = Date.now() + limit; !(await condition()); ) {
    if (Date.now() > until) {
      expect.fail(`not within ${limit} ms: ${condition}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe("FtpPromise: operations", () => {
  it("give plain values: undefined for what is missing, Date for a time", async () => {
    const client = await connect((await serve()).url)
    expect(await client.stat("a.txt")).toMatchObject({
      name: "a.txt",
      type: "File",
      size: 5,
      modified: { at: MAY, precision: "Second", zone: "Utc" },
      linkTarget: undefined
    })
    expect((await client.list("pub")).map(({ name }) => name).sort()).toEqual(["b.txt", "deep"])
    expect(await client.modified("a.txt")).toMatchObject({ at: MAY })
    expect(await client.workingDirectory()).toBe("/")
    expect(await client.exists("nothing")).toBe(false)
  })

  it("take plain values: a Date, callbacks that get plain values", async () => {
    const client = await connect((await serve()).url)
    const later = new Date("2025-01-02T03:04:05Z")
    await client.setModified("a.txt", later)
    expect((await client.stat("a.txt")).modified?.at).toEqual(later)

    const progress: Array<unknown> = []
    await bytesOf(client.download("a.txt", { onProgress: (at) => progress.push(at) }))
    expect(progress).toEqual([{ bytes: 5, total: 5 }])

    const seen: Array<FtpPromise.Entry> = []
    const enter = (directory: FtpPromise.Entry) => {
      seen.push(directory)
      return false
    }
    const walked = await collect(client.walk("", { enter }))
    expect(walked.map(({ path }) => path).sort()).toEqual(["a.txt", "big.bin", "pub"])
    expect(seen.map(({ name, linkTarget }) => [name, linkTarget])).toEqual([["pub", undefined]])
  })

  it("move whole files", async () => {
    const server = await serve()
    const client = await connect(server.url)
    const path = join(folder(), "big.bin")
    expect(await client.toFile("big.bin", path)).toEqual({ bytes: BIG.byteLength, evidence: { _tag: "Size" } })
    expect(readFileSync(path).equals(BIG)).toBe(true)
    writeFileSync(path, "from a file")
    await client.fromFile(path, "up.txt")
    expect(await server.text("/up.txt")).toBe("from a file")
    expect((await bytesOf(client.download("big.bin"))).equals(BIG)).toBe(true)
    expect(await rejection(client.toFile("a.txt", path, { existing: "Fail" }))).toMatchObject({
      _tag: "FtpLocalFileError"
    })
  })

  it("end in order when next is called without waiting", async () => {
    const client = await connect((await serve()).url)
    const iterator = client.walk("")[Symbol.asyncIterator]()
    const results = await Promise.all(Array.from({ length: 7 }, () => iterator.next()))
    expect(results.map(({ done }) => done === true)).toEqual([false, false, false, false, false, false, true])
  })
})

describe("FtpPromise: uploads", () => {
  const encode = (text: string) => new TextEncoder().encode(text)
  async function* generated() {
    yield encode("he")
    yield encode("")
    yield encode("llo")
  }
  const sources: Record<string, () => FtpPromise.Uploadable> = {
    "a string": () => "hello",
    bytes: () => encode("hello"),
    "a Buffer": () => Buffer.from("hello"),
    "an async generator": generated,
    "an object that is an async iterable": () => ({ [Symbol.asyncIterator]: generated }),
    "a web stream": () => new Blob(["hello"]).stream(),
    "a Node stream": () => Readable.from([Buffer.from("hel"), Buffer.from("lo")]),
    "an FtpSource": () => FtpSource.fromStream(Stream.make(encode("hello")))
  }

  for (const [name, source] of Object.entries(sources)) {
    it(`from ${name}`, async () => {
      const server = await serve()
      const client = await connect(server.url)
      expect(await client.upload("up.txt", source())).toEqual({ bytes: 5, evidence: { _tag: "Size" } })
      expect(await server.text("/up.txt")).toBe("hello")
    })
  }

  it("reject with the source's own error, even one of FTP, and never claim a complete file", async () => {
    const client = await connect((await serve()).url)
    const other = await rejection((await connect("ftp://127.0.0.1:1")).stat("x"))
    expect(other).toBeInstanceOf(FtpConnectError)
    for (const error of [new Error("the disk is on fire"), other, undefined]) {
      const source = async function* () {
        yield encode("begin")
        throw error
      }
      expect(await rejection(client.upload("up.txt", source()))).toBe(error)
      expect(await rejection(client.upload("up.txt", FtpSource.fromStream(Stream.fail(error))))).toBe(error)
    }
    expect(await client.exists("a.txt")).toBe(true)
  })

  it("reject what is no bytes, in words", async () => {
    const client = await connect((await serve()).url)
    const upload = (source: unknown) => rejection(client.upload("up.txt", source as FtpPromise.Uploadable))
    expect(await upload(Readable.from(["text"]))).toMatchObject({
      _tag: "FtpUsageError",
      message: "source: a chunk is a string, not a Uint8Array"
    })
    expect(await upload([1, 2])).toMatchObject({
      _tag: "FtpUsageError",
      message: expect.stringContaining("Array is not")
    })
    expect(await upload(undefined)).toMatchObject({ _tag: "FtpUsageError" })
  })

  it("leave a source when they can't go on, and don't wait for one that is stuck", async () => {
    const server = await serve()
    const client = await connect(server.url)
    let left = 0
    const endless = async function* () {
      try {
        while (true) yield new Uint8Array(MIB)
      } finally {
        left++
      }
    }
    await server.fault({ _tag: "DropData", afterBytes: 3 * MIB, verb: "STOR" })
    expect(await rejection(client.upload("up.bin", endless()))).toMatchObject({ _tag: "FtpTransferInterrupted" })
    expect(left).toBe(1)

    const stuck = async function* () {
      yield encode("begin")
      await new Promise(() => {})
    }
    const signal = AbortSignal.timeout(100)
    expect(await rejection(client.upload("up.bin", stuck(), { signal }))).toBe(signal.reason)

    let cancelled = false
    const web = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true
      }
    })
    await rejection(client.upload("up.bin", web, { signal: AbortSignal.timeout(50) }))
    expect(cancelled).toBe(true)
    expect(await client.exists("a.txt")).toBe(true)
  })
})

describe("rejections are the typed errors themselves", () => {
  it("a wrong password is an FtpAuthError", async () => {
    const { url } = await serve()
    const client = await connect({ url: url.replace(":secret", ""), password: "wrong" })
    const error = await rejection(client.list(""))
    expect(error).toBeInstanceOf(FtpAuthError)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ _tag: "FtpAuthError", reason: "Credentials", isRetryable: false })
    expect(isFtpError(error) && error.message).toMatch(/^ann@127\.0\.0\.1:\d+ refused the login \(Credentials\): 530 /)
  })

  it("a missing file is FtpRejected NotFound: a promise, a loop and an upload say it alike", async () => {
    const client = await connect((await serve()).url)
    const errors = [
      await rejection(client.stat("nothing")),
      await rejection(bytesOf(client.download("nothing"))),
      await rejection(collect(client.walk("nothing"))),
      await rejection(client.toFile("nothing", join(folder(), "x")))
    ]
    for (const error of errors) {
      expect(error).toBeInstanceOf(FtpRejected)
      expect(error).toMatchObject({ reason: "NotFound" })
    }
  })

  it("an error in a callback is that error", async () => {
    const client = await connect((await serve()).url)
    const oops = new Error("oops")
    const onProgress = () => {
      throw oops
    }
    expect(await rejection(bytesOf(client.download("a.txt", { onProgress })))).toBe(oops)
    expect(await rejection(client.upload("up.txt", "text", { onProgress }))).toBe(oops)
    expect(await rejection(client.setModified("a.txt", new Date(Number.NaN)))).toBeInstanceOf(FtpUsageError)
  })

  it("a lost server is a FtpConnectionLost or ends in success, never a hang", async () => {
    const server = await serve()
    const client = await connect(server.url)
    await server.fault({ _tag: "CloseControl", verb: "RNFR", times: 5 })
    expect(await rejection(client.rename("a.txt", "b.txt"))).toBeInstanceOf(FtpConnectionLost)
  })
})

describe("FtpPromise: an AbortSignal", () => {
  it("that is aborted already rejects with its reason, and nothing is dialled", async () => {
    const server = await serve()
    const client = await connect(server.url)
    const signal = AbortSignal.abort("no time")
    expect(await rejection(client.list("", { signal }))).toBe("no time")
    expect(await rejection(bytesOf(client.download("a.txt", { signal })))).toBe("no time")
    expect(await rejection(client.workingDirectory({ signal }))).toBe("no time")
    expect(await server.connections()).toMatchObject({ total: 0 })
  })

  it("ends a call that waits for an answer", async () => {
    const server = await serve()
    const client = await connect(server.url)
    await server.fault({ _tag: "Silence", verb: "MLST" })
    const controller = new AbortController()
    const stat = rejection(client.stat("a.txt", { signal: controller.signal }))
    await eventually(async () => (await server.commands()).some((line) => line.startsWith("MLST")))
    controller.abort()
    const error = await stat
    expect(error).toBe(controller.signal.reason)
    expect(error).toMatchObject({ name: "AbortError" })
    expect((await client.stat("a.txt")).size).toBe(5)
  })

  it("ends a download in its middle, and the next operation succeeds", async () => {
    const server = await serve()
    const client = await connect(server.url)
    const controller = new AbortController()
    let received = 0
    const loop = async () => {
      for await (const bytes of client.download("big.bin", { signal: controller.signal })) {
        received += bytes.byteLength
        controller.abort(new Error("enough"))
      }
    }
    expect(await rejection(loop())).toBe(controller.signal.reason)
    expect(received).toBeGreaterThan(0)
    expect(received).toBeLessThan(BIG.byteLength)
    await eventually(async () => (await server.connections()).transfers === 0)
    expect((await client.stat("a.txt")).size).toBe(5)
  })

  it("frees the session of a loop whose body is busy, and the loop rejects when it comes back", async () => {
    const server = await serve()
    const client = await connect({ url: server.url, maxPerHost: 1 })
    const controller = new AbortController()
    const iterator = client.download("big.bin", { signal: controller.signal })[Symbol.asyncIterator]()
    await iterator.next()
    controller.abort()
    expect((await client.stat("a.txt")).size).toBe(5)
    expect(await rejection(iterator.next())).toBe(controller.signal.reason)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it("that comes after the end changes nothing", async () => {
    const client = await connect((await serve()).url)
    const controller = new AbortController()
    const iterator = client.download("a.txt", { signal: controller.signal })[Symbol.asyncIterator]()
    expect(new TextDecoder().decode((await iterator.next()).value)).toBe("hello")
    expect((await iterator.next()).done).toBe(true)
    controller.abort()
    expect((await iterator.next()).done).toBe(true)
  })

  it("takes a lent session back without waiting for its user, whose signal aborts", async () => {
    const server = await serve()
    const client = await connect({ url: server.url, maxPerHost: 1 })
    const controller = new AbortController()
    const { signal } = controller
    let told: AbortSignal | undefined
    const use = (_: FtpPromise.Session, lent: AbortSignal) => {
      told = lent
      controller.abort()
      return new Promise(() => {})
    }
    expect(await rejection(client.withSession(use, { signal }))).toBe(signal.reason)
    expect(told?.aborted).toBe(true)
    expect((await client.stat("a.txt")).size).toBe(5)
  })
})

describe("FtpPromise: leaving a loop early", () => {
  it("ends the transfer, and the next operation succeeds", async () => {
    const server = await serve()
    const client = await connect({ url: server.url, maxPerHost: 1 })
    for await (const bytes of client.download("big.bin")) {
      expect(bytes[1]).toBe(1)
      break
    }
    expect(await server.connections()).toMatchObject({ transfers: 0 })
    for await (const entry of client.walk("")) {
      expect(entry.name).not.toBe("")
      break
    }
    expect((await bytesOf(client.download("a.txt"))).toString()).toBe("hello")
  })

  it("by an error rejects with that error", async () => {
    const client = await connect((await serve()).url)
    const oops = new Error("oops")
    const loop = async () => {
      for await (const _ of client.download("big.bin")) throw oops
    }
    expect(await rejection(loop())).toBe(oops)
  })

  it("while next is on its way ends that too", async () => {
    const server = await serve()
    const client = await connect(server.url)
    await server.fault({ _tag: "Silence", verb: "RETR" })
    const iterator = client.download("a.txt")[Symbol.asyncIterator]()
    const next = iterator.next()
    await eventually(async () => (await server.commands()).includes("RETR a.txt"))
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
    expect(await next).toEqual({ done: true, value: undefined })
    expect((await client.stat("a.txt")).size).toBe(5)
  })
})

describe("FtpPromise: a lent session", () => {
  it("runs commands and transfers, one after the other", async () => {
    const server = await serve()
    const client = await connect(server.url)
    const result = await client.withSession(async (session) => {
      const reply = await session.run(Command.noop)
      const bytes = await bytesOf(session.receive(Command.retr("a.txt")))
      const sent = await session.transmit(Command.stor("up.txt"), "sent")
      const { entries } = await session.list("pub")
      return { code: reply.code, text: bytes.toString(), sent, size: entries[0]?.size, user: session.endpoint.user }
    })
    expect(result).toEqual({ code: 200, text: "hello", sent: 4, size: 1, user: "ann" })
    expect(await server.text("/up.txt")).toBe("sent")
  })

  it("is of no use once it is given back", async () => {
    const client = await connect((await serve()).url)
    const session = await client.withSession((session) => ({ session }))
    const error = await rejection(session.session.run(Command.noop))
    expect(error).toBeInstanceOf(FtpUsageError)
    expect(error).toMatchObject({ message: "session: it was given back" })
    expect(await rejection(bytesOf(session.session.receive(Command.retr("a.txt"))))).toBeInstanceOf(FtpUsageError)
    expect((await client.stat("a.txt")).size).toBe(5)
  })

  it("rejects with what its user throws", async () => {
    const client = await connect((await serve()).url)
    const oops = { not: "an Error" }
    expect(await rejection(client.withSession(() => Promise.reject(oops)))).toBe(oops)
    expect(
      await rejection(
        client.withSession(() => {
          throw oops
        })
      )
    ).toBe(oops)
    expect(await rejection(client.withSession((session) => session.size("nothing")))).toBeInstanceOf(FtpRejected)
  })
})

describe("FtpPromise: connecting and closing", () => {
  it("dials nothing before the first call", async () => {
    const server = await serve()
    const client = await connect(server.url)
    await client.close()
    expect(await server.connections()).toMatchObject({ total: 0 })
  })

  it("rejects with a FtpUsageError when an option is wrong", async () => {
    const wrong: ReadonlyArray<[string | FtpPromise.ConnectOptions, string]> = [
      ["nonsense", "url: not an FTP URL: it does not start with ftp://, ftpes:// or ftps://"],
      [
        { url: "ftp://ann@h", tls: {} },
        "tls: ftp://ann@h/ has no TLS; with it: ftpes:// (after AUTH) or ftps:// (from the start)"
      ],
      [{ url: "ftp://h", zone: "Mars/Olympus" }, 'zone: "Mars/Olympus" is not a time zone'],
      [{ url: "ftp://h", timeouts: { reply: "soon" as "1 second" } }, "timeouts.reply: soon is not a duration"]
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
    await server.fault({ _tag: "Silence", verb: "SIZE", times: 5 })
    expect(await rejection(client.size("a.txt"))).toMatchObject({ _tag: "FtpConnectionLost", reason: "TimedOut" })
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
})

it("says all of it in its types", () => {
  type Client = FtpPromise.Client
  type Options<K extends keyof Client> = NonNullable<Parameters<Extract<Client[K], (...args: never) => unknown>>[1]>
  expectTypeOf<Client["list"]>().toEqualTypeOf<
    (
      path: string,
      options?: { readonly maxEntries?: number | undefined } & FtpPromise.CallOptions
    ) => Promise<ReadonlyArray<FtpPromise.Entry>>
  >()
  expectTypeOf<FtpPromise.Entry["size"]>().toEqualTypeOf<number | undefined>()
  expectTypeOf<FtpPromise.Entry["modified"]>().toEqualTypeOf<
    | {
        readonly at: Date
        readonly precision: "Millisecond" | "Second" | "Minute" | "Day"
        readonly zone: "Utc" | "Assumed"
      }
    | undefined
  >()
  expectTypeOf<Client["download"]>().returns.toEqualTypeOf<AsyncIterable<Uint8Array>>()
  expectTypeOf<Client["walk"]>().returns.toEqualTypeOf<AsyncIterable<FtpPromise.Entry>>()
  expectTypeOf<NonNullable<Options<"walk">["enter"]>>().toEqualTypeOf<(directory: FtpPromise.Entry) => boolean>()
  expectTypeOf<NonNullable<Options<"download">["onProgress"]>>().parameter(0).toEqualTypeOf<{
    readonly bytes: number
    readonly total: number | undefined
  }>()
  expectTypeOf<Options<"download">["signal"]>().toEqualTypeOf<AbortSignal | undefined>()
  expectTypeOf<Client["workingDirectory"]>().toEqualTypeOf<(options?: FtpPromise.CallOptions) => Promise<string>>()
  expectTypeOf<Client["setModified"]>().parameters.toEqualTypeOf<
    [path: string, at: Date, options?: FtpPromise.CallOptions]
  >()
  expectTypeOf<Client["upload"]>().parameter(1).toEqualTypeOf<FtpPromise.Uploadable>()
  expectTypeOf<Client["upload"]>().returns.resolves.toEqualTypeOf<{
    readonly bytes: number
    readonly evidence: FtpEvidence
  }>()
  expectTypeOf<Client["toFile"]>().parameter(0).toEqualTypeOf<string>()
  expectTypeOf<Client["withSession"]>().toBeCallableWith((session: FtpPromise.Session) => session.run(Command.noop))
  expectTypeOf<Exclude<keyof FtpClient, keyof Client>>().toEqualTypeOf<never>()

  expectTypeOf<FtpPromise.Session["run"]>().toEqualTypeOf<
    (command: Command.Command, options?: FtpPromise.CallOptions) => Promise<Reply>
  >()
  expectTypeOf<FtpPromise.Session["receive"]>().returns.toEqualTypeOf<AsyncIterable<Uint8Array>>()
  expectTypeOf<FtpPromise.Session["transmit"]>().parameter(1).toEqualTypeOf<FtpPromise.Uploadable>()
  expectTypeOf<FtpPromise.Session["endpoint"]>().toEqualTypeOf<FtpEndpoint>()
  expectTypeOf<FtpPromise.Session["reusable"]>().returns.resolves.toEqualTypeOf<boolean>()
  expectTypeOf<FtpPromise.ConnectOptions["password"]>().toEqualTypeOf<string | Redacted.Redacted<string> | undefined>()
})
