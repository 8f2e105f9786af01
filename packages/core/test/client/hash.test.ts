import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as HashReply from "@ftp-effect/core/protocol/HashReply"
import * as Effect from "effect/Effect"
import { services } from "../support/embedded.ts"
import { CONTENT, stage } from "../support/hashed.ts"
import { hashOf } from "../support/hasher.ts"
import { ready, session } from "../support/scripted.ts"

describe("FtpClient.hash", () => {
  it.effect("asks for the algorithm that it is given, or for the best", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      for (const algorithm of HashReply.algorithms) {
        expect(yield* client.hash("a", algorithm)).toEqual({ algorithm, value: hashOf(algorithm, CONTENT) })
      }
      expect((yield* client.hash("a")).algorithm).toBe("SHA-256")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("takes names with spaces and quotes", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      for (const name of ["a b", 'a"b', "n 1 2"]) {
        expect((yield* client.hash(name)).value).toBe(hashOf("SHA-256", name))
      }
    }).pipe(Effect.provide(stage({ root: { "a b": "a b", 'a"b': 'a"b', "n 1 2": "n 1 2" } })))
  )

  it.effect("fails as every question does", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* Effect.flip(client.hash("nowhere"))).toMatchObject({ _tag: "FtpRejected", reason: "NotFound" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is Unsupported if the server has no hashes", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* Effect.flip(client.hash("a"))).toMatchObject({ _tag: "FtpRejected", reason: "Unsupported" })
    }).pipe(Effect.provide(stage({ hasher: undefined })))
  )

  it.scoped("takes 202 to OPTS HASH for a refusal, and the algorithm that is in force", () =>
    Effect.gen(function* () {
      const value = "a".repeat(40)
      const { session: made } = yield* session(
        `${ready("HASH SHA-1*;SHA-256")}
         C: OPTS HASH SHA-256
         S: 202 not needed
         C: HASH a
         S: 213 SHA-1 0-5 ${value} a`
      )
      expect(yield* made.hash("a")).toEqual({ algorithm: "SHA-1", value })
      expect(yield* made.reusable).toBe(true)
    }).pipe(Effect.provide(services))
  )
})
