import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { compilePrograms } from "../scripts/compilePrograms.mjs"
import { blocksOf, hasAnchor, linksOf, longCellsOf, pages, programOf, root } from "./support/pages.ts"

const blocks = pages.flatMap(blocksOf)

/** What the programs of this folder are called that are no tests. */
const examples = readdirSync(join(root, "examples"))
  .filter((name) => name.endsWith(".ts") && !/^(vitest\.config|.*\.test)\.ts$/.test(name))
  .map((name) => name.slice(0, -".ts".length))

describe("the pages for people", () => {
  it("have programs that compile", async ({ signal }) => {
    const programs = blocks
      .filter(({ file }) => file?.startsWith("packaging/") !== true)
      .map((block) => [`${block.page.replace(/\W/g, "-")}-${block.line}.ts`, programOf(block)] as const)
    const compiled = await compilePrograms("pages", Object.fromEntries(programs), signal)
    assert.isAbove(blocks.length, examples.length)
    assert.deepStrictEqual(compiled, { isDone: true, output: "" })
  }, 300_000)

  it("show the examples as they are, and each example is shown", () => {
    for (const { code, file, line, page } of blocks) {
      if (file !== undefined) {
        assert.strictEqual(code, readFileSync(join(root, file), "utf8"), `${page}:${line}`)
      }
    }
    const shown = new Set(blocks.map(({ file }) => file))
    assert.deepStrictEqual(
      examples.filter((name) => !shown.has(`examples/${name}.ts`)),
      []
    )
  })

  it("have no table cell that is longer than 200 characters", () => {
    assert.deepStrictEqual(pages.flatMap(longCellsOf), [])
  })

  it("link to what is there", () => {
    const broken = pages.flatMap((page) =>
      linksOf(page)
        .filter(
          ({ anchor, target }) =>
            !existsSync(join(root, target)) || (anchor !== "" && target.endsWith(".md") && !hasAnchor(target, anchor))
        )
        .map(({ anchor, target }) => `${page.path}: ${target}#${anchor}`)
    )
    assert.deepStrictEqual(broken, [])
  })

  it("are all linked from docs/README.md", () => {
    const index = pages.find(({ path }) => path === "docs/README.md")
    const linked = new Set(index === undefined ? [] : linksOf(index).map(({ target }) => target))
    assert.deepStrictEqual(
      pages.map(({ path }) => path).filter((path) => /^docs\/(?!README)/.test(path) && !linked.has(path)),
      []
    )
  })
})
