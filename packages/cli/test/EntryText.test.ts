import { afterEach, describe, expect, it } from "@effect/vitest"
import { type FtpEntry, type FtpTime, noFacts } from "@ftp-effect/core/FtpEntry"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as EntryText from "../src/output/EntryText.ts"
import * as Sorting from "../src/output/sorting.ts"

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

const named = (name: string): FtpEntry => ({ ...noFacts, name, path: name, type: "File", raw: "" })

describe("entries that share some of their columns with the one before", () => {
  const [may, june] = ["2024-05-01T09:30:00Z", "2024-06-01T09:30:00Z"].map((text) =>
    Option.some({ at: DateTime.unsafeMake(text), precision: "Minute" as const, zone: "Assumed" as const })
  )
  const [open, closed] = [Option.some(0o644), Option.some(0o600)]
  const of = (type: FtpEntry["type"], mode: FtpEntry["mode"], modified = may): FtpEntry => ({
    ...named("a"),
    type,
    mode,
    modified: modified ?? Option.none(),
    size: Option.some(7)
  })
  const entries = [
    of("File", open),
    of("File", open, june),
    of("Directory", open, june),
    of("File", closed, june),
    { ...of("File", closed), modified: Option.none<FtpTime>() },
    of("File", Option.none())
  ]

  it("are shown with their own in the others", () => {
    expect(entries.map(EntryText.columns(entries, false))).toEqual([
      "-rw-r--r--  7  2024-05-01 09:30  a",
      "-rw-r--r--  7  2024-06-01 09:30  a",
      "drw-r--r--  -  2024-06-01 09:30  a/",
      "-rw-------  7  2024-06-01 09:30  a",
      "-rw-------  7  -                 a",
      "-?????????  7  2024-05-01 09:30  a"
    ])
  })

  it("have their own times in JSON", () => {
    expect(entries.map(EntryText.jsonWriter()).map(({ modified }) => modified)).toEqual([
      "2024-05-01T09:30:00.000Z",
      "2024-06-01T09:30:00.000Z",
      "2024-06-01T09:30:00.000Z",
      "2024-06-01T09:30:00.000Z",
      null,
      "2024-05-01T09:30:00.000Z"
    ])
  })
})

describe("the columns of ls", () => {
  const { TZ } = process.env
  afterEach(() => {
    if (TZ === undefined) {
      delete process.env.TZ
    } else {
      process.env.TZ = TZ
    }
  })

  const at = (millis: number, precision: FtpTime["precision"], zone: FtpTime["zone"]): FtpEntry => ({
    ...named("a"),
    size: Option.some(7),
    mode: Option.some(0o751),
    modified: Option.some({ at: DateTime.unsafeMake(millis), precision, zone })
  })

  for (const zone of ["America/St_Johns", "Asia/Kathmandu", "Europe/Berlin", "UTC"]) {
    it(`have this machine's time in ${zone}, whatever times are shown beside it`, () => {
      process.env.TZ = zone
      const millis = FastCheck.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2100, 0, 1) })
      const near = FastCheck.tuple(millis, FastCheck.array(FastCheck.integer({ min: -200_000_000, max: 200_000_000 })))
      FastCheck.assert(
        FastCheck.property(near, ([first, steps]) => {
          const times = [first, ...steps.map((step) => first + step)]
          const entries = times.map((time) => at(time, "Second", "Utc"))
          const line = EntryText.columns(entries, false)
          const two = (value: number) => String(value).padStart(2, "0")
          expect(entries.map(line)).toEqual(
            times.map((time) => {
              const date = new Date(time)
              const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
              return `-rwxr-x--x  7  ${day} ${two(date.getHours())}:${two(date.getMinutes())}  a`
            })
          )
        }),
        { numRuns: 50 }
      )
    })
  }

  it("have the server's own time where its zone is not known, and the day alone where no more is", () => {
    process.env.TZ = "America/St_Johns"
    const noon = Date.UTC(2024, 4, 1, 12, 30)
    const midnight = Date.UTC(2024, 4, 1)
    const entries = [at(noon, "Minute", "Assumed"), at(midnight, "Day", "Assumed"), at(midnight, "Day", "Utc")]
    expect(entries.map(EntryText.columns(entries, false)).map((line) => line.slice(15, 31))).toEqual([
      "2024-05-01 12:30",
      "2024-05-01      ",
      "2024-05-01      "
    ])
  })

  it("are as wide as the widest of all entries, and have marks where nothing is known", () => {
    const entries: ReadonlyArray<FtpEntry> = [
      { ...named("a"), size: Option.some(123_456) },
      { ...named("d"), type: "Directory", size: Option.some(4096), mode: Option.some(0o1777) },
      named("b")
    ]
    expect(entries.map(EntryText.columns(entries, false))).toEqual([
      "-?????????  123456  -  a",
      "drwxrwxrwx       -  -  d/",
      "-?????????       -  -  b"
    ])
  })
})

describe("sorting entries", () => {
  const count = 3 * Sorting.AT_ONCE + 17
  const names = Array.from({ length: count }, (_, index) => `f${(index * 7919) % count}`)

  it.live("is in the order of the characters, and gives timers their turn", () =>
    Effect.gen(function* () {
      let turns = 0
      const beat = setInterval(() => {
        turns += 1
      })
      const sorted = yield* Sorting.byName(names.map(named))
      clearInterval(beat)
      expect(sorted.map(({ name }) => name)).toEqual([...names].sort())
      expect(turns).toBeGreaterThan(1)
    })
  )

  it.effect("leaves what is sorted as it is", () =>
    Effect.gen(function* () {
      const entries = ["", "B", "a", "a", "b"].map(named)
      expect(yield* Sorting.byName(entries)).toBe(entries)
    })
  )
})
