import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { dos } from "#core/protocol/listing/dos"
import { listingTexts, NOW } from "../../support/entryText.ts"
import * as ListingText from "../../support/listingText.ts"

const read = (line: string) => listingTexts(dos, [line])[0]

describe("dos", () => {
  it.each([
    ["10-14-23  05:20PM       <DIR>          our files", "our files Directory time=2023-10-14T17:20"],
    ["10-14-2023  05:20PM            2048000 data.bin", "data.bin File size=2048000 time=2023-10-14T17:20"],
    ["2023-10-14  17:20                    0 iso.dos", "iso.dos File size=0 time=2023-10-14T17:20"],
    [
      "10-14-23  05:20PM       <JUNCTION>     link [C:\\target]",
      "link SymbolicLink time=2023-10-14T17:20 target=C:\\target"
    ],
    [
      "10-14-23  05:20PM       <SYMLINKD>     a b [\\\\?\\D:\\x [y]]",
      "a b SymbolicLink time=2023-10-14T17:20 target=\\\\?\\D:\\x [y]"
    ],
    ["10-14-23  05:20PM       <SYMLINK>      plain", "plain SymbolicLink time=2023-10-14T17:20"],
    ["10-14-23  05:20PM       <SOCKET>       s", "s Other time=2023-10-14T17:20"],
    ["10-14-23  12:05AM                   10 midnight", "midnight File size=10 time=2023-10-14T00:05"],
    ["10-14-23  12:05PM                   10 noon", "noon File size=10 time=2023-10-14T12:05"],
    ["10-14-99  05:20 pm                  10 a", "a File size=10 time=1999-10-14T17:20"],
    ["10-14-23  5:20p                     10 a", "a File size=10 time=2023-10-14T17:20"],
    ["10-14-23  05:20:11AM                10 a", "a File size=10 time=2023-10-14T05:20:11"],
    ["10/14/2023  05:20 PM            2,048,000 a", "a File size=2048000 time=2023-10-14T17:20"],
    ["14.10.2023  17:20            2.048.000 daten.bin", "daten.bin File size=2048000 time=2023-10-14T17:20"],
    ["14/10/2023  17:20      2\u00a0048\u00a0000 a", "a File size=2048000 time=2023-10-14T17:20"],
    ["14/10/2023  17:20      2\udca0048\udcff000 a", "a File size=2048000 time=2023-10-14T17:20"],
    ["10-14-23  05:20PM       <DIR>            two spaces", "  two spaces Directory time=2023-10-14T17:20"],
    ["10-14-23  05:20PM       <DIR> one gap", "one gap Directory time=2023-10-14T17:20"],
    ["10-14-23  05:20PM                   10  a ", " a  File size=10 time=2023-10-14T17:20"],
    ["10-14-23  05:20PM                   10 2 048 000", "2 048 000 File size=10 time=2023-10-14T17:20"],
    ["02-30-23  05:20PM                   10 no day", "no day File size=10"],
    ["10-14-23  05:20PM    9007199254740993 huge", "huge File time=2023-10-14T17:20"],
    ["14-14-23  05:20PM                   10 a", "unread: 14-14-23  05:20PM                   10 a"],
    ["10-14-23  05:20PM                   10 ", "unread: 10-14-23  05:20PM                   10 "],
    ["10-14-23  05:20PM                   10x", "unread: 10-14-23  05:20PM                   10x"],
    ["10-14-23  a", "unread: 10-14-23  a"],
    [" Volume in drive C is WORK", undefined],
    [" Directory of C:\\pub", undefined],
    ["               3 File(s)          4,711 bytes", undefined],
    ["               2 Dir(s)  12,345,678 bytes free", undefined],
    ["3 File(s) missing", "unread: 3 File(s) missing"]
  ])("reads %j as %s", (line, expected) => {
    expect(read(line)).toBe(expected)
  })

  it.each([
    [
      "one day above 12, whatever the option",
      ["04-05-23", "10-14-23"],
      "DayFirst",
      "MonthFirst",
      ["2023-04-05", "2023-10-14"]
    ],
    [
      "days above 12 in the first place",
      ["04/05/2023", "14/10/2023"],
      undefined,
      "DayFirst",
      ["2023-05-04", "2023-10-14"]
    ],
    [
      "a year above 31 in the last place",
      ["14-05-23", "04-05-99"],
      undefined,
      "DayFirst",
      ["2023-05-14", "1999-05-04"]
    ],
    [
      "years first",
      ["23-10-14", "99-05-04", "04-05-06"],
      undefined,
      "YearFirst",
      ["2023-10-14", "1999-05-04", "2004-05-06"]
    ],
    ["nothing, so the month comes first", ["04-05-2023"], undefined, undefined, ["2023-04-05?"]],
    ["the option", ["04-05-2023"], "DayFirst", undefined, ["2023-05-04?"]],
    ["an option that is ruled out", ["04-05-2023"], "YearFirst", undefined, ["2023-04-05?"]],
    [
      "each line alone, if they contradict one another",
      ["04-05-2023", "14-05-2023", "05-14-2023"],
      undefined,
      undefined,
      ["2023-04-05?", "2023-05-14", "2023-05-14"]
    ],
    ["a day that is the month too", ["05-05-2023"], undefined, undefined, ["2023-05-05"]]
  ] as const)("reads dates of numbers by %s", (_, dates, dateOrder, shown, expected) => {
    const lines = dates.map((date) => `${date}  17:20    1 a`)
    expect(listingTexts(dos, lines, { dateOrder })).toEqual(
      expected.map((date) => `a File size=1 time=${date.slice(0, 10)}T17:20${date.slice(10)}`)
    )
    const listed = ListingText.parseWith([dos], lines.join("\n"), { directory: "/", now: NOW, dateOrder })
    expect(listed.dateOrder).toEqual(Option.fromNullable(shown))
  })

  it("reads times in the given zone", () => {
    const zone = DateTime.zoneUnsafeMakeNamed("Europe/Berlin")
    expect(listingTexts(dos, ["10-14-23  05:20PM  10 a"], { zone })).toEqual(["a File size=10 time=2023-10-14T15:20"])
  })

  it("reads what IIS prints", () => {
    const printed = FastCheck.record({
      name: FastCheck.string({ minLength: 1, unit: "grapheme" }).filter(
        (name) => /^[^\r\n/ \t][^\r\n/]*$/.test(name) && !/^\.\.?$/.test(name)
      ),
      size: FastCheck.option(FastCheck.maxSafeNat()),
      minutes: FastCheck.nat(60 * 24 * 365 * 50),
      long: FastCheck.boolean()
    })
    FastCheck.assert(
      FastCheck.property(printed, ({ name, size, minutes, long }) => {
        const iso = new Date(Date.UTC(1975, 0, 13) + minutes * 60_000).toISOString()
        const hour = Number(iso.slice(11, 13))
        const time = `${String(hour % 12 === 0 ? 12 : hour % 12).padStart(2, "0")}:${iso.slice(14, 16)}${hour < 12 ? "AM" : "PM"}`
        const date = `${iso.slice(5, 7)}-${iso.slice(8, 10)}-${iso.slice(long ? 0 : 2, 4)}`
        const middle = size === null ? "       <DIR>          " : ` ${String(size).padStart(20)} `
        const listing = ["10-14-23  05:20PM       <DIR>          z", `${date}  ${time}${middle}${name}`]
        expect(listingTexts(dos, listing)[1]).toBe(
          `${name} ${size === null ? "Directory" : `File size=${size}`} time=${iso.slice(0, 16)}`
        )
      })
    )
  })
})
