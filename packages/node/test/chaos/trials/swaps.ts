/**
 * Swaps of a tree, several runs one after the other: connections break, commands are refused, replies are lost, a run is
 * interrupted, or ends at once as a killed process does; a file of the source changes, visitors write into the tree that is
 * live, and two runs meet. Each change on the server is judged when it happens (`swapLaw.ts`).
 *
 *     first run ──► (changes ──► a run with faults, or killed) × n ──► a run without ──► one with nothing to do
 *
 * After the run without faults the newest source is live as a whole, and nothing is left beside it but what was told.
 */
import { join } from "node:path"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as FtpTransport from "@ftp-effect/core/FtpTransport"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import type { Dice } from "../dice.ts"
import * as Sides from "./mirrorSides.ts"
import { fill } from "./mirrors.ts"
import * as Law from "./swapLaw.ts"
import * as TreeClient from "./treeClient.ts"

type Run = Exit.Exit<FtpMirror.MirrorResult, FtpMirror.MirrorError>

const FOREIGN = [`${Law.HOME}/other`, `${Law.LIVE}.ftp-effect-next-20260101000000-0123abcd`, `${Law.LIVE}.bak`]

/** Each run is so many millis after the one before: a run that was killed has ended for the next one. */
const LATER = 20 * 60 * 1000

export const play = (dice: Dice, folder: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const options: FtpMirror.MirrorOptions = {
      swap: dice.pick(["RemovePrevious", "KeepPrevious"]),
      delete: "Extra",
      maxDelete: { _tag: "Count", count: Number.POSITIVE_INFINITY },
      manifest: dice.chance(0.5) ? true : undefined,
      last: dice.chance(0.3) ? ["a"] : []
    }
    const denied = dice.pick([[], ["MLSD", "MLST"], ["MFMT"]])
    const store = yield* FtpTestServer.memory(
      Object.fromEntries(FOREIGN.map((path) => [`${path.slice(1)}/theirs`, "theirs"]))
    )
    // What looks at the disk is no client of the server that is tried.
    const disk = yield* FtpTestServer.make({ root: store })
    const law = Law.make(store, disk, FOREIGN)
    const server = yield* FtpTestServer.make({ root: law.store, denied })
    const local = join(folder, "tree")
    const source = Sides.disk(local)
    const told = new Set<string>()
    const late = new Set<string>()
    let ahead = 0
    const run = (ends: TreeClient.Ends) => {
      const clock = clockAhead(ahead)
      return runOf(local, options, { law, told }).pipe(
        Effect.provide(TreeClient.of([server], TreeClient.impatient, ends)),
        Effect.withClock(clock)
      )
    }
    const calm = Effect.suspend(() => {
      law.begin(true)
      ahead += LATER
      return Effect.exit(run(TreeClient.never()))
    })
    const known = Effect.map(source.files, (files) => void law.versions.push({ files, others: new Map() }))

    yield* fill(source, new Map([...Sides.draw(dice, 0.4, 0), ["first", "1"]]))
    yield* known
    const first = yield* calm
    const atFirst = [...ended(first, "the first run")]
    const breaches: Array<string> = [...atFirst]
    for (let round = dice.between(1, 3); round > 0; round--) {
      yield* change(dice, source, round)
      yield* known
      yield* faults(dice, server)
      ahead += LATER
      breaches.push(...(yield* oneRound(dice, { law, late, run, source })))
      yield* server.clearFaults
    }
    const calmed = yield* calm
    const now = yield* law.filesOf(Law.LIVE)
    const again = yield* calm
    const isRight = same(now, yield* source.files)
    return [
      ...breaches,
      ...law.breaches,
      ...ended(calmed, "the run without faults"),
      ...(isRight ? [] : ["after the run without faults something else than the source is live"]),
      ...(Exit.isSuccess(again) && again.value.published._tag === "Unchanged"
        ? []
        : [`a run with nothing to do ends in ${describeRun(again)}`]),
      ...(yield* leftBeside(disk, told, options))
    ].map((breach) => `${options.swap}, ${denied.join(" ")}: ${breach}`)
  }).pipe(Effect.scoped, Effect.provide(MemoryTransport.layer), Effect.orDie, Logger.withMinimumLogLevel(LogLevel.None))

