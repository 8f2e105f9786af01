/**
 * The commands `get -r` and `put -r`, killed at a random moment or left to faults of the server, and then given again:
 *
 *     get -r, put -r ──SIGKILL, or faults──► law ──the same command──► exit code 0, all of the source is there
 *
 * The law: each file of the target is as it was, or one whole version of the source's; what the source doesn't have is
 * unchanged, and with `--no-clobber` all that was there is. A run that was not killed ends with 0 only if all is there, else
 * it says why. After the second run no partial file of a download is left.
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Dice from "./dice.ts"
import { within } from "./embedded.ts"
import * as Kill from "./kill.ts"
import * as Sides from "./trials/mirrorSides.ts"
import * as Mirrors from "./trials/mirrors.ts"

export interface TreeKill {
  readonly seed: number
  readonly index: number
  readonly verb: "get" | "put"
  readonly noClobber: boolean
  /** Of a `put -r`; without it a file that was cut off is under its final name. */
  readonly atomic: boolean
  /** Of each large file, in a `get -r`. */
  readonly segments: number
  /** Whether it is killed; else the server has faults. */
  readonly isKilled: boolean
  /** Whether a file of the source changes after the first run. */
  readonly changes: boolean
  /** Millis from the first command that transfers a file. */
  readonly after: number
}

export interface TreeKilled {
  readonly kill: TreeKill
  /** Whether it was still running. */
  readonly wasInTime: boolean
  readonly breaches: ReadonlyArray<string>
}

export const toName = ({ index, seed }: Pick<TreeKill, "index" | "seed">): string => `${seed}/tree-kill/${index}`

/** Numbers that nothing else has. */
const diceOf = (seed: number, index: number): Dice.Dice => Dice.make(seed ^ 0x7472_6565, ~index)

const LATEST = 1500
const BEGINS_WITHIN = 10_000
const STEP = 5
/** So that a tree takes a second or two. */
const RATE = "6M"
/** Enough for several segments. */
const LARGE = 9 * 1024 * 1024

export const plan = (seed: number, index: number): TreeKill => {
  const dice = diceOf(seed, index)
  return {
    seed,
    index,
    verb: dice.chance(0.5) ? "get" : "put",
    noClobber: dice.chance(0.25),
    atomic: dice.chance(0.5),
    segments: dice.pick([1, 3]),
    isKilled: dice.chance(0.6),
    changes: dice.chance(0.3),
    after: dice.below(LATEST)
  }
}

/** `program` is the bundled command. */
export const play = (kill: TreeKill, scratch: string, program: string): Effect.Effect<TreeKilled> =>
  Effect.scoped(
    Effect.gen(function* () {
      const dice = diceOf(kill.seed, kill.index + LATEST)
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => Fs.mkdtempSync(join(scratch, "tree-kill-"))),
        (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
      )
      const server = yield* FtpTestServer.make({ root: { "home/other": "theirs" } })
      const local = join(folder, "tree")
      const sides = [Sides.disk(local), Sides.remote(server)] as const
      const [source, target] = kill.verb === "put" ? sides : [sides[1], sides[0]]
      const words = wordsOf(kill, local, `ftp://127.0.0.1:${server.address.port}${Sides.REMOTE}`)
      const start = Kill.run(program, words, folder)

      const large = Buffer.from(Dice.content(dice.below(2 ** 31), LARGE)).toString("latin1")
      yield* Mirrors.fill(source, new Map([...Sides.draw(dice, 0.6, 0), ["d/large", large]]))
      yield* Mirrors.fill(target, Sides.draw(dice, 0.3, 1))
      yield* Mirrors.fill(target, new Map([["e/theirs", "theirs"]]))
      const before = { source: yield* source.files, target: yield* target.files }

      yield* kill.isKilled ? Effect.void : faults(dice, server)
      const first = yield* start
      const wasInTime = kill.isKilled && (yield* killing(first, server, kill.after))
      const code = yield* first.ended
      yield* server.clearFaults
      const between = broken(kill, before, yield* target.files)
      const lacks = missing(kill, before, yield* target.files)
      const said = first.said()
      const untrue = wasInTime ? [] : howItEnded(code, said, lacks)

      yield* kill.changes ? source.write("d/a", Sides.contentOf(dice, 4)) : Effect.void
      const then = { source: yield* source.files, target: yield* target.files }
      const second = yield* start
      const secondCode = yield* second.ended
      const after = yield* target.files
      const left = [...(yield* target.all).keys()].filter((path) => kill.verb === "get" && path.includes(".ftp-effect"))
      const other = Buffer.from(yield* server.read("/home/other")).toString()
      const breaches = [
        ...between,
        ...untrue,
        ...(secondCode === 0 ? [] : [`the second run ended with ${secondCode}: ${second.said()}`]),
        ...broken(kill, then, after),
        ...missing(kill, then, after).map((path) => `${path} is not that of the source after the second run`),
        ...left.map((path) => `${path} is left after the second run`),
        ...(other === "theirs" ? [] : ["a file beside the tree was changed"])
      ]
      return { kill, wasInTime, breaches }
    })
  ).pipe(Effect.provide(NodeFtpTransport.layer), Effect.orDie)

