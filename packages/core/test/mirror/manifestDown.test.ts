/** With a manifest beside a local tree, files of a server are never downloaded only to know what they hold. */
import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { hasher } from "../support/hasher.ts"
import { disk, down, kinds, withHasher } from "./stage.ts"

const MOVED = { delete: "Ours", manifest: true, maxDelete: { _tag: "Percent", percent: 100, free: 0 } } as const

const commandsOf = (verb: string) =>
  Effect.map(
    Effect.flatMap(FtpTestServer.FtpTestServer, ({ commands }) => commands),
    (lines) => lines.filter((line) => line.startsWith(`${verb} `)).length
  )

/** What the second of two runs does and sends, after the server's file was changed. */
const after = (change: (server: FtpTestServer.FtpTestServer) => Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    expect((yield* down(MOVED)).isComplete).toBe(true)
    const before = yield* commandsOf("RETR")
    yield* Effect.orDie(change(server))
    const result = yield* down(MOVED)
    expect(result).toMatchObject({ isComplete: true, failures: [] })
    const { ".ftp-effect-manifest.json": _, ...files } = yield* disk
    return {
      files,
      steps: kinds(result),
      downloads: (yield* commandsOf("RETR")) - before,
      again: kinds(yield* down(MOVED))
    }
  })

const root = { "www/keep": "k", "www/old": "content" }

const move = (server: FtpTestServer.FtpTestServer) => server.store.rename("/www/old", "/www/new")

it.effect("a manifest has the hash of each file that was downloaded, small or large", () =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    const large = "x".repeat(300_000)
    yield* server.write("/www/large", large)
    yield* down(MOVED)
    const { ".ftp-effect-manifest.json": manifest = "{}" } = yield* disk
    const sha256 = (content: string) => createHash("sha256").update(content).digest("hex")
    expect(JSON.parse(manifest).files).toMatchObject({
      keep: { sha256: sha256("k") },
      large: { sha256: sha256(large) },
      old: { sha256: sha256("content") }
    })
  }).pipe(Effect.provide(withHasher({ root })))
)

describe("a file of a server that was moved since the last run", () => {
  it.effect("is downloaded once, as to read it would be the same", () =>
    Effect.gen(function* () {
      const { again, downloads, files, steps } = yield* after(move)
      expect(steps).toEqual(["Copy new", "Remove old"])
      expect(downloads).toBe(1)
      expect(files).toEqual({ keep: "k", new: "content" })
      expect(again).toEqual([])
    }).pipe(Effect.provide(withHasher({ root })))
  )

  it.effect("is renamed here if the server has its hash", () =>
    Effect.gen(function* () {
      const { again, downloads, files, steps } = yield* after(move)
      expect(steps).toEqual(["Rename new"])
      expect(downloads).toBe(0)
      expect(files).toEqual({ keep: "k", new: "content" })
      expect(again).toEqual([])
    }).pipe(Effect.provide(withHasher({ root, hasher })))
  )
})

describe("a file of a server that has the size that it had, and another time", () => {
  const touch = (server: FtpTestServer.FtpTestServer) => server.write("/www/old", "CONTENT")

  it.effect("is downloaded once", () =>
    Effect.gen(function* () {
      const { again, downloads, files, steps } = yield* after(touch)
      expect(steps).toEqual(["Replace old"])
      expect(downloads).toBe(1)
      expect(files).toEqual({ keep: "k", old: "CONTENT" })
      expect(again).toEqual([])
    }).pipe(Effect.provide(withHasher({ root })))
  )

  it.effect("is not downloaded if the server has the hash of what is here", () =>
    Effect.gen(function* () {
      const { again, downloads, files, steps } = yield* after((server) => server.write("/www/old", "content"))
      expect(steps.filter((step) => !step.startsWith("SetTime"))).toEqual([])
      expect(downloads).toBe(0)
      expect(files).toEqual({ keep: "k", old: "content" })
      expect(again).toEqual([])
    }).pipe(Effect.provide(withHasher({ root, hasher })))
  )

  it.effect("is read if that time, a second more, does not tell it from what is here", () =>
    Effect.gen(function* () {
      const { again, files, steps } = yield* after(({ store, write }) =>
        Effect.flatMap(store.lstat("/www/old"), ({ modified = 0 }) =>
          Effect.zipRight(write("/www/old", "CONTENT"), store.setModified("/www/old", modified + 1000))
        )
      )
      expect(steps).toEqual(["Replace old"])
      expect(files).toEqual({ keep: "k", old: "CONTENT" })
      expect(again).toEqual([])
    }).pipe(Effect.provide(withHasher({ root })))
  )
})
