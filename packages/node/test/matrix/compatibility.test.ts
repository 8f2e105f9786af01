import * as Fs from "node:fs"
import { assert, it } from "@effect/vitest"
import { comparable, PASSED, render } from "../../../../scripts/servers/compatibilityTable.mjs"
import { matrixCases } from "./cases.ts"

const DOCUMENT = new URL("../../../../docs/compatibility.md", import.meta.url)

it("docs/compatibility.md says what the matrix runs, and that all of it passes", () => {
  const cases: Array<string> = []
  matrixCases((name) => cases.push(name))
  const text = render({ cases, measuredWith: "", outcomeOf: () => PASSED })
  assert.deepStrictEqual(comparable(Fs.readFileSync(DOCUMENT, "utf8")), comparable(text))
})
