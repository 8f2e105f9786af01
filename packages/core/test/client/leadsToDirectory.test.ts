/** Whether a path leads to a directory, in few round trips. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { layer, services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { ready, session } from "../support/scripted.ts"
import { commands } from "../support/server.ts"

const root = { "sub/a.txt": "a", "sub/b.txt": "b", "file.txt": "x" }

const stage = (server: FtpTestServer.Options = {}) => layer({ server: { root, ...server }, pool: { maxPerHost: 1 } })

const leadsToDirectory = (path: string) =>
  Effect.flatMap(FtpClient.FtpClient, (client) => inTime(client.leadsToDirectory(path)))

const OLD = { denied: ["MLST", "MLSD"] }

describe.each([
  ["MLST", {}],
  ["SIZE and CWD", OLD],
  ["neither SIZE nor MLST", { denied: ["MLST", "MLSD", "SIZE", "MDTM"] }],
  ["no PWD", { denied: ["MLST", "MLSD", "PWD"] }]
] satisfies ReadonlyArray<readonly [string, FtpTestServer.Options]>)(
  "leadsToDirectory on a server with %s",
  (_, server) => {
    it.effect.each([
      ["sub", true],
      ["/sub", true],
      ["sub/", true],
      ["", true],
      ["file.txt", false],
      ["sub/a.txt", false]
    ] as const)("of %j is %s", ([path, expected]) =>
      Effect.gen(function* () {
        expect(yield* leadsToDirectory(path)).toBe(expected)
      }).pipe(Effect.provide(stage(server)))
    )

    it.effect("fails if the path is missing", () =>
      Effect.gen(function* () {
        expect(yield* Effect.flip(leadsToDirectory("missing"))).toMatchObject({
          _tag: "FtpRejected",
          reason: "NotFound"
        })
      }).pipe(Effect.provide(stage(server)))
    )
  }
)

describe("leadsToDirectory", () => {
  it.effect("is asked again by a listing if the directory may have been removed meanwhile", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* client.leadsToDirectory("sub")).toBe(true)
      yield* Effect.flip(client.remove("sub"))
      const before = (yield* commands).length
      yield* client.list("sub", { times: false })
      expect((yield* commands).slice(before)).toContain("CWD sub")
    }).pipe(Effect.provide(stage(OLD)))
  )
})

const asked = `${ready("SIZE")}
C: SIZE sub
C: PWD
C: CWD sub
C: CWD /
C: CWD -a sub
C: NOOP
S: 550 No size
S: 257 "/"`

describe("a visit in one burst", () => {
  it.scoped("that can't be left ends the session, and its result stands", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(
        `${asked}\nS: 250 ok\nS: 550 No such directory\nS: 550 none\nS: 200 ok\nC: CWD /\nS: 550 No such directory`
      )
      expect(yield* made.leadsToDirectory("sub")).toBe(true)
      expect(yield* made.reusable).toBe(false)
    }).pipe(Effect.provide(services))
  )

  it.scoped("leaves the session as it was", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${asked}\nS: 250 ok\nS: 250 ok\nS: 550 none\nS: 200 ok`)
      expect(yield* made.leadsToDirectory("sub")).toBe(true)
      expect(yield* made.reusable).toBe(true)
    }).pipe(Effect.provide(services))
  )

  it.scoped("whose replies are out of step shows nothing, and ends the session", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${asked}\nS: 250 ok\nS: 250 ok\nS: 550 none\nS: 421 bye`)
      expect(yield* Effect.exit(made.leadsToDirectory("sub"))).toMatchObject({ _tag: "Failure" })
      expect(yield* made.reusable).toBe(false)
    }).pipe(Effect.provide(services))
  )
})
