// Real time: sockets don't run by the TestClock.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import type { FtpSession } from "@ftp-effect/core/FtpSession"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as NodeFtpHasher from "@ftp-effect/node/NodeFtpHasher"
import * as Effect from "effect/Effect"
import { CONTENT, sentBy, stage } from "./support/smallFiles.ts"

const fetch = (local: string, options: FtpTransfer.ToFileOptions = {}) =>
  FtpTransfer.toFile("a.txt", join(local, "a.txt"), { expectedSize: CONTENT.length, durability: "Written", ...options })

describe("the port of a file that is small by its listing", () => {
  it.live("is fetched after the port that was asked for at the end of the one before it", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const { commands } = yield* sentBy(server, FtpPool.keepSession(Effect.forEach([1, 2, 3], () => fetch(local))))
        expect(commands).toEqual([
          ...["MDTM a.txt", "EPSV", "RETR a.txt"],
          ...["MDTM a.txt", "EPSV", "RETR a.txt", "EPSV"],
          ...["MDTM a.txt", "RETR a.txt", "EPSV"]
        ])
        expect(readFileSync(join(local, "a.txt"), "utf8")).toBe(CONTENT)
      })
    )
  )

  it.live.each([
    ["LIST", (session: FtpSession) => Effect.asVoid(session.list(""))],
    ["SIZE and MDTM", (session: FtpSession) => Effect.asVoid(session.stat("a.txt"))],
    ["HASH", (session: FtpSession) => Effect.asVoid(session.hash("a.txt", "SHA-256"))]
  ] as const)("asks for a port of its own after %s", ([, use]) =>
    stage(
      (server, local) =>
        Effect.gen(function* () {
          const used = Effect.scoped(Effect.flatMap(FtpPool.FtpPool, ({ borrow }) => Effect.flatMap(borrow(), use)))
          const all = Effect.all([fetch(local), fetch(local), used, fetch(local)])
          const { commands } = yield* sentBy(server, FtpPool.keepSession(all))
          expect(commands.slice(-3)).toEqual(["MDTM a.txt", "EPSV", "RETR a.txt"])
        }),
      { denied: ["MLST", "MLSD"], hasher: NodeFtpHasher.make() }
    )
  )

  it.live("is whole, and so are those after it, if the port for the next one is refused", () =>
    stage((server, local) =>
      Effect.gen(function* () {
        const played = FtpPool.keepSession(
          Effect.gen(function* () {
            yield* Effect.forEach([1, 2], () => fetch(local))
            // They have brought a port for the next one, so that asks only for the one after it.
            yield* server.fault({ _tag: "Refuse", verb: "EPSV", reply: "500 Not during a transfer." })
            yield* Effect.forEach([1, 2], () => fetch(local))
          })
        )
        const { commands, result } = yield* sentBy(server, played)
        expect(result).toMatchObject({ _tag: "Success" })
        expect(commands.slice(7)).toEqual([
          ...["MDTM a.txt", "RETR a.txt", "EPSV"],
          ...["MDTM a.txt", "EPSV", "RETR a.txt"]
        ])
        expect((yield* server.connections).total).toBe(1)
      })
    )
  )

  // The first asks for no port, those after it at the end of the data, the last with RETR.
  it.live.each([0, 1, 2, 3, 4, 5, 6])("is whole if the data of the one after %i others is reset", (others) =>
    stage((server, local) =>
      FtpPool.keepSession(
        Effect.gen(function* () {
          yield* Effect.forEach(Array.from({ length: others }), () => fetch(local))
          yield* server.fault({ _tag: "DropData", afterBytes: 5, how: "Reset" })
          yield* Effect.forEach([1, 2], () => fetch(local))
          expect(readFileSync(join(local, "a.txt"), "utf8")).toBe(CONTENT)
          expect((yield* server.connections).total).toBe(1)
        })
      )
    )
  )

  it.live("is announced by PRET where the server wants that", () =>
    stage(
      (server, local) =>
        Effect.gen(function* () {
          yield* fetch(local)
          const { commands, result } = yield* sentBy(server, fetch(local))
          expect(result).toMatchObject({ value: { bytes: CONTENT.length } })
          expect(commands.filter((command) => /^(PRET|EPSV|RETR)/.test(command))).toEqual([
            "PRET RETR a.txt",
            "EPSV",
            "RETR a.txt"
          ])
        }),
      { pret: true }
    )
  )

  it.live("is not announced by PRET if the server gives a port without it, and nor are large files after it", () =>
    stage(
      (server, local) =>
        Effect.gen(function* () {
          const large = FtpTransfer.toFile("c.txt", join(local, "c.txt"))
          const { commands } = yield* sentBy(server, Effect.all([fetch(local), large]))
          expect(commands.slice(0, 3)).toEqual(["MDTM a.txt", "EPSV", "RETR a.txt"])
          expect(commands).toContain("RETR c.txt")
          expect(commands.filter((command) => command.startsWith("PRET"))).toEqual([])
        }),
      { pret: "Unneeded" }
    )
  )
})
