/** LIST with `-a`: what the server makes of it is remembered, what breaks the connection is not. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Effect from "effect/Effect"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { begun, login, ready } from "../support/scripted.ts"

const A = "-rw-r--r-- 1 u g 1 Jan 01 2020 a"
const HIDDEN = "-rw-r--r-- 1 u g 1 Jan 01 2020 .b"
const DOTS = ["drwxr-xr-x 1 u g 1 Jan 01 2020 .", "drwxr-xr-x 1 u g 1 Jan 01 2020 .."]

/** One listing, with these lines. */
const answered = (command: string, lines: ReadonlyArray<string>) =>
  `${begun(command)}${lines.map((line) => `D: send ${line}\\r\\n\n`).join("")}D: end\nS: 226 done\n`

const PLAIN = answered("LIST", [A])
const NO_DIRECTORY = 'C: PWD\nS: 257 "/"\nC: CWD -a\nS: 550 no\n'
const REFUSED = "C: EPSV\nS: 229 ok (|||{port}|)\nC: LIST -a\nS: 501 no options\n"
const BYE = "C: QUIT\nS: 221 bye"

/** What comes of these paths, one after the other. */
const listed = (dialogue: string, paths: ReadonlyArray<string> = [""], known: ReadonlyArray<"LIST path"> = []) =>
  Effect.gen(function* () {
    const capabilities = ServerCapabilities.make()
    for (const fact of known) {
      capabilities.set(fact, true)
    }
    const script = yield* FtpScript.make(`${ready("UTF8")}${dialogue}`)
    const made = yield* login(script, { user: "ann", password: "secret" }, capabilities)
    const results = yield* Effect.forEach(paths, (path) => inTime(Effect.either(made.list(path))))
    return {
      results: results.map((result) =>
        result._tag === "Left"
          ? result.left._tag
          : [
              ...result.right.entries.map(({ name }) => name),
              ...(result.right.mayLackHidden === true ? ["and perhaps hidden ones"] : [])
            ]
      ),
      known: capabilities.get("LIST -a")
    }
  }).pipe(Effect.scoped, Effect.provide(services))

