/** The pages of --help. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { run } from "./support/cli.ts"

describe("help", () => {
  it.live("--help lists every command, and each command has a page with examples", () =>
    Effect.gen(function* () {
      const whole = yield* run([])
      expect(whole).toMatchObject({ code: 0, error: "" })
      for (const name of ["ls", "get", "put", "cat", "rm", "mv", "mkdir", "stat", "doctor", "demo", "serve"]) {
        expect(whole.out).toContain(`  ${name} `)
        const page = yield* run([name, "--help"])
        expect(page).toMatchObject({ code: 0, error: "" })
        expect(page.out).toContain("Examples")
        expect(page.out).toContain("--json")
        expect(page.out).not.toContain("\x1b")
      }
    })
  )

  it.live("the help of a command that transfers no files does not speak of transfers", () =>
    Effect.gen(function* () {
      for (const name of ["ls", "rm", "mv", "mkdir", "stat"]) {
        expect((yield* run([name, "--help"])).out).not.toMatch(/transfer/i)
      }
    })
  )
})
