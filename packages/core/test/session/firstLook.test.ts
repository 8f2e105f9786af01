/** What is asked of a path in one burst before it is listed, and what the listing finds there. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { layer, services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { ready, session } from "../support/scripted.ts"
import { commands, withFault } from "../support/server.ts"

const root = { "sub/a.txt": "a", "sub/b.txt": "b", "file.txt": "x" }

const OLD = { denied: ["MLST", "MLSD"] }

const stage = (server: FtpTestServer.Options = {}) => layer({ server: { root, ...server }, pool: { maxPerHost: 1 } })

/** The commands of `leadsToDirectory` and of the listing that follows. */
const dialogue = (path: string) =>
  Effect.gen(function* () {
    const client = yield* FtpClient.FtpClient
    const login = yield* Effect.zipRight(client.exists("file.txt"), commands)
    const isOne = yield* client.leadsToDirectory(path)
    const asked = (yield* commands).slice(login.length)
    const names = (yield* client.list(path, { times: false })).map(({ name }) => name).sort()
    return { isOne, asked, names, listed: (yield* commands).slice(login.length + asked.length) }
  })

describe("a first look at a directory", () => {
  it.effect("is one burst, and its answers are those of the listing", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* client.leadsToDirectory("sub")).toBe(true)
      const asked = yield* commands
      expect(asked.slice(asked.indexOf("SIZE sub"))).toEqual([
        "SIZE sub",
        "PWD",
        "CWD sub",
        "CWD /",
        "CWD -a sub",
        "EPSV",
        "NOOP"
      ])
      expect(yield* client.list("sub", { times: false })).toHaveLength(2)
      expect((yield* commands)[asked.length]).toBe("LIST -a sub")
    }).pipe(Effect.provide(stage(OLD)))
  )

  it.effect("asks MLST where the server has it, and for the directory if MLSD may list another one", () =>
    Effect.gen(function* () {
      const found = yield* dialogue("sub")
      expect(found).toMatchObject({ isOne: true, names: ["a.txt", "b.txt"] })
      expect(found.asked).toEqual(["MLST sub", "PWD", "CWD sub", "CWD /", "EPSV", "NOOP"])
      expect(found.listed).toEqual(["MLSD sub"])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("announces the listing where the server wants that", () =>
    Effect.gen(function* () {
      const found = yield* dialogue("sub")
      expect(found).toMatchObject({ isOne: true, names: ["a.txt", "b.txt"] })
      expect(found.asked).toEqual(["MLST sub", "PWD", "CWD sub", "CWD /", "PRET MLSD sub", "EPSV", "NOOP"])
      expect(found.listed).toEqual(["MLSD sub"])
    }).pipe(Effect.provide(stage({ pret: true })))
  )

  it.effect("a port that was announced for one listing is not used for another one", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* client.leadsToDirectory("sub")).toBe(true)
      const before = (yield* commands).length
      yield* client.list("", { times: false })
      expect((yield* commands).slice(before)).toEqual(["PRET MLSD", "EPSV", "MLSD"])
    }).pipe(Effect.provide(stage({ pret: true })))
  )

  it.effect("goes back to a login directory that is not the likely one, and guesses it the next time", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* client.leadsToDirectory("a")).toBe(true)
      const asked = yield* commands
      expect(asked.slice(asked.indexOf("SIZE a"))).toEqual([
        "SIZE a",
        "PWD",
        "CWD a",
        "CWD /",
        "CWD -a a",
        "EPSV",
        "NOOP",
        "CWD /home/ann"
      ])
      expect((yield* client.list("a", { times: false })).map(({ name }) => name)).toEqual(["x"])
      const before = (yield* commands).length
      expect(yield* client.leadsToDirectory("b")).toBe(true)
      expect((yield* commands).slice(before)).toEqual(["SIZE b", "CWD b", "CWD /home/ann", "EPSV", "NOOP"])
    }).pipe(
      Effect.provide(
        stage({ ...OLD, home: "/home/ann", root: { "home/ann/a/x": "1", "home/ann/b/y": "2", "a/wrong": "3" } })
      )
    )
  )

  it.effect("a directory that is named like the option is no proof of it", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* client.leadsToDirectory("sub")).toBe(true)
      expect((yield* client.list("sub", { times: false })).map(({ name }) => name).sort()).toEqual(["a.txt", "b.txt"])
      expect(yield* client.workingDirectory).toBe("/")
    }).pipe(Effect.provide(stage({ ...OLD, root: { ...root, "-a sub/c.txt": "c" } })))
  )

  it.effect("of a file changes nothing, and the answer is that of the questions in steps", () =>
    Effect.gen(function* () {
      const found = yield* Effect.flatMap(FtpClient.FtpClient, (client) => inTime(client.leadsToDirectory("file.txt")))
      expect(found).toBe(false)
      expect(yield* Effect.flatMap(FtpClient.FtpClient, (client) => client.workingDirectory)).toBe("/")
    }).pipe(Effect.provide(stage(OLD)))
  )

  it.effect("asks in steps for ever once the server has not said where the session is", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* inTime(client.leadsToDirectory("sub"))).toBe(true)
      const before = (yield* commands).length
      expect(yield* inTime(client.leadsToDirectory("sub"))).toBe(true)
      expect((yield* commands).slice(before)).not.toContain("CWD /")
    }).pipe(Effect.provide(stage({ denied: ["MLST", "MLSD", "PWD"] })))
  )

  it.effect("asks for no port if the server is not known to have EPSV", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready("SIZE")}
