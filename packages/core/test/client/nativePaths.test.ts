/** Trees and names on servers whose paths have no slashes: a path with one is refused by the embedded server then. */
import { describe, expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { disk, onDisk, served, stage } from "../mirror/stage.ts"
import { hasher } from "../support/hasher.ts"
import { inTime } from "../support/inTime.ts"
import { commandsLike } from "../support/server.ts"

const VMS = { "A.TXT": "a", "SUB/B.TXT": "bb", "SUB/DEEP/C.DAT": "ccc" }
const MVS = { "LIB.CNTL/MEMBER": "m", "LIB.CNTL/OTHER": "o", "PLAIN.DATA": "plain" }

const vms = (options: FtpTestServer.Options = {}) =>
  stage({ listing: "Vms", paths: "Native", root: VMS, greeting: "host FTP server (OpenVMS V8.4) ready", ...options })
const mvs = (options: FtpTestServer.Options = {}) =>
  stage({
    listing: "Mvs",
    paths: "Native",
    root: MVS,
    denied: ["SIZE", "MDTM"],
    greeting: "FTPD1 IBM FTP CS V2R5 at host",
    ...options
  })

const mirror = (source: string, target: string, options?: FtpMirror.MirrorOptions) =>
  Effect.gen(function* () {
    const side = (path: string) => (path === "/site" ? FtpMirror.local(path) : FtpMirror.remote(path))
    return yield* inTime(FtpMirror.mirror(yield* side(source), yield* side(target), options))
  })

const storesOf = commandsLike(/^(?:STOR|RNFR|RNTO)/)

describe("a tree on OpenVMS", () => {
  for (const root of ["DISK:[FTP]", "", "DISK:[FTP]/", "SYS$LOGIN:"]) {
    it.effect(`is mirrored from ${JSON.stringify(root)}, and a second run has nothing to do`, () =>
      Effect.gen(function* () {
        yield* onDisk({})
        expect(yield* mirror(root, "/site")).toMatchObject({ isComplete: true, failures: [] })
        expect(yield* disk).toEqual(VMS)
        expect((yield* mirror(root, "/site")).plan.steps).toEqual([])
      }).pipe(Effect.provide(vms()))
    )
  }

  for (const [root, at] of [
    ["DISK:[FTP.NEW]", "/NEW/"],
    ["NEW", "/NEW/"],
    ["[.NEW.DEEP]", "/NEW/DEEP/"],
    ["DISK:[FTP.SUB]/NEW", "/SUB/NEW/"],
    ["SYS$LOGIN:[.SUB.NEW]", "/SUB/NEW/"],
    ["SYS$LOGIN:/NEW", "/NEW/"]
  ] as const) {
    for (const atomic of [false, true]) {
      it.effect(`is mirrored to ${root}${atomic ? ", atomically" : ""}, whatever case names have here`, () =>
        Effect.gen(function* () {
          yield* onDisk({ "a.txt": "a", "sub/b.txt": "bb", "sub/deep/NOTYPE": "c" })
          expect(yield* mirror("/site", root, { atomic })).toMatchObject({ isComplete: true, failures: [] })
          expect(yield* served(at)).toEqual({ "A.TXT": "a", "SUB/B.TXT": "bb", "SUB/DEEP/NOTYPE": "c" })
          const second = yield* mirror("/site", root, { delete: "Extra", atomic })
          expect([second.plan.steps, second.plan.unchanged]).toEqual([[], 3])
        }).pipe(Effect.provide(vms()))
      )
    }
  }

  it.effect("has a manifest under a name that OpenVMS can have, which takes no part", () =>
    Effect.gen(function* () {
      yield* onDisk({ "A.TXT": "a", "SUB/B.TXT": "bb" })
      expect(yield* mirror("/site", "NEW", { manifest: true })).toMatchObject({
        failures: [],
        manifestError: undefined
      })
      expect(Object.keys(yield* served("/NEW/")).sort()).toEqual(["A.TXT", "FTP-EFFECT-MANIFEST.JSON", "SUB/B.TXT"])
      yield* onDisk({ "A.TXT": "a" })
      const second = yield* mirror("/site", "NEW", { manifest: true, delete: "Extra" })
      expect(second.plan.steps.map(({ _tag, path }) => `${_tag} ${path}`)).toEqual(["Remove SUB/B.TXT", "Remove SUB"])
      expect(Object.keys(yield* served("/NEW/")).sort()).toEqual(["A.TXT", "FTP-EFFECT-MANIFEST.JSON"])
    }).pipe(Effect.provide(Layer.provideMerge(vms(), Layer.succeed(FtpHasher, hasher))))
  )

  it.effect("is recognised by PWD if the greeting doesn't say it", () =>
    Effect.gen(function* () {
      yield* onDisk({ "a.txt": "a", "sub/b.txt": "bb" })
      expect(yield* mirror("/site", "NEW/DEEP")).toMatchObject({ isComplete: true, failures: [] })
      expect(yield* served("/NEW/DEEP/")).toEqual({ "A.TXT": "a", "SUB/B.TXT": "bb" })
      expect((yield* mirror("/site", "NEW/DEEP")).plan.steps).toEqual([])
    }).pipe(Effect.provide(vms({ greeting: "ready" })))
  )

  it.effect("loses what is gone here, and no more", () =>
    Effect.gen(function* () {
      yield* onDisk({ "a.txt": "a" })
      const { failures, plan } = yield* mirror("/site", "DISK:[FTP]", { delete: "Extra", force: true })
      expect(failures).toEqual([])
      expect(plan.steps.map(({ path }) => path).sort()).toEqual(["SUB", "SUB/B.TXT", "SUB/DEEP", "SUB/DEEP/C.DAT"])
      expect(yield* served("/")).toEqual({ "A.TXT": "a" })
    }).pipe(Effect.provide(vms()))
  )

  it.effect("gets no file under a name that OpenVMS can't have, and all others", () =>
    Effect.gen(function* () {
      yield* onDisk({ "a b.txt": "blank", "v1.2/x.txt": "dot", "ok.txt": "ok", "star*.txt": "star" })
      const result = yield* mirror("/site", "DISK:[FTP.NEW]")
      expect(result.plan.skipped.map(({ detail, path, reason }) => [path, reason, detail]).sort()).toEqual([
        ["a b.txt", "Unsafe", "its name holds a blank, which OpenVMS has in no name"],
        ["star*.txt", "Unsafe", 'its name holds a "*", which OpenVMS has in no name'],
        ["v1.2", "Unsafe", "its name holds a dot, which OpenVMS has in no name of a directory"]
      ])
      expect(yield* served("/NEW/")).toEqual({ "OK.TXT": "ok" })
    }).pipe(Effect.provide(vms()))
  )
})

describe("an operation on OpenVMS", () => {
  for (const path of ["DISK:[FTP.X.Y.Z]", "[.X.Y.Z]", "X/Y/Z", "DISK:[FTP]/X/Y/Z", "DISK:[FTP.X]/Y/Z"]) {
    it.effect(`makes ${path} with its parents, and removes it with all in it`, () =>
      Effect.gen(function* () {
        const client = yield* FtpClient
        const { tree } = yield* FtpTestServer.FtpTestServer
        yield* inTime(client.makeDirectory(path, { recursive: true }))
        yield* inTime(client.upload(path.endsWith("]") ? `${path}F.TXT` : `${path}/F.TXT`, FtpSource.fromString("f")))
        expect((yield* tree).map(({ path }) => path)).toContain("/X/Y/Z/F.TXT")
        const top = path.replace(/[./]Y[./]Z/, "")
        yield* inTime(client.remove(top, { recursive: true }))
        expect(yield* served("/")).toEqual(VMS)
        expect((yield* tree).map(({ path }) => path)).not.toContain("/X")
      }).pipe(Effect.provide(vms()))
    )
  }

  it.effect("reports each file that stays of a tree that is removed, and no directory as not empty", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient
      const { fault } = yield* FtpTestServer.FtpTestServer
      yield* fault({ _tag: "Refuse", verb: "DELE", reply: "550 protected", times: Number.POSITIVE_INFINITY })
      const failed: Array<string> = []
      yield* inTime(
        Effect.flip(
          client.remove("DISK:[FTP.SUB]", {
            recursive: true,
            onFailure: (_, path) => Effect.sync(() => void failed.push(path))
          })
        )
      )
      expect(failed.sort()).toEqual(["DISK:[FTP.SUB.DEEP]C.DAT;1", "DISK:[FTP.SUB]B.TXT;1"])
    }).pipe(Effect.provide(vms()))
  )

  for (const path of ["DISK:[FTP.SUB]B.TXT", "SUB/B.TXT", "[.SUB]B.TXT", "DISK:[FTP]/SUB/B.TXT"]) {
    it.effect(`replaces ${path} atomically, under a temporary name that is legal there`, () =>
      Effect.gen(function* () {
        const source = FtpSource.fromString("new")
        yield* inTime(FtpTransfer.upload(path, source, { atomic: true }))
        expect(yield* served("/SUB/")).toEqual({ "B.TXT": "new", "DEEP/C.DAT": "ccc" })
        const [stored, from, to] = yield* storesOf
        expect(stored).toMatch(/^STOR (?:DISK:\[FTP\.SUB\]|\[\.SUB\])B_TXT_[0-9A-F]{8}\.FTP-EFFECT$/)
        expect(from?.slice(5)).toBe(stored?.slice(5))
        expect(to).toMatch(/\]B\.TXT$/)
      }).pipe(Effect.provide(vms()))
    )
  }

  it.effect("is refused before anything is sent if OpenVMS can't have the name", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient
      const failed = yield* inTime(Effect.flip(client.makeDirectory("DISK:[FTP]/v1.2")))
      expect(failed).toMatchObject({
        _tag: "FtpUsageError",
        argument: "argument of MKD: DISK:[FTP]/v1.2",
        why: "the name holds a dot, which OpenVMS has in no name of a directory"
      })
      expect(yield* commandsLike(/^MKD/)).toEqual([])
    }).pipe(Effect.provide(vms()))
  )

  it.effect("is asked whether a file is a directory, and says no", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient
      for (const path of ["DISK:[FTP.SUB]B.TXT", "SUB/B.TXT", "DISK:[FTP]/SUB/B.TXT"]) {
        expect(yield* inTime(client.withSession((session) => session.isDirectory(path)))).toBe(false)
      }
    }).pipe(Effect.provide(vms()))
  )

  it.effect("finds what is there by each form of its path", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient
      for (const path of ["DISK:[FTP.SUB]B.TXT", "SUB/B.TXT", "DISK:[FTP]/SUB/B.TXT"]) {
        expect(yield* inTime(client.stat(path))).toMatchObject({ name: "B.TXT", type: "File" })
        expect(yield* inTime(client.readFileString(path))).toBe("bb")
      }
      for (const path of ["DISK:[FTP.SUB]", "SUB", "DISK:[FTP]/SUB"]) {
        expect(yield* inTime(client.leadsToDirectory(path))).toBe(true)
        expect((yield* inTime(client.list(path))).map(({ name }) => name)).toEqual(["B.TXT;1", "DEEP"])
      }
    }).pipe(Effect.provide(vms()))
  )
})

