/** Which modules of Node the bundled command loads. Processes take real time. */
import * as Fs from "node:fs"
import { join } from "node:path"
import * as Zlib from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import * as NodeFtpHasher from "@ftp-effect/node/NodeFtpHasher"
import * as Effect from "effect/Effect"
import { folder, serve } from "./support/cli.ts"
import { start, TIMEOUT } from "./support/process.ts"
import { secured } from "./support/secured.ts"

/** Those that only some commands need. */
const WATCHED = ["crypto", "dns", "fs/promises", "perf_hooks", "tls", "worker_threads", "zlib"]

/** Each of them that a command has loaded, in a process that succeeds. */
const loadedBy = (words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const here = yield* folder
    const [probe, list] = [join(here, "probe.cjs"), join(here, "list")]
    const write = `require("node:fs").writeFileSync(${JSON.stringify(list)}, process.moduleLoadList.join("\\n"))`
    Fs.writeFileSync(probe, `process.on("exit", () => ${write})`)
    const running = start(words, "pipe", ["--require", probe])
    expect(yield* Effect.promise(() => running.ended)).toBe(0)
    const loaded = Fs.readFileSync(list, "utf8").split("\n")
    return WATCHED.filter((name) => loaded.includes(`NativeModule ${name}`))
  })

/** Whether a command has made any schema, in a process that succeeds. Schema keeps one of Effect's global values. */
const makesSchemas = (words: ReadonlyArray<string>, cache: string) =>
  Effect.gen(function* () {
    const here = yield* folder
    const [probe, answer] = [join(here, "probe.cjs"), join(here, "answer")]
    Fs.writeFileSync(
      probe,
      `process.env.XDG_CACHE_HOME = ${JSON.stringify(cache)}
      process.on("exit", () => {
        const stores = Object.getOwnPropertyNames(globalThis).filter((name) => name.startsWith("effect/GlobalValue"))
        const names = stores.flatMap((name) => [...globalThis[name].keys()])
        require("node:fs").writeFileSync(${JSON.stringify(answer)}, JSON.stringify(names))
      })`
    )
    const running = start(words, "pipe", ["--require", probe])
    expect(yield* Effect.promise(() => running.ended)).toBe(0)
    const names: ReadonlyArray<string> = JSON.parse(Fs.readFileSync(answer, "utf8"))
    expect(names).toContain("effect/FiberRef/currentMinimumLogLevel")
    return names.includes("effect/Schema/astCache")
  })

/** XCRC is left. */
const OTHER_HASHES = ["HASH", "XSHA256", "XSHA512", "XSHA", "XSHA1", "XMD5", "MD5"]

describe("the bundled command", () => {
  it.scopedLive(
    "loads neither TLS nor hashes, DNS and compression to list a server without TLS",
    () =>
      Effect.gen(function* () {
        const { urlOf } = yield* serve({ users: { ann: "secret" }, root: { "pub/a.txt": "a" } })
        expect(yield* loadedBy(["ls", "--no-profile", `${urlOf("ann")}pub`])).toEqual([])
      }),
    TIMEOUT
  )

  it.scopedLive(
    "makes no schema to list a server, with a profile of it or without",
    () =>
      Effect.gen(function* () {
        const { urlOf } = yield* serve({ users: { ann: "secret" }, root: { "pub/a.txt": "a" } })
        const cache = yield* folder
        const words = ["ls", `${urlOf("ann")}pub`]
        expect(yield* makesSchemas([...words, "--no-profile"], cache)).toBe(false)
        // Writes the profile.
        expect(yield* makesSchemas(words, cache)).toBe(true)
        expect(yield* makesSchemas(words, cache)).toBe(false)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "takes the CRC-32 of Node where it has one, and not ours, which takes many times as long",
    () =>
      Effect.gen(function* () {
        const here = yield* folder
        const [probe, used] = [join(here, "probe.cjs"), join(here, "used")]
        Fs.writeFileSync(
          probe,
          `const zlib = require("node:zlib"); const own = zlib.crc32
          if (own) zlib.crc32 = (...all) => (require("node:fs").writeFileSync(${JSON.stringify(used)}, ""), own(...all))`
        )
        const { url } = yield* serve({ root: { "a.txt": "a" }, hasher: NodeFtpHasher.make(), denied: OTHER_HASHES })
        const words = ["get", "--no-profile", "--verify", "hash", `${url}a.txt`, here]
        const running = start(words, "pipe", ["--require", probe])
        expect(yield* Effect.promise(() => running.ended)).toBe(0)
        expect(Fs.existsSync(used)).toBe("crc32" in Zlib)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "loads TLS and hashes to list one with TLS",
    () =>
      Effect.gen(function* () {
        const { url } = yield* secured()
        expect(yield* loadedBy(["ls", "--insecure", "--no-profile", url])).toEqual(
          expect.arrayContaining(["crypto", "tls"])
        )
      }),
    TIMEOUT
  )
})
