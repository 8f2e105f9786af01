/** When two files count as the same. */
import { describe, expect, it } from "@effect/vitest"
import type { FtpTime } from "@ftp-effect/core/FtpEntry"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { compareTimes, difference, mayBeSame } from "#core/mirror/compare"
import * as Tree from "#core/mirror/Tree"

const time = (text: string, precision: FtpTime["precision"] = "Second", guess?: FtpTime["guess"]): FtpTime => ({
  at: DateTime.unsafeMake(text),
  precision,
  zone: "Utc",
  guess
})

const file = (size?: number, modified?: FtpTime, sha256?: string) =>
  Tree.entry("a", "File", {
    size: Option.fromNullable(size),
    modified: Option.fromNullable(modified),
    sha256: Option.fromNullable(sha256)
  })

const NOON = "2026-03-01T12:00:00Z"

describe("two times", () => {
  for (const [first, second, order] of [
    [time(NOON), time(NOON), "Same"],
    [time("2026-03-01T12:00:00.900Z", "Millisecond"), time(NOON), "Same"],
    [time("2026-03-01T12:00:00.900Z", "Millisecond"), time(NOON, "Millisecond"), "Older"],
    [time("2026-03-01T12:00:59Z"), time(NOON, "Minute"), "Same"],
    [time("2026-03-01T12:02:00Z"), time(NOON, "Minute"), "Older"],
    [time("2026-03-01T11:57:00Z"), time(NOON, "Minute"), "Newer"],
    [time("2026-03-01T23:59:59Z"), time("2026-03-01T00:00:00Z", "Day"), "Same"],
    [time("2026-03-03T00:00:00Z"), time("2026-03-01T00:00:00Z", "Day"), "Older"],
    [time(NOON), time("2025-03-01T12:00:00Z", "Minute", "DayOrMonth"), "Unknown"],
    [time(NOON), time(NOON, "Minute", "Year"), "Same"]
  ] as const) {
    const name = ({ at, guess, precision }: FtpTime) =>
      `${DateTime.formatIso(at)} (${precision}${guess === undefined ? "" : `, ${guess} guessed`})`
    it(`${name(second)} is ${order} beside ${name(first)}`, () => {
      expect(compareTimes(first, second)).toBe(order)
    })
  }

  for (const [first, second, expected] of [
    [time("2027-03-01T12:00:20Z"), time(NOON, "Minute", "Year"), true],
    [time(NOON, "Minute", "Year"), time("2027-03-01T12:00:20Z"), true],
    [time("2025-03-01T00:00:00Z", "Day"), time("2024-02-29T00:00:00Z", "Day", "Year"), true],
    [time("2025-02-27T00:00:00Z", "Day"), time("2024-02-29T00:00:00Z", "Day", "Year"), true],
    [time("2024-03-02T00:00:00Z", "Day"), time("2023-03-01T00:00:00Z", "Day", "Year"), true],
    [time("2027-03-01T12:00:20Z"), time(NOON, "Minute"), false],
    [time("2025-03-01T12:00:20Z"), time(NOON, "Minute", "Year"), false],
    [time("2027-03-01T12:05:00Z"), time(NOON, "Minute", "Year"), false]
  ] as const) {
    const name = ({ at, guess }: FtpTime) => `${DateTime.formatIso(at)}${guess === undefined ? "" : ", year guessed,"}`
    it(`${name(first)} and ${name(second)} ${expected ? "may be" : "are not"} the same`, () => {
      expect(mayBeSame(first, second)).toBe(expected)
    })
  }

  it("are in the opposite order the other way round", () => {
    const arbitrary = FastCheck.record({
      millis: FastCheck.integer({ min: 0, max: 4 * 86_400_000 }),
      precision: FastCheck.constantFrom<FtpTime["precision"][]>("Millisecond", "Second", "Minute", "Day" as const)
    }).map(({ millis, precision }): FtpTime => ({ at: DateTime.unsafeMake(millis), precision, zone: "Utc" }))
    const opposite = { Same: "Same", Older: "Newer", Newer: "Older", Unknown: "Unknown" }
    FastCheck.assert(
      FastCheck.property(arbitrary, arbitrary, (first, second) => {
        expect(compareTimes(second, first)).toBe(opposite[compareTimes(first, second)])
      })
    )
  })
})

describe("two files", () => {
  const early = time(NOON)
  const late = time("2026-03-01T13:00:00Z")
  for (const [what, source, target, options, expected] of [
    ["of one size and time are the same", file(1, early), file(1, early), {}, undefined],
    ["of two sizes differ", file(1, early), file(2, early), {}, { _tag: "SizeDiffers", from: 2, to: 1 }],
    ["of two times differ", file(1, late), file(1, early), {}, { _tag: "TimeDiffers", order: "SourceNewer" }],
    ["differ if the target is newer", file(1, early), file(1, late), {}, { _tag: "TimeDiffers", order: "SourceOlder" }],
    [
      "are the same if the target has the time of its upload",
      file(1, early),
      file(1, late),
      { keepsTimes: false },
      undefined
    ],
    ["of unknown time may differ", file(1, early), file(1), {}, { _tag: "Unknown", fact: "Time" }],
    ["of unknown size may differ", file(1, early), file(undefined, early), {}, { _tag: "Unknown", fact: "Size" }],
    ["of one content are the same, whatever their times", file(1, late, "h"), file(1, early, "h"), {}, undefined],
    [
      "of two contents differ, although size and time agree",
      file(1, early, "h"),
      file(1, early, "i"),
      {},
      { _tag: "HashDiffers" }
    ],
    ["are compared by size alone if asked", file(1, late), file(1, early), { by: "Size" }, undefined],
    ["are compared by time alone if asked", file(1, early), file(2, early), { by: "Time" }, undefined],
    [
      "may differ by hash if one is unknown",
      file(1, early),
      file(1, early, "h"),
      { by: "Hash" },
      { _tag: "Unknown", fact: "Hash" }
    ],
    ["always differ if asked", file(1, early, "h"), file(1, early, "h"), { by: "Nothing" }, { _tag: "Always" }]
  ] as const) {
    it(what, () => {
      const found = difference(source, target, { by: "SizeAndTime", keepsTimes: true, ...options })
      expect(Option.getOrUndefined(found)).toEqual(expected)
    })
  }
})
