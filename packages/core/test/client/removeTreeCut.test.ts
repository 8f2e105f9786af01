/** Over TLS a forged FIN looks like the end of a listing: what the listing lacks must not be removed. */
import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Embedded from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"

const TREE = { "build/a.txt": "goes", "build/ab.txt": "goes", "build/c.txt": "goes", other: "stays" }

/** In the first line, in a name of the second one, and right after a line. */
const CUTS = [10, 60, 100, 130, 160]

describe("recursive removal, if a listing is cut short and confirmed", () => {
  it.scoped.each(CUTS)(
    "removes only what was listed, and fails as the directory is not empty: after %i bytes",
    (afterBytes) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        const client = yield* FtpClient.FtpClient
        const cut = (verb: ReadonlyArray<string>, afterBytes: number) =>
          server.fault({
            _tag: "DropData",
            verb,
            afterBytes,
            how: "End",
            reply: "226 Directory send OK.",
            times: Number.POSITIVE_INFINITY
          })
        yield* cut(["MLSD", "LIST"], afterBytes)
        // The last resort, where no line could be read: one whole name is left of it.
        yield* cut(["NLST"], 8)
        const failure = yield* inTime(Effect.flip(client.remove("build", { recursive: true })))
        assert.include(["FtpRejected", "FtpListingError"], failure._tag)
        const left = (yield* server.tree).map(({ path }) => path)
        assert.include(left, "/build/c.txt")
        assert.include(left, "/other")
      }).pipe(Effect.provide(Embedded.layer({ server: { root: TREE } })))
  )
})
