/**
 * A mirror, up or down, that has run before; then both sides change, and runs go wrong: connections break, commands are
 * refused, a directory can't be listed, the run is interrupted, two run at once, files of the source change meanwhile.
 *
 *     first run ──► changes on both sides ──► runs with faults ──► law ──► a run without ──► law ──► one with nothing to do
 *
 * The law is that of `docs/chaos.md`: each file is one whole version; what may not be deleted is there; a run that says
 * that it is complete is, and one that does not names what is missing; the run without faults ends identical.
 */
import { join } from "node:path"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import type { Dice } from "../dice.ts"
import * as Law from "./mirrorLaw.ts"
import * as Sides from "./mirrorSides.ts"
import * as TreeClient from "./treeClient.ts"

/** How the runs go. */
interface Plan {
  readonly isUp: boolean
  readonly options: FtpMirror.MirrorOptions
  /** A directory of the server that can't be listed, below the root of the tree. */
  readonly unreadable: string | undefined
  readonly runs: number
  /** Millis after which the first run is interrupted. */
  readonly interruptedAfter: number | undefined
  /** Millis after which a file of the source gets another content. */
  readonly changesAfter: number | undefined
}

const draw = (dice: Dice): Plan => ({
  isUp: dice.chance(0.5),
  options: {
    filter: { patterns: Sides.PATTERNS },
    delete: dice.pick(["None", "Extra", "Ours"]),
    deleteWhen: dice.pick(["Before", "During", "After"]),
    maxDelete: { _tag: "Count", count: Number.POSITIVE_INFINITY },
    manifest: dice.chance(0.5) ? true : undefined,
    durability: "Written"
  },
  unreadable: dice.chance(0.3) ? dice.pick(["d", "d/deep", "e"]) : undefined,
  runs: dice.chance(0.25) ? 2 : 1,
  interruptedAfter: dice.chance(0.4) ? dice.between(0, 60) : undefined,
  changesAfter: dice.chance(0.3) ? dice.between(0, 40) : undefined
})

export const play = (dice: Dice, folder: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const plan = draw(dice)
    let unreadable: string | undefined
    const store = yield* FtpTestServer.memory({ "home/tree/start": "" })
    const refusing: FtpTestServer.FileStore = {
      ...store,
      list: (path) =>
        unreadable !== undefined && path === `${Sides.REMOTE}/${unreadable}`
          ? new FtpTestServer.StoreError({ reason: "PermissionDenied", path })
          : store.list(path)
    }
    const server = yield* FtpTestServer.make({ root: refusing, denied: dice.pick([[], ["MLSD", "MLST"]]) })
    yield* store.removeFile(`${Sides.REMOTE}/start`)
    const local = join(folder, "tree")
    const sides = [Sides.disk(local), Sides.remote(server)] as const
    const [source, target] = plan.isUp ? sides : [sides[1], sides[0]]
    const run = runOf(plan, local)
    const mirror = Effect.provide(run, TreeClient.of([server], {}))

    yield* fill(source, new Map([...Sides.draw(dice, 0.5, 0), ["first", "1"]]))
    const first = yield* Effect.exit(mirror)
    const stage: Law.Stage = { source, target, delete: plan.options.delete ?? "None", versions: new Map() }
    const atFirst = yield* Law.ended(stage, first, "the first run")
    yield* change(dice, stage)
    yield* faults(dice, server)
    const before = yield* Law.look(stage, plan.unreadable, plan.isUp)
    unreadable = plan.unreadable
    const exits = yield* runs(
      dice,
      plan,
      Effect.provide(run, TreeClient.of([server], TreeClient.impatient)),
      stage,
      before.source
    )
    unreadable = undefined
    yield* server.clearFaults
    const during = yield* Law.afterRuns(stage, before, exits)
    // What could not be read may go now.
    const after = yield* Law.look(stage, undefined, plan.isUp)
    const calm = yield* Law.ended(stage, yield* Effect.exit(mirror), "the run without faults")
    const again = Law.nothingToDo(yield* Effect.exit(mirror))
    const kept = yield* Law.afterRuns(stage, after, [])
    return [...atFirst, ...during, ...calm, ...again, ...kept].map((breach) => `${describe(plan)}: ${breach}`)
  }).pipe(Effect.scoped, Effect.provide(MemoryTransport.layer), Effect.orDie, Logger.withMinimumLogLevel(LogLevel.None))

