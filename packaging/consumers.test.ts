/** Programs with Effect. Those without are in promises.test.ts: a file each, so that they run beside each other. */
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "vitest"
import { oldestPeer } from "../scripts/peers.mjs"
import { type Manager, managers, readJson, run } from "./packed.ts"
import { addSources, compile, importEverything, install, installed, NODE_TYPES, type Project } from "./projects.ts"

const EXAMPLES = ["examples/layers.ts", "examples/byHand.ts", "examples/promises.ts"]

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
