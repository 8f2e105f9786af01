/** Links that are copied as links, in pure parts: where they lead, and what a plan does about them. */
import { describe, expect, it } from "@effect/vitest"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Links from "#core/mirror/links"
import { plan } from "#core/mirror/plan"
import * as Rules from "#core/mirror/rules"
import * as Tree from "#core/mirror/Tree"
import { applySteps, type LinkedTree, linkedTree, snapshotOf } from "./modelTree.ts"

describe("where a link leads", () => {
  const cases: ReadonlyArray<readonly [path: string, target: string, to: string | undefined, root?: string]> = [
    ["latest", "v2", "v2"],
    ["docs/latest", "../v2/index.html", "v2/index.html"],
    ["docs/latest", "./v2/", "docs/v2"],
    ["docs/latest", "v2//x/./y", "docs/v2/x/y"],
    ["docs/root", "..", ""],
    ["here", ".", ""],
    ["docs/out", "../..", undefined],
    ["docs/out", "../../etc/passwd", undefined],
    ["out", "../x", undefined],
    ["docs/out", "/etc/passwd", undefined],
    // What a/.. is depends on where a leads.
    ["docs/maybe", "a/../x", undefined],
    ["docs/maybe", "../a/../../x", undefined],
    ["l", "", undefined],
    ["l", "a\nb", undefined],
    ["l", "x".repeat(5000), undefined],
    ["l", "a/".repeat(2000), undefined],
    ["d/l", "/www/v2", "v2", "/www"],
    ["d/l", "/www", "", "/www"],
    ["d/l", "/www/", "", "/www"],
    ["d/l", "/www2/x", undefined, "/www"],
    ["d/l", "/www/../etc", undefined, "/www"],
    ["d/l", "/etc", "etc", "/"],
    ["d/l", "...", "d/..."],
    ["d/l", "..x/y", "d/..x/y"]
  ]
  for (const [path, target, to, root] of cases) {
    const shown = target.length > 20 ? `${target.length} characters` : target
    it(`${path} -> ${JSON.stringify(shown)} is ${to}${root === undefined ? "" : ` in the tree ${root}`}`, () => {
      expect(Links.destination(path, target, root)).toBe(to)
    })
  }

  it("is what the written target means, for any two paths", () => {
    const path = FastCheck.array(FastCheck.constantFrom("a", "b", "..x", ".y"), { minLength: 1, maxLength: 5 })
    FastCheck.assert(
      FastCheck.property(
        path,
        FastCheck.array(FastCheck.constantFrom("a", "b", "..x"), { maxLength: 5 }),
        (from, to) => {
          const at = from.join("/")
          expect(Links.destination(at, Links.relative(at, to.join("/")))).toBe(to.join("/"))
        }
      )
    )
  })

  it("is never outside the tree, however the target is written", () => {
    const part = FastCheck.constantFrom("..", ".", "", "a", "b")
    FastCheck.assert(
      FastCheck.property(FastCheck.array(part, { maxLength: 8 }), FastCheck.nat(3), (parts, depth) => {
        const directory = Array.from({ length: depth }, (_, index) => `d${index}`)
        const to = Links.destination([...directory, "l"].join("/"), parts.join("/"))
        if (to !== undefined) {
          const names = to.split("/")
          expect(names.includes("..")).toBe(false)
          // As a file system without other links resolves it.
          const resolved = [...directory]
          for (const name of parts) {
            if (name === "..") {
              expect(resolved.pop()).toBeDefined()
            } else if (name !== "." && name !== "") {
              resolved.push(name)
            }
          }
          expect(to).toBe(resolved.join("/"))
        }
      }),
      { numRuns: 1000 }
    )
  })
})

const copies: Rules.Rules = {
  ...Rules.defaults,
  delete: "Extra",
  conflict: "Replace",
  maxDelete: { _tag: "Count", count: Number.POSITIVE_INFINITY },
  compare: { by: "Hash", keepsTimes: true },
  links: { _tag: "Copy", whyNot: () => undefined, needsTarget: false }
}

const planned = (source: LinkedTree, target: LinkedTree, rules: Rules.Rules = copies, ours = new Map()) =>
  plan({ source: snapshotOf(source), target: snapshotOf(target), ours }, rules)

const contents = (tree: LinkedTree): Record<string, string> =>
  Object.fromEntries(
    [...tree].map(([path, file]) => [
      path,
      file === undefined ? "directory" : file.to !== undefined ? `-> ${file.to}` : `:${file.content}`
    ])
  )

const check = (predicate: (source: LinkedTree, target: LinkedTree) => void) =>
  FastCheck.assert(FastCheck.property(linkedTree, linkedTree, predicate), { numRuns: 500 })

