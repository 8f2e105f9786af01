/**
 * The campaign: scenes in the order of their numbers, several at once, until enough transfers are done.
 *
 *     seed ──► scene 0, 1, 2 … ──► lanes: a few for the embedded server, one for each real server ──► report
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Embedded from "./embedded.ts"
import * as Kill from "./kill.ts"
import * as MirrorKill from "./mirrorKill.ts"
import * as Plan from "./plan.ts"
import * as Real from "./real.ts"
import * as Report from "./report.ts"
import * as SceneOf from "./scene.ts"
import type { Stage } from "./stage.ts"
import * as SwapKill from "./swapKill.ts"
import * as TreeKill from "./treeKill.ts"

export interface Options {
  readonly seed: number
  readonly transfers: number
  /** A folder that is there already. */
  readonly scratch: string
  readonly stages: ReadonlyArray<Plan.StageName>
  /** Told of each scene when it is over. */
  readonly onPlayed?: ((played: SceneOf.Played, transfers: number) => void) | undefined
}

export interface Result {
  readonly report: Report.Report
  readonly broken: ReadonlyArray<SceneOf.Played>
  readonly seconds: number
  /** Sockets and listeners that this process has more than before. Empty when nothing is left. */
  readonly left: ReadonlyArray<string>
}

export const everywhere: ReadonlyArray<Plan.StageName> = [
  "memory",
  "tcp",
  "vsftpd",
  "proftpd",
  "pure-ftpd",
  "pyftpdlib"
]

/** The embedded server and its clients are one process: more at once would only wait for each other. */
const EMBEDDED = "embedded"
const EMBEDDED_LANES = 5

export const run = ({ onPlayed, scratch, seed, stages, transfers }: Options): Effect.Effect<Result> =>
  Effect.gen(function* () {
    const before = sockets()
    const played = yield* Effect.scoped(playAll({ onPlayed, scratch, seed, stages, transfers }))
    const left = yield* Embedded.within(Effect.sync(() => sockets().slice(before.length)))
    return { ...played, left }
  })

/** What this process has open to the network. */
const sockets = (): ReadonlyArray<string> =>
  process.getActiveResourcesInfo().filter((resource) => /^(TCP|TLS)/.test(resource))

const playAll = ({ onPlayed, scratch, seed, stages, transfers }: Options) =>
  Effect.gen(function* () {
    const began = Date.now()
    const report = Report.make()
    const broken: Array<SceneOf.Played> = []
    const real = yield* Real.make
    const play = (scene: Plan.Scene) =>
      Effect.map(SceneOf.play(scene, scratch, opening(real)), (played) => {
        report.add(played)
        if (played.breaches.length > 0) {
          broken.push(played)
        }
        onPlayed?.(played, report.transfers())
      })
    const scenes = scenesOf(seed, transfers, stages)
    const lanes = new Map<string, Array<Plan.Scene>>()
    for (const scene of scenes) {
      const lane = Plan.isEmbedded(scene.stage) ? EMBEDDED : scene.stage
      lanes.set(lane, [...(lanes.get(lane) ?? []), scene])
    }
    yield* Effect.forEach(
      lanes,
      ([lane, scenes]) =>
        Effect.forEach(scenes, play, { concurrency: lane === EMBEDDED ? EMBEDDED_LANES : 1, discard: true }),
      { concurrency: "unbounded", discard: true }
    )
    return { report, broken, seconds: (Date.now() - began) / 1000 }
  })

/** One scene alone. */
export const replay = (scene: Plan.Scene, scratch: string): Effect.Effect<SceneOf.Played> =>
  Effect.scoped(Effect.flatMap(Real.make, (real) => SceneOf.play(scene, scratch, opening(real))))

/** Kills at once: each is a process of its own, and mostly waits. */
const KILL_LANES = 2

export interface Kills {
  readonly seed: number
  readonly kills: number
  readonly scratch: string
  /** The bundled command. */
  readonly program: string
}

/** Of `get` and `put`. */
export const kills = ({ kills, program, scratch, seed }: Kills): Effect.Effect<ReadonlyArray<Kill.Killed>> =>
  Effect.forEach(
    Array.from({ length: kills }, (_, index) => Kill.plan(seed, index)),
    (kill) => Kill.play(kill, scratch, program),
    { concurrency: KILL_LANES }
  )

/** Of `mirror`. */
export const mirrorKills = ({
  kills,
  program,
  scratch,
  seed
}: Kills): Effect.Effect<ReadonlyArray<MirrorKill.MirrorKilled>> =>
  Effect.forEach(
    Array.from({ length: kills }, (_, index) => MirrorKill.plan(seed, index)),
    (kill) => MirrorKill.play(kill, scratch, program),
    { concurrency: KILL_LANES }
  )

/** Of `get -r` and `put -r`. */
export const treeKills = ({
  kills,
  program,
  scratch,
  seed
}: Kills): Effect.Effect<ReadonlyArray<TreeKill.TreeKilled>> =>
  Effect.forEach(
    Array.from({ length: kills }, (_, index) => TreeKill.plan(seed, index)),
    (kill) => TreeKill.play(kill, scratch, program),
    { concurrency: KILL_LANES }
  )

/** Of `mirror --swap`. */
export const swapKills = ({
  kills,
  program,
  scratch,
  seed
}: Kills): Effect.Effect<ReadonlyArray<SwapKill.SwapKilled>> =>
  Effect.forEach(
    Array.from({ length: kills }, (_, index) => SwapKill.plan(seed, index)),
    (kill) => SwapKill.play(kill, scratch, program),
    { concurrency: KILL_LANES }
  )

const opening =
  (real: Real.Real) =>
  (scene: Plan.Scene): Effect.Effect<Stage, never, Scope.Scope> =>
    Plan.isEmbedded(scene.stage) ? Embedded.open(scene) : real.open(scene)

const scenesOf = (
  seed: number,
  transfers: number,
  stages: ReadonlyArray<Plan.StageName>
): ReadonlyArray<Plan.Scene> => {
  const scenes: Array<Plan.Scene> = []
  let count = 0
  for (let index = 0; count < transfers; index++) {
    const scene = Plan.make(seed, index)
    if (stages.includes(scene.stage)) {
      scenes.push(scene)
      count += scene.transfers.length
    }
  }
  return scenes
}
