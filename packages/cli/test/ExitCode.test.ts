import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as ExitCode from "../src/errors/ExitCode.ts"
import { failures } from "./support/failures.ts"

describe("ExitCode", () => {
  it.each(failures)("$name has code $code", ({ code, error, isFatal }) => {
    expect(ExitCode.of(error)).toBe(code)
    expect(ExitCode.isFatal(error)).toBe(isFatal)
  })

  it("the exit code of several failures is their common one if all failed, and 1 if some succeeded", () => {
    expect(ExitCode.ofAll([5, 5], 0)).toBe(5)
    expect(ExitCode.ofAll([5, 6], 0)).toBe(1)
    expect(ExitCode.ofAll([5], 3)).toBe(1)
  })

  it("every exit code is documented", () => {
    const page = readFileSync(new URL("../../../docs/cli-scripts.md", import.meta.url), "utf8")
    const codes = Object.values(ExitCode).filter((value) => typeof value === "number")
    for (const code of codes) {
      expect(page).toMatch(new RegExp(`^\\| ${code} +\\|`, "m"))
    }
  })
})