interface Round {
  readonly law: Law.Law
  /** Files of visitors that came in the last moment of a swap, of all rounds. */
  readonly late: Set<string>
  readonly source: Sides.Side
  readonly run: (
    ends: TreeClient.Ends
  ) => Effect.Effect<FtpMirror.MirrorResult, FtpMirror.MirrorError, FtpTransport.FtpTransport>
}

/** How many operations a run may have, at random, until something happens to it. */
const OPERATIONS = 250

/** A run with what goes wrong, or two. */
const oneRound = (dice: Dice, { late, law, run, source }: Round) =>
  Effect.gen(function* () {
    const network = yield* MemoryTransport.MemoryNetwork
    const ends = TreeClient.never()
    const began = law.operations()
    const killed = dice.weigh<"No" | "Anywhere" | "Between">([
      [4, "No"],
      [3, "Anywhere"],
      [3, "Between"]
    ])
    const killAt = began + dice.below(OPERATIONS)
    const visitAt = dice.chance(0.4) ? began + dice.below(OPERATIONS) : undefined
    const hasRival = dice.chance(0.15)
    const name = `${dice.pick(["", "d/", "e/"])}${dice.below(1000)}${Law.VISITOR}`
    law.begin(!hasRival)
    law.onOperation = (count) =>
      Effect.suspend(() => {
        const visiting = visitAt !== undefined && count === visitAt ? law.visit(name, "a visitor's") : Effect.void
        if (ends.isDead || !(killed === "Anywhere" ? count === killAt : killed === "Between" && law.isMissing())) {
          return visiting
        }
        ends.isDead = true
        return Effect.zipRight(visiting, network.resetAll)
      })
    const version = law.versions.at(-1)
    const changed = dice.chance(0.2) ? [...(version?.files.keys() ?? [])][0] : undefined
    const changing =
      changed === undefined || version === undefined
        ? Effect.void
        : Effect.delay(
            Effect.suspend(() => {
              const content = Sides.contentOf(dice, 4)
              version.others.set(changed, content)
              return source.write(changed, content)
            }),
            dice.between(0, 40)
          )
    const interrupted = dice.chance(0.25) ? dice.between(0, 80) : undefined
    const fibers = yield* Effect.forEach(hasRival ? [ends, TreeClient.never()] : [ends], (each) =>
      Effect.fork(run(each))
    )
    const [main] = fibers
    const interrupting =
      interrupted === undefined || main === undefined ? Effect.void : Effect.delay(Fiber.interrupt(main), interrupted)
    yield* Effect.all([changing, interrupting], { concurrency: "unbounded" })
    const exits: ReadonlyArray<Run> = yield* Effect.forEach(fibers, Fiber.await)
    law.onOperation = () => Effect.void
    return [...exits.flatMap(untyped), ...(yield* lateLost(law, late, exits))]
  })

/** A run that has swapped by itself loses nothing that came in the last moment, and none after it does. */
const lateLost = (law: Law.Law, late: Set<string>, exits: ReadonlyArray<Run>) =>
  Effect.gen(function* () {
    const [only] = exits
    if (exits.length === 1 && only !== undefined && Exit.isSuccess(only) && only.value.published._tag === "Swapped") {
      for (const path of law.late) {
        late.add(path)
      }
    }
    const all = [...(yield* law.filesOf(Law.HOME)).keys()]
    return [...late]
      .filter((path) => !all.some((found) => found.endsWith(`/${path}`)))
      .map((path) => `${path} came right before a swap, and is lost`)
  })

const untyped = (run: Run): ReadonlyArray<string> =>
  Exit.isSuccess(run) || Cause.isInterruptedOnly(run.cause) || Option.isSome(Cause.failureOption(run.cause))
    ? []
    : [`a run ends in ${Cause.pretty(run.cause)}`]

