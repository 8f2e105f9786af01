/** What `stat` and `exists` say where a rung of their ladder is missing, or lies. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { layer, services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { begun, login, ready } from "../support/scripted.ts"
import { withFault } from "../support/server.ts"

const MLSX = ["MLST", "MLSD"]

/** `File 5 Second mode`: what is known. */
const known = (entry: FtpEntry): string =>
  [
    entry.type,
    ...Option.match(entry.size, { onNone: () => [], onSome: (size) => [`${size}`] }),
    ...Option.match(entry.modified, { onNone: () => [], onSome: ({ precision }) => [precision] }),
    ...(Option.isSome(entry.mode) ? ["mode"] : [])
  ].join(" ")

const refuse = (verb: string, reply: string): FtpTestServer.Fault => ({
  _tag: "Refuse",
  verb,
  reply,
  times: Number.POSITIVE_INFINITY
})

/** The answers for a file, a directory, and a path that is missing. `!` before the reason of an error. */
type Row = readonly [
  what: string,
  server: FtpTestServer.Options,
  faults: ReadonlyArray<FtpTestServer.Fault>,
  file: string,
  directory: string,
  missing: string
]

const ROWS: ReadonlyArray<Row> = [
  ["MLST", {}, [], "File 5 Second mode", "Directory Second mode", "!NotFound"],
  ["no MLST", { denied: MLSX }, [], "File 5 Second", "Directory Minute mode", "!NotFound"],
  ["no SIZE", { denied: [...MLSX, "SIZE"] }, [], "File 5 Second mode", "Directory Minute mode", "!NotFound"],
  ["no MDTM", { denied: [...MLSX, "MDTM"] }, [], "File 5", "Directory Minute mode", "!NotFound"],
  ["LIST alone", { denied: [...MLSX, "SIZE", "MDTM"] }, [], "File 5 Minute mode", "Directory Minute mode", "!NotFound"],
  ["no LIST", { denied: [...MLSX, "LIST", "NLST"] }, [], "File 5 Second", "Directory", "!Unsupported"],
  [
    "neither SIZE nor LIST",
    { denied: [...MLSX, "SIZE", "LIST", "NLST"] },
    [],
    "File Second",
    "Directory",
    "!Unsupported"
  ],
  ["CWD alone", { denied: [...MLSX, "SIZE", "MDTM", "LIST", "NLST"] }, [], "!Unsupported", "Directory", "!Unsupported"],
  [
    "a parent that must not be read",
    { denied: [...MLSX, "SIZE", "MDTM"] },
    [refuse("LIST", "550 Permission denied."), refuse("NLST", "550 Permission denied.")],
    "!PermissionDenied",
    "Directory",
    "!PermissionDenied"
  ],
  ["SIZE of directories", { denied: MLSX, directorySizes: true }, [], "File 5 Second", "Directory", "!NotFound"],
  [
    "a SIZE that is busy",
    { denied: MLSX },
    [refuse("SIZE", "450 Busy.")],
    "File 5 Second mode",
    "Directory Minute mode",
    "!NotFound"
  ],
  ...["450 File busy, try later.", "550 The file is being used by another process."].map(
    (reply): Row => [
      `SIZE and MDTM that are answered ${reply}`,
      { denied: MLSX },
      [refuse("SIZE", reply), refuse("MDTM", reply)],
      "File 5 Minute mode",
      "Directory Minute mode",
      "!Busy"
    ]
  ),
  [
    "an MDTM that may pass, and a SIZE that has no reason",
    { denied: MLSX },
    [refuse("SIZE", "550 no"), refuse("MDTM", "451 Local error.")],
    "File 5 Minute mode",
    "Directory Minute mode",
    "!Other"
  ],
  [
    "an MLST that is busy, and a SIZE that says why",
    {},
    [refuse("MLST", "450 Busy.")],
    "File 5 Second",
    "Directory Second mode",
    "!NotFound"
  ],
  [
    "an MLST that is busy, and no reason beside it",
    {},
    [refuse("MLST", "450 Busy."), refuse("SIZE", "550 no"), refuse("MDTM", "550 no")],
    "File 5 Second mode",
    "Directory Second mode",
    "!Busy"
  ],
  ["an MLST without arguments", {}, [refuse("MLST", "501 No.")], "File 5 Second", "Directory Second mode", "!NotFound"],
  [
    "an MLST that is not allowed",
    {},
    [refuse("MLST", "550 Permission denied.")],
    "!PermissionDenied",
    "!PermissionDenied",
    "!PermissionDenied"
  ],
  [
    "an MLST that fails without a reason",
    {},
    [refuse("MLST", "550 Sorry.")],
    "File 5 Second",
    "Directory Second mode",
    "!NotFound"
  ],
  ["an MLST without facts", {}, [refuse("MLST", "250 ok")], "File 5 Second", "Directory Second mode", "!NotFound"]
]

