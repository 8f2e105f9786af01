/** A server whose names are in another charset than UTF-8. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpCharset from "@ftp-effect/core/FtpCharset"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { layer, services } from "../support/embedded.ts"
import { begun, login, ready } from "../support/scripted.ts"
import { textOnServer } from "../support/server.ts"

const charset = (name: FtpCharset.Name) => Either.getOrThrow(FtpCharset.make(name))

describe.each([
  ["latin1", "Grüße"],
  ["windows-1251", "отчёт"],
  ["shift_jis", "表示ソ"],
  ["gbk", "联通"],
  ["big5", "許功蓋"],
  ["euc-kr", "한글"]
] as const)("names in %s", (name, text) => {
  it.scoped.each(["MLSD", "LIST"])("are listed by %s, read, written, renamed and removed", (verb) =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const names = (path: string) => Effect.map(client.list(path), (entries) => entries.map((entry) => entry.name))
      expect(yield* names("")).toEqual([text])
      const below = Array.from(yield* Stream.runCollect(client.walk(text)), ({ path }) => path)
      expect(below).toEqual([`${text}/${text} 1`])
      expect(yield* client.stat(`${text}/${text} 1`)).toMatchObject({ name: `${text} 1`, type: "File" })
      expect(yield* Stream.runCount(client.download(`${text}/${text} 1`))).toBe(1)
      expect(yield* client.makeDirectory(`${text}/${text}`)).toContain(text)
      yield* client.upload(`${text}/2 ${text}`, FtpSource.fromString("two"))
      yield* client.rename(`${text}/2 ${text}`, `${text}/${text}/3`)
      expect(yield* textOnServer(`${text}/${text}/3`)).toBe("two")
      expect(yield* Effect.flip(client.size("\u1e9e\u06de"))).toMatchObject({
        _tag: "FtpUsageError",
        why: `the character at index 0 is not in ${name}`
      })
      yield* client.remove(text, { recursive: true })
      expect(yield* names("")).toEqual([])
    }).pipe(
      Effect.provide(
        layer({
          server: {
            charset: name,
            denied: verb === "LIST" ? ["MLST", "MLSD"] : [],
            root: { [`${text}/${text} 1`]: "1" }
          },
          pool: { charset: charset(name) }
        })
      )
    )
  )

  it.scoped("keep their bytes even if the client takes them for UTF-8", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const [entry] = yield* client.list("")
      yield* client.rename(entry?.path ?? "", "plain")
      const server = yield* FtpTestServer.FtpTestServer
      expect(yield* server.read("plain")).toHaveLength(1)
    }).pipe(Effect.provide(layer({ server: { charset: name, root: { [text]: "1" } } })))
  )
})

it.effect(
  "a server whose charset is named is asked not to translate names to UTF-8, and gets the bytes it listed",
  () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`${ready("UTF8").replace("UTF8 ON", "UTF8 OFF")}${begun("LIST")}
      D: send -rw-r--r--   1 ann staff  3 Mar  9  2020 B\udcfcro\\r\\n
      D: end
      S: 226 done
      C: DELE B\udcfcro
      S: 550 B\udcfcro: no
      C: QUIT
      S: 221 bye`)
      const capabilities = ServerCapabilities.make()
      capabilities.set("LIST -a", false)
      const session = yield* login(script, undefined, capabilities, { charset: charset("latin1") })
      const { entries } = yield* session.list("")
      expect(entries.map(({ name }) => name)).toEqual(["Büro"])
      const refusal = yield* Effect.flip(session.removeFile("Büro"))
      expect(refusal).toMatchObject({ path: "Büro", reply: { lines: ["Büro: no"] } })
    }).pipe(Effect.scoped, Effect.provide(services))
)
