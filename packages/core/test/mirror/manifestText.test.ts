import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { ManifestFile, ManifestLink } from "#core/mirror/MirrorManifest"
import * as ManifestText from "#core/mirror/manifestText"

const TREE = "ftp://host/www"

const sha256 = FastCheck.stringMatching(/^[0-9a-f]{64}$/)
const integer = FastCheck.maxSafeInteger()

const file: FastCheck.Arbitrary<ManifestFile> = FastCheck.record({
  sha256,
  size: FastCheck.maxSafeNat(),
  source: FastCheck.option(integer, { nil: undefined }),
  target: FastCheck.option(
    FastCheck.record({
      at: FastCheck.date({ noInvalidDate: true }).map((date) => date.getTime()),
      precision: FastCheck.constantFrom("Millisecond", "Second", "Minute", "Day")
    }),
    { nil: undefined }
  )
})
const link: FastCheck.Arbitrary<ManifestLink> = FastCheck.record({ link: FastCheck.string() })
const path = FastCheck.oneof(
  FastCheck.string({ unit: "binary" }),
  FastCheck.constantFrom("__proto__", "a/b", "toString")
)

const GOOD = { sha256: "0".repeat(64), size: 5, source: 1, target: { at: 2, precision: "Minute" } }

const textOf = (change: object) => JSON.stringify({ version: 1, tree: TREE, files: { a: GOOD }, ...change })

describe("the text of a manifest", () => {
  it.prop(
    "is read as it was written",
    [FastCheck.array(FastCheck.tuple(path, FastCheck.oneof(file, link)))],
    ([all]) => {
      const files = new Map(all)
      expect(ManifestText.decode(ManifestText.encode(files, TREE), TREE)).toEqual(files)
    }
  )

  it("is that of the format which is documented", () => {
    expect(ManifestText.decode(textOf({ links: { b: "a" }, later: true }), TREE)).toEqual(
      new Map<string, unknown>([
        ["a", GOOD],
        ["b", { link: "a" }]
      ])
    )
  })

  it.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["null", "null"],
    ["of a later version", textOf({ version: 2 })],
    ["of another tree", textOf({ tree: "ftp://host/other" })],
    ["without files", textOf({ files: undefined })],
    ["with a list of files", textOf({ files: [] })],
    ["with a file that is none", textOf({ files: { a: GOOD, b: null } })],
    ["with a hash in upper case", textOf({ files: { a: { ...GOOD, sha256: "A".repeat(64) } } })],
    ["with a hash that is too short", textOf({ files: { a: { ...GOOD, sha256: "0".repeat(63) } } })],
    ["with a size below 0", textOf({ files: { a: { ...GOOD, size: -1 } } })],
    ["with a size in a text", textOf({ files: { a: { ...GOOD, size: "5" } } })],
    ["with a part of a byte", textOf({ files: { a: { ...GOOD, size: 0.5 } } })],
    ["with a time that is none", textOf({ files: { a: { ...GOOD, source: null } } })],
    ["with a precision that is none", textOf({ files: { a: { ...GOOD, target: { at: 1, precision: "toString" } } } })],
    ["with a time that no Date can hold", textOf({ files: { a: { ...GOOD, target: { ...GOOD.target, at: 9e15 } } } })],
    ["with a time without a precision", textOf({ files: { a: { ...GOOD, target: { at: 1 } } } })],
    ["with a link that is none", textOf({ links: { b: 1 } })],
    ["with a list of links", textOf({ links: ["a"] })]
  ])("counts as none, with a reason: %s", (_, text) => {
    expect(ManifestText.decode(text, TREE)).toEqual(new Map())
    expect(ManifestText.problem(text, TREE)).toMatch(/^is /)
  })

  it.each([
    ["{", "is none"],
    [textOf({ version: 2 }), "is of version 2"],
    [textOf({ tree: "ftp://host/other" }), "is of another tree, ftp://host/other"],
    [textOf({ files: { a: null } }), "is damaged"],
    [textOf({ files: {} }), undefined],
    [textOf({ files: {}, later: true }), undefined]
  ])("of which nothing is believed says why: %s", (text, expected) => {
    expect(ManifestText.problem(text, TREE)).toBe(expected)
  })
})
