/**
 * What holds for a mirror of any rules, on the real servers: generated trees, up, down and from server to server, each
 * compared with what a model of the rules expects. Real time: other processes.
 */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Dice from "../chaos/dice.ts"
import * as RealServer from "../support/RealServer.ts"

interface File {
  readonly content: string
  /** Days before the first of the month, so that each listing tells two of them apart. */
  readonly day: number
}

type Files = ReadonlyMap<string, File>

const DIRECTORIES = ["", "a/", "a/b/", "x y/", "skip/", "a/skip/", "é/"]
const NAMES = ["one", "two words", "ü.txt", "x.tmp", "keep.tmp"]
const DAYS = 20

/** What `PATTERNS` leave out. */
const isExcluded = (path: string): boolean =>
  path.split("/").slice(0, -1).includes("skip") || (path.endsWith(".tmp") && !path.endsWith("keep.tmp"))
const PATTERNS = ["skip/", "*.tmp", "!keep.tmp"]

const draw = (dice: Dice.Dice): Files =>
  new Map(
    DIRECTORIES.flatMap((directory) => NAMES.map((name) => `${directory}${name}`))
      .filter(() => dice.chance(0.4))
      .map((path) => [path, { content: "x".repeat(dice.between(0, 3)), day: dice.between(1, DAYS) }])
  )

/** Some of the files of the other tree as they are, so that there is something to leave. */
const like = (dice: Dice.Dice, other: Files): Files =>
  new Map([...draw(dice), ...[...other].filter(() => dice.chance(0.3))])

interface RuleSet {
  readonly only: "All" | "Newer" | "Missing" | "Existing"
  readonly delete: "None" | "Extra"
  readonly excludes: boolean
  readonly deleteExcluded?: boolean
}

const RULES: ReadonlyArray<RuleSet> = [
  { only: "All", delete: "None", excludes: false },
  { only: "All", delete: "Extra", excludes: false },
  { only: "All", delete: "Extra", excludes: true },
  { only: "All", delete: "Extra", excludes: true, deleteExcluded: true },
  { only: "Newer", delete: "None", excludes: true },
  { only: "Missing", delete: "None", excludes: true },
  { only: "Existing", delete: "Extra", excludes: true }
]

const describeRules = ({ delete: what, deleteExcluded = false, excludes, only }: RuleSet): string =>
  `only ${only}, delete ${what}${excludes ? ", with patterns" : ""}${deleteExcluded ? ", excluded ones too" : ""}`

const optionsOf = ({ delete: what, deleteExcluded, excludes, only }: RuleSet): FtpMirror.MirrorOptions => ({
  only,
  delete: what,
  deleteExcluded,
  maxDelete: { _tag: "Count", count: Number.POSITIVE_INFINITY },
  filter: excludes ? { patterns: PATTERNS } : undefined
})

/** What the target has after a run. */
const expected = (source: Files, target: Files, rules: RuleSet, keepsTimes: boolean): Files => {
  const isOut = (path: string) => rules.excludes && isExcluded(path)
  const after = new Map<string, File>()
  for (const path of new Set([...source.keys(), ...target.keys()])) {
    const from = isOut(path) ? undefined : source.get(path)
    const to = target.get(path)
    const isDeleted = rules.delete === "Extra" && (!isOut(path) || rules.deleteExcluded === true)
    const result = from === undefined ? (isDeleted ? undefined : to) : copied(from, to, rules, keepsTimes)
    if (result !== undefined) {
      after.set(path, result)
    }
  }
  return after
}

const copied = (from: File, to: File | undefined, { only }: RuleSet, keepsTimes: boolean): File | undefined => {
  if (to === undefined) {
    return only === "Existing" ? undefined : from
  }
  const isOlder = to.day > from.day
  const isSame = to.content === from.content && (to.day === from.day || (!keepsTimes && !isOlder))
  return isSame || only === "Missing" || (only === "Newer" && !isOlder) ? to : from
}

const MONTH = new Date()
MONTH.setUTCDate(1)
MONTH.setUTCHours(12, 0, 0, 0)
const DAY_SECONDS = 86_400
const timeOf = ({ day }: File): number => MONTH.getTime() / 1000 - day * DAY_SECONDS

const put = (root: string, files: Files) => {
  Fs.rmSync(root, { recursive: true, force: true })
  Fs.mkdirSync(root, { recursive: true })
  for (const [path, file] of files) {
    const at = Path.join(root, path)
    Fs.mkdirSync(Path.dirname(at), { recursive: true })
    Fs.writeFileSync(at, file.content)
    Fs.utimesSync(at, timeOf(file), timeOf(file))
  }
}

const look = (root: string) => {
  const found = Fs.readdirSync(root, { recursive: true, encoding: "utf8" })
  const isFile = (path: string) => Fs.statSync(Path.join(root, path)).isFile()
  return {
    files: new Map(found.filter(isFile).map((path) => [path, Fs.readFileSync(Path.join(root, path), "utf8")])),
    times: new Map(found.filter(isFile).map((path) => [path, Fs.statSync(Path.join(root, path)).mtimeMs / 1000])),
    directories: found.filter((path) => !isFile(path))
  }
}

