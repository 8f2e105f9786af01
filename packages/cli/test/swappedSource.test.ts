/** Local directories that another user replaces by a link while they are sent. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpHasher from "@ftp-effect/node/NodeFtpHasher"
import * as Effect from "effect/Effect"
import { folder, run, serve } from "./support/cli.ts"

const AT = new Date(1_700_000_000_000)

/** A folder with `in`, which becomes a link to another folder as soon as the server is to make a directory. */
const swapping = (whenMade: string, content: string | Uint8Array) =>
  Effect.gen(function* () {
    const [here, elsewhere] = [yield* folder, yield* folder]
    const decoy = typeof content === "string" ? "x".repeat(content.length) : new Uint8Array(content.byteLength)
    Fs.mkdirSync(join(here, "in"))
    Fs.mkdirSync(join(here, "other"))
    Fs.writeFileSync(join(here, "other/a"), "a")
    for (const [path, bytes] of [
      [join(here, "in/shadow"), decoy],
      [join(elsewhere, "shadow"), content]
    ] as const) {
      Fs.writeFileSync(path, bytes)
      Fs.utimesSync(path, AT, AT)
    }
    const store = yield* FtpTestServer.memory({})
    const root: FtpTestServer.FileStore = {
      ...store,
      makeDirectory: (path) => {
        if (path === whenMade && !Fs.existsSync(join(here, "was"))) {
          Fs.renameSync(join(here, "in"), join(here, "was"))
          Fs.symlinkSync(elsewhere, join(here, "in"))
        }
        return store.makeDirectory(path)
      }
    }
    return { here, ...(yield* serve({ root })) }
  })

const SECRET = "the secret of another folder"
const LARGE = new Uint8Array(300_000).fill(1)

describe("a directory that becomes a link to another folder while it is sent", () => {
  for (const [name, words] of [
    ["put -r", ["put", "-r"]],
    ["mirror", ["mirror"]],
    ["a mirror with a manifest", ["mirror", "--manifest"]]
  ] as const) {
    for (const [moment, whenMade] of [
      ["before it is listed", "/t"],
      ["after it was listed", "/t/in"]
    ] as const) {
      for (const [size, content] of [
        ["a small", SECRET],
        ["a large", LARGE]
      ] as const) {
        it.scopedLive(`is not followed by ${name} ${moment}: ${size} file`, () =>
          Effect.gen(function* () {
            const { here, server, url } = yield* swapping(whenMade, content)
            const ran = yield* run([...words, here, `${url}t`])
            const files = (yield* server.tree).filter(({ type }) => type === "File")
            const sent = files.filter(({ path }) => path.endsWith("shadow"))
            expect(sent).toEqual([])
            expect(ran.code).toBe(1)
            expect(ran.error).toContain("a link leads out of the tree, or back into it")
            expect(files.map(({ path }) => path)).toContain("/t/other/a")
          })
        )
      }
    }
  }
})

describe("a directory that becomes a link to another folder while contents are compared", () => {
  it.scopedLive("is not read: its files count as different, and are not sent either", () =>
    Effect.gen(function* () {
      const [here, elsewhere] = [yield* folder, yield* folder]
      Fs.mkdirSync(join(here, "in"))
      Fs.writeFileSync(join(here, "in/shadow"), "x".repeat(SECRET.length))
      Fs.writeFileSync(join(elsewhere, "shadow"), SECRET)
      const store = yield* FtpTestServer.memory({ "t/in/shadow": SECRET })
      const root: FtpTestServer.FileStore = {
        ...store,
        list: (path) => {
          if (path === "/t/in" && !Fs.existsSync(join(here, "was"))) {
            Fs.renameSync(join(here, "in"), join(here, "was"))
            Fs.symlinkSync(elsewhere, join(here, "in"))
          }
          return store.list(path)
        }
      }
      const { url } = yield* serve({ root, hasher: yield* Effect.provide(FtpHasher, NodeFtpHasher.layer) })
      const ran = yield* run(["mirror", "--compare", "hash", here, `${url}t`])
      expect(Fs.existsSync(join(here, "was"))).toBe(true)
      expect(ran.code).toBe(7)
      expect(ran.error).toContain("a link leads out of the tree, or back into it")
    })
  )
})

describe("a file that is replaced after it was listed", () => {
  it.scopedLive("is sent as it is then", () =>
    Effect.gen(function* () {
      const here = yield* folder
      Fs.writeFileSync(join(here, "a"), "old")
      Fs.utimesSync(join(here, "a"), AT, AT)
      const store = yield* FtpTestServer.memory({})
      const root: FtpTestServer.FileStore = {
        ...store,
        makeDirectory: (path) => {
          Fs.writeFileSync(join(here, "b"), "new")
          Fs.utimesSync(join(here, "b"), AT, AT)
          Fs.renameSync(join(here, "b"), join(here, "a"))
          return store.makeDirectory(path)
        }
      }
      const { server, url } = yield* serve({ root })
      expect(yield* run(["put", "-r", here, `${url}t`])).toMatchObject({ code: 0 })
      expect(new TextDecoder().decode(yield* server.read("/t/a"))).toBe("new")
    })
  )
})
