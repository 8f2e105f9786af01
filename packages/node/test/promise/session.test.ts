// Real time and plain vitest: these are programs without Effect, on sockets.
import { FtpRejected, FtpUsageError } from "@ftp-effect/core/FtpError"
import * as Command from "@ftp-effect/core/protocol/Command"
import { describe, expect, it } from "vitest"
import { bytesOf, connect, rejection, serve } from "../support/promise.ts"

describe("FtpPromise: a lent session", () => {
  it("runs commands and transfers, one after the other", async () => {
    const server = await serve()
    const client = await connect(server.url)
    const result = await client.withSession(async (session) => {
      const reply = await session.run(Command.noop)
      const bytes = await bytesOf(session.receive(Command.retr("a.txt")))
      const sent = await session.transmit(Command.stor("up.txt"), "sent")
      const { entries } = await session.list("pub")
      const sizes: Array<number | undefined> = []
      for await (const { size } of session.entries("pub")) sizes.push(size)
      return {
        code: reply.code,
        text: bytes.toString(),
        sent,
        size: entries[0]?.size,
        sizes,
        user: session.endpoint.user
      }
    })
    expect(result).toEqual({ code: 200, text: "hello", sent: 4, size: 1, sizes: [1, undefined], user: "ann" })
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