describe("the first LIST -a of a server", () => {
  it.effect("is the only listing if it shows `.` and `..`, and no directory has the option's name", () =>
    Effect.gen(function* () {
      const all = answered("LIST -a", [...DOTS, HIDDEN, A])
      expect(yield* listed(`${all}${NO_DIRECTORY}${all}${BYE}`, ["", ""])).toEqual({
        results: [
          [".b", "a"],
          [".b", "a"]
        ],
        known: "Works"
      })
    })
  )

  const busy = "C: EPSV\nS: 229 ok (|||{port}|)\nC: LIST -a\nS: 450 busy, try again later\n"

  it.effect("is sent again at once if it was refused for now", () =>
    Effect.gen(function* () {
      const all = answered("LIST -a", [...DOTS, HIDDEN, A])
      expect(yield* listed(`${busy}${PLAIN}${all}${BYE}`)).toEqual({ results: [[".b", "a"]], known: "Works" })
    })
  )

  it.effect("is sent again for the next listing if the server stays busy", () =>
    Effect.gen(function* () {
      // EPSV is known to be answered by then.
      const look = `
        C: PWD
        C: EPSV
        C: NOOP
        S: 257 "/"
        S: 229 ok (|||{port}|)
        S: 200 ok
      `
      const all = answered("LIST -a", [...DOTS, HIDDEN, A]).replace(/^[\s\S]*?(?=C: LIST)/, "")
      expect(yield* listed(`${busy}${PLAIN}${busy}${look}${all}C: CWD -a\nS: 550 no\n${BYE}`, ["", ""])).toEqual({
        results: [
          ["a", "and perhaps hidden ones"],
          [".b", "a"]
        ],
        known: "Works"
      })
    })
  )

  it.effect("is not missed if the listing without it shows hidden files anyway", () =>
    Effect.gen(function* () {
      const plain = answered("LIST", [HIDDEN, A])
      expect(yield* listed(`${busy}${plain}${busy}${BYE}`)).toEqual({ results: [[".b", "a"]], known: "Unknown" })
    })
  )

  it.effect("proves an empty directory by `.` alone", () =>
    Effect.gen(function* () {
      const all = answered("LIST -a", DOTS.slice(0, 1))
      expect(yield* listed(`${all}${NO_DIRECTORY}${BYE}`)).toEqual({ results: [[]], known: "Works" })
    })
  )

  it.effect("of a path is the only listing too", () =>
    Effect.gen(function* () {
      const dialogue = `${answered("LIST -a sub", [...DOTS, HIDDEN, A])}
        C: PWD
        S: 257 "/"
        C: CWD -a sub
        S: 550 no
        C: CWD sub
        C: CWD /
        C: NOOP
        S: 250 ok
        S: 250 ok
        S: 200 ok
        ${answered("LIST -a sub", [...DOTS, HIDDEN, A])}${BYE}`
      expect(yield* listed(dialogue, ["sub", "sub"])).toEqual({
        results: [
          [".b", "a"],
          [".b", "a"]
        ],
        known: "Works"
      })
    })
  )

  it.effect("is not believed where a directory has the option's name: it may be the one that was listed", () =>
    Effect.gen(function* () {
      const dialogue = `${answered("LIST -a", [...DOTS, HIDDEN])}
        C: PWD
        S: 257 "/"
        C: CWD -a
        S: 250 ok
        C: CWD /
        S: 250 ok
        ${PLAIN}${BYE}`
      expect(yield* listed(dialogue)).toEqual({ results: [["a"]], known: "Fails" })
    })
  )

  it.effect("is not believed if there is no way back from a directory", () =>
    Effect.gen(function* () {
      const dialogue = `${answered("LIST -a", [...DOTS, HIDDEN])}C: PWD\nS: 502 no\n${PLAIN}${BYE}`
      expect(yield* listed(dialogue)).toEqual({ results: [["a"]], known: "Fails" })
    })
  )

  it.effect("of a path is compared if the path alone is known to be listed: an option may change that", () =>
    Effect.gen(function* () {
      const dialogue = `${answered("LIST -a sub", [...DOTS, HIDDEN, A])}${answered("LIST sub", [A, A.replace(/a$/, "c")])}${BYE}`
      expect(yield* listed(dialogue, ["sub"], ["LIST path"])).toEqual({ results: [["a", "c"]], known: "Fails" })
    })
  )

  it.effect("without `.` and `..` is believed if it lists no less than plain LIST", () =>
    Effect.gen(function* () {
      expect(yield* listed(`${answered("LIST -a", [HIDDEN, A])}${PLAIN}${BYE}`)).toEqual({
        results: [[".b", "a"]],
        known: "Works"
      })
    })
  )

  for (const [what, lines] of [
    ["an empty one", []],
    ["one of other files", [HIDDEN]]
  ] as const) {
    it.effect(`does not hide what plain LIST shows by ${what}`, () =>
      Effect.gen(function* () {
        expect(yield* listed(`${answered("LIST -a", lines)}${PLAIN}${PLAIN}${BYE}`, ["", ""])).toEqual({
          results: [["a"], ["a"]],
          known: "Fails"
        })
      })
    )
  }

  it.effect("is not condemned if the connection is lost", () =>
    Effect.gen(function* () {
      expect(yield* listed("C: EPSV\nS: 229 ok (|||{port}|)\nC: LIST -a\n-- close")).toEqual({
        results: ["FtpConnectionLost"],
        known: "Unknown"
      })
    })
  )

  it.effect("is condemned if the server refuses it, and plain LIST is what was asked for", () =>
    Effect.gen(function* () {
      expect(yield* listed(`${REFUSED}${PLAIN}${BYE}`)).toEqual({ results: [["a"]], known: "Fails" })
    })
  )
})