const describe = ({ changesAfter, interruptedAfter, isUp, options, runs, unreadable }: Plan): string =>
  [
    `${isUp ? "up" : "down"}, delete ${options.delete}, ${options.deleteWhen}`,
    ...(runs > 1 ? ["two at once"] : []),
    ...(unreadable === undefined ? [] : [`${unreadable} unreadable`]),
    ...(interruptedAfter === undefined ? [] : [`interrupted after ${interruptedAfter} ms`]),
    ...(changesAfter === undefined ? [] : [`a change after ${changesAfter} ms`])
  ].join(", ")

export const fill = (side: Sides.Side, files: Sides.Files) =>
  Effect.forEach(files, ([path, content]) => side.write(path, content), { discard: true })

/** The source loses, changes and gets files; the target gets what no run has put there. */
export const change = (dice: Dice, { source, target }: Law.Stage) =>
  Effect.gen(function* () {
    for (const path of (yield* source.files).keys()) {
      if (path !== "first" && dice.chance(0.3)) {
        yield* source.remove(path)
      }
    }
    yield* fill(source, Sides.draw(dice, 0.3, 1))
    yield* fill(
      target,
      new Map(
        [...Sides.draw(dice, 0.5, 2)].map(([path, content]) => [
          `${path.replace(/\.log$/, "")}${Law.STRANGER}`,
          content
        ])
      )
    )
    yield* fill(target, new Map([...Sides.draw(dice, 0.7, 3)].filter(([path]) => Sides.isExcluded(path))))
  })

const faults = (dice: Dice, server: FtpTestServer.FtpTestServer) =>
  Effect.gen(function* () {
    for (let count = dice.between(0, 4); count > 0; count--) {
      yield* server.fault(
        dice.weigh<FtpTestServer.Fault>([
          [
            2,
            { _tag: "DropData", verb: ["RETR", "STOR"], afterBytes: dice.between(0, 20_000), times: dice.between(1, 4) }
          ],
          [
            2,
            { _tag: "DropData", verb: ["MLSD", "LIST"], afterBytes: dice.between(0, 200), times: dice.between(1, 4) }
          ],
          [
            2,
            {
              _tag: "CloseControl",
              verb: dice.pick(["STOR", "RETR", "RNTO", "DELE", "RMD", "MKD", "CWD", "MFMT", "MLSD"])
            }
          ],
          [
            3,
            {
              _tag: "Refuse",
              verb: dice.pick(["STOR", "RETR", "RNTO", "DELE", "RMD", "MKD", "MLSD", "LIST"]),
              reply: dice.pick(["450 Busy.", "550 Permission denied."]),
              times: dice.between(1, 9)
            }
          ]
        ])
      )
    }
  })

type Mirror = Effect.Effect<FtpMirror.MirrorResult, FtpMirror.MirrorError, FtpTransport>

const runs = (dice: Dice, plan: Plan, mirror: Mirror, { source, versions }: Law.Stage, files: Sides.Files) =>
  Effect.gen(function* () {
    const fibers = yield* Effect.forEach(Array.from({ length: plan.runs }), () => Effect.fork(mirror))
    const changed = [...files.keys()].find((path) => !Sides.isExcluded(path))
    const changing =
      plan.changesAfter === undefined || changed === undefined
        ? Effect.void
        : Effect.delay(
            Effect.suspend(() => {
              const content = Sides.contentOf(dice, 4)
              versions.set(changed, content)
              return source.write(changed, content)
            }),
            plan.changesAfter
          )
    const [first] = fibers
    const interrupting =
      plan.interruptedAfter === undefined || first === undefined
        ? Effect.void
        : Effect.delay(Fiber.interrupt(first), plan.interruptedAfter)
    yield* Effect.all([changing, interrupting], { concurrency: "unbounded" })
    return yield* Effect.forEach(fibers, Fiber.await)
  })

const runOf = ({ isUp, options }: Plan, local: string) =>
  Effect.gen(function* () {
    const here = yield* FtpMirror.local(local)
    const there = yield* FtpMirror.remote(Sides.REMOTE)
    return yield* isUp ? FtpMirror.mirror(here, there, options) : FtpMirror.mirror(there, here, options)
  })
