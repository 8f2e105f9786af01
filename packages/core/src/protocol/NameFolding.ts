/**
 * One form of all names that are one on a file system which ignores case. Systems differ in what they ignore:
 *
 *                    A a   Σ ς   é as e and U+0301    ß ss   ﬁ fi   soft hyphen   µ μ   ı i
 *     NTFS           one   one   two                  two    two    two           two   two
 *     APFS           one   one   one                  one    one    two           one   two
 *     ext4 casefold  one   one   one                  one    two    one           one   two
 *     ZFS formKD     two   two   one                  two    one    two           one   two
 *     some servers   one   two   two                  two    two    two           two   two
 *
 * So `fold` has what most of those that ignore case take for one, and `foldWidely` what any of them may. The second is a
 * reason to ask the server, and no more.
 */

const NO_ASCII = /[^\x00-\x7f]/

/** One form of all names that most systems which ignore case take for one: letter by letter, as Unicode's simple mapping. */
export const fold = (text: string): string =>
  NO_ASCII.test(text) ? letters(text.normalize("NFC"), simple) : text.toLowerCase()

/** One form of all names that some system may take for one. Of a path, name by name: some characters become a slash. */
export const foldWidely = (path: string): string =>
  NO_ASCII.test(path) ? path.split("/").map(widely).join("/") : path.toLowerCase()

/** The set of what is ignored is made with the first name that is folded: to make it takes half a millisecond of a start. */
const widely = (name: string): string =>
  letters(letters(name.normalize("NFKD"), full).normalize("NFKD"), full)
    // HFS+ and ext4 with casefold don't see them: soft hyphens, joiners, variation selectors.
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .normalize("NFKC")
    .replaceAll(DOTTED_I, "i")
    .replaceAll("/", "\u2215")

/** Letter by letter, as `toLowerCase` of a whole word gives the last sigma another form. */
const letters = (text: string, map: (letter: string) => string): string => {
  let folded = ""
  for (const letter of text) {
    folded += map(letter)
  }
  return folded
}

/**
 * A capital becomes its small letter, if that has no other capital. So ı, ſ and µ stay, which Unicode gives the capitals of i, s
 * and μ: NTFS has two files for them. Of the small letters with one capital, all systems take ς and σ for one.
 */
const simple = (letter: string): string => {
  const lower = letter.toLowerCase()
  return letter === FINAL_SIGMA ? "σ" : lower.toUpperCase() === letter ? lower : letter
}

const FINAL_SIGMA = "ς"

/** ẞ is ß, which is SS. */
const full = (letter: string): string => letters(letter.toLowerCase().toUpperCase(), (upper) => upper.toLowerCase())

/** Turkish has İ for the capital of i. */
const DOTTED_I = "i\u0307"

/** Whether two names differ in their Unicode form alone. */
export const isFormAlone = (name: string, other: string): boolean => name.normalize("NFC") === other.normalize("NFC")
