/** The options of a benchmark: each takes its own, and all have `--folder`. */
import { tmpdir } from "node:os"
import { parseArgs } from "node:util"
import { wholeNumber } from "./program.mjs"

/**
 * Numbers are whole, and have the defaults that are given. A word that is not there is undefined, a flag false. `folder`
 * is where the files are, by default the system's temporary folder.
 *
 * @template {string} N
 * @template {string} [W=never]
 * @template {string} [F=never]
 * @param {{ readonly numbers: Readonly<Record<N, number>>, readonly words?: ReadonlyArray<W>, readonly flags?: ReadonlyArray<F> }} known
 * @returns {Readonly<Record<N, number> & Record<W, string | undefined> & Record<F, boolean> & { readonly folder: string }>}
 */
export const optionsOf = ({ flags = [], numbers, words = [] }) => {
  const texts = [...Object.keys(numbers), ...words, "folder"].map((name) => [name, { type: "string" }])
  const switches = flags.map((name) => [name, { type: "boolean" }])
  const parsed = parseArgs({ options: Object.fromEntries([...texts, ...switches]) })
  const values = /** @type {Readonly<Record<string, string | boolean | undefined>>} */ (parsed.values)
  const all = {
    ...Object.fromEntries(words.map((name) => [name, values[name]])),
    ...Object.fromEntries(flags.map((name) => [name, values[name] ?? false])),
    ...Object.fromEntries(
      Object.entries(numbers).map(([name, number]) => [name, wholeNumber(name, `${values[name] ?? number}`)])
    ),
    folder: values.folder ?? tmpdir()
  }
  return /** @type {any} */ (all)
}