const wordsOf = (
  { atomic, noClobber, segments, verb }: TreeKill,
  local: string,
  url: string
): ReadonlyArray<string> => [
  verb,
  "-r",
  "--parallel=3",
  `--limit-rate=${RATE}`,
  ...(verb === "put" && atomic ? ["--atomic"] : []),
  ...(noClobber ? ["--no-clobber"] : []),
  ...(verb === "get" && segments > 1 ? [`--segments=${segments}`] : []),
  ...(verb === "get" ? [url, local] : [local, url])
]

const WORK = /^(STOR|RETR)/

/** Returns whether it was still running. */
const killing = (run: Kill.Running, server: FtpTestServer.FtpTestServer, after: number) =>
  Effect.gen(function* () {
    const begun = Effect.map(server.commands, (commands) =>
      commands.some((line) => WORK.test(line)) || run.child.exitCode !== null ? [] : ["not yet"]
    )
    yield* within(begun, BEGINS_WITHIN, STEP)
    yield* Effect.sleep(after)
    const wasInTime = run.child.exitCode === null
    run.child.kill("SIGKILL")
    return wasInTime
  })

interface Both {
  readonly source: Sides.Files
  readonly target: Sides.Files
}

/** What is no version of its file, or may not have changed. */
const broken = (kill: TreeKill, { source, target }: Both, now: Sides.Files): ReadonlyArray<string> => {
  const isVersion = (path: string, content: string | undefined): boolean =>
    content !== undefined &&
    (content === source.get(path) ||
      (kill.verb === "put" && !kill.atomic && !kill.noClobber && source.get(path)?.startsWith(content) === true))
  return [
    ...[...target]
      .filter(([path, content]) => now.get(path) !== content && (kill.noClobber || !isVersion(path, now.get(path))))
      .map(([path]) => `${path} was there, and ${now.has(path) ? "has other content" : "is gone"}`),
    ...[...now]
      .filter(([path, content]) => content !== target.get(path) && !isVersion(path, content))
      .map(([path, { length }]) => `${path} has ${length} bytes, which are no version of it`)
  ]
}

const missing = ({ noClobber }: TreeKill, { source, target }: Both, now: Sides.Files): ReadonlyArray<string> =>
  [...source]
    .filter(([path, content]) => now.get(path) !== (noClobber ? (target.get(path) ?? content) : content))
    .map(([path]) => path)

/** An exit code of a run that had faults is true. */
const howItEnded = (code: number | null, said: string, lacks: ReadonlyArray<string>): ReadonlyArray<string> =>
  code === 0
    ? lacks.map((path) => `${path} is missing after a run that ended with 0`)
    : code === null || code >= DEFECT
      ? [`it ended with ${code}: ${said}`]
      : said === ""
        ? [`it ended with ${code}, and said nothing`]
        : []

const DEFECT = 70

const faults = (dice: Dice.Dice, server: FtpTestServer.FtpTestServer) =>
  Effect.gen(function* () {
    for (let count = dice.between(1, 4); count > 0; count--) {
      const times = dice.between(1, 6)
      const verb = dice.pick(["STOR", "RETR", "RNTO", "MKD", "MLSD", "SIZE", "MDTM", "MFMT", "CWD"])
      yield* server.fault(
        dice.weigh<FtpTestServer.Fault>([
          [2, { _tag: "DropData", verb: ["RETR", "STOR"], afterBytes: dice.between(0, LARGE / 2), times }],
          [1, { _tag: "DropData", verb: ["MLSD", "LIST"], afterBytes: dice.between(0, 200), times }],
          [2, { _tag: "CloseControl", verb, at: dice.pick(["Command", "FinalReply"]), times }],
          [2, { _tag: "Refuse", verb, reply: dice.pick(["450 Busy.", "550 Permission denied."]), times }]
        ])
      )
    }
  })
