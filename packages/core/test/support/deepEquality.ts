/**
 * `assert.deepStrictEqual` as `expect` compares: chai itself takes any `Some` of Effect for a `None`, as it looks at the keys
 * of the first one alone.
 */
import { chai, expect } from "vitest"

chai.config.deepEqual = (expected: unknown, actual: unknown) => {
  try {
    expect(actual).toStrictEqual(expected)
    return true
  } catch {
    return false
  }
}
