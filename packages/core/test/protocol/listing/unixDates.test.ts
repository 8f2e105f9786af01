/** The dates of `ls -l`: their forms, the years that they lack, and the order of their numbers. */
import { describe, expect, it } from "@effect/vitest"
import type { FtpTime } from "@ftp-effect/core/FtpEntry"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { unix } from "#core/protocol/listing/unix"
import { listingTexts, NOW } from "../../support/entryText.ts"

const UTC = DateTime.zoneMakeOffset(0)

/** The time of a file with that date, `-` if it is not known; other facts only if they are not those of the line. */
const dated = (date: string, now?: string, zone: DateTime.TimeZone = UTC): string =>
  Either.match(
    unix
      .open({ directory: "/d", now: now === undefined ? NOW : DateTime.unsafeMake(now), zone, zoneFrom: "Configured" })
      .line(`-rw-r--r--   1 u g 10 ${date} x`),
    {
      onLeft: (reason) => `unread: ${reason}`,
      onRight: Option.match({
        onNone: () => "skipped",
        onSome: ({ group, modified, name, owner, size }) =>
          [
            name,
            ...Option.toArray(owner),
            ...Option.toArray(group),
            ...Option.toArray(size),
            Option.match(modified, TIME)
          ]
            .join("|")
            .replace(/^x\|u\|g\|10\|/, "")
      })
    }
  )

const TIME = {
  onNone: () => "-",
  onSome: ({ at, precision, zone }: FtpTime) =>
    `${DateTime.formatIso(at).slice(0, precision === "Day" ? 10 : precision === "Minute" ? 16 : 23)}${zone === "Utc" ? " Utc" : ""}`
}

