/** What must not be written or deleted on servers whose paths have no slashes. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { inTime } from "../support/inTime.ts"
import { onDisk, served, stage, up } from "./stage.ts"

const VMS = { "A.TXT": "a", "SUB/B.TXT": "bb", "SUB/DEEP/C.DAT": "ccc" }
const MVS = { "LIB.CNTL/MEMBER": "m", "PLAIN.DATA": "plain" }

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

describe("a mirror on one server", () => {
  for (const [system, layer, content, source, target] of [
    ["OpenVMS", vms(), VMS, "SUB/DEEP", "SUB"],
    ["OpenVMS", vms(), VMS, "[.SUB.DEEP]", "DISK:[FTP.sub]"],
    ["OpenVMS", vms(), VMS, "SUB", "[.SUB.NEW]"],
    ["OpenVMS", vms(), VMS, "SUB", "sub"],
    ["OpenVMS", vms(), VMS, "SUB", ""],
    ["z/OS", mvs(), MVS, "LIB.CNTL", "'FTP.'"],
    ["z/OS", mvs(), MVS, "LIB.CNTL", "'ftp.lib.cntl'"]
  ] as const) {
    it.effect(`of ${system} from ${source} to ${JSON.stringify(target)} is refused: one is in the other`, () =>
      Effect.gen(function* () {
        const [from, to] = [yield* FtpMirror.remote(source), yield* FtpMirror.remote(target)]
        const failed = yield* inTime(Effect.flip(FtpMirror.mirror(from, to, { delete: "Extra", force: true })))
        expect(failed).toMatchObject({ _tag: "FtpUsageError", argument: "target" })
        expect(yield* served("/")).toEqual(content)
      }).pipe(Effect.provide(layer))
    )
  }
})

describe("a mirror that deletes", () => {
  for (const [system, layer, content, roots] of [
    [
      "OpenVMS",
      vms(),
      VMS,
      ["disk:[ftp]", "DISK:[FTP]", "disk:[ftp]/", "[FTP]", "[]", "[.SUB.-]", "DISK:[FTP]/SUB/..", "."]
    ],
    ["z/OS", mvs(), MVS, ["'ftp.'", "'FTP'"]]
  ] as const) {
    for (const root of roots) {
      it.effect(`deletes nothing in the login directory of ${system}, named ${root}, without force`, () =>
        Effect.gen(function* () {
          yield* onDisk({ "NEW.TXT": "new" })
          const { plan } = yield* up({ delete: "Extra", maxDelete: { _tag: "Count", count: 100 } }, root)
          expect(plan.steps.filter(({ _tag }) => _tag === "Remove")).toEqual([])
          expect(yield* served("/")).toMatchObject(content)
        }).pipe(Effect.provide(layer))
      )
    }
  }
})

describe("a local name that is a path on the server", () => {
  for (const root of ["", ".", "DISK:[FTP]", "SUB"]) {
    it.effect(`has no place below ${JSON.stringify(root)} of OpenVMS`, () =>
      Effect.gen(function* () {
        yield* onDisk({
          "[FTP.SUB]B.TXT": "bad",
          "DISK:[FTP]A.TXT": "bad",
          "[FTP.SUB]/B.TXT": "bad",
          "-/A.TXT": "bad",
          "OK^/X.TXT": "bad",
          "GOOD/X.TXT": "good"
        })
        const { plan } = yield* up({}, root)
        expect(plan.skipped.map(({ path, reason }) => `${reason} ${path}`).sort()).toEqual([
          "Unsafe -",
          "Unsafe DISK:[FTP]A.TXT",
          "Unsafe OK^",
          "Unsafe [FTP.SUB]",
          "Unsafe [FTP.SUB]B.TXT"
        ])
        expect(yield* served("/")).toEqual({ ...VMS, [`${root === "SUB" ? "SUB/" : ""}GOOD/X.TXT`]: "good" })
      }).pipe(Effect.provide(vms()))
    )
  }

  for (const root of ["", "'FTP.'"]) {
    it.effect(`has no place below ${JSON.stringify(root)} of z/OS`, () =>
      Effect.gen(function* () {
        yield* onDisk({ "'FTP.LIB.CNTL(MEMBER)'": "bad", "LIB.CNTL(MEMBER)": "bad", "GOOD.DATA": "good" })
        const { plan } = yield* up({}, root)
        expect(plan.skipped.map(({ path, reason }) => `${reason} ${path}`).sort()).toEqual([
          "Unsafe 'FTP.LIB.CNTL(MEMBER)'",
          "Unsafe LIB.CNTL(MEMBER)"
        ])
        expect(yield* served("/")).toEqual({ ...MVS, "GOOD.DATA": "good" })
      }).pipe(Effect.provide(mvs()))
    )
  }

  it.effect("collides with another one that is the same directory of OpenVMS, and no file has the type of one", () =>
    Effect.gen(function* () {
      yield* onDisk({ "data/x.txt": "1", "data.dir/x.txt": "2", "s.dir": "file", "s/y.txt": "3" })
      const { plan } = yield* up({}, "NEW")
      expect(plan.skipped.map(({ path, reason }) => `${reason} ${path}`).sort()).toEqual([
        "Collides data.dir",
        "Unsafe s.dir"
      ])
      expect(yield* served("/NEW/")).toEqual({ "DATA/X.TXT": "1", "S/Y.TXT": "3" })
    }).pipe(Effect.provide(vms()))
  )
})

describe("a saved plan that was edited", () => {
  const OTHERS = { "SUB/OTHER.TXT": "of another", "SUB/KEPT.TXT": "kept" }
  const steps = [
    { _tag: "Copy", path: "[.SUB]OTHER.TXT", reason: { _tag: "Missing" }, precondition: { _tag: "Absent" } },
    { _tag: "MakeDirectory", path: "[.SUB.NEW]", reason: { _tag: "Missing" }, precondition: { _tag: "Absent" } },
    {
      _tag: "Remove",
      path: "[.SUB]OTHER.TXT",
      reason: { _tag: "NotInSource" },
      precondition: { _tag: "File", size: 10 }
    },
    {
      _tag: "Rename",
      path: "HERE.TXT",
      from: "SYS$LOGIN:[.SUB]OTHER.TXT",
      reason: { _tag: "Moved", from: "SYS$LOGIN:[.SUB]OTHER.TXT" },
      precondition: { _tag: "Absent" },
      moved: { _tag: "File", size: 10 }
    }
  ] satisfies ReadonlyArray<MirrorPlan.Step>
  for (const step of steps) {
    for (const recheck of [true, false]) {
      it.effect(`is refused by OpenVMS if a name of it is a path there: ${step._tag}, recheck ${recheck}`, () =>
        Effect.gen(function* () {
          yield* onDisk({ "NEW.TXT": "new" })
          const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("")] as const
          const made = yield* inTime(FtpMirror.plan(...trees))
          const edited = { ...made, steps: [...made.steps, step] }
          const again = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("")] as const
          const error = yield* inTime(Effect.flip(FtpMirror.apply(edited, ...again, { force: true, recheck })))
          expect(error).toMatchObject({ _tag: "FtpUsageError", argument: "plan" })
          expect(yield* served("/")).toEqual(OTHERS)
        }).pipe(Effect.provide(vms({ root: OTHERS })))
      )
    }
  }

  it.effect("is refused by OpenVMS if its manifest is elsewhere", () =>
    Effect.gen(function* () {
      yield* onDisk({ "NEW.TXT": "new" })
      const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("")] as const
      const made = yield* inTime(FtpMirror.plan(...trees))
      const options = { ...made.options, manifest: { _tag: "InTarget", path: "[.SUB]OTHER.TXT" } } as const
      const again = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("")] as const
      const error = yield* inTime(Effect.flip(FtpMirror.apply({ ...made, options }, ...again)))
      expect(error).toMatchObject({ _tag: "FtpUsageError", argument: "plan" })
      expect(yield* served("/")).toEqual(OTHERS)
    }).pipe(Effect.provide(vms({ root: OTHERS })))
  )
})
