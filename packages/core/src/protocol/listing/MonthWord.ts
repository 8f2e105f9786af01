/**
 * Month names as `ls` prints them in the languages of servers that were seen: by prefix, whatever the case, dots left
 * out.
 *
 * Of legacy encodings only latin1 is known: a month in KOI8-R or Shift-JIS is an unknown word.
 */
import * as Option from "effect/Option"

/** January first. Prefixes: the longest one that fits wins, so that Finnish `marras` is not March. */
const PREFIXES: ReadonlyArray<string> = [
  "jan jän gen ene sty tam янв", // German of Austria, Italian, Spanish, Polish, Finnish, Russian
  "feb fev fév lut hel фев",
  "mar mär mrz maer mrt maa мар",
  "apr avr abr kwi huh апр",
  "may mai mag mei maj tou май мая",
  "jun juin giu cze kes июн",
  "jul juil lug lip hei июл",
  "aug aou aoû ago avg sie elo авг",
  "sep set wrz syy сен",
  "oct okt ott out paź paz lok окт",
  "nov lis marr ноя",
  "dec dez déc dic des gru jou дек"
]

const SHORTEST_PREFIX = 3
const LONGEST_PREFIX = 4

const MONTHS: ReadonlyMap<string, number> = new Map(
  PREFIXES.flatMap((words, index) => words.split(" ").map((word): [string, number] => [word, index + 1]))
)

/** 1 to 12, or `None` for a word that is not known. `10월` and `10月` are known. */
export const parse = (word: string): Option.Option<number> => {
  if (word.endsWith("월") || word.endsWith("月")) {
    const month = /^\d\d?$/.test(word.slice(0, -1)) ? Number(word.slice(0, -1)) : 0
    return month >= 1 && month <= 12 ? Option.some(month) : Option.none()
  }
  // No longer than the prefixes, as the word may be a whole hostile line; latin1 bytes come as lone surrogates.
  const start = word
    .slice(0, LONGEST_PREFIX)
    .replace(/[\udc80-\udcff]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) - 0xdc00))
    .toLowerCase()
  for (let length = Math.min(LONGEST_PREFIX, start.length); length >= SHORTEST_PREFIX; length--) {
    const month = MONTHS.get(start.slice(0, length))
    if (month !== undefined) {
      return Option.some(month)
    }
  }
  return Option.none()
}
