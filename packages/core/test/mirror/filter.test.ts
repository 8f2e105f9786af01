/** What takes part in a mirror. */
import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Filter from "#core/mirror/Filter"
import * as Tree from "#core/mirror/Tree"

const file = (path: string, facts: Parameters<typeof Tree.entry>[2] = {}) => Tree.entry(path, "File", facts)

const at = (second: number) => DateTime.unsafeMake(second * 1000)

const dated = (second: number) =>
  file("a", { modified: Option.some({ at: at(second), precision: "Second", zone: "Utc" }) })

const sized = (size: number) => file("a", { size: Option.some(size) })

const excluded = (options: Filter.FilterOptions, entry: Tree.TreeEntry) =>
  Option.getOrUndefined(Filter.make(options).excludedBy(entry))

describe("paths", () => {
  for (const [path, type, isExcluded] of [
    ["deep/a", "File", false],
    ["deep/a", "Directory", false],
    ["deep/a/b/c", "File", false],
    ["deep", "Directory", false],
    ["deep", "File", true],
    ["deep/b", "Directory", true],
    ["deep/ab", "File", true],
    ["a", "File", true],
    ["[x]*", "SymbolicLink", false],
    ["x", "File", true]
  ] as const) {
    it(`${isExcluded ? "exclude" : "include"} the ${type.toLowerCase()} ${path}`, () => {
      const paths = ["deep/a", "[x]*"]
      expect(excluded({ paths }, Tree.entry(path, type))).toEqual(isExcluded ? { _tag: "Place" } : undefined)
    })
  }

  it("exclude by patterns what is below them, and exclude all if there are none", () => {
    const options = { paths: ["deep"], patterns: ["*.tmp"] }
    expect(excluded(options, file("deep/a.tmp"))).toEqual({ _tag: "Pattern", pattern: "*.tmp" })
    expect(excluded({ paths: [] }, file("a"))).toEqual({ _tag: "Place" })
  })
})

describe("patterns", () => {
  for (const [patterns, path, type, by] of [
    [["*.map"], "js/app.js.map", "File", "*.map"],
    [["*.map", "!app.js.map"], "js/app.js.map", "File", undefined],
    [["!app.js.map", "*.map"], "js/app.js.map", "File", "*.map"],
    [["node_modules/"], "a/node_modules", "Directory", "node_modules/"],
    [["node_modules/"], "a/node_modules", "File", undefined],
    [["uploads/"], "a/uploads", "SymbolicLink", "uploads/"],
    [["/uploads/"], "a/uploads", "SymbolicLink", undefined],
    [["uploads/", "!uploads/"], "uploads", "SymbolicLink", undefined],
    [["*", "!*/"], "uploads", "SymbolicLink", "*"],
    [["node_modules/", "!keep.js"], "node_modules/keep.js", "File", "node_modules/"],
    [["/top.txt"], "top.txt", "File", "/top.txt"],
    [["/top.txt"], "a/top.txt", "File", undefined],
    [["a/**/z"], "a/b/c/z", "File", "a/**/z"],
    [["*.TXT"], "a.txt", "File", undefined],
    [["*", "!*/", "!*.html"], "a/b.html", "File", undefined],
    [["*", "!*/", "!*.html"], "a/b.css", "File", "*"]
  ] as const) {
    it(`${patterns.join(", ")} ${by === undefined ? "include" : "exclude"} the ${type.toLowerCase()} ${path}`, () => {
      expect(excluded({ patterns }, Tree.entry(path, type))).toEqual(by && { _tag: "Pattern", pattern: by })
    })
  }

  it("that include again are known: the last one that matches", () => {
    const filter = Filter.make({ patterns: ["*", "!*/", "!*.html", "!a.*"] })
    const includedBy = (path: string, type: "File" | "Directory" = "File") =>
      Option.getOrUndefined(filter.includedBy({ path, type }))
    expect(includedBy("b/c.html")).toBe("!*.html")
    expect(includedBy("b/a.html")).toBe("!a.*")
    expect(includedBy("b", "Directory")).toBe("!*/")
    expect(includedBy("b/c.css")).toBeUndefined()
    expect(Option.getOrUndefined(Filter.make({}).includedBy(file("a")))).toBeUndefined()
  })

  it("of a file are its lines without comments and empty ones", () => {
    expect(Filter.patternsOf("# ours\n\n*.map\r\n!a.map\n \n\\#b")).toEqual(["*.map", "!a.map", "\\#b"])
  })
})

describe("bounds", () => {
  it("of sizes are inclusive, and let files of unknown size take part", () => {
    const options = { minBytes: 10, maxBytes: 20 }
    expect([9, 10, 20, 21].map((size) => excluded(options, sized(size))?._tag)).toEqual([
      "Size",
      undefined,
      undefined,
      "Size"
    ])
    expect(excluded(options, file("a"))).toBeUndefined()
  })

  it("of times are exclusive, and let files of unknown time take part", () => {
    const options = { newerThan: at(10), olderThan: at(20) }
    expect([10, 11, 19, 20].map((second) => excluded(options, dated(second))?._tag)).toEqual([
      "Age",
      undefined,
      undefined,
      "Age"
    ])
    expect(excluded(options, file("a"))).toBeUndefined()
  })
})
