/**
 * The entries of a directory in the order of their names: of two that are one in the target, the same one is always the first,
 * however a server or a disk sorts. Most sort so themselves.
 */
export const byName = <A extends { readonly name: string }>(entries: ReadonlyArray<A>): ReadonlyArray<A> =>
  isSorted(entries)
    ? entries
    : [...entries].sort((first, second) => (first.name < second.name ? -1 : first.name > second.name ? 1 : 0))

const isSorted = (entries: ReadonlyArray<{ readonly name: string }>): boolean => {
  let before = ""
  for (const { name } of entries) {
    if (before > name) {
      return false
    }
    before = name
  }
  return true
}
