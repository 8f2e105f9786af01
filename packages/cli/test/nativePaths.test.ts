/** What the command must not remove or overwrite, on servers with slashes in their paths and without. */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { folder, run, serve } from "./support/cli.ts"

const VMS: FtpTestServer.Options = {
  listing: "Vms",
  paths: "Native",
  greeting: "host FTP server (OpenVMS V8.4) ready",
  root: { "A.TXT": "a", "SUB/B.TXT": "bb" }
}

const MVS: FtpTestServer.Options = {
  listing: "Mvs",
  paths: "Native",
  greeting: "FTPD1 IBM FTP CS V2R5 at host",
  denied: ["SIZE", "MDTM"],
  root: { "LIB.CNTL/MEMBER": "m", "PLAIN.DATA": "plain" }
}

const UNIX: FtpTestServer.Options = {
  root: { "home/ann/a.txt": "a", "home/ann/sub/b.txt": "bb", "home/annette/c.txt": "c", "tmp/d.txt": "d" },
  home: "/home/ann"
}

const paths = (server: FtpTestServer.FtpTestServer) =>
  Effect.map(server.tree, (tree) => tree.filter(({ type }) => type === "File").map(({ path }) => path))

describe("rm -r", () => {
  for (const [system, options, named] of [
    [
      "OpenVMS",
      VMS,
      [
        "[]",
        "[-]",
        "[.SUB.-]",
        "DISK:[FTP]",
        "disk:[ftp]",
        "DISK:[FTP]/SUB/..",
        "[FTP]",
        "DISK:[000000]",
        "SUB/..",
        "SYS$LOGIN:"
      ]
    ],
    ["z/OS", MVS, ["'FTP.'", "'ftp'"]],
    [
      "a server with slashes",
      UNIX,
      ["/home/ann", "/home/ann/", "/home", "/home/*", "../ann", "../*", "/tmp/../home/ann"]
    ]
  ] as const) {
    for (const path of named) {
      it.scopedLive(`refuses ${path} on ${system}: it is the login directory, or holds it`, () =>
        Effect.gen(function* () {
          const { server, url } = yield* serve(options)
          const before = yield* paths(server)
          const ran = yield* run(["rm", "-r", `${url}${path.replace(/^\//, "%2F")}`])
          expect(ran).toMatchObject({ code: 2, out: "", error: expect.stringContaining("login directory") })
          expect(yield* paths(server)).toEqual(before)
        })
      )
    }
  }

  for (const [options, path, gone] of [
    [VMS, "[.SUB]", "/SUB/B.TXT"],
    [VMS, "DISK:[FTP.SUB]", "/SUB/B.TXT"],
    [MVS, "'FTP.LIB.CNTL'", "/LIB.CNTL/MEMBER"],
    [UNIX, "%2Fhome/ann/sub", "/home/ann/sub/b.txt"],
    [UNIX, "%2Fhome/annette", "/home/annette/c.txt"],
    [UNIX, "../annette", "/home/annette/c.txt"],
    [UNIX, "%2Ftmp", "/tmp/d.txt"]
  ] as const) {
    it.scopedLive(`removes ${path}, which is another directory`, () =>
      Effect.gen(function* () {
        const { server, url } = yield* serve(options)
        const before = yield* paths(server)
        expect(yield* run(["rm", "-r", `${url}${path}`])).toMatchObject({ code: 0, error: "" })
        expect(yield* paths(server)).toEqual(before.filter((path) => path !== gone))
      })
    )
  }
})

describe("mkdir", () => {
  for (const [options, path, hint] of [
    [MVS, "TOOLONGNAME1", "that has 1 to 8 letters and digits between its dots, and a letter first"],
    [MVS, "'FTP.1BAD'", "that has 1 to 8 letters and digits between its dots, and a letter first"],
    [MVS, "'FTP.LIB.CNTL(NEW)'", "z/OS has no directory in a partitioned data set"],
    [MVS, "LIB.CNTL(NEW)", "z/OS has no directory in a partitioned data set"],
    [MVS, "'OTHER.'", "the path is a prefix, which is there as soon as a data set begins with it"],
    [MVS, "'OTHER.DATA'", "the login may not do this there"],
    [VMS, "NEW.SUB", "the path holds a dot, which OpenVMS has in no name of a directory"],
    [UNIX, "TOOLONGNAME1", "the login may not do this there"]
  ] as const) {
    it.scopedLive(`says why ${path} can't be made on ${options.greeting ?? "a server with slashes"}`, () =>
      Effect.gen(function* () {
        const { server, url } = yield* serve(options)
        yield* server.fault({ _tag: "Refuse", verb: "MKD", reply: "553 no", times: Number.POSITIVE_INFINITY })
        const ran = yield* run(["mkdir", `${url}${path}`])
        expect(ran.code).not.toBe(0)
        const said = ran.error.replace(/\s+/g, " ")
        expect(said).toContain("answered MKD")
        expect(said.slice(said.indexOf("hint: "))).toContain(hint)
      })
    )
  }

  it.scopedLive("says nothing of the path if it exists", () =>
    Effect.gen(function* () {
      const { url } = yield* serve(MVS)
      const ran = yield* run(["mkdir", `${url}LIB.CNTL`])
      expect(ran.error).toContain("mkdir -p")
    })
  )
})

describe("put", () => {
  for (const [system, options, name] of [
    ["OpenVMS", VMS, "[FTP.SUB]B.TXT"],
    ["OpenVMS", VMS, "DISK:[FTP]A.TXT"],
    ["z/OS", MVS, "'FTP.LIB.CNTL(MEMBER)'"],
    ["z/OS", MVS, "LIB.CNTL(MEMBER)"]
  ] as const) {
    for (const more of [[], ["-r"]]) {
      it.scopedLive(`${more.join("")} does not take a local name for a path of ${system}: ${name}`, () =>
        Effect.gen(function* () {
          const at = join(yield* folder, name)
          yield* Effect.promise(() => writeFile(at, "bad"))
          const { server, url } = yield* serve(options)
          const before = yield* Effect.map(server.tree, (tree) => tree.map(({ path, size }) => [path, size]))
          const ran = yield* run(["put", ...more, at, url])
          expect(ran).toMatchObject({ code: 1, error: expect.stringContaining("is not uploaded: its name ") })
          expect(yield* Effect.map(server.tree, (tree) => tree.map(({ path, size }) => [path, size]))).toEqual(before)
        })
      )
    }
  }

  it.scopedLive("takes a path of OpenVMS that the user has typed, and such a name on a server with slashes", () =>
    Effect.gen(function* () {
      const at = join(yield* folder, "[FTP.SUB]B.TXT")
      yield* Effect.promise(() => writeFile(at, "new"))
      const vms = yield* serve(VMS)
      expect(yield* run(["put", at, `${vms.url}[FTP.SUB]NEW.TXT`])).toMatchObject({ code: 0 })
      expect(yield* paths(vms.server)).toContain("/SUB/NEW.TXT")
      const unix = yield* serve({ root: {} })
      expect(yield* run(["put", at, unix.url])).toMatchObject({ code: 0 })
      expect(yield* paths(unix.server)).toEqual(["/[FTP.SUB]B.TXT"])
    })
  )
})
