/** Entries that a reader hands out before the end: with those of the end they are what a whole listing has. */
import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Listing from "#core/protocol/Listing"

const now = DateTime.unsafeMake("2024-06-01T12:00:00Z")
const options = { directory: "/d", now }

const NAMES = ["a", ".", "..", "b c", " lead", "x/y", "tab\t", "size=1; n", "09:47 plan", "üñ", "a;b"]
const name = FastCheck.constantFrom(...NAMES)

const UNIX = [
  (name: string) => `-rw-r--r--   1 ann  staff      4711 Mar  9 07:41 ${name}`,
  (name: string) => `drwxr-xr-x   2 ann  staff      4096 Nov 30  2019 ${name}`,
  (name: string) => `-rw-r--r--   1 ann  staff         7 2023-04-05 10:11 ${name}`,
  (name: string) => `-rw-r--r--   1 ann  staff         7 04-05-23 10:11 ${name}`,
  (name: string) => `-rw-r--r--   1 ann  staff         7 25-04-23 10:11 ${name}`,
  (name: string) => `-rw-r--r--   1 ann  staff         7 Mar 05, 2023 09:47 ${name}`,
  () => "total 12",
  (name: string) => `what is ${name}?`
]

const MLSX = [
  (name: string) => `type=file;size=3;modify=20231014172011; ${name}`,
  (name: string) => `type=dir;modify=20231014172011; ${name}`,
  (name: string) => `type=file; size=3; modify=20231014172011; ${name}`,
  (name: string) => `type=cdir;modify=20231014172011; ${name}`,
  (name: string) => `nothing of ${name}`
]

const DOS = [
  (name: string) => `04-05-23  05:21PM                   12 ${name}`,
  (name: string) => `10-14-23  05:20PM       <DIR>          ${name}`
]

const lines = (forms: ReadonlyArray<(name: string) => string>, least: number) =>
  FastCheck.array(
    FastCheck.tuple(FastCheck.constantFrom(...forms), name).map(([form, name]) => form(name)),
    { minLength: least, maxLength: least + 60 }
  )

/** What is read if `ready` is asked for after each so many lines. */
const read = (reader: Listing.Reader<string>, lines: ReadonlyArray<string>, every: number) => {
  const early: Array<unknown> = []
  lines.forEach((line, index) => {
    reader.take(line)
    if (index % every === 0) {
      early.push(...reader.ready())
    }
  })
  const { entries, unread, ...rest } = reader.end()
  return { early: early.length, listed: { entries: [...early, ...entries], unread: [...unread].sort(), ...rest } }
}

describe("entries that are ready", () => {
  for (const [what, forms, least, make] of [
    ["MLSD", MLSX, 0, () => Listing.mlsdReader(options)],
    ["UNIX, with its dialect still open", UNIX, 0, () => Listing.reader(options)],
    ["UNIX, with its dialect decided", UNIX, 260, () => Listing.reader(options)],
    ["usual lines of UNIX", UNIX.slice(0, 2), 260, () => Listing.reader(options)],
    ["UNIX, named by the caller", UNIX, 0, () => Listing.reader({ ...options, dialect: "Unix" })],
    ["DOS, named by the caller", DOS, 0, () => Listing.reader({ ...options, dialect: "Dos" })]
  ] as const) {
    it(`and those of the end are those of the whole listing: ${what}`, () => {
      FastCheck.assert(
        FastCheck.property(lines(forms, least), FastCheck.integer({ min: 1, max: 9 }), (lines, every) => {
          expect(read(make(), lines, every).listed).toEqual(read(make(), lines, Number.POSITIVE_INFINITY).listed)
        }),
        { numRuns: 60 }
      )
    })
  }

  it("come as soon as nothing can change them, and are not kept", () => {
    const mlsd = Listing.mlsdReader(options)
    mlsd.take("type=file;size=1; a")
    expect(mlsd.ready()).toMatchObject([{ name: "a" }])
    expect(mlsd.ready()).toEqual([])
    mlsd.take("type=file;size=1; b")
    expect(mlsd.end()).toMatchObject({ entries: [{ name: "b" }], count: 2 })
  })

  it("have shown the dialect, also where their names can't be", () => {
    const mlsd = Listing.mlsdReader(options)
    mlsd.take("type=file;size=3; x/y")
    expect(mlsd.ready()).toEqual([])
    mlsd.take("type=cdir; .")
    expect(mlsd.end()).toMatchObject({ count: 0, unreadCount: 1, dialect: Option.some("Mlsx") })
  })

  it("are none while day and month are not known", () => {
    const dos = Listing.reader({ ...options, dialect: "Dos" })
    dos.take("04-05-23  05:21PM                   12 a")
    expect(dos.ready()).toEqual([])
  })

  it("count for the limit of entries", () => {
    const reader = Listing.mlsdReader({ ...options, maxEntries: 2 })
    const taken = ["a", "b", "c"].map((name) => {
      const isWanted = reader.take(`type=file; ${name}`)
      reader.ready()
      return isWanted
    })
    expect(taken).toEqual([true, true, false])
  })
})
