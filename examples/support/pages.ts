/**
 * The pages for people, as text: their programs, tables and links.
 *
 *     <!-- example: pickUp -->      the block that follows is examples/pickUp.ts
 *     <!-- packaged: telemetry -->  it is packaging/consumers/telemetry.ts, which is compiled and run there
 *     <!-- given                    declarations that the block that follows needs, which readers don't see
 *     declare const x: string
 *     -->
 */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url))

export interface Page {
  /** Relative to the root. */
  readonly path: string
  readonly text: string
}

export const pages: ReadonlyArray<Page> = [
  "README.md",
  ...["core", "node", "cli"].map((name) => `packages/${name}/README.md`),
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
].map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))

export interface Block {
  readonly page: string
  readonly line: number
  readonly code: string
  /** The file that it shows, relative to the root. */
  readonly file: string | undefined
  readonly given: string
}

const FOLDERS: Readonly<Record<string, string>> = { example: "examples", packaged: "packaging/consumers" }

/** The programs of a page: its blocks of TypeScript. */
export const blocksOf = ({ path, text }: Page): ReadonlyArray<Block> =>
  [
    ...text.matchAll(/(?:<!-- (?:(example|packaged): (\w+)|given\n([\s\S]*?)\n) ?-->\n\n?)?^```ts\n([\s\S]*?)^```/gm)
  ].map(({ 1: kind, 2: name, 3: given = "", 4: code = "", index }) => ({
    page: path,
    line: text.slice(0, index).split("\n").length,
    code,
    file: kind === undefined ? undefined : `${FOLDERS[kind]}/${name}.ts`,
    given
  }))

const isImport = /^import [\s\S]*?from "[^"]+"$/gm

/** A module of its own. A block that yields is the body of an Effect. */
export const programOf = ({ code, given }: Block): string => {
  const text = `${given}\n${code}`
  if (!/^(const .* = |return )?(yield\*)/m.test(code)) {
    return `${text}\nexport {}\n`
  }
  const imports = [...text.matchAll(isImport)].map(([line]) => line)
  const body = code.replace(isImport, "")
  const declarations = given.replace(isImport, "")
  return [
    ...imports.filter((line) => line !== EFFECT),
    EFFECT,
    declarations,
    `export const program = Effect.gen(function* () {\n${body}})\n`
  ].join("\n")
}

const EFFECT = 'import { Effect } from "effect"'

const LONGEST_CELL = 200

/** Cells that are too long to be read once. */
export const longCellsOf = ({ path, text }: Page): ReadonlyArray<string> =>
  text.split("\n").flatMap((line, index) =>
    line.startsWith("|")
      ? line
          .split("|")
          .filter((cell) => cell.trim().length > LONGEST_CELL && !/^[-: ]+$/.test(cell))
          .map((cell) => `${path}:${index + 1}: ${cell.trim().length} characters`)
      : []
  )

/** As GitHub names them. */
const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-")
    )
  )

/** The files of the repository that a page links to, relative to the root. */
export const linksOf = ({ path, text }: Page): ReadonlyArray<{ readonly target: string; readonly anchor: string }> =>
  [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
    ([, file = "", anchor = ""]) => ({
      target: file === "" ? path : relative(root, join(root, dirname(path), file)),
      anchor
    })
  )

export const hasAnchor = (target: string, anchor: string): boolean =>
  anchorsOf(readFileSync(join(root, target), "utf8")).has(anchor)
