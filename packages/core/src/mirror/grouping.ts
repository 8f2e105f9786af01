/** Values by key, in their order. */

/** Adds one in place: a copy of the group for each value would take the square of their number. */
export const add = <K, V>(groups: Map<K, Array<V>>, key: K, value: V): void => {
  const group = groups.get(key)
  if (group === undefined) {
    groups.set(key, [value])
  } else {
    group.push(value)
  }
}
