import * as Fs from "node:fs"
import { dirname, join } from "node:path"
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core"
import { publint } from "publint"
import { formatMessage } from "publint/utils"
import { assert, describe, it } from "vitest"
import { contentOf, type Folder, folders, managers, readJson, root, run, tarballOf, work } from "./packed.ts"

const filesBelow = (folder: string): ReadonlyArray<string> =>
  Fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()

const manifest = (folder: Folder) => readJson(join(contentOf("npm", folder), "package.json"))

/** Why a complaint is accepted. */
const EXPLAINED: Readonly<Record<string, string>> = {
  NoResolution: "node10 knows no `exports`; Node.js 20 and TypeScript's other modes do",
  CJSResolvesToESM: "the packages are ES modules only: a CommonJS program loads them by import()"
}

describe.each(folders)("the tarball of packages/%s", (folder) => {
  it("is the same from npm and pnpm", () => {
    const [npm, pnpm] = managers.map((manager) => {
      const content = contentOf(manager, folder)
      // pnpm leaves out the script that has just run.
      const { scripts: _, ...manifest } = readJson(join(content, "package.json"))
      const files = filesBelow(content).filter((file) => file !== "package.json")
      return { manifest, files: files.map((file) => [file, Fs.readFileSync(join(content, file), "base64")]) }
    })
    assert.deepStrictEqual(npm?.manifest, pnpm?.manifest)
    assert.deepStrictEqual(npm?.files, pnpm?.files)
  })

  it("names no workspace, catalog or local path", () => {
    assert.notMatch(JSON.stringify(manifest(folder)), /workspace:|catalog:|link:|file:/)
  })

  it("has README, LICENSE and CHANGELOG, and says where it comes from", () => {
    const files = filesBelow(contentOf("npm", folder))
    assert.includeMembers([...files], ["README.md", "LICENSE", "CHANGELOG.md"])
    assert.strictEqual(
      Fs.readFileSync(join(contentOf("npm", folder), "LICENSE"), "utf8"),
      Fs.readFileSync(join(root, "LICENSE"), "utf8")
    )
    assert.includeMembers(Object.keys(manifest(folder)), [
      "description",
      "repository",
      "homepage",
      "bugs",
      "keywords",
      "engines",
      "license"
    ])
    const { version } = manifest(folder)
    assert.include(Fs.readFileSync(join(contentOf("npm", folder), "CHANGELOG.md"), "utf8"), `## ${version}`)
  })

  it("has no state of a build or of this machine", () => {
    const content = contentOf("npm", folder)
    const stray = filesBelow(content).filter((file) => /\.tsbuildinfo$|\.cache$|\.tgz$|\.test\./.test(file))
    assert.deepStrictEqual(stray, [])
    const local = filesBelow(content).filter((file) => Fs.readFileSync(join(content, file), "utf8").includes(root))
    assert.deepStrictEqual(local, [])
  })

  it("has a manifest that npm publishes as it is", async () => {
    const copy = join(work, `${folder}-fixed`)
    Fs.mkdirSync(copy, { recursive: true })
    const before = Fs.readFileSync(join(root, "packages", folder, "package.json"), "utf8")
    Fs.writeFileSync(join(copy, "package.json"), before)
    await run(copy, ["npm", "pkg", "fix"])
    assert.strictEqual(Fs.readFileSync(join(copy, "package.json"), "utf8"), before)
  })

  it("satisfies publint", async () => {
    const { buffer } = Fs.readFileSync(tarballOf("npm", folder))
    const { messages } = await publint({ pack: { tarball: buffer as ArrayBuffer }, strict: true })
    assert.deepStrictEqual(
      messages.map((message) => formatMessage(message, manifest(folder))),
      []
    )
  })
})

describe.each(["core", "node"] as const)("the modules of packages/%s", (folder) => {
  it("are all there, and package.json with them", () => {
    const { exports } = manifest(folder)
    assert.strictEqual(exports["./package.json"], "./package.json")
    const targets = Object.values(exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target)
    )
    const missing = targets.filter((target) => !Fs.existsSync(join(contentOf("npm", folder), target)))
    assert.deepStrictEqual(missing, [])
    const { "./package.json": _, ...modules } = exports
    for (const [name, target] of Object.entries(modules)) {
      if (name.endsWith(".json")) {
        assert.strictEqual(target, name)
        continue
      }
      assert.deepStrictEqual(Object.keys(target), ["@ftp-effect/source", "types", "default"], name)
      const { default: code, types } = target as Readonly<Record<string, string>>
      assert.match(`${types} ${code}`, /^(\.\/dist\/.+)\.d\.ts \1\.js$/, name)
    }
  })

  it("have types that resolve everywhere, but where it is explained", async () => {
    const data = createPackageFromTarballData(new Uint8Array(Fs.readFileSync(tarballOf("npm", folder))))
    const result = await checkPackage(data)
    if (result.types === false) assert.fail("no types were found")
    assert.includeMembers(Object.keys(result.entrypoints), Object.keys(manifest(folder).exports))
    const unexplained = result.problems.filter(({ kind }) => EXPLAINED[kind] === undefined)
    assert.deepStrictEqual(unexplained, [])
  })

  it("have source maps that name files of the tarball", () => {
    const content = contentOf("npm", folder)
    const maps = filesBelow(content).filter((file) => file.endsWith(".map"))
    assert.isAbove(maps.length, 10)
    const broken = maps.filter((file) => {
      const { sources } = JSON.parse(Fs.readFileSync(join(content, file), "utf8")) as { sources: Array<string> }
      return !sources.every((source) => Fs.existsSync(join(content, dirname(file), source)))
    })
    assert.deepStrictEqual(broken, [])
  })
})

describe("the tarball of the command", () => {
  it("is the bundle, its launcher, and the licences of what is in it", () => {
    assert.deepStrictEqual(filesBelow(contentOf("npm", "cli")), [
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "THIRD-PARTY-LICENSES",
      "dist/ftp-effect.cjs",
      "dist/launch.cjs",
      "package.json",
      "schema/lines.schema.json"
    ])
    const licences = Fs.readFileSync(join(contentOf("npm", "cli"), "THIRD-PARTY-LICENSES"), "utf8")
    for (const name of ["effect", "@effect/platform", "@effect/platform-node", "ignore"]) {
      assert.match(licences, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, "m"))
    }
    assert.isUndefined(manifest("cli").dependencies)
  })
})