describe("the dates of unix", () => {
  it.each([
    ["2023-10-14 17:20:33.250000000 +0200", "2023-10-14T15:20:33.250 Utc"],
    ["2023-10-14 17:20:33", "2023-10-14T17:20:33.000"],
    ["2023/10/14 7:20", "2023-10-14T07:20"],
    ["2023-10-14", "2023-10-14"],
    ["10-14 17:20", "2023-10-14T17:20"],
    ["26-09 2002", "2002-09-26"],
    ["09-26 2002", "2002-09-26"],
    ["14-oct-23", "2023-10-14"],
    ["14-oct-99 17:20", "1999-10-14T17:20"],
    ["14. Okt 2019", "2019-10-14"],
    ["Oct 14 17:20:11 2019", "2019-10-14T17:20:11.000"],
    ["Oct 14 17:20:11", "2023-10-14T17:20:11.000"],
    ["10월 14 17:20", "2023-10-14T17:20"],
    ["10月 14 2019", "2019-10-14"],
    ["Mär  9 07:41", "2023-03-09T07:41"],
    ["M\udce4r  9 07:41", "2023-03-09T07:41"],
    ["Mrz  9 07:41", "2023-03-09T07:41"],
    ["Jän  9 07:41", "2023-01-09T07:41"],
    ["9 févr. 07:41", "2023-02-09T07:41"],
    ["9 août 07:41", "2023-08-09T07:41"],
    ["juin  9 07:41", "2023-06-09T07:41"],
    ["juil. 9 07:41", "2023-07-09T07:41"],
    ["9 giu 07:41", "2023-06-09T07:41"],
    ["9 lug 07:41", "2023-07-09T07:41"],
    ["ene  9 07:41", "2023-01-09T07:41"],
    ["out  9 2019", "2019-10-09"],
    ["9 mrt 07:41", "2023-03-09T07:41"],
    ["9 paź 2019", "2019-10-09"],
    ["янв  9 07:41", "2023-01-09T07:41"],
    ["9 мая 07:41", "2023-05-09T07:41"],
    ["marras  9 2019", "2019-11-09"],
    ["xyz  9 07:41", "-"],
    ["9 xyz 2019", "-"],
    ["Feb 30 07:41", "-"],
    ["Mar 05, 2023 09:47", "2023-03-05T09:47"],
    ["Mar 05, 2023", "2023-03-05"],
    ["05 Mar, 2023 09:47:11", "2023-03-05T09:47:11.000"],
    ["3月 5日 17:20", "2023-03-05T17:20"],
    ["3月 5日 2021年", "2021-03-05"],
    ["3월 5일 2021년", "2021-03-05"],
    ["2021年 3月 5日", "2021-03-05"],
    ["2021년 3월  5일", "2021-03-05"],
    ["2021年3月5日", "2021-03-05"],
    ["2021年3月5日 17:20", "2021-03-05T17:20"],
    ["3月5日 17:20", "2023-03-05T17:20"],
    ["3月 5 2021年", "2021-03-05"],
    ["3\udc8c\udc8e 5\udc93\udcfa 2021\udc94N", "2021-03-05"],
    ["2021\u01ef 3\udcb7\udcee 5\udcc6\udcfc", "2021-03-05"],
    ["3\udcd4\udcc2 5\udcc8\udcd5 17:20", "2023-03-05T17:20"],
    ["3\udca4\udceb 5\udca4\udce9 2021\udca6~", "2021-03-05"],
    ["3\udcbf\udcf9 5\udcc0\udccf 2021\udcb3\udce2", "2021-03-05"],
    ["13月 5日 17:20", "-"],
    ["\udcd1\udcce\udcd7  9 07:41", "2023-01-09T07:41"],
    ["9 \udcec\udce0\udcff 07:41", "2023-05-09T07:41"],
    ["9 \udcb4\udcd5\udcda 2019", "2019-12-09"],
    ["9 úno 2019", "2019-02-09"],
    ["9 ian 2019", "2019-01-09"],
    ["9 Ağu 2019", "2019-08-09"],
    ["9 лис 2019", "2019-11-09"],
    ["14/10/2023 17:20", "2023-10-14T17:20"],
    ["10/14/2023 17:20", "2023-10-14T17:20"],
    ["14.10.2023 17:20", "2023-10-14T17:20"],
    ["14-10-23 17:20", "2023-10-14T17:20"],
    ["Oct 14 0:0", "2023-10-14T00:00"],
    ["Oct 14 24:05", "2023-10-14T00:05"],
    ["Oct 14 25:00", "-"],
    ["Oct 14 0001", "-"]
  ])("reads the date %j as %s", (date, expected) => {
    expect(dated(date)).toBe(expected)
  })

  it.each([
    ["Oct 20 12:00", "2023-10-20T12:00:00Z", "2023-10-20T12:00"],
    ["Oct 21 12:00", "2023-10-20T12:00:00Z", "2023-10-21T12:00"],
    ["Oct 21 12:01", "2023-10-20T12:00:00Z", "2022-10-21T12:01"],
    ["Dec 31 23:59", "2023-01-01T00:00:00Z", "2022-12-31T23:59"],
    ["Jan  1 00:30", "2022-12-31T23:59:00Z", "2023-01-01T00:30"],
    ["Feb 29 23:59", "2025-03-01T00:00:00Z", "2024-02-29T23:59"],
    ["Feb 29 23:59", "1903-03-01T00:00:00Z", "-"],
    ["Feb 29 23:59", "2103-03-01T00:00:00Z", "2096-02-29T23:59"]
  ])("takes %j at %s for %s: no future beyond a day", (date, now, expected) => {
    expect(dated(date, now)).toBe(expected)
  })

  it.each([
    ["Jul  1 12:00", "2023-07-01T10:00"],
    ["Jan  1 12:00", "2023-01-01T11:00"],
    ["2023-03-26 01:59", "2023-03-26T00:59"],
    ["2023-03-26 03:00", "2023-03-26T01:00"],
    ["2023-10-14 17:20:33 +0000", "2023-10-14T17:20:33.000 Utc"]
  ])("reads %j in the given zone, as %s", (date, expected) => {
    expect(dated(date, undefined, DateTime.zoneUnsafeMakeNamed("Europe/Berlin"))).toBe(expected)
  })

  it("reads dates of numbers in the order that the listing shows, and says when it is a guess", () => {
    const lines = (...dates: ReadonlyArray<string>) => dates.map((date) => `-rw-r--r-- 1 u g 10 ${date} 17:20 x`)
    const times = (listing: ReadonlyArray<string>, dateOrder?: "DayFirst") =>
      listingTexts(unix, listing, { dateOrder }).map((text) => /time=(\S+)/.exec(text)?.[1])
    expect(times(lines("04/05/2023", "14/10/2023"))).toEqual(["2023-05-04T17:20", "2023-10-14T17:20"])
    expect(times(lines("04/05/2023", "10/14/2023"))).toEqual(["2023-04-05T17:20", "2023-10-14T17:20"])
    expect(times(lines("04/05/2023"))).toEqual(["2023-04-05T17:20?"])
    expect(times(lines("04/05/2023"), "DayFirst")).toEqual(["2023-05-04T17:20?"])
    expect(times(lines("04.05.2023"))).toEqual(["2023-05-04T17:20?"])
    expect(times(lines("2023-04-05"))).toEqual(["2023-04-05T17:20"])
  })

  it.each([
    ["Oct 14 2023 17:20 a", "Oct  5 2022 09:47 b"],
    ["14 Oct 2023 17:20 a", "5 Oct 2022 09:47 b"]
  ])("takes a time after the year for the time, if all lines have one: %j", (...dates) => {
    const listing = (...dates: ReadonlyArray<string>) =>
      listingTexts(
        unix,
        dates.map((date) => `-rw-r--r-- 1 u g 10 ${date}`)
      ).map((text) => text.replace(/ File size=10 time=| mode=.*/g, "|"))
    expect(listing(...dates)).toEqual(["a|2023-10-14T17:20|", "b|2022-10-05T09:47|"])
    expect(listing(...dates, "Oct  5 2022 c")).toEqual(["17:20 a|2023-10-14|", "09:47 b|2022-10-05|", "c|2022-10-05|"])
    expect(listing("Oct  5 2022 09:47 b")).toEqual(["09:47 b|2022-10-05|"])
  })
})