const describeRun = (run: Run): string =>
  Exit.isFailure(run)
    ? Cause.pretty(run.cause)
    : [
        FtpMirror.describePublished(run.value.published, run.value.plan),
        ...run.value.failures.map(({ error, step }) => `${step._tag} ${step.path}: ${error.message}`)
      ].join("; ")

const ended = (run: Run, name: string): ReadonlyArray<string> =>
  Exit.isSuccess(run) && run.value.isComplete ? [] : [`${name} ends in ${describeRun(run)}`]

export const same = (left: Sides.Files, right: Sides.Files): boolean =>
  left.size === right.size && [...left].every(([path, content]) => right.get(path) === content)

/** What a swap has used and is still there, unless a run has told that it stays. */
const leftBeside = (
  { tree }: Pick<FtpTestServer.FtpTestServer, "tree">,
  told: ReadonlySet<string>,
  { swap }: FtpMirror.MirrorOptions
) =>
  Effect.map(tree, (nodes) =>
    nodes
      .map(({ path }) => path)
      .filter((path) => path.startsWith(`${Law.LIVE}.`) && path.lastIndexOf("/") === Law.HOME.length)
      .filter((path) => !FOREIGN.includes(path) && !told.has(path))
      .filter((path) => !(swap === "KeepPrevious" && path.includes("-previous-")))
      .map((path) => `${path} is left`)
  )

/** The source loses, changes and gets files. */
export const change = (dice: Dice, source: Sides.Side, version: number) =>
  Effect.gen(function* () {
    for (const path of (yield* source.files).keys()) {
      if (path !== "first" && dice.chance(0.3)) {
        yield* source.remove(path)
      }
    }
    yield* fill(source, Sides.draw(dice, 0.3, version))
  })

const VERBS = [
  "STOR",
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
    for (let count = dice.between(0, 4); count > 0; count--) {
      const verb = dice.pick(VERBS)
      yield* server.fault(
        dice.weigh<FtpTestServer.Fault>([
          [2, { _tag: "DropData", verb: ["STOR"], afterBytes: dice.between(0, 20_000), times: dice.between(1, 4) }],
          [
            2,
            { _tag: "DropData", verb: ["MLSD", "LIST"], afterBytes: dice.between(0, 200), times: dice.between(1, 4) }
          ],
          [3, { _tag: "CloseControl", verb, at: dice.pick(["Command", "FinalReply"]), times: dice.between(1, 3) }],
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

interface Observed {
  readonly law: Law.Law
  /** Paths beside the target that a run has told to be left there. */
  readonly told: Set<string>
}

/** A run of a swap, of which the law gets to know its plan. */
export const runOf = (local: string, options: FtpMirror.MirrorOptions, { law, told }: Observed) =>
  Effect.gen(function* () {
    const here = yield* FtpMirror.local(local)
    const there = yield* FtpMirror.remote(Law.LIVE)
    const result = yield* FtpMirror.mirror(here, there, {
      ...options,
      onEvent: (event) => {
        if (event._tag === "Planned") {
          law.planned(event.plan.steps.flatMap((step) => (step._tag === "Remove" ? [step.path] : [])))
        }
        if (event._tag === "Swap" && event.state === "Foreign") {
          told.add(event.path)
        }
      }
    })
    const { published } = result
    if (published._tag === "Swapped" && published.previousPath !== undefined) {
      told.add(published.previousPath)
    }
    if (published._tag === "NotSwapped" && published.previous !== undefined) {
      told.add(published.previous)
    }
    return result
  })

/** What a run waits for longer takes a part of that here: it may take the stage of one that is alive, and slow. */
const LONG = 20_000
const PART = 20

/** The time of this machine, and so many millis. */
const clockAhead = (millis: number): Clock.Clock => {
  const clock = Clock.make()
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + millis,
    unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos() + BigInt(millis) * 1_000_000n,
    currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + millis),
    currentTimeNanos: Effect.map(clock.currentTimeNanos, (now) => now + BigInt(millis) * 1_000_000n),
    sleep: (duration) => clock.sleep(Duration.toMillis(duration) > LONG ? Duration.times(duration, 1 / PART) : duration)
  }
}