C: SIZE sub
C: PWD
C: CWD sub
C: CWD /
C: CWD -a sub
C: NOOP
S: 550 No size
S: 257 "/"
S: 250 ok
S: 250 ok
S: 550 none
S: 200 ok`)
      expect(yield* made.leadsToDirectory("sub")).toBe(true)
    }).pipe(Effect.scoped, Effect.provide(services))
  )

  it.effect("a port that can't be reached any more is asked for again", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready("EPSV", "MLST type*;")}
C: MLST sub
C: PWD
C: CWD sub
C: CWD /
C: EPSV
C: NOOP
S: 250-Listing
S:  type=dir; sub
S: 250 End
S: 257 "/"
S: 250 ok
S: 250 ok
S: 229 ok (|||2222|)
S: 200 ok
C: EPSV
S: 229 ok (|||{port}|)
C: MLSD sub
D: accept
S: 150 here
D: send type=file;size=1; x\\r\\n
D: end
S: 226 done`)
      expect(yield* made.leadsToDirectory("sub")).toBe(true)
      expect((yield* made.list("sub", { times: false })).entries.map(({ name }) => name)).toEqual(["x"])
    }).pipe(Effect.scoped, Effect.provide(services))
  )

  it.effect("is not in a burst once the server has not borne one", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "CloseControl", verb: "CWD", times: 1 })
      const client = yield* FtpClient.FtpClient
      expect(yield* inTime(client.leadsToDirectory("sub"))).toBe(true)
      expect(yield* commands).not.toContain("CWD -a sub")
    }).pipe(Effect.provide(stage(OLD)))
  )
})

describe("a first look at a directory that is listed at once", () => {
  it.effect("asks PWD in the round trip of its port, and leaves the login directory only once it is listed", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      yield* client.exists("file.txt")
      const login = (yield* commands).length
      expect((yield* client.list("sub", { times: false })).map(({ name }) => name).sort()).toEqual(["a.txt", "b.txt"])
      expect((yield* commands).slice(login)).toEqual(["PWD", "EPSV", "NOOP", "MLSD sub", "CWD sub", "CWD /", "NOOP"])
      const first = (yield* commands).length
      yield* client.list("", { times: false })
      expect((yield* commands).slice(first)).not.toContain("NOOP")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("finds out all that it would ask afterwards once a session has come back to the login directory", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* client.withSession((session) => session.isDirectory("sub"))).toBe(true)
      const before = (yield* commands).length
      expect((yield* client.list("sub", { times: false })).map(({ name }) => name).sort()).toEqual(["a.txt", "b.txt"])
      expect((yield* commands).slice(before, before + 6)).toEqual([
        "CWD sub",
        "CWD /",
        "CWD -a sub",
        "EPSV",
        "NOOP",
        "LIST -a sub"
      ])
    }).pipe(Effect.provide(stage(OLD)))
  )

  it.effect.each([
    ["MLSD", []],
    ["LIST", OLD.denied]
  ] as const)("leaves a session without PWD as it is, and %s lists by it", ([, denied]) =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const listed = client.withSession((session) =>
        Effect.zipRight(session.size("file.txt"), Effect.zipLeft(session.list("sub"), session.list("")))
      )
      expect((yield* inTime(listed)).entries.map(({ name }) => name).sort()).toEqual(["a.txt", "b.txt"])
      const all = yield* commands
      expect(all.filter((line) => line.startsWith("PASS"))).toHaveLength(1)
      expect(all.filter((line) => line.startsWith("CWD"))).toEqual([])
    }).pipe(Effect.provide(stage({ denied: [...denied, "PWD", "XPWD"] })))
  )

  it.effect("does not end a session for a login directory that can't be entered, before it has listed", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Refuse", verb: "PWD", reply: '257 "/elsewhere"', times: Number.POSITIVE_INFINITY })
      const client = yield* FtpClient.FtpClient
      for (const path of ["sub", "sub2", "sub"]) {
        const listed = client.withSession((session) => session.list(path))
        expect((yield* inTime(listed)).entries).toHaveLength(path === "sub" ? 2 : 0)
      }
    }).pipe(Effect.provide(stage({ ...OLD, root: { ...root, "sub2/": {} } })))
  )

  it.effect("leaves alone a path that LIST may not be given", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect((yield* client.list("a b", { times: false })).map(({ name }) => name)).toEqual(["x"])
      expect(yield* commands).not.toContain("NOOP")
    }).pipe(Effect.provide(stage({ ...OLD, root: { "a b/x": "1" } })))
  )
})
