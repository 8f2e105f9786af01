/** Whether a path is a directory, by what a server answers to CWD: only a refusal that is about the path says no. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { services } from "../support/embedded.ts"
import { ready, session } from "../support/scripted.ts"

const PWD = 'C: PWD\nS: 257 "/" is current\n'
const NO_PWD = "C: PWD\nS: 502 not implemented\n"

const ABOUT_THE_PATH = ["550 no such directory", "550 Permission denied", "553 bad name", "501 bad name", "552 no"]
const ABOUT_ELSE = ["500 unknown command", "502 not implemented", "503 do that first", "530 not logged in", "450 busy"]

describe("a path that CWD refuses (RFC 959 §5.4)", () => {
  for (const [how, pwd] of [
    ["", PWD],
    [", on a server without PWD", NO_PWD]
  ] as const) {
    for (const reply of ABOUT_THE_PATH) {
      it.scoped(`is no directory by ${reply}${how}`, () =>
        Effect.gen(function* () {
          const { session: made } = yield* session(`${ready()}\n${pwd}C: CWD a\nS: ${reply}`)
          expect(yield* made.isDirectory("a")).toBe(false)
        }).pipe(Effect.provide(services))
      )
    }

    for (const reply of ABOUT_ELSE) {
      it.scoped(`may be one by ${reply}, which is the error${how}`, () =>
        Effect.gen(function* () {
          const { session: made } = yield* session(`${ready()}\n${pwd}C: CWD a\nS: ${reply}`)
          expect(yield* Effect.flip(made.isDirectory("a"))).toMatchObject({
            _tag: "FtpRejected",
            verb: "CWD",
            reply: { code: Number(reply.slice(0, 3)) }
          })
        }).pipe(Effect.provide(services))
      )
    }
  }
})
