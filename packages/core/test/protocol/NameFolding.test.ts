/** Names that are one where case, or the Unicode form, does not count. */
import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as NameFolding from "#core/protocol/NameFolding"

const SIMPLE: ReadonlyArray<readonly [what: string, one: string, other: string]> = [
  ["ASCII", "Index.HTML", "index.html"],
  ["umlauts", "ÄÖÜ", "äöü"],
  ["a final sigma", "ΟΔΟΣ.txt", "οδος.txt"],
  ["both small sigmas", "οδοσ", "οδος"],
  ["two Unicode forms", "caf\u00e9", "cafe\u0301"],
  ["case and two Unicode forms", "CAFE\u0301", "caf\u00e9"],
  ["the Kelvin sign, which Unicode takes for the letter", "\u212a", "k"],
  ["letters beyond the first plane", "\u{10400}", "\u{10428}"],
  ["Cherokee", "\u13a0", "\uab70"]
]

const WIDE: typeof SIMPLE = [
  ["a sharp s and two", "straße", "STRASSE"],
  ["both sharp s", "STRAẞE", "straße"],
  ["the small i without a dot", "kadın.txt", "kadin.txt"],
  ["the small i without a dot and its capital", "ırmak", "IRMAK"],
  ["the long s", "ſ", "s"],
  ["the micro sign and the letter", "\u00b5", "\u03bc"],
  ["two forms of a capital", "\u03f4", "\u0398"],
  ["a ligature", "ﬁnal", "final"],
  ["the capital I with a dot", "İzmir", "izmir"],
  ["a variation selector", "\u2764\ufe0f", "\u2764"],
  ["a soft hyphen", "co\u00adop", "coop"],
  ["one character for several, one of which is a slash", "\u2100", "A\u2215C"],
  ["a compatibility character", "x\u00b2", "x2"],
  ["an iota below and one beside", "\u1fb3", "\u0391\u0399"]
]

describe("names on a file system that ignores case", () => {
  it.each(SIMPLE)("are one if they differ by %s", (_, one, other) => {
    expect(NameFolding.fold(one)).toBe(NameFolding.fold(other))
  })

  it.each(WIDE)("may be one, and are not taken for it, if they differ by %s", (_, one, other) => {
    expect(NameFolding.foldWidely(one)).toBe(NameFolding.foldWidely(other))
    expect(NameFolding.fold(one)).not.toBe(NameFolding.fold(other))
  })

  it.each([
    ["another letter", "a", "b"],
    ["an accent", "cafe", "caf\u00e9"],
    ["a dot", "a.b", "ab"]
  ])("are two if they differ by %s", (_, one, other) => {
    expect(NameFolding.foldWidely(one)).not.toBe(NameFolding.foldWidely(other))
  })

  it("are one by case, and never by compatibility alone", () => {
    const folded: Array<string> = []
    const wrong: Array<string> = []
    for (let code = 0x80; code < 0x20000; code++) {
      const letter = String.fromCodePoint(code)
      const small = NameFolding.fold(letter)
      if (small !== letter.normalize("NFC")) {
        folded.push(letter)
        if (small.normalize("NFKD") === letter.normalize("NFKD") || NameFolding.fold(small) !== small) {
          wrong.push(letter)
        }
      }
    }
    expect(wrong).toEqual([])
    expect(folded.length).toBeGreaterThan(1000)
  })

  const text = FastCheck.string({ unit: "binary" })

  it("may be one whenever they are, in capitals, in small letters and in each Unicode form", () => {
    FastCheck.assert(
      FastCheck.property(text, (text) => {
        const wide = NameFolding.foldWidely(text)
        for (const other of [
          text.toUpperCase(),
          text.toLowerCase(),
          NameFolding.fold(text),
          ...["NFC", "NFD", "NFKC", "NFKD"].map((form) => text.normalize(form))
        ]) {
          expect(NameFolding.foldWidely(other)).toBe(wide)
        }
      })
    )
  })

  it("have the separators of their paths", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(text), (names) => {
        const plain = names.map((name) => name.replaceAll("/", "-"))
        for (const fold of [NameFolding.fold, NameFolding.foldWidely]) {
          expect(fold(plain.join("/"))).toBe(plain.map(fold).join("/"))
        }
      })
    )
  })
})
