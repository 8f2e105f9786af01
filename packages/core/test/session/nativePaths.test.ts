/** Servers whose PWD has no slashes: their paths are sent as they are, and joined in their own way. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpSession from "@ftp-effect/core/FtpSession"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Effect from "effect/Effect"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { begun, login, ready } from "../support/scripted.ts"

const played = <A, E>(dialogue: string, use: (session: FtpSession.FtpSession) => Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const capabilities = ServerCapabilities.make()
    capabilities.set("LIST -a", false)
    const script = yield* FtpScript.make(`${ready("SIZE")}${dialogue}C: QUIT\nS: 221 bye`)
    return yield* use(yield* login(script, undefined, capabilities))
  }).pipe(Effect.scoped, Effect.provide(services))

const listing = (...lines: ReadonlyArray<string>) =>
  `${begun("LIST")}${lines.map((line) => `D: send ${line}\\r\\n\n`).join("")}D: end\nS: 226 done\n`
const pwd = (path: string) => `C: PWD\nS: 257 "${path}" is the current directory\n`
const cwd = (path: string) => `C: CWD ${path}\nS: 250 ok\n`
const paths = ({ entries }: FtpSession.Listed) => entries.map(({ path }) => path)

const VMS = [
  "README.TXT;4          2/9   14-OCT-2023 17:20:11  [GRP,ANNA]  (RWED,RWED,RE,)",
  "SUB.DIR;1             1/9   01-JAN-2020 00:00:00  [SYSTEM]  (RWE,RE,RE,RE)"
]

describe("OpenVMS", () => {
  it.effect("is listed and walked by its own paths", () =>
    Effect.gen(function* () {
      const dialogue = [
        listing("Directory DISK:[ANNA]", ...VMS),
        pwd("DISK:[ANNA]"),
        cwd("[.SUB]"),
        listing("Directory DISK:[ANNA.SUB]", ...VMS),
        cwd("DISK:[ANNA]")
      ].join("")
      const found = yield* played(dialogue, (session) =>
        Effect.all([Effect.map(session.list(""), paths), Effect.map(session.list("[.SUB]"), paths)])
      )
      expect(found).toEqual([
        ["README.TXT;4", "[.SUB]"],
        ["[.SUB]README.TXT;4", "[.SUB.SUB]"]
      ])
    })
  )

  for (const [home, at] of [
    ["DISK:[ANNA]", "disk:[000000]"],
    ["DISK:[ANNA]", "[-]"],
    ["DISK:[000000]", ""]
  ] as const) {
    it.effect(`has a root that is not an entry of itself: ${JSON.stringify(at)} seen from ${home}`, () =>
      Effect.gen(function* () {
        const line = "000000.DIR;1          1/9   01-JAN-2020 00:00:00  [SYSTEM]  (RWE,RE,RE,RE)"
        const listed = listing("Directory DISK:[000000]", line, ...VMS)
        const dialogue = at === "" ? `${listed}${pwd(home)}` : `${pwd(home)}${cwd(at)}${listed}${cwd(home)}`
        const found = yield* played(dialogue, (session) => session.list(at))
        expect(found.entries.map(({ name }) => name)).toEqual(["README.TXT;4", "SUB"])
      })
    )
  }

  it.effect("has its own paths where entries are handed out as they come, too", () =>
    Effect.gen(function* () {
      const dialogue = [
        listing("Directory DISK:[ANNA]", ...VMS),
        pwd("DISK:[ANNA]"),
        cwd("[.SUB]"),
        `${begun("LIST")}${VMS.map((line) => `D: send ${line}\\r\\n\n-- wait 1 second\n`).join("")}D: end\nS: 226 done\n`,
        cwd("DISK:[ANNA]")
      ].join("")
      const found = yield* played(dialogue, (session) =>
        Effect.gen(function* () {
          yield* session.list("")
          const delivered: Array<string> = []
          const rest = yield* inTime(
            session.listInto("[.SUB]", (entries) =>
              Effect.sync(() => delivered.push(...entries.map(({ path }) => path)))
            )
          )
          return [...delivered, ...paths(rest)]
        })
      )
      expect(found).toEqual(["[.SUB]README.TXT;4", "[.SUB.SUB]"])
    })
  )

  it.effect("is asked for what PWD named, as it was", () =>
    Effect.gen(function* () {
      const dialogue = [
        pwd("DISK:[ANNA]"),
        cwd("DISK:[ANNA]"),
        listing("Directory DISK:[ANNA]", ...VMS),
        cwd("DISK:[ANNA]"),
        "C: MDTM DISK:[ANNA]README.TXT;4\nS: 213 20231014172011\n"
      ].join("")
      const found = yield* played(dialogue, (session) =>
        Effect.gen(function* () {
          const [first = "", second] = paths(yield* session.list(yield* session.workingDirectory))
          yield* session.modified(first)
          return [first, second]
        })
      )
      expect(found).toEqual(["DISK:[ANNA]README.TXT;4", "DISK:[ANNA.SUB]"])
    })
  )

  it.effect("has the entry of a path in the listing of its directory, without its version too", () =>
    Effect.gen(function* () {
      const dialogue = [
        listing(...VMS),
        pwd("DISK:[ANNA]"),
        "C: SIZE DISK:[ANNA.SUB]README.TXT\nC: MDTM DISK:[ANNA.SUB]README.TXT\nS: 500 what\nS: 500 what\n",
        cwd("DISK:[ANNA.SUB]"),
        listing(...VMS),
        cwd("DISK:[ANNA]")
      ].join("")
      const entry = yield* played(dialogue, (session) =>
        Effect.zipRight(session.list(""), session.stat("DISK:[ANNA.SUB]README.TXT"))
      )
      expect(entry).toMatchObject({ type: "File", name: "README.TXT;4", path: "DISK:[ANNA.SUB]README.TXT" })
    })
  )
})

describe("z/OS", () => {
  const HEADER = "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname"
  const MEMBERS = " Name     VV.MM   Created       Changed      Size  Init   Mod   Id"

  it.effect("has data sets below a qualifier, and members in parentheses", () =>
    Effect.gen(function* () {
      const dialogue = [
        pwd("'ANNA.'"),
        cwd("'ANNA.'"),
        listing(HEADER, "WORK01 3390   2023/10/14  1   15  FB      80 27920  PO  LIB.CNTL"),
        cwd("'ANNA.'"),
        cwd("'ANNA.LIB.CNTL'"),
        listing(MEMBERS, "MEMBER1   01.03 2023/10/14 2023/10/15 09:30    12    10     2 ANNA"),
        cwd("'ANNA.'"),
        "C: MDTM 'ANNA.LIB.CNTL(MEMBER1)'\nS: 213 20231014172011\n"
      ].join("")
      const found = yield* played(dialogue, (session) =>
        Effect.gen(function* () {
          const [library = ""] = paths(yield* session.list("'ANNA.'"))
          const [member = ""] = paths(yield* session.list(library))
          yield* session.modified(member)
          return [library, member]
        })
      )
      expect(found).toEqual(["'ANNA.LIB.CNTL'", "'ANNA.LIB.CNTL(MEMBER1)'"])
    })
  )
})

describe("IBM i", () => {
  it.effect.each([
    ["/QSYS.LIB/ANNA.LIB", "/QSYS.LIB/ANNA.LIB/SRC.FILE"],
    ["QGPL", "QGPL/SRC.FILE"]
  ] as const)("has slashes in %s", ([directory, expected]) =>
    Effect.gen(function* () {
      const line = "ANNA         36864 10/14/23 17:20:11 *FILE      SRC.FILE"
      const capabilities = ServerCapabilities.make()
      capabilities.set("LIST -a", false)
      capabilities.set("LIST path", false)
      const dialogue = [pwd("QGPL"), cwd(directory), listing(line), cwd("QGPL")].join("")
      const script = yield* FtpScript.make(`${ready("SIZE")}${dialogue}C: QUIT\nS: 221 bye`)
      const session = yield* login(script, undefined, capabilities)
      expect(paths(yield* session.list(directory))).toEqual([expected])
    }).pipe(Effect.scoped, Effect.provide(services))
  )
})
