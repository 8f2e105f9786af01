/**
 * A mirror, up or down, between trees whose files become directories and the other way round, or a saved plan of one that
 * is applied when both sides have changed once more. Meanwhile connections break, commands are refused, replies are lost,
 * the run is interrupted or cut off for good, and visitors write into the target.
 *
 *     first run ──► both sides change ──► (plan ──► both change) ──► a run with faults ──► law ──► one without ──► law
 *
 * The law (`exchangeLaw.ts`): each file is one whole version; what may not go is there, wherever the exchange has put it;
 * what a visitor has put there is not lost; a run names what is missing, and what it leaves under temporary names.
 */
import { join } from "node:path"
import { inspect } from "node:util"
import type { FtpClient } from "@ftp-effect/core/FtpClient"
import type { FtpHasher } from "@ftp-effect/core/FtpHasher"
import type { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type { FtpPool } from "@ftp-effect/core/FtpPool"
import type { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import type { Dice } from "../dice.ts"
import * as Law from "./exchangeLaw.ts"
import * as Sides from "./mirrorSides.ts"
import { fill } from "./mirrors.ts"
import { counting } from "./operations.ts"
import * as Shapes from "./shapes.ts"
import * as TreeClient from "./treeClient.ts"

interface Plan {
  readonly isUp: boolean
  /** Whether a plan is saved, and applied later. */
  readonly isSaved: boolean
  readonly options: FtpMirror.MirrorOptions
  /** What becomes of the source before the run with faults. */
  readonly gone: "No" | "Missing" | "Empty"
  /** After so many operations of the server. */
  readonly killedAt: number | undefined
  readonly visitsAt: number | undefined
  /** Millis. */
  readonly interruptedAfter: number | undefined
}

/** A run of such a tree has up to so many operations of the server. */
const OPERATIONS = 120

const draw = (dice: Dice): Plan => ({
  isUp: dice.chance(0.7),
  isSaved: dice.chance(0.4),
  options: {
    filter: { patterns: Sides.PATTERNS },
    delete: dice.pick(["None", "Extra", "Ours"]),
    deleteWhen: dice.pick(["Before", "During", "After"]),
    conflict: dice.chance(0.8) ? "Replace" : "Fail",
    maxDelete: { _tag: "Count", count: dice.chance(0.8) ? Number.POSITIVE_INFINITY : dice.below(4) },
    manifest: dice.chance(0.5) ? true : undefined,
    last: dice.chance(0.3) ? ["a"] : [],
    durability: "Written"
  },
  gone: dice.weigh([
    [8, "No"],
    [1, "Missing"],
    [1, "Empty"]
  ]),
  killedAt: dice.chance(0.25) ? dice.below(OPERATIONS) : undefined,
  visitsAt: dice.chance(0.4) ? dice.below(OPERATIONS) : undefined,
  interruptedAfter: dice.chance(0.25) ? dice.between(0, 60) : undefined
})

export const play = (dice: Dice, folder: string): Effect.Effect<ReadonlyArray<string>> => {
  const said: Array<string> = []
  const listening = Logger.replace(
    Logger.defaultLogger,
    Logger.make(({ message }) => void said.push(inspect(message, { depth: 4 })))
  )
  return playOut(dice, folder, said).pipe(
    Effect.scoped,
    Effect.provide(MemoryTransport.layer),
    Effect.orDie,
    Effect.provide(listening)
  )
}

const playOut = (dice: Dice, folder: string, said: Array<string>) =>
  Effect.gen(function* () {
    const plan = draw(dice)
    const network = yield* MemoryTransport.MemoryNetwork
    const store = yield* FtpTestServer.memory({ "home/other": "theirs" })
    const counted = counting(store)
    const denied = dice.pick([[], [], ["MLSD", "MLST"], ["MFMT"]])
    const server = yield* FtpTestServer.make({ root: counted.store, denied })
    // What looks at the disk is no client of the server that is tried.
    const disk = yield* FtpTestServer.make({ root: store })
    const local = join(folder, "tree")
    const sides = [Sides.disk(local), Sides.remote(disk)] as const
    const [source, target] = plan.isUp ? sides : [sides[1], sides[0]]
    const tell = (event: FtpMirror.MirrorEvent) => {
      if (event._tag === "Displaced" || event._tag === "Failed") {
        said.push(inspect(event, { depth: 6 }))
      }
    }
    const options = { ...plan.options, onEvent: tell }
    const trees = treesOf(plan, local)
    const mirror = Effect.flatMap(trees, ([from, to]) => FtpMirror.mirror(from, to, options))
    const calmly = <A, E>(run: Work<A, E>) => Effect.provide(run, TreeClient.of([server], {}))

    const first = Shapes.draw(dice, 1)
    yield* fill(source, new Map([...Shapes.filesOf(first), ["first", "1"]]))
    const atFirst = yield* Effect.exit(calmly(mirror))
    const strangers = new Set<string>()
    const planned = yield* changeBoth(dice, { source, target, strangers }, first, first, 2)
    const before = { source: yield* source.files, target: yield* target.files }
    // Not through a client: what it is about may not be of interest to a run with faults.
    const saved = plan.isSaved
      ? yield* Effect.exit(calmly(Effect.flatMap(trees, ([from, to]) => FtpMirror.plan(from, to, options))))
      : undefined
    if (saved !== undefined) {
      yield* changeBoth(dice, { source, target, strangers }, planned.source, planned.target, 4)
    }
    yield* plan.gone === "No" ? Effect.void : source.removeAll("")
    yield* plan.gone === "Empty" ? emptyFolder(source) : Effect.void
    const then = { source: yield* source.files, target: yield* target.files }
    const run =
      saved === undefined
        ? mirror
        : Effect.flatMap(Effect.zip(trees, saved), ([[from, to], made]) =>
            // As from a file.
            Effect.flatMap(MirrorPlan.decode(Schema.encodeSync(MirrorPlan.Json)(made)), (read) =>
              FtpMirror.apply(read, from, to, { onEvent: tell })
            )
          )
    const visits = new Map<string, string>()
    const ends = TreeClient.never()
    const stage = { plan: { ...plan.options, gone: plan.gone }, source, target, strangers, visits, said }
    yield* faults(dice, server)
    const began = counted.count()
    counted.onOperation = (count) =>
      Effect.gen(function* () {
        if (count - began === plan.visitsAt) {
          yield* visit(dice, stage)
        }
        if (count - began === plan.killedAt) {
          ends.isDead = true
          yield* network.resetAll
        }
      })
    const exit = yield* stopping(Effect.provide(run, TreeClient.of([server], TreeClient.impatient, ends)), plan)
    counted.onOperation = () => Effect.void
    yield* server.clearFaults
    const isSaved = saved !== undefined
    const during = yield* Law.afterRun(stage, { before, then, isSaved, wasKilled: ends.isDead }, exit)
    if (plan.gone !== "No") {
      yield* fill(source, new Map([...then.source, ["first", "1"]]))
    }
    const now = { source: yield* source.files, target: yield* target.files }
    const calm = yield* Effect.exit(calmly(mirror))
    const atLast = yield* Law.afterCalm(stage, now, calm)
    const again = Law.nothingToDo(yield* Effect.exit(calmly(mirror)))
    const other = yield* Effect.map(disk.read("/home/other"), (bytes) => new TextDecoder().decode(bytes))
    const outside = other === "theirs" ? [] : ["a file beside the target was changed"]
    return [...Law.untyped(atFirst), ...during, ...atLast, ...again, ...outside].map(
      (breach) => `${describe(plan)}: ${breach}`
    )
  })

const describe = ({ gone, interruptedAfter, isSaved, isUp, killedAt, options, visitsAt }: Plan): string =>
  [
    `${isUp ? "up" : "down"}, ${isSaved ? "a saved plan, " : ""}delete ${options.delete}, ${options.deleteWhen}`,
    `conflict ${options.conflict}`,
    ...(gone === "No" ? [] : [`source ${gone}`]),
    ...(killedAt === undefined ? [] : [`killed at ${killedAt}`]),
    ...(visitsAt === undefined ? [] : [`a visit at ${visitsAt}`]),
    ...(interruptedAfter === undefined ? [] : [`interrupted after ${interruptedAfter} ms`])
  ].join(", ")

const treesOf = ({ isUp }: Plan, local: string) =>
  Effect.gen(function* () {
    const here = yield* FtpMirror.local(local)
    const there = yield* FtpMirror.remote(Sides.REMOTE)
    return isUp ? ([here, there] as const) : ([there, here] as const)
  })

type Work<A, E> = Effect.Effect<A, E, FtpClient | FtpPool | FtpLocalFile | FtpHasher | FtpTransport>

const emptyFolder = (source: Sides.Side) => Effect.zipRight(source.write("gone", ""), source.remove("gone"))

/** The source gets another shape; the target gets what other people have made of it. */
const changeBoth = (
  dice: Dice,
  { source, strangers, target }: { source: Sides.Side; target: Sides.Side; strangers: Set<string> },
  sourceShape: Shapes.Shape,
  targetShape: Shapes.Shape,
  version: number
) =>
  Effect.gen(function* () {
    const next = Shapes.redraw(dice, sourceShape, 0.5, version)
    yield* become(source, sourceShape, next)
    const others = Shapes.redraw(dice, targetShape, 0.2, version + 1)
    for (const path of yield* become(target, targetShape, others)) {
      strangers.add(path)
    }
    for (const directory of directoriesOf(yield* target.files)) {
      if (dice.chance(0.15)) {
        const path = `${directory}/${version}-stranger`
        strangers.add(path)
        yield* target.write(path, Sides.contentOf(dice, version + 1))
      }
    }
    yield* dice.chance(0.5) ? target.write("keep/theirs", Sides.contentOf(dice, version + 1)) : Effect.void
    yield* dice.chance(0.3) ? target.write("d/x.log", Sides.contentOf(dice, version + 1)) : Effect.void
    return { source: next, target: others }
  })

/** Returns the paths of what was made. */
const become = (side: Sides.Side, from: Shapes.Shape, to: Shapes.Shape) =>
  Effect.gen(function* () {
    const made: Array<string> = []
    for (const thing of Shapes.differing(from, to)) {
      const files = to.get(thing) ?? new Map<string, string>()
      yield* side.removeAll(thing)
      yield* fill(side, files)
      made.push(...files.keys())
    }
    return made
  })

const directoriesOf = (files: Sides.Files): ReadonlyArray<string> => [
  ...new Set(
    [...files.keys()]
      .filter((path) => path.includes("/") && !Sides.isExcluded(path))
      .map((path) => path.slice(0, path.lastIndexOf("/")))
  )
]

/** A new file, in a directory that is there. */
const visit = (dice: Dice, { target, visits }: { target: Sides.Side; visits: Map<string, string> }) =>
  Effect.gen(function* () {
    const directories = ["", ...directoriesOf(yield* target.files)]
    const directory = directories[dice.below(directories.length)] ?? ""
    const path = `${directory === "" ? "" : `${directory}/`}visit-${dice.below(1000)}`
    const content = `a visitor's ${path}`
    visits.set(path, content)
    yield* target.write(path, content)
  })

const stopping = <A, E, R>(
  run: Effect.Effect<A, E, R>,
  { interruptedAfter }: Plan
): Effect.Effect<Exit.Exit<A, E>, never, R> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(run)
    yield* interruptedAfter === undefined ? Effect.void : Effect.delay(Fiber.interrupt(fiber), interruptedAfter)
    return yield* Fiber.await(fiber)
  })

