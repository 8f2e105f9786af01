#!/usr/bin/env node
/**
 * The API reference with the guides, as a static site in `site/`.
 *
 * TypeDoc reads TypeScript by its JavaScript API, which version 7 has not. So it is installed in a folder of its own,
 * with a TypeScript that has one.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const tools = join(root, ".cache/typedoc")
const VERSIONS = { typedoc: "0.28.20", typescript: "5.9.3" }
const SOURCE = "@ftp-effect/source"

/** @param {string} command @param {ReadonlyArray<string>} args @param {string} cwd */
const run = (command, args, cwd) => {
  const { status } = spawnSync(command, args, { cwd, stdio: "inherit" })
  if (status !== 0) {
    process.exit(status ?? 1)
  }
}

mkdirSync(tools, { recursive: true })
const manifest = join(tools, "package.json")
const wanted = JSON.stringify({ private: true, dependencies: VERSIONS })
if (!existsSync(join(tools, "node_modules/typedoc")) || readFileSync(manifest, "utf8") !== wanted) {
  writeFileSync(manifest, wanted)
  run(process.platform === "win32" ? "npm.cmd" : "npm", ["install", "--no-audit", "--no-fund"], tools)
}

/** @returns {Array<string>} */
const entryPoints = () =>
  ["core", "node"].flatMap((name) => {
    const folder = join(root, "packages", name)
    const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
    return Object.entries(exports).flatMap(([key, entry]) =>
      key !== "." && typeof entry === "object" && entry !== null && SOURCE in entry ? [join(folder, entry[SOURCE])] : []
    )
  })

const config = join(tools, "typedoc.json")
const tsconfig = join(tools, "tsconfig.json")
const files = entryPoints()
writeFileSync(
  tsconfig,
  JSON.stringify({
    extends: "../../tsconfig.base.json",
    compilerOptions: {
      composite: false,
      noEmit: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")]
    },
    files
  })
)
writeFileSync(
  config,
  JSON.stringify({
    name: "ftp-effect",
    readme: join(root, "README.md"),
    projectDocuments: readdirSync(join(root, "docs"))
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(root, "docs", name)),
    entryPoints: files,
    tsconfig,
    basePath: root,
    out: join(root, "site"),
    excludeInternal: true,
    excludePrivate: true,
    disableSources: true,
    categorizeByGroup: false,
    navigation: { includeCategories: true },
    validation: { notExported: false, invalidLink: false },
    blockTags: ["@since", "@category", "@example"]
  })
)
run(process.execPath, [join(tools, "node_modules/typedoc/bin/typedoc"), "--options", config], root)
