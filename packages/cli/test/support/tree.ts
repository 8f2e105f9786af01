/** The tree that the tests of the commands serve, and what they find on the disk afterwards. */
import * as Fs from "node:fs"
import { join } from "node:path"

/** With a link, an empty directory, wildcards in a name, and a name that is unsafe to show. */
export const tree = {
  "pub/a.txt": "a\n",
  "pub/b.txt": "bb\n",
  "pub/[c].txt": "c\n",
  "pub/deep/er/d.bin": new Uint8Array(100_000).fill(7),
  "pub/empty/": {},
  "pub/link": { link: "a.txt" },
  "evil/ok.txt": "ok",
  "evil/\x1b[2Jname": "x"
}

/** The paths of all files below a directory, sorted. */
export const files = (directory: string): ReadonlyArray<string> =>
  Fs.readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(directory.length + 1))
    .sort()

/** The text of a file. */
export const read = (...path: ReadonlyArray<string>): string => Fs.readFileSync(join(...path), "utf8")
