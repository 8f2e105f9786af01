import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import type * as Listing from "#core/protocol/Listing"
import { NOW } from "../../support/entryText.ts"
import { listings } from "../../support/listings.ts"
import * as ListingText from "../../support/listingText.ts"

const options = { directory: "/d", now: NOW }
const names = Object.keys(listings) as ReadonlyArray<Listing.DialectName>
const name = FastCheck.constantFrom(...(names as [Listing.DialectName, ...Array<Listing.DialectName>]))

/** A header comes first, and a name before the line that completes it. */
const HAS_ORDER: ReadonlySet<Listing.DialectName> = new Set(["Vms", "Os400", "Mvs"])

describe("the dialect of a listing", () => {
  it.each(names)("is found by its lines: %s, whatever was expected", (dialect) => {
    for (const preferred of [undefined, ...names]) {
      const listed = ListingText.parse(listings[dialect].join("\r\n"), { ...options, preferred })
      expect(listed.dialect).toEqual(Option.some(dialect))
      expect(listed.unread).toEqual([])
    }
  })

  it.each(names)("%s reads no line of a listing in another dialect", (dialect) => {
    for (const other of names.filter((other) => other !== dialect)) {
      expect(ListingText.parse(listings[other].join("\r\n"), { ...options, dialect }).entries).toEqual([])
    }
  })

  it("is found in any order of its lines, and after lines of other kinds", () => {
    const mixed = name.chain((dialect) =>
      FastCheck.tuple(
        FastCheck.constant(dialect),
        FastCheck.nat(),
        FastCheck.array(FastCheck.constantFrom("226 done", "ls: cannot open directory", ""), { maxLength: 3 })
      )
    )
    FastCheck.assert(
      FastCheck.property(mixed, name, ([dialect, turn, others], preferred) => {
        const lines = listings[dialect]
        const at = turn % lines.length
        const turned = HAS_ORDER.has(dialect) ? lines : [...lines.slice(at), ...lines.slice(0, at)]
        const listed = ListingText.parse([...others, ...turned].join("\r\n"), { ...options, preferred })
        expect(listed.dialect).toEqual(Option.some(dialect))
      })
    )
  })

  it.each([
    "Directory not found",
    "Directory of /pub can't be opened",
    "Total of nothing: permission denied",
    "total failure",
    "Volume is offline",
    "File not found",
    "NOTHING",
    "d",
    "+"
  ])("is unknown if there is only the text %j, so that the directory does not seem empty", (text) => {
    for (const dialect of [undefined, ...names]) {
      expect(ListingText.parse(text, { ...options, dialect })).toMatchObject({ entries: [], unreadCount: 1 })
    }
  })

  // On real time, as it measures: what is linear takes a millisecond or a few.
  it.each(names)("%s reads a hostile line of 64 KiB in time linear in its length", (dialect) => {
    for (const line of listings[dialect]) {
      for (const piece of [" ", "1", "1 ", "a", "-", ".", ",", "/", " -> ", "(", "]", "\t", "\udc8c"]) {
        for (const at of [0, Math.floor(line.length / 3), Math.floor((line.length * 2) / 3), line.length]) {
          const long = line.slice(0, at) + piece.repeat(65_000 / piece.length) + line.slice(at)
          const start = performance.now()
          ListingText.parse(long, { ...options, dialect })
          expect(performance.now() - start).toBeLessThan(500)
        }
      }
    }
  })

  it("never makes a line disappear or throw, whatever dialect reads it", () => {
    const piece = FastCheck.oneof(
      FastCheck.constantFrom(...names.flatMap((name) => listings[name])),
      FastCheck.constantFrom(...names.flatMap((name) => listings[name].flatMap((line) => line.split(/(?<= )/)))),
      FastCheck.string({ unit: "binary", maxLength: 6 }),
      FastCheck.constantFrom("\n", " ", "\t")
    )
    const text = FastCheck.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""))
    FastCheck.assert(
      FastCheck.property(text, FastCheck.option(name, { nil: undefined }), (text, dialect) => {
        const { entries, skipped, unreadCount } = ListingText.parse(text, { ...options, dialect })
        const lines = text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0)
        expect(entries.length + skipped + unreadCount).toBe(lines)
      }),
      { numRuns: 300 }
    )
  })
})