describe.each(ROWS)("with %s", (_, server, faults, file, directory, missing) => {
  it.effect("stat says what is known, and exists never takes what is unsupported for absent", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      yield* withFault(...faults)
      for (const [path, expected] of [
        ["pub/a", file],
        ["pub/sub", directory],
        ["pub/none", missing]
      ] as const) {
        const answer = yield* inTime(Effect.either(client.stat(path)))
        const shown = Either.match(answer, {
          onLeft: (error) => `!${"reason" in error ? error.reason : error._tag}`,
          onRight: known
        })
        expect(`${path} ${shown}`).toBe(`${path} ${expected}`)
        if (Either.isRight(answer)) {
          expect(answer.right.path).toBe(path)
        }
        const exists = yield* inTime(Effect.either(client.exists(path)))
        const there =
          expected === "!NotFound"
            ? Either.right(false)
            : Either.mapBoth(answer, { onLeft: (e) => e._tag, onRight: () => true })
        expect(Either.mapLeft(exists, (error) => error._tag)).toEqual(there)
      }
    }).pipe(Effect.provide(layer({ server: { root: { "pub/a": "12345", "pub/sub/x": "1" }, ...server } })))
  )
})

describe("stat by the listing of the parent", () => {
  const OTHER = "-rw-r--r--   1 ann staff  3 2023-03-09 b"
  const ANOTHER = "-rw-r--r--   1 ann staff  3 2023-03-09 c"
  const played = (dialogue: string) =>
    Effect.gen(function* () {
      const capabilities = ServerCapabilities.make()
      capabilities.set("LIST -a", false)
      capabilities.set("LIST path", true)
      const script = yield* FtpScript.make(`${ready("SIZE")}${dialogue}C: QUIT\nS: 221 bye`)
      const session = yield* login(script, undefined, capabilities)
      return yield* Effect.either(session.stat("a"))
    }).pipe(Effect.scoped, Effect.provide(services))
  const asked = "C: SIZE a\nC: MDTM a\nS: 550 no\nS: 550 no\n"
  const listing = (...lines: ReadonlyArray<string>) =>
    `${begun("LIST .")}${[OTHER, ...lines].map((line) => `D: send ${line}\\r\\n\n`).join("")}D: end\nS: 226 done\n`
  const entered = (reply: string) => `C: PWD\nS: 257 "/"\nC: CWD a\nS: ${reply}\n`

  it.effect("follows no link", () =>
    Effect.gen(function* () {
      const line = "lrwxrwxrwx   1 ann staff  3 2023-03-09 a -> b"
      expect(yield* played(`${asked}${listing(line)}`)).toMatchObject({
        right: { type: "SymbolicLink", linkTarget: Option.some("b") }
      })
    })
  )

  it.effect("does not take a path for missing whose line may be the one that can't be read", () =>
    Effect.gen(function* () {
      expect(yield* played(`${asked}${listing(ANOTHER, "?? a ??")}${entered("550 no")}`)).toMatchObject({
        left: { _tag: "FtpListingError", reason: "Unreadable", line: "?? a ??" }
      })
    })
  )

  it.effect("asks by CWD for a directory that is not listed", () =>
    Effect.gen(function* () {
      const back = "C: CWD /\nS: 250 back\n"
      expect(yield* played(`${asked}${listing(ANOTHER)}${entered("250 in")}${back}`)).toMatchObject({
        right: { type: "Directory", path: "a" }
      })
    })
  )
})

describe("a path on a server that answers neither SIZE nor MDTM and lists no hidden files", () => {
  it.effect.each([
    ["b", "NotFound", "500 what"],
    [".b", "Unsupported", "500 what"],
    [".b", "Busy", "450 in use"],
    ["b", "Busy", "450 in use"]
  ] as const)("is not there only if its name would be listed, and it is not in use: %s", ([name, reason, reply]) =>
    Effect.gen(function* () {
      const capabilities = ServerCapabilities.make()
      capabilities.set("LIST -a", false)
      const lines = ["a", "c"].map((name) => `D: send -rw-r--r-- 1 u g 1 Jan 01 2020 ${name}\\r\\n\n`).join("")
      const script = yield* FtpScript.make(`${ready("UTF8")}
        C: SIZE ${name}
        C: MDTM ${name}
        S: ${reply}
        S: ${reply}
        ${begun("LIST .")}${lines}D: end
        S: 226 done
        C: PWD
        S: 257 "/"
        C: CWD ${name}
        S: 550 no
        C: QUIT
        S: 221 bye
      `)
      const session = yield* login(script, undefined, capabilities)
      expect(yield* Effect.flip(session.stat(name))).toMatchObject({ _tag: "FtpRejected", reason, verb: "SIZE" })
    }).pipe(Effect.scoped, Effect.provide(services))
  )
})
