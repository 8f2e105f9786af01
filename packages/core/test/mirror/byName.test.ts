/** The order in which the entries of a directory are planned. */
import { describe, expect, it } from "@effect/vitest"
import { byName } from "#core/mirror/byName"

const named = (...names: ReadonlyArray<string>) => names.map((name) => ({ name }))

describe("the entries of a directory", () => {
  it("come by the code units of their names, however they were listed", () => {
    expect(byName(named("b", "é", "B", "a", "a.b"))).toEqual(named("B", "a", "a.b", "b", "é"))
  })

  it("that come so are not copied", () => {
    const entries = named("B", "a", "a", "b")
    expect(byName(entries)).toBe(entries)
  })
})
