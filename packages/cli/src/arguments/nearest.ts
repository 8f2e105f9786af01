/** Names that were mistyped: which known one was meant. */

/** Names that differ by more are not taken for a slip of each other. */
const MAX_SLIPS = 2

/** A name that was begun is meant from so many letters on. */
const MIN_BEGINNING = 2

/** The known name that a word is most likely the beginning or a slip of. */
export const nearest = (word: string, known: ReadonlyArray<string>): string | undefined => {
  const begun = known.find((candidate) => candidate.startsWith(word))
  if (begun !== undefined && word.replace(/^-+/, "").length >= MIN_BEGINNING) {
    return begun
  }
  let best: string | undefined
  let least = MAX_SLIPS + 1
  for (const candidate of known) {
    const slips = distance(word, candidate)
    // Two slips in a word of two letters are another word.
    if (slips < least && slips < candidate.replace(/^-+/, "").length) {
      best = candidate
      least = slips
    }
  }
  return best
}

/** Levenshtein's: letters to insert, remove or change. */
const distance = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let line = 1; line <= left.length; line++) {
    const next = [line]
    for (let column = 1; column <= right.length; column++) {
      const change = (row[column - 1] ?? 0) + (left[line - 1] === right[column - 1] ? 0 : 1)
      next.push(Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, change))
    }
    row = next
  }
  return row[right.length] ?? 0
}
