/**
 * Month names as `ls` prints them in the languages of servers that were seen: by prefix, whatever the case, dots left
 * out.
 *
 * Names come in UTF-8, latin1, or, if they are Cyrillic, in KOI8-R, Windows-1251 or ISO 8859-5. Numbers with a mark
 * (`10月`) are read by `MarkedDate`.
 */
import * as Option from "effect/Option"

/** January first. Prefixes: the longest one that fits wins, so that Finnish `marras` is not March. */
const PREFIXES: ReadonlyArray<string> = [
  "jan jän gen ene sty tam led ian oca янв січ", // German of Austria, Italian, Spanish, Polish, Finnish, Czech, …
  "feb fev fév lut hel úno şub фев лют",
  "mar mär mrz maer mrt maa bře már мар бер",
  "apr avr abr kwi huh dub nis ápr апр кві",
  "may mai mag mei maj tou kvě máj май мая тра",
  "jun juin giu cze kes iun haz jún čer čen июн чер",
  "jul juil lug lip hei iul tem júl čec июл лип",
  "aug aou aoû ago avg sie elo srp ağu авг сер",
  "sep set wrz syy zář eyl szep сен вер",
  "oct okt ott out paź paz lok říj eki окт жов",
  "nov lis marr kas noi noë ноя лис",
  "dec dez déc dic des gru jou pro ara дек гру"
]

const SHORTEST_PREFIX = 3
const LONGEST_PREFIX = 4

/** Lower case; bytes that are no UTF-8 (lone surrogates) as the latin1 letters that they may be. */
const normalized = (word: string): string =>
  word
    .slice(0, LONGEST_PREFIX)
    .replace(/[\udc80-\udcff]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) - BYTE))
    .toLowerCase()

/** The lone surrogate of byte 0. */
const BYTE = 0xdc00

/** Where KOI8-R has its lower case, from 0xC0. */
const KOI8_R = "юабцдефгхийклмнопярстужвьызшэщчъ"

const CYRILLIC_A = "а".charCodeAt(0)

/** A Cyrillic word in three encodings, the last one also with a capital, whose bytes `normalized` does not lower. */
const encoded = (word: string): ReadonlyArray<string> => {
  if (![...word].every((letter) => KOI8_R.includes(letter))) {
    return []
  }
  const letters = [...word].map((letter) => letter.charCodeAt(0) - CYRILLIC_A)
  const [first = 0, ...others] = letters
  return [
    [...word].map((letter) => 0xc0 + KOI8_R.indexOf(letter)),
    letters.map((letter) => 0xe0 + letter),
    letters.map((letter) => 0xd0 + letter),
    [0xb0 + first, ...others.map((letter) => 0xd0 + letter)]
  ].map((bytes) => normalized(String.fromCharCode(...bytes.map((byte) => BYTE + byte))))
}

/** Made when a word is not one of the usual: it takes a tenth of the time in which a command starts. */
const makeMonths = (): ReadonlyMap<string, number> =>
  new Map(
    PREFIXES.flatMap((words, index) =>
      words.split(" ").flatMap((word) => [word, ...encoded(word)].map((form): [string, number] => [form, index + 1]))
    )
  )

let months: ReadonlyMap<string, number> | undefined

/** As most servers print them: read at once. */
const USUAL: ReadonlyMap<string, Option.Option<number>> = new Map(
  "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ").map((word, index) => [word, Option.some(index + 1)])
)

/** 1 to 12, or `None` for a word that is not known. */
export const parse = (word: string): Option.Option<number> => USUAL.get(word) ?? parseAny(word)

const parseAny = (word: string): Option.Option<number> => {
  months ??= makeMonths()
  const start = normalized(word)
  for (let length = Math.min(LONGEST_PREFIX, start.length); length >= SHORTEST_PREFIX; length--) {
    const month = months.get(start.slice(0, length))
    if (month !== undefined) {
      return Option.some(month)
    }
  }
  return Option.none()
}
