// Real time and plain vitest: these are programs without Effect, on sockets.
import { join } from "node:path"
import { FtpAuthError, FtpConnectionLost, FtpRejected, FtpUsageError, isFtpError } from "@ftp-effect/core/FtpError"
import { describe, expect, it } from "vitest"
import { bytesOf, collect, connect, folder, rejection, serve } from "../support/promise.ts"

describe("rejections are the typed errors themselves", () => {
  it("a wrong password is an FtpAuthError", async () => {
    const { url } = await serve()
    const client = await connect({ url: url.replace(":secret", ""), password: "wrong", lazy: true })
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
