import * as Fs from "node:fs"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import ts from "typescript-oldest"
import { afterEach, assert, beforeAll, describe, it } from "vitest"
import { entriesOf, leaksOf, read } from "./declarations.ts"
import { undocumentedOf } from "./documentation.ts"
import { contentOf, readJson, root } from "./packed.ts"

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: []
}

/** The package as it is packed, where the workspace's packages can be resolved. */
const packed = (folder: "core" | "node") => {
  const content = contentOf("npm", folder)
  const { exports } = readJson(join(content, "package.json"))
  const links = join(content, "node_modules/@ftp-effect")
  Fs.rmSync(links, { recursive: true, force: true })
  Fs.mkdirSync(links, { recursive: true })
  if (folder === "node") Fs.symlinkSync(contentOf("npm", "core"), join(links, "core"))
  return { content, declarations: read(entriesOf(content, exports), OPTIONS) }
}

/** Lets vitest be answered: a program is read without a pause, and on a busy machine two take a minute. */
afterEach(() => setImmediate())

describe.each(["core", "node"] as const)("the declarations of packages/%s", (folder) => {
  let known: ReturnType<typeof packed>
  beforeAll(() => {
    known = packed(folder)
  })

  it("refer to no type that no module exports", () => {
    const leaks = leaksOf(known.declarations, [known.content])
    assert.deepStrictEqual(
      leaks.map(({ from, to }) => `${from} → ${to}`),
      []
    )
  })

  it("say of each export what it is, and have its @since and @category", () => {
    assert.deepStrictEqual(undocumentedOf(known.declarations), [])
  })
})

describe("a package with an export that is not documented", () => {
  it("is reported with what the export lacks", () => {
    const folder = Fs.mkdtempSync(join(root, ".cache/packaging/undocumented-"))
    Fs.writeFileSync(join(folder, "package.json"), '{"type":"module"}')
    const file = join(folder, "index.d.ts")
    Fs.writeFileSync(
      file,
      "/**\n * @since 0.1.0\n * @category models\n */\nexport interface A {}\n/** B. */\nexport interface B {}\n"
    )
    assert.deepStrictEqual(undocumentedOf(read(new Map([[".", file]]), OPTIONS)), [
      ".: A: a sentence",
      ".: B: @since",
      ".: B: @category"
    ])
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
    assert.deepStrictEqual(leaksOf(read(entriesOf(folder, exports), OPTIONS), [folder]), [
      { from: "..A", to: "internal.d.ts: Hidden" }
    ])
  })
})
