/** Programs without Effect, and the command. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "vitest"
import { managers, readJson, root, run } from "./packed.ts"
import { addSources, commandIn, compile, install, NODE_TYPES, type Project, serving } from "./projects.ts"

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
