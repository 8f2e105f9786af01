// Real time and plain vitest: these are programs without Effect, on sockets.
import { AsyncLocalStorage } from "node:async_hooks"
import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { describe, expect, it } from "vitest"
import { connect, folder, rejection, serve } from "../support/promise.ts"

interface Seen {
  readonly name: string
  readonly kind: number | undefined
  readonly parent: Seen | undefined
  readonly attributes: Record<string, unknown>
  readonly events: Array<string>
  readonly times: Array<readonly [number, number] | undefined>
  status?: { readonly code: number; readonly message?: string }
}

const SPAN = Symbol.for("OpenTelemetry Context Key SPAN")

/** A tracer of OpenTelemetry's shape; what is run in `active` is the parent of spans that are started without one. */
const makeTracer = () => {
  const seen: Array<Seen> = []
  const active = new AsyncLocalStorage<Seen>()
  const spans = new WeakMap<object, Seen>()
  const tracer: FtpPromise.OpenTelemetryTracer = {
    startSpan: (name, options = {}, context?: unknown) => {
      const above = (context as { getValue: (key: symbol) => object } | undefined)?.getValue(SPAN)
      const span: Seen = {
        name,
        kind: options.kind,
        parent: above === undefined ? active.getStore() : spans.get(above),
        attributes: { ...options.attributes },
        events: [],
        times: [options.startTime]
      }
      seen.push(span)
      const open: FtpPromise.OpenTelemetrySpan = {
        spanContext: () => ({ traceId: "t", spanId: String(seen.length), traceFlags: 1 }),
        setAttribute: (key, value) => {
          span.attributes[key] = value
        },
        addEvent: (name) => span.events.push(name),
        setStatus: (status) => {
          span.status = status
        },
        end: (time) => void span.times.push(time)
      }
      spans.set(open, span)
      return open
    }
  }
  return { active, seen, tracer, named: (name: string) => seen.filter((span) => span.name === name) }
}

const isInOrder = ([start, end]: Seen["times"]): boolean =>
  start !== undefined && end !== undefined && start[0] * 1e9 + start[1] <= end[0] * 1e9 + end[1]

describe("FtpPromise with a tracer of OpenTelemetry", () => {
  it("has a span for each call, with what it is about and when it was", async () => {
    const server = await serve()
    const { named, seen, tracer } = makeTracer()
    const began = Date.now()
    const client = await connect({ url: server.url, tracer })
    await client.list("pub")
    await client.readFile("a.txt")
    await client.toFile("big.bin", `${folder()}/big.bin`)
    const [list] = named("FtpClient.listing")
    expect(list).toMatchObject({
      kind: 2,
      attributes: { "server.address": "127.0.0.1", "ftp.path": "pub", "ftp.attempts": 1 }
    })
    expect(list?.events).toContain("ftp.command")
    expect(named("FtpTransfer.toFile")).toMatchObject([
      { attributes: { "ftp.path": "big.bin", "ftp.bytes": 8 * 1024 * 1024, "ftp.evidence": "Size" } }
    ])
    expect(named("FtpPool.open").length).toBe(1)
    expect(seen.filter((span) => !isInOrder(span.times))).toEqual([])
    expect(seen[0]?.times[0]?.[0]).toBeGreaterThanOrEqual(Math.floor(began / 1000))
    expect(seen.filter(({ status }) => status !== undefined)).toEqual([])
  })

  it("has the caller's active span above them, and each below the one that it is part of", async () => {
    const server = await serve()
    const { active, named, tracer } = makeTracer()
    const client = await connect({ url: server.url, tracer })
    const mine: Seen = { name: "mine", kind: 0, parent: undefined, attributes: {}, events: [], times: [] }
    await active.run(mine, () => client.downloadTree("pub", folder()))
    expect(named("FtpMirror.mirror")[0]?.parent).toBe(mine)
    expect(named("FtpTransfer.toFile").map(({ parent }) => parent?.name)).toEqual([
      "FtpMirror.mirror",
      "FtpMirror.mirror"
    ])
  })

  it("says which error ended a call, and which call was aborted", async () => {
    const server = await serve()
    const { named, tracer } = makeTracer()
    const client = await connect({ url: server.url, tracer })
    await rejection(client.modified("missing"))
    expect(named("FtpClient.modified")[0]).toMatchObject({
      attributes: { "error.type": "FtpRejected" },
      status: { code: 2, message: expect.stringContaining("missing") }
    })
    await server.fault({ _tag: "Delay", verb: "MDTM", duration: "1 hour" })
    await rejection(client.modified("a.txt", { signal: AbortSignal.timeout(50) }))
    expect(named("FtpClient.modified")[1]).toMatchObject({ attributes: { "ftp.outcome": "Interrupted" } })
    expect(named("FtpClient.modified")[1]?.status).toBeUndefined()
  })
})

describe("FtpPromise with a tracer of Effect", () => {
  it("has a span for each call", async () => {
    const names: Array<string> = []
    const tracer = Tracer.make({
      span: (name, parent, context, links, startTime, kind) => {
        names.push(name)
        const attributes = new Map<string, unknown>()
        return {
          _tag: "Span",
          name,
          parent,
          context,
          kind,
          attributes,
          spanId: String(names.length),
          traceId: Option.match(parent, { onNone: () => "t", onSome: ({ traceId }) => traceId }),
          links: [...links],
          sampled: true,
          status: { _tag: "Started", startTime },
          end: () => {},
          attribute: (key, value) => void attributes.set(key, value),
          event: () => {},
          addLinks: () => {}
        }
      },
      context: (f) => f()
    })
    const client = await connect({ url: (await serve()).url, tracer })
    await client.size("a.txt")
    expect(names).toEqual(["FtpPool.open", "FtpClient.size"])
  })
})
