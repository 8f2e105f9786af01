// Real time: sockets don't run by the TestClock.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { serve } from "./support/byUrl.ts"

const NEW = DateTime.unsafeMake("2026-01-02T03:04:05Z")
const OLD = DateTime.unsafeMake("2020-01-02T03:04:05Z")

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "ftp-effect-hosts-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

describe("a small file of several hosts", () => {
  it.scopedLive("has the time of the host that sent it, not that of another one's listing", () =>
    Effect.gen(function* () {
      const listed = yield* serve({ root: { "a.txt": "the new one", "b.txt": "before" } })
      const behind = yield* serve({ root: { "a.txt": "the old one", "b.txt": "before" } })
      const local = yield* folder
      const [url, mirror] = [listed, behind].map(({ address }) => `ftp://ann:secret@127.0.0.1:${address.port}`)
      yield* Effect.flatMap(FtpClient, (client) => client.setModified("a.txt", OLD)).pipe(
        Effect.provide(NodeFtp.layerUrl(mirror ?? ""))
      )
      yield* Effect.gen(function* () {
        const { borrow, endpoints } = yield* FtpPool
        // So what follows is done by the other one.
        yield* borrow({ host: endpoints[0] })
        // What a server can do is known after its first file.
        yield* FtpTransfer.toFile("b.txt", join(local, "b.txt"))
        yield* FtpTransfer.toFile("a.txt", join(local, "a.txt"), {
          expectedSize: "the new one".length,
          expectedModified: { at: NEW, precision: "Second", zone: "Utc" }
        })
      }).pipe(Effect.scoped, Effect.provide(NodeFtp.layer({ url: url ?? "", mirrors: [mirror ?? ""], maxPerHost: 1 })))
      expect(readFileSync(join(local, "a.txt"), "utf8")).toBe("the old one")
      expect(statSync(join(local, "a.txt")).mtimeMs).toBe(OLD.epochMillis)
    })
  )
})
