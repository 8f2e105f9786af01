/** What a folder holds and a line of a listing can't say. On the real file system, which has such names. */

import * as Fs from "node:fs"
import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { download, login } from "../../support/rawClient.ts"

const warnings: Array<string> = []

const over = Effect.provide(
  Layer.mergeAll(
    MemoryTransport.layer,
    NodeContext.layer,
    Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ logLevel, message }) => {
        if (logLevel === LogLevel.Warning) {
          warnings.push(String(message))
        }
      })
    )
  )
)

const served = Effect.gen(function* () {
  warnings.length = 0
  const root = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()
  Fs.mkdirSync(`${root}/sub`)
  Fs.writeFileSync(`${root}/sub/plain`, "hello")
  const server = yield* FtpTestServer.make({ root: yield* FtpTestServer.folder(root) })
  return { root, client: yield* login(server) }
})

const LISTINGS = ["MLSD sub", "LIST sub", "NLST sub"] as const

// Windows knows none of these names.
describe.skipIf(process.platform === "win32")("a name that can't stand in a line", () => {
  for (const [what, name, told] of [
    ["with LF", Buffer.from("new\nline"), "/sub/new\\nline is left out of listings: its name has a line end in it"],
    ["with CR", Buffer.from("new\rline"), "/sub/new\\rline is left out of listings: its name has a line end in it"],
    [
      "that is not UTF-8",
      Buffer.from("lat\xe9.txt", "latin1"),
      "/sub/lat\ufffd.txt is left out of listings: its name is not UTF-8"
    ]
  ] as const) {
    it.scopedLive(`${what} is left out of every listing, and the log says so once`, () =>
      Effect.gen(function* () {
        const { client, root } = yield* served
        // Some file systems, as APFS, refuse what is not UTF-8.
        yield* Effect.try(() => Fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/sub/`), name]), "x"))
        for (const listing of LISTINGS) {
          const { text } = yield* download(client, listing)
          const lines = text.split("\r\n").filter((line) => line !== "" && !/cdir|pdir/.test(line))
          assert.strictEqual(lines.length, 1, listing)
          assert.match(lines[0] ?? "", /plain$/)
        }
        assert.deepStrictEqual(warnings, [told])
      }).pipe(over)
    )
  }

  it.scopedLive("is not said as the target of a link either", () =>
    Effect.gen(function* () {
      const { client, root } = yield* served
      Fs.symlinkSync("a\nb", `${root}/sub/link`)
      assert.match((yield* download(client, "LIST sub")).text, /^l.* link\r$/m)
      assert.match((yield* download(client, "MLSD sub")).text, /^type=OS\.unix=symlink;[^\n]* link\r$/m)
    }).pipe(over)
  )
})

describe("what is not known of a file", () => {
  it.scopedLive("is left out of the facts: a link's own time, and which file it is", () =>
    Effect.gen(function* () {
      const { client, root } = yield* served
      Fs.symlinkSync("plain", `${root}/sub/link`)
      const { text } = yield* download(client, "MLSD sub")
      const line = (name: string) => text.split("\r\n").find((line) => line.endsWith(` ${name}`)) ?? ""
      assert.match(line("link"), /^type=OS\.unix=slink:plain;perm=/)
      assert.notMatch(line("link"), /modify|unique/i)
      assert.match(line("plain"), /;modify=\d{14};.*;unique=/)
    }).pipe(over)
  )

  it.scopedLive("a known time is listed", () =>
    Effect.gen(function* () {
      const { client, root } = yield* served
      Fs.utimesSync(`${root}/sub/plain`, 0, 0)
      assert.match((yield* download(client, "MLSD sub")).text, /modify=19700101000000;.* plain/)
    }).pipe(over)
  )
})
