/**
 * Whether one listing has the names of another.
 *
 * A server lists a directory in one order, so both are walked side by side first. A set of a million names holds the
 * event loop for seconds: it is made only if the order differs.
 */

interface Named {
  readonly name: string
}

/** Whether each name of `some` is in `all`, in any order. */
export const includes = (all: ReadonlyArray<Named>, some: ReadonlyArray<Named>): boolean => {
  let found = 0
  for (const { name } of all) {
    if (name === some[found]?.name) {
      found += 1
    }
  }
  if (found === some.length) {
    return true
  }
  const names = new Set<string>()
  for (const { name } of all) {
    names.add(name)
  }
  return some.every(({ name }) => names.has(name))
}