describe("a tree on z/OS", () => {
  for (const root of ["'FTP.'", "", "'FTP'"]) {
    it.effect(`is mirrored from ${JSON.stringify(root)}`, () =>
      Effect.gen(function* () {
        yield* onDisk({})
        expect(yield* mirror(root, "/site")).toMatchObject({ isComplete: true, failures: [] })
        expect(yield* disk).toEqual(MVS)
      }).pipe(Effect.provide(mvs()))
    )
  }

  it.effect("gets folders as partitioned data sets, and nothing that z/OS can't have", () =>
    Effect.gen(function* () {
      yield* onDisk({
        "new.cntl/first": "1",
        "new.cntl/second": "2",
        "new.cntl/much-too-long": "x",
        "new.cntl/prog.c": "x",
        "new.cntl/deep/x": "x",
        "flat.data": "f",
        "9.data": "x"
      })
      const result = yield* mirror("/site", "'FTP.'", { atomic: true })
      expect(result.failures).toEqual([])
      expect(result.plan.skipped.map(({ path, reason }) => `${reason} ${path}`).sort()).toEqual([
        "Unsafe 9.data",
        "Unsafe new.cntl/deep",
        "Unsafe new.cntl/much-too-long",
        "Unsafe new.cntl/prog.c"
      ])
      expect(yield* served("/")).toEqual({
        ...MVS,
        "FLAT.DATA": "f",
        "NEW.CNTL/FIRST": "1",
        "NEW.CNTL/SECOND": "2"
      })
    }).pipe(Effect.provide(mvs()))
  )

  for (const path of ["'FTP.LIB.CNTL'", "LIB.CNTL", "'FTP.'/LIB.CNTL"]) {
    it.effect(`is removed: a member, or ${path} with its members`, () =>
      Effect.gen(function* () {
        const client = yield* FtpClient
        yield* inTime(client.remove("'FTP.LIB.CNTL(MEMBER)'"))
        expect(yield* served("/LIB.CNTL/")).toEqual({ OTHER: "o" })
        yield* inTime(client.remove(path, { recursive: true }))
        expect(yield* served("/")).toEqual({ "PLAIN.DATA": "plain" })
      }).pipe(Effect.provide(mvs()))
    )
  }

  for (const [path, temporary, at] of [
    ["'FTP.LIB.CNTL(MEMBER)'", /^STOR 'FTP\.LIB\.CNTL\(@#[0-9A-F]{6}\)'$/, "LIB.CNTL/MEMBER"],
    ["LIB.CNTL/MEMBER", /^STOR LIB\.CNTL\(@#[0-9A-F]{6}\)$/, "LIB.CNTL/MEMBER"],
    ["'FTP.PLAIN.DATA'", /^STOR 'FTP\.PLAIN\.@#[0-9A-F]{6}'$/, "PLAIN.DATA"]
  ] as const) {
    it.effect(`has ${path} replaced atomically, under a temporary name that is legal there`, () =>
      Effect.gen(function* () {
        yield* inTime(FtpTransfer.upload(path, FtpSource.fromString("new"), { atomic: true }))
        expect(yield* served("/")).toEqual({ ...MVS, [at]: "new" })
        expect((yield* storesOf)[0]).toMatch(temporary)
      }).pipe(Effect.provide(mvs()))
    )
  }

  it.effect("has data sets and paths with slashes, if the login directory is one of z/OS UNIX", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient
      yield* inTime(client.makeDirectory("'ANN.'/LIB.CNTL"))
      yield* inTime(client.makeDirectory("work"))
      yield* inTime(client.makeDirectory("work/deep"))
      expect(yield* commandsLike(/^(?:PWD|SYST|MKD)/)).toEqual([
        "PWD",
        "SYST",
        "MKD 'ANN.LIB.CNTL'",
        "MKD work",
        "MKD work/deep"
      ])
    }).pipe(Effect.provide(stage({ listing: "Mvs", denied: ["MLST", "MLSD", "TVFS"] })))
  )

  it.effect("is not made, nor anything above it, if it is a prefix of data sets", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient
      const prefix = "'FTP.LIB.CNTL'/.."
      expect(yield* inTime(client.makeDirectory(prefix, { recursive: true }))).toBe(prefix)
      expect(yield* commandsLike(/^MKD/)).toEqual(["MKD 'FTP.LIB.'"])
    }).pipe(Effect.provide(mvs()))
  )

  it.effect("is refused a directory in a partitioned data set", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient
      expect(yield* inTime(Effect.flip(client.makeDirectory("'FTP.LIB.CNTL'/SUB", { recursive: true })))).toMatchObject(
        {
          _tag: "FtpUsageError",
          why: "z/OS has no directory in a partitioned data set"
        }
      )
    }).pipe(Effect.provide(mvs()))
  )
})

describe("a server with slashes", () => {
  it.effect("has names that look like those of OpenVMS and z/OS taken as they are", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient
      const names = ["[br]/x", "DISK:[A]y/z", "'q.'/r", "lib(mem)/s", "[br]t"]
      for (const path of names) {
        yield* inTime(
          client.makeDirectory(path.slice(0, Math.max(0, path.lastIndexOf("/"))) || "d", { recursive: true })
        )
        yield* inTime(FtpTransfer.upload(path, FtpSource.fromString("x"), { atomic: true }))
      }
      expect(Object.keys(yield* served("/")).sort()).toEqual([...names].sort())
      yield* inTime(client.remove("[br]", { recursive: true }))
      expect(Object.keys(yield* served("/"))).not.toContain("[br]/x")
      expect(Object.keys(yield* served("/"))).toContain("[br]t")
    }).pipe(Effect.provide(stage({ denied: ["MLST", "MLSD", "TVFS"] })))
  )
})
