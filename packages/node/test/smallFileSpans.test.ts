/** The spans of small files, whichever way they take. Real time: sockets don't run by the TestClock. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"
import { CONTENT, stage } from "./support/smallFiles.ts"

/** The spans that begin in an effect, by their names. */
const spansOf = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const spans: Array<Tracer.Span> = []
    const native = yield* Effect.tracer
    const tracer = Tracer.make({
      span: (...args) => {
        const span = native.span(...args)
        spans.push(span)
        return span
      },
      context: native.context
    })
    yield* Effect.withTracer(self, tracer)
    return spans
  })

describe("a small file that takes the long way after all", () => {
  it.live("is downloaded in one span", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        yield* server.fault({ _tag: "CloseControl", verb: "RETR" })
        const to = join(local, "a.txt")
        const spans = yield* spansOf(FtpTransfer.toFile("a.txt", to, { expectedSize: CONTENT.length }))
        expect(readFileSync(to, "utf8")).toBe(CONTENT)
        const own = spans.filter(({ name }) => name === "FtpTransfer.toFile")
        expect(own.length).toBe(1)
        expect(own[0]?.attributes.get("ftp.bytes")).toBe(CONTENT.length)
        expect(own[0]?.status).toMatchObject({ _tag: "Ended", exit: { _tag: "Success" } })
      })
    )
  )

  it.live("is uploaded in one span", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        yield* server.fault({ _tag: "CloseControl", verb: "STOR" })
        const from = join(local, "up.txt")
        writeFileSync(from, CONTENT)
        const spans = yield* spansOf(FtpTransfer.fromFile(from, "up.txt"))
        expect(Buffer.from(yield* server.read("/up.txt")).toString()).toBe(CONTENT)
        const own = spans.filter(({ name }) => name === "FtpTransfer.fromFile")
        expect(own.length).toBe(1)
        expect(own[0]?.attributes.get("ftp.bytes")).toBe(CONTENT.length)
      })
    )
  )
})
