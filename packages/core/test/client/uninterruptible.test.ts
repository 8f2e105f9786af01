import { describe, expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { layer } from "../support/embedded.ts"

/** As in a finalizer, or in the acquisition of a resource. */
describe("a caller who can't be interrupted", () => {
  it.effect("lists, fetches and sends as any other does", () =>
    Effect.uninterruptible(
      Effect.gen(function* () {
        const client = yield* FtpClient
        expect((yield* client.list("pub")).map(({ name }) => name)).toEqual(["a.txt"])
        yield* FtpTransfer.upload("pub/b.txt", FtpSource.fromString("new"))
        expect(yield* FtpTransfer.readFileString("pub/b.txt")).toBe("new")
        const { read } = yield* FtpTestServer.FtpTestServer
        expect(new TextDecoder().decode(yield* read("pub/b.txt"))).toBe("new")
      })
    ).pipe(Effect.provide(layer({ server: { root: { "pub/a.txt": "a" } } })))
  )
})
