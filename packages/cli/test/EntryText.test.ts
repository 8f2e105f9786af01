import { expect, it } from "@effect/vitest"
import { type FtpTime, noFacts } from "@ftp-effect/core/FtpEntry"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as EntryText from "../src/output/EntryText.ts"

const entry = (guess: FtpTime["guess"]) => ({
  ...noFacts,
  name: "a",
  path: "a",
  type: "File" as const,
  raw: "",
  modified: Option.some({
    at: DateTime.unsafeMake("2023-04-05T17:20:00Z"),
    precision: "Minute" as const,
    zone: "Assumed" as const,
    guess
  })
})

it.each([
  [undefined, null, "(the server's clock)"],
  ["Year", "Year", "(the server's clock)"],
  ["DayOrMonth", "DayOrMonth", "(the server's clock; day and month may be the other way round)"]
] as const)("the guess %s of a time is said in JSON, and by stat if it is a matter of months", (guess, said, text) => {
  expect(EntryText.json(entry(guess)).modifiedGuess).toBe(said)
  expect(EntryText.facts(entry(guess))).toContain(`modified  2023-04-05T17:20 ${text}`)
})