const VERBS = [
  "STOR",
  "RETR",
  "RNFR",
  "RNTO",
  "DELE",
  "RMD",
  "MKD",
  "CWD",
  "PWD",
  "MFMT",
  "MLSD",
  "LIST",
  "SIZE",
  "MLST"
] as const

const faults = (dice: Dice, server: FtpTestServer.FtpTestServer) =>
  Effect.gen(function* () {
    for (let count = dice.between(0, 3); count > 0; count--) {
      const verb = dice.pick(VERBS)
      const at = dice.pick(["Command", "FinalReply"])
      yield* server.fault(
        dice.weigh<FtpTestServer.Fault>([
          [
            2,
            { _tag: "DropData", verb: ["RETR", "STOR"], afterBytes: dice.between(0, 20_000), times: dice.between(1, 4) }
          ],
          [
            1,
            { _tag: "DropData", verb: ["MLSD", "LIST"], afterBytes: dice.between(0, 200), times: dice.between(1, 4) }
          ],
          [3, { _tag: "CloseControl", verb, at, times: dice.between(1, 3) }],
          [
            3,
            {
              _tag: "Refuse",
              verb,
              reply: dice.pick(["450 Busy.", "550 Permission denied."]),
              times: dice.between(1, 9)
            }
          ]
        ])
      )
    }
  })