/** One side of a mirror: a tree, and where it lies on this disk. */
interface Side {
  readonly tree: FtpMirror.MirrorTree
  readonly root: string
  readonly own: Effect.Effect<void>
}

interface World {
  readonly server: RealServer.Shape
  readonly client: Context.Context<NodeFtp.NodeFtp>
}

const world = (name: RealServer.ServerName, variant: RealServer.Variant = {}) =>
  Effect.gen(function* () {
    const server = yield* RealServer.make(name, variant)
    const client = yield* Layer.build(
      NodeFtp.layer({
        url: `ftp://${server.user}@${server.host}:${server.port}`,
        password: Redacted.make(server.password),
        maxPerHost: 3
      })
    )
    return { server, client }
  })

const remote = ({ client, server }: World, name: string): Effect.Effect<Side> =>
  Effect.map(Effect.provide(FtpMirror.remote(name), client), (tree) => ({
    tree,
    root: Path.join(server.home, name),
    own: server.own
  }))

const local = ({ client }: World): Effect.Effect<Side, never, Scope.Scope> =>
  Effect.gen(function* () {
    const root = yield* Effect.acquireRelease(
      Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-rules-"))),
      (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
    )
    return { tree: yield* Effect.provide(FtpMirror.local(root), client), root, own: Effect.void }
  })

/** Each set of rules over trees of its own. `hasTimes`: whether all commands that tell or set times are there. */
const tryAll = (from: Side, to: Side, seed: number, hasTimes = true) =>
  Effect.forEach(
    RULES,
    (rules, index) =>
      Effect.gen(function* () {
        const dice = Dice.make(seed, index)
        const source = draw(dice)
        const target = like(dice, source)
        const label = `${describeRules(rules)}, seed ${seed}`
        put(from.root, source)
        put(to.root, target)
        yield* Effect.zipRight(from.own, to.own)
        const keepsTimes = yield* to.tree.keepsTimes
        const after = expected(source, target, rules, keepsTimes)
        const run = FtpMirror.mirror(from.tree, to.tree, optionsOf(rules))
        const first = yield* run
        expect([label, first.isComplete, first.failures]).toEqual([label, true, []])
        const now = look(to.root)
        const contents = [...now.files].sort(([a], [b]) => (a < b ? -1 : 1))
        expect([label, contents]).toEqual([
          label,
          [...after].map(([path, { content }]) => [path, content]).sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))
        ])
        if (keepsTimes && hasTimes) {
          const wrong = [...after].filter(([path, file]) => now.times.get(path) !== timeOf(file))
          expect([label, wrong.map(([path]) => path)]).toEqual([label, []])
        }
        if (rules.delete === "Extra") {
          const left = now.directories.filter((path) => ![...source.keys(), ...after.keys()].some(isBelow(path)))
          expect([label, left]).toEqual([label, []])
        }
        expect([label, look(from.root).files.size]).toEqual([label, source.size])
        const again = yield* run
        expect([label, again.plan.steps.map(({ _tag, path }) => `${_tag} ${path}`)]).toEqual([label, []])
      }),
    { discard: true }
  )

const isBelow = (directory: string) => (path: string) => path.startsWith(`${directory}/`)

/** With and without the commands that tell and set times; Pure-FTPd can't be told to refuse one. */
const SERVERS: ReadonlyArray<readonly [name: RealServer.ServerName, denied: ReadonlyArray<string>]> = [
  ["vsftpd", []],
  ["vsftpd", ["MDTM"]],
  ["proftpd", []],
  ["proftpd", ["MLSD", "MLST"]],
  ["proftpd", ["MFMT"]],
  ["proftpd", ["MLSD", "MLST", "MFMT", "MDTM", "SITE"]],
  ["pure-ftpd", []]
]

const titleOf = (name: RealServer.ServerName, denied: ReadonlyArray<string>): string =>
  denied.length === 0 ? name : `${name} without ${denied.join(", ")}`

const LIMIT = 60_000

describe.skipIf(RealServer.isSkipped)("a mirror of any rules", () => {
  for (const [index, [name, deny]] of SERVERS.entries()) {
    it.scopedLive(
      `is as the rules say, up to and down from ${titleOf(name, deny)}`,
      () =>
        Effect.gen(function* () {
          const there = yield* world(name, { deny })
          const here = yield* local(there)
          const lacks = (verb: string) => deny.includes(verb)
          yield* tryAll(here, yield* remote(there, "up"), index, !lacks("MFMT"))
          yield* tryAll(yield* remote(there, "down"), here, index + SERVERS.length, !lacks("MDTM"))
        }),
      LIMIT
    )
  }

  for (const [index, [from, to]] of (
    [
      ["vsftpd", "proftpd"],
      ["proftpd", "pure-ftpd"],
      ["pure-ftpd", "vsftpd"]
    ] as const
  ).entries()) {
    it.scopedLive(
      `is as the rules say, from ${from} to ${to}`,
      () =>
        Effect.gen(function* () {
          const source = yield* remote(yield* world(from), "tree")
          const target = yield* remote(yield* world(to), "tree")
          yield* tryAll(source, target, 100 + index)
        }),
      LIMIT
    )
  }
})
