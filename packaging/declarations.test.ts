import * as Fs from "node:fs"
import { join } from "node:path"
import ts from "typescript-oldest"
import { assert, describe, it } from "vitest"
import { entriesOf, leaksOf } from "./declarations.ts"
import { contentOf, readJson, root } from "./packed.ts"

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: []
}

describe.each(["core", "node"] as const)("the declarations of packages/%s", (folder) => {
  it("refer to no type that no module exports", () => {
    // The package as it is packed, where the workspace's packages can be resolved.
    const content = contentOf("npm", folder)
    const { exports } = readJson(join(content, "package.json"))
    const links = join(content, "node_modules/@ftp-effect")
    Fs.rmSync(links, { recursive: true, force: true })
    Fs.mkdirSync(links, { recursive: true })
    if (folder === "node") Fs.symlinkSync(contentOf("npm", "core"), join(links, "core"))
    const leaks = leaksOf(entriesOf(content, exports), [content], OPTIONS)
    assert.deepStrictEqual(
      leaks.map(({ from, to }) => `${from} → ${to}`),
      []
    )
  })
})

describe("a package whose declarations leak", () => {
  it("is reported with the exported name and the type behind it", () => {
    const folder = Fs.mkdtempSync(join(root, ".cache/packaging/leak-"))
    Fs.writeFileSync(join(folder, "package.json"), '{"type":"module"}')
    Fs.writeFileSync(join(folder, "internal.d.ts"), "export interface Hidden { readonly a: 1 }\n")
    Fs.writeFileSync(
      join(folder, "index.d.ts"),
      'import type { Hidden } from "./internal.js"\ndeclare const base: new () => Hidden\nexport declare class A extends base {}\nexport {}\n'
    )
    const exports = { ".": { types: "./index.d.ts" } }
    assert.deepStrictEqual(leaksOf(entriesOf(folder, exports), [folder], OPTIONS), [
      { from: "..A", to: "internal.d.ts: Hidden" }
    ])
  })
})
