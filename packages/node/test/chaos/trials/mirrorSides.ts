/** The two sides of a mirror in a trial: a folder of this machine, and a directory of the embedded server. */
import * as Fs from "node:fs"
import { dirname, join, relative } from "node:path"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Dice from "../dice.ts"

/** The content of files by their paths, without what mirrors keep beside them. */
export type Files = ReadonlyMap<string, string>

export interface Side {
  readonly files: Effect.Effect<Files>
  /** The same with what mirrors keep beside them, and with what is temporary. */
  readonly all: Effect.Effect<Files>
  readonly write: (path: string, content: string) => Effect.Effect<void>
  readonly remove: (path: string) => Effect.Effect<void>
  /** Whatever has that name, with all in it. The empty path is all of the tree, with its root. */
  readonly removeAll: (path: string) => Effect.Effect<void>
}

export const REMOTE = "/home/tree"

/** Partial files, temporary names of uploads, and the manifest. */
export const isKept = (path: string): boolean => /(^|\/)\.|\.ftp-effect/.test(path)

const withoutKept = (all: Files): Files => new Map([...all].filter(([path]) => !isKept(path)))

export const disk = (folder: string): Side => ({
  files: Effect.sync(() => withoutKept(filesIn(folder))),
  all: Effect.sync(() => filesIn(folder)),
  write: (path, content) =>
    Effect.sync(() => {
      Fs.mkdirSync(dirname(join(folder, path)), { recursive: true })
      Fs.writeFileSync(join(folder, path), content, "latin1")
    }),
  remove: (path) => Effect.sync(() => Fs.rmSync(join(folder, path))),
  removeAll: (path) => Effect.sync(() => Fs.rmSync(join(folder, path), { recursive: true, force: true }))
})

const filesIn = (folder: string): Files => {
  const found = Fs.existsSync(folder) ? Fs.readdirSync(folder, { recursive: true, withFileTypes: true }) : []
  const paths = found.filter((entry) => entry.isFile()).map(({ name, parentPath }) => join(parentPath, name))
  return new Map(paths.map((path) => [relative(folder, path), Fs.readFileSync(path, "latin1")]))
}

export const remote = (server: FtpTestServer.FtpTestServer): Side => ({
  files: Effect.map(filesOn(server), withoutKept),
  all: filesOn(server),
  write: (path, content) => Effect.orDie(server.write(`${REMOTE}/${path}`, Buffer.from(content, "latin1"))),
  remove: (path) => Effect.orDie(server.store.removeFile(`${REMOTE}/${path}`)),
  removeAll: (path) =>
    Effect.orDie(
      Effect.gen(function* () {
        const root = path === "" ? REMOTE : `${REMOTE}/${path}`
        const nodes = (yield* server.tree).filter((node) => node.path === root || node.path.startsWith(`${root}/`))
        for (const { path, type } of nodes.reverse()) {
          yield* type === "Directory" ? server.store.removeDirectory(path) : server.store.removeFile(path)
        }
      })
    )
})

const filesOn = (server: FtpTestServer.FtpTestServer): Effect.Effect<Files> =>
  Effect.orDie(
    Effect.gen(function* () {
      const files = new Map<string, string>()
      for (const { path, type } of yield* server.tree) {
        if (type === "File" && path.startsWith(`${REMOTE}/`)) {
          files.set(path.slice(REMOTE.length + 1), Buffer.from(yield* server.read(path)).toString("latin1"))
        }
      }
      return files
    })
  )

const DIRECTORIES = ["", "d/", "d/deep/", "e/", "keep/", "d/keep/"] as const
const NAMES = ["a", "b", "c d.txt", "x.log"] as const

/** Whether the patterns of the trial exclude it. */
export const isExcluded = (path: string): boolean => /(^|\/)keep\//.test(path) || path.endsWith(".log")

export const PATTERNS: ReadonlyArray<string> = ["keep/", "*.log"]

/** Files of all places: small ones, and some that are too large for one step. */
export const draw = (dice: Dice.Dice, likelihood: number, version: number): Files =>
  new Map(
    DIRECTORIES.flatMap((directory) => NAMES.map((name) => `${directory}${name}`))
      .filter(() => dice.chance(likelihood))
      .map((path) => [path, contentOf(dice, version)])
  )

/** No two versions have one size, so that a comparison by size and time tells them apart. */
export const contentOf = (dice: Dice.Dice, version: number): string => {
  const size = dice.weigh([
    [5, dice.between(0, 40)],
    [1, 3000],
    [1, 300 * 100]
  ])
  return Buffer.from(Dice.content(dice.below(2 ** 31), size * VERSIONS + version)).toString("latin1")
}

const VERSIONS = 10
