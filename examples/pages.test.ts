import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { blocksOf, hasAnchor, linksOf, longCellsOf, pages, programOf, root } from "./support/pages.ts"

const blocks = pages.flatMap(blocksOf)
const out = join(root, ".cache/pages")

/** What the programs of this folder are called that are no tests. */
const examples = readdirSync(join(root, "examples"))
  .filter((name) => name.endsWith(".ts") && !/^(vitest\.config|.*\.test)\.ts$/.test(name))
  .map((name) => name.slice(0, -".ts".length))

describe("the pages for people", () => {
  it("have programs that compile", () => {
    rmSync(out, { recursive: true, force: true })
    mkdirSync(out, { recursive: true })
    for (const block of blocks.filter(({ file }) => file?.startsWith("packaging/") !== true)) {
      writeFileSync(join(out, `${block.page.replace(/\W/g, "-")}-${block.line}.ts`), programOf(block))
    }
    writeFileSync(
      join(out, "tsconfig.json"),
      JSON.stringify({
        extends: "../../tsconfig.base.json",
        compilerOptions: {
          composite: false,
          declaration: false,
          declarationMap: false,
          sourceMap: false,
          noEmit: true,
          noUnusedLocals: false,
          types: ["node"]
        },
        include: ["*.ts"]
      })
    )
    const { status, stdout } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", out], {
      encoding: "utf8"
    })
    assert.isAbove(blocks.length, examples.length)
    assert.deepStrictEqual([stdout, status], ["", 0])
  }, 120_000)

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
