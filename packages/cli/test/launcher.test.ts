import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { runInNewContext } from "node:vm"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { bundleCli } from "../../../scripts/bundle.mjs"

/** Prints its words; fails with 3 for `fail`. */
const PROGRAM = `
const words = process.argv.slice(2)
console.log(words.join(" "))
if (words[0] === "fail") process.exitCode = 3
`

const folder = Fs.mkdtempSync(join(tmpdir(), "launcher-"))
const installed = join(folder, "installed")
const cache = join(folder, "cache")
const all = join(cache, "ftp-effect/code")

beforeAll(async () => {
  Fs.writeFileSync(join(folder, "entry.js"), PROGRAM)
  await bundleCli({ entry: join(folder, "entry.js"), out: installed })
  // A tarball has none.
  for (const name of Fs.readdirSync(installed)) if (name.endsWith(".cache")) Fs.rmSync(join(installed, name))
})

beforeEach(() => Fs.rmSync(cache, { recursive: true, force: true }))

afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

const run = (
  words: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = { XDG_CACHE_HOME: cache }
) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(installed, "launch.cjs"), ...words], {
    encoding: "utf8",
    timeout: 20_000,
    env: { ...process.env, ...environment }
  })
  return { status, stdout, stderr }
}

const own = () => {
  const names = Fs.readdirSync(all).filter((name) => name.includes(process.version))
  expect(names).toHaveLength(1)
  return join(all, names[0] ?? "")
}

describe("the code cache of an installed command", () => {
  it("is written to the user's cache folder, one for each command, by its first run that succeeds", () => {
    expect(run(["fail"])).toEqual({ status: 3, stdout: "fail\n", stderr: "" })
    expect(Fs.existsSync(all)).toBe(false)
    expect(run(["get"])).toEqual({ status: 0, stdout: "get\n", stderr: "" })
    expect(Fs.readdirSync(own())).toEqual(["get"])
    run(["--help"])
    run(["../get"])
    expect(run([])).toEqual({ status: 0, stdout: "\n", stderr: "" })
    expect(Fs.readdirSync(own()).sort()).toEqual(["-", "get"])
    expect(Fs.readdirSync(installed).sort()).toEqual(["ftp-effect.cjs", "launch.cjs", "licences.txt"])
  })

  it("is not in the way of a version that can't be written", () => {
    const full = Fs.openSync("/dev/full", "w")
    const { status, stderr } = spawnSync(process.execPath, [join(installed, "launch.cjs"), "--version"], {
      encoding: "utf8",
      stdio: ["ignore", full, "pipe"]
    })
    Fs.closeSync(full)
    expect({ status, stderr }).toEqual({ status: 7, stderr: expect.stringContaining("no space left") })
  })

  it("is left as it is by later runs of the same command", () => {
    run(["get"])
    const before = Fs.statSync(join(own(), "get"))
    expect(run(["get"]).stdout).toBe("get\n")
    expect(Fs.statSync(join(own(), "get"))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs })
  })

  it("is not read if other users could have written it", () => {
    run(["get"])
    const code = join(own(), "get")
    Fs.chmodSync(code, 0o666)
    const before = Fs.statSync(code).ino
    expect(run(["get"])).toEqual({ status: 0, stdout: "get\n", stderr: "" })
    expect(Fs.statSync(code).ino).not.toBe(before)
    expect(Fs.statSync(code).mode & 0o777).toBe(0o600)
  })

  it("is replaced if it is damaged", () => {
    run(["get"])
    const code = join(own(), "get")
    Fs.writeFileSync(code, "damaged")
    expect(run(["get"])).toEqual({ status: 0, stdout: "get\n", stderr: "" })
    expect(Fs.statSync(code).size).toBeGreaterThan(100)
  })

  // V8 takes its word for it, and reads beyond its end: the process is killed, at each start anew.
  it.each([
    ["zeros, as a machine that lost its power may leave them", (data: Buffer) => data.fill(0, data.length >> 1)],
    ["those of another one", (data: Buffer) => data.copyWithin(data.length >> 1, 0)]
  ])("is not read if bytes in it are %s", (_, damage) => {
    run(["get"])
    const code = join(own(), "get")
    const whole = Fs.readFileSync(code)
    Fs.writeFileSync(code, damage(Buffer.from(whole)))
    expect(run(["get"])).toEqual({ status: 0, stdout: "get\n", stderr: "" })
    expect(Fs.readFileSync(code).length).toBeGreaterThan(100)
    expect(run(["get"])).toEqual({ status: 0, stdout: "get\n", stderr: "" })
  })

  it("has another sum if a block of it is zeros, even of a table whose records have most of theirs at the same places", () => {
    const source = Fs.readFileSync(join(installed, "launch.cjs"), "utf8")
    const sumOf = runInNewContext(`(${/function sumOf.*?\n}/s.exec(source)})`)
    for (const place of [0, 1, 2, 3]) {
      const table = Buffer.from(Int32Array.from({ length: 8 * 1024 }, (_, at) => (at % 4 === place ? at : 0)).buffer)
      for (let block = 0; block < table.length; block += 4096) {
        expect(sumOf(Buffer.from(table).fill(0, block, block + 4096))).not.toBe(sumOf(table))
      }
    }
  })

  it("is done without if there is nowhere to write it", () => {
    Fs.writeFileSync(join(folder, "file"), "")
    const nowhere = { XDG_CACHE_HOME: join(folder, "file") }
    expect(run(["get"], nowhere)).toEqual({ status: 0, stdout: "get\n", stderr: "" })
  })

  it.runIf(process.platform === "linux")(
    "is done without if nothing can be made there, though its parent is there",
    () => {
      expect(run(["get"], { XDG_CACHE_HOME: "/proc/nothing/cache" })).toEqual({
        status: 0,
        stdout: "get\n",
        stderr: ""
      })
    }
  )

  it("is written to a folder that is missing with its parents", () => {
    const deep = join(cache, "a/b/c")
    expect(run(["get"], { XDG_CACHE_HOME: deep })).toEqual({ status: 0, stdout: "get\n", stderr: "" })
    expect(Fs.existsSync(join(deep, "ftp-effect/code"))).toBe(true)
  })

  it("removes those of other bundles after a month, and nothing else", () => {
    const monthAgo = new Date(Date.now() - 31 * 24 * 3600 * 1000)
    const named = (name: string, at?: Date) => {
      Fs.mkdirSync(join(all, name), { recursive: true })
      if (at !== undefined) Fs.utimesSync(join(all, name), at, at)
    }
    named("0123456789abcdef.v20.0.0.x64", monthAgo)
    named("fedcba9876543210.v22.0.0.x64")
    named("something", monthAgo)
    run(["get"])
    const left = Fs.readdirSync(all).filter((name) => join(all, name) !== own())
    expect(left.sort()).toEqual(["fedcba9876543210.v22.0.0.x64", "something"])
  })
})
