/** Small files between a disk and the embedded server over TCP. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type { FtpTestServer } from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { serve } from "./byUrl.ts"

export const CONTENT = "a small file"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "ftp-effect-small-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** A server with a small file, and a client that has fetched another one: what the server can do is known. */
export const stage = <A, E>(
  play: (server: FtpTestServer, local: string) => Effect.Effect<A, E, NodeFtp.NodeFtp>,
  { preliminary = 500, ...options }: Parameters<typeof serve>[0] & { readonly preliminary?: number } = {}
): Effect.Effect<A, unknown> =>
  Effect.gen(function* () {
    const server = yield* serve({ root: { "a.txt": CONTENT, "b.txt": "before", "c.txt": CONTENT }, ...options })
    const local = yield* folder
    const played = Effect.gen(function* () {
      yield* FtpTransfer.toFile("b.txt", join(local, "b.txt"))
      rmSync(join(local, "b.txt"))
      return yield* play(server, local)
    })
    const client = NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
    const limits = FtpTimeouts.layer({ preliminary: Duration.millis(preliminary) })
    return yield* Effect.provide(played, Layer.provide(client, limits))
  }).pipe(Effect.scoped)

/** The commands since then. */
export const sentBy = <A, E, R>(server: FtpTestServer, self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const before = (yield* server.commands).length
    const result = yield* Effect.exit(self)
    return { result, commands: (yield* server.commands).slice(before) }
  })
