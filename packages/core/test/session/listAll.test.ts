/** LIST with `-a` is tried once beside plain LIST: what the server makes of it is remembered, what breaks it is not. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Effect from "effect/Effect"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { begun, login, ready } from "../support/scripted.ts"

const PLAIN = `${begun("LIST")}D: send -rw-r--r-- 1 u g 1 Jan 01 2020 a\\r\\n\nD: end\nS: 226 done\n`

const listed = (probe: string) =>
  Effect.gen(function* () {
    const capabilities = ServerCapabilities.make()
    const script = yield* FtpScript.make(`${ready("UTF8")}${PLAIN}${probe}`)
    const made = yield* login(script, { user: "ann", password: "secret" }, capabilities)
    const result = yield* inTime(Effect.either(made.list("")))
    return { result, known: capabilities.get("LIST -a") }
  }).pipe(Effect.scoped, Effect.provide(services))

describe("the first LIST -a of a server", () => {
  it.effect("does not condemn -a if the connection is lost", () =>
    Effect.gen(function* () {
      const { known, result } = yield* listed("C: EPSV\nS: 229 ok (|||{port}|)\nC: LIST -a\n-- close")
      expect(result).toMatchObject({ _tag: "Left", left: { _tag: "FtpConnectionLost" } })
      expect(known).toBe("Unknown")
    })
  )

  it.effect("condemns -a if the server refuses it, and plain LIST is what was asked for", () =>
    Effect.gen(function* () {
      const { known, result } = yield* listed(
        "C: EPSV\nS: 229 ok (|||{port}|)\nC: LIST -a\nS: 501 no options\nC: QUIT\nS: 221 bye"
      )
      expect(result).toMatchObject({ _tag: "Right", right: { entries: [{ name: "a" }] } })
      expect(known).toBe("Fails")
    })
  )
})
