/** The format of LIST: the lines decide, unless the caller names it; what they show is remembered for the server. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpSession from "@ftp-effect/core/FtpSession"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Effect from "effect/Effect"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { services } from "../support/embedded.ts"
import { entryText } from "../support/entryText.ts"
import { begun, login, ready } from "../support/scripted.ts"

const listing = (...lines: ReadonlyArray<string>): string =>
  `${begun("LIST")}${lines.map((line) => `D: send ${line}\\r\\n\n`).join("")}D: end\nS: 226 done\n`

/** The entries of each listing of one server, or what failed. */
const listed = (
  listings: ReadonlyArray<string>,
  options?: Pick<FtpSession.Options, "dialect" | "dateOrder">,
  capabilities = ServerCapabilities.make()
) =>
  Effect.gen(function* () {
    capabilities.set("LIST -a", false)
    const script = yield* FtpScript.make(`${ready("UTF8")}${listings.join("")}C: QUIT\nS: 221 bye`)
    const session = yield* login(script, undefined, capabilities, options)
    return yield* Effect.forEach(listings, () =>
      Effect.match(session.list(""), {
        onFailure: (error) => `${error._tag} ${"reason" in error ? error.reason : ""}`,
        onSuccess: ({ entries }) => entries.map(entryText)
      })
    )
  }).pipe(Effect.scoped, Effect.provide(services))

const ambiguous = listing("04-05-2023  05:20PM       <DIR>          a")

describe("LIST", () => {
  it.effect("of IIS is read", () =>
    Effect.gen(function* () {
      expect(
        yield* listed([listing("10-14-23  05:20PM       <DIR>          our files", "10-14-23  05:20PM  12 a")])
      ).toEqual([["our files Directory time=2023-10-14T17:20", "a File size=12 time=2023-10-14T17:20"]])
    })
  )

  it.effect("in another dialect than the one that is named is unreadable, not empty", () =>
    Effect.gen(function* () {
      expect(yield* listed([ambiguous], { dialect: "Unix" })).toEqual(["FtpListingError Unreadable"])
      expect(yield* listed([ambiguous], { dialect: "Dos" })).toEqual([["a Directory time=2023-04-05T17:20?"]])
    })
  )

  it.effect("with ambiguous dates is read as an earlier listing of the server shows, else as the caller prefers", () =>
    Effect.gen(function* () {
      const clear = listing("14-10-2023  05:20PM       <DIR>          a")
      const dayFirst = ["a Directory time=2023-05-04T17:20?"]
      const capabilities = ServerCapabilities.make()
      expect(yield* listed([ambiguous, clear, ambiguous], undefined, capabilities)).toEqual([
        ["a Directory time=2023-04-05T17:20?"],
        ["a Directory time=2023-10-14T17:20"],
        dayFirst
      ])
      expect(yield* listed([ambiguous], { dateOrder: "MonthFirst" }, capabilities)).toEqual([dayFirst])
      expect(yield* listed([ambiguous], { dateOrder: "DayFirst" })).toEqual([dayFirst])
    })
  )
})
