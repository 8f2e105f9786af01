import * as Fs from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "vitest"
import { oldestPeer } from "../scripts/peers.mjs"
import { type Manager, managers, readJson, root, run } from "./packed.ts"
import { addSources, commandIn, compile, importEverything, install, type Project, serving } from "./projects.ts"

const EXAMPLES = ["examples/layers.ts", "examples/byHand.ts", "examples/promises.ts"]

const installed = (name: string): string => readJson(join(root, "node_modules", name, "package.json")).version

/** The types of Node.js that the repository is compiled with. */
const NODE_TYPES = { "@types/node": installed("@types/node") }

/** npm gets the newest peers that the repository is tested with, pnpm the oldest that are allowed. */
const PEERS = {
  npm: { effect: installed("effect"), "@effect/platform": installed("@effect/platform") },
  pnpm: { effect: oldestPeer("effect"), "@effect/platform": oldestPeer("@effect/platform") }
}

const PAIRS: Record<Manager, Array<["oldest" | "newest", "bundler" | "nodenext"]>> = {
  npm: [
    ["oldest", "bundler"],
    ["newest", "nodenext"]
  ],
  pnpm: [
    ["newest", "bundler"],
    ["oldest", "nodenext"]
  ]
}

describe.each(managers)("a program with Effect, installed by %s", (manager) => {
  let project: Project

  beforeAll(async () => {
    project = await install(manager, "effect", ["core", "node"], { ...NODE_TYPES, ...PEERS[manager] })
    addSources(project, [...EXAMPLES, "packaging/consumers/examples.ts"])
    importEverything(project, ["core", "node"])
  })

  it("has the versions of Effect that it asked for, once", async () => {
    for (const [name, version] of Object.entries(PEERS[manager])) {
      assert.strictEqual(readJson(join(project.folder, "node_modules", name, "package.json")).version, version)
    }
  })

  // Each pair with one of the managers: these take most of the time.
  it.each(PAIRS[manager])("is compiled by the %s TypeScript, %s", (compiler, mode) => compile(project, compiler, mode))

  it("runs the README's examples", async () => {
    const output = await run(project.folder, [process.execPath, "out/examples.js"])
    assert.include(output, "the examples ran")
    await run(project.folder, [process.execPath, "out/everything.js"])
  })
})

describe.each(managers)("a program without Effect, and the command, installed by %s", (manager) => {
  let project: Project

  beforeAll(async () => {
    project = await install(manager, "promises", ["node", "cli"], NODE_TYPES)
    addSources(project, ["packaging/consumers/promises.ts"])
  })

  it("is compiled, its declarations checked", () =>
    compile(project, manager === "npm" ? "oldest" : "newest", "nodenext"))

  it("needs nothing but @ftp-effect/node", async () => {
    const output = await serving(project, (FTP_URL) =>
      run(project.folder, [process.execPath, "out/promises.js"], { FTP_URL })
    )
    assert.deepStrictEqual(output.split("\n"), ["inbox.txt File", "200", "FtpRejected NotFound", "function", ""])
    assert.strictEqual(Fs.readFileSync(join(project.folder, "inbox.txt"), "utf8"), "from a consumer\n")
  })

  it("can transfer files by the command", async () => {
    const cache = join(project.folder, "cache")
    const env = { XDG_CACHE_HOME: cache, XDG_STATE_HOME: cache }
    const version = await run(project.folder, [commandIn(project), "--version"], env)
    assert.strictEqual(version, `${readJson(join(root, "packages/cli/package.json")).version}\n`)
    await serving(project, async (url) => {
      await run(project.folder, [commandIn(project), "put", "package.json", `${url}up.json`], env)
      await run(project.folder, [commandIn(project), "get", `${url}up.json`, "down.json"], env)
    })
    assert.strictEqual(
      Fs.readFileSync(join(project.folder, "down.json"), "utf8"),
      Fs.readFileSync(join(project.folder, "package.json"), "utf8")
    )
    assert.isNotEmpty(Fs.readdirSync(join(cache, "ftp-effect/code")))
  })
})