describe("a plan that copies links as links", () => {
  it("makes the target equal to the source, and writes nothing after the first link", () => {
    check((source, target) => {
      FastCheck.pre(source.size > 0)
      expect(contents(applySteps(source, target, planned(source, target).steps))).toEqual(contents(source))
    })
  })

  it("has nothing to do the second time", () => {
    check((source, target) => {
      FastCheck.pre(source.size > 0)
      const after = applySteps(source, target, planned(source, target).steps)
      const { skipped, steps } = planned(source, after)
      expect({ skipped, steps: steps.filter(({ _tag }) => _tag !== "SetTime") }).toEqual({ skipped: [], steps: [] })
    })
  })

  it("deletes nothing by default, and replaces a link by a link alone", () => {
    check((source, target) => {
      const { steps } = planned(source, target, { ...copies, delete: "None", conflict: "Fail" })
      const after = applySteps(source, target, steps)
      for (const [path, file] of target) {
        expect(after.has(path)).toBe(true)
        expect(after.get(path)?.to === undefined).toBe(file?.to === undefined)
      }
    })
  })

  it("makes no link to nothing, and none before what it leads to, on a server that refuses that", () => {
    check((source, target) => {
      FastCheck.pre(source.size > 0)
      const rules: Rules.Rules = { ...copies, links: { _tag: "Copy", whyNot: () => undefined, needsTarget: true } }
      const { steps } = planned(source, target, rules)
      const links = steps.flatMap((step) => (step._tag === "MakeLink" ? [step] : []))
      const there = new Set(
        applySteps(
          source,
          target,
          steps.filter(({ _tag }) => _tag !== "MakeLink")
        ).keys()
      )
      for (const { path, to } of Links.inLevels(links).flat()) {
        const throughLink = Tree.isWithin(
          to,
          new Set([...source].flatMap(([at, file]) => (file?.to === undefined ? [] : [at])))
        )
        expect([path, to === "" || there.has(to) || throughLink]).toEqual([path, true])
        there.add(path)
      }
    })
  })

  it("removes what is in the way of a link only together with the link, on a server that makes no link to nothing", () => {
    check((source, target) => {
      const links: Rules.Rules["links"] = { _tag: "Copy", whyNot: () => undefined, needsTarget: true }
      const { steps } = planned(source, target, { ...copies, delete: "None", links })
      const replacing = new Set(steps.flatMap(({ _tag, path }) => (_tag === "Remove" ? [] : [path])))
      for (const { _tag, path, reason } of steps) {
        if (_tag === "Remove") {
          expect(reason).toEqual({ _tag: "TypeDiffers" })
          expect([path, Tree.isWithin(path, replacing)]).toEqual([path, true])
        }
      }
    })
  })

  it("leaves a directory for a link that leads to nothing as it is, and links that lead into it", () => {
    const source: LinkedTree = new Map([
      ["current", { to: "releases/v2" }],
      ["inside", { to: "current/a" }]
    ])
    const target: LinkedTree = new Map([
      ["current", undefined],
      ["current/a", { content: "a", second: 1 }]
    ])
    const links: Rules.Rules["links"] = { _tag: "Copy", whyNot: () => undefined, needsTarget: true }
    const { skipped, steps } = planned(source, target, { ...copies, delete: "None", links })
    expect(steps.map(({ _tag, path }) => `${_tag} ${path}`)).toEqual(["MakeLink inside"])
    expect(skipped.map(({ path, reason }) => `${reason} ${path}`)).toEqual(["Link current"])
  })

  it("removes a link that an earlier run made, and no stranger's, nor one that leads elsewhere by now", () => {
    check((source, target) => {
      FastCheck.pre(source.size > 0)
      const isOwn = (path: string) => path.includes("a")
      const ours = new Map(
        [...target].flatMap(([path, file]) =>
          file?.to !== undefined && isOwn(path)
            ? [[path, { kind: "Link" as const, sha256: "", size: 0, isDrifted: path.includes("c") }] as const]
            : []
        )
      )
      const { steps } = planned(source, target, { ...copies, delete: "Ours", conflict: "Fail" }, ours)
      for (const [path, file] of target) {
        // What is in a directory that is a file in the source is a conflict, and stays.
        const isConflict = [...Tree.ancestors(path)].some(
          (above) => source.has(above) && source.get(above) !== undefined
        )
        if (file?.to !== undefined && !source.has(path) && !isConflict) {
          const isRemoved = steps.some((step) => step._tag === "Remove" && step.path === path)
          expect([path, isRemoved]).toEqual([path, isOwn(path) && !path.includes("c")])
        }
      }
    })
  })
})

describe("a link of a saved plan", () => {
  const step = (to: string) => ({
    _tag: "MakeLink",
    path: "docs/latest",
    reason: { _tag: "Missing" },
    precondition: { _tag: "Absent" },
    to
  })
  it.each([
    ["v2", true],
    ["", true],
    ["../etc", false],
    ["/etc/passwd", false],
    ["a/../../etc", false]
  ] as const)("may lead to %o: %s", (to, isRight) => {
    expect(Either.isRight(Schema.decodeUnknownEither(MirrorPlan.Step)(step(to)))).toBe(isRight)
  })
})
