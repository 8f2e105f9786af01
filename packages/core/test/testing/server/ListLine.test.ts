/** LIST of the embedded server in each dialect, as the client reads it: what is listed can be fetched by its path. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { layer } from "../../support/embedded.ts"
import { inTime } from "../../support/inTime.ts"

const root = {
  "README.TXT": "hello",
  DATA: "hello",
  "A_LONG_NAME_OF_A_FILE.TXT": "hello",
  "a b": "hello",
  "SUB/X.Y": "hello"
}

const all = ["A_LONG_NAME_OF_A_FILE.TXT", "DATA", "README.TXT", "SUB/", "a b"]

/** What such a system could have. */
const expected: { readonly [D in FtpSession.Dialect]: ReadonlyArray<string> } = {
  Unix: all,
  Dos: all,
  Eplf: all,
  Vms: ["A_LONG_NAME_OF_A_FILE.TXT;1", "DATA;1", "README.TXT;1", "SUB/"],
  Os400: all,
  Mvs: ["A_LONG_NAME_OF_A_FILE.TXT", "DATA", "README.TXT", "SUB/"],
  NetWare: all,
  Os2: all,
  NonStop: ["DATA"],
  Zvm: ["README.TXT", "SUB/"],
  VxWorks: all,
  ConnectEnterprise: ["A_LONG_NAME_OF_A_FILE.TXT", "DATA", "README.TXT", "a b"]
}

describe("the embedded server lists in the dialect", () => {
  for (const dialect of FtpSession.dialects) {
    it.effect(dialect, () =>
      Effect.gen(function* () {
        const client = yield* FtpClient.FtpClient
        const listed = yield* inTime(client.listing(""))
        expect(listed.dialect).toEqual(Option.some(dialect))
        expect(listed.unreadCount).toBe(0)
        expect(listed.entries.map(({ name, type }) => (type === "Directory" ? `${name}/` : name)).sort()).toEqual(
          expected[dialect]
        )
        for (const { path, type } of listed.entries) {
          if (type === "File") {
            expect(yield* inTime(Stream.mkString(Stream.decodeText(client.download(path))))).toBe("hello")
          } else {
            expect(yield* inTime(client.list(path))).toHaveLength(1)
          }
        }
      }).pipe(
        Effect.provide(layer({ server: { root, listing: dialect, denied: ["MLST", "MLSD"] }, pool: { maxPerHost: 1 } }))
      )
    )
  }
})
