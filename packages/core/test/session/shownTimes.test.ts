/** A file by which a server shows whether it sets times keeps the time that it has, whoever writes it meanwhile. */
import { expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { services } from "../support/embedded.ts"
import { ready, session } from "../support/scripted.ts"

const ITS = DateTime.unsafeMake(Date.UTC(2026, 0, 2, 3, 4, 5))

for (const [what, before, after, sent] of [
  ["that nobody writes is sent nothing more", "20260102030405", "20260102030405", []],
  ["that was written before gets that time back", "20260302010203", "20260102030405", ["20260302010203"]],
  [
    "of a server that reads times in its own zone gets its own back",
    "20260102030405",
    "20260102040405",
    ["20260102020405"]
  ],
  ["that is written right after it was set keeps that time", "20260102030405", "20260302010203", []],
  ["that is being written keeps the last time", "20260302010203", "20260302010219", []]
] as const) {
  it.scoped(`a file ${what}`, () =>
    Effect.gen(function* () {
      const { script, session: made } = yield* session(`
        ${ready("MDTM", "MFMT")}
        C: MDTM a
        C: MFMT 20260102030405 a
        C: MDTM a
        C: NOOP
        S: 213 ${before}
        S: 213 Modify=20260102030405; a
        S: 213 ${after}
        S: 200 ok
        ${sent.map((time) => `C: MFMT ${time} a\n        S: 213 Modify=${time}; a`).join("\n")}
      `)
      expect(yield* made.showsSetsModified([{ path: "a", its: ITS }])).toBe("Sets")
      yield* script.done
    }).pipe(Effect.provide(services))
  )
}
