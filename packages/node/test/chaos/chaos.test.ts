/**
 * A short campaign, as `npm run chaos` is a long one: a fixed seed, so that a failure comes again, and one that is new
 * each time and told. What breaks the law is named with the command that plays it alone. These wait on real time, as
 * stalls do.
 */
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import * as RealServer from "../support/RealServer.ts"
import * as Campaign from "./campaign.ts"
import * as Kill from "./kill.ts"
import * as MirrorKill from "./mirrorKill.ts"
import * as Plan from "./plan.ts"
import * as Rivals from "./rivals.ts"
import * as Trials from "./trials/trials.ts"

const SEED = 20_26
const LARGEST_SEED = 0x7fffffff
const KILLS = 3
const LIMIT = 120_000

const scratch = Fs.mkdtempSync(join(tmpdir(), "ftp-effect-chaos-"))

afterAll(() => Fs.rmSync(scratch, { recursive: true, force: true }))

const theLawHolds = (seed: number, transfers: number, stages: ReadonlyArray<Plan.StageName>) =>
  Effect.gen(function* () {
    const { broken, left, report } = yield* Campaign.run({ seed, transfers, scratch, stages })
    const breaches = broken.map(({ breaches, scene }) => `${Plan.toName(scene)}: ${breaches.join("; ")}`)
    assert.deepStrictEqual(breaches, [], "npm run chaos -- --only SEED/NUMBER")
    assert.deepStrictEqual(left, [])
    assert.isAtLeast(report.transfers(), transfers)
  })

const embedded = Campaign.everywhere.filter(Plan.isEmbedded)
const real = Campaign.everywhere.filter((stage) => !Plan.isEmbedded(stage))
const anySeed = Math.floor(Math.random() * LARGEST_SEED)

describe("chaos", () => {
  it.live("the law holds on the embedded server", () => theLawHolds(SEED, 120, embedded), LIMIT)

  it.live(
    `the law holds on the embedded server, with the seed ${anySeed}`,
    () => theLawHolds(anySeed, 40, embedded),
    LIMIT
  )

  describe.skipIf(RealServer.isSkipped)("before the real servers", () => {
    it.live("the law holds", () => theLawHolds(SEED, 30, real), LIMIT)
  })
})

describe("before a server that is hostile, or unlike others", () => {
  it.live(
    "the law holds",
    () =>
      Effect.gen(function* () {
        const tried = yield* Trials.playAll(SEED, scratch, "Short")
        const breaches = tried.flatMap(({ breaches, trial }) =>
          breaches.map((breach) => `${Trials.toName(trial)}: ${breach}`)
        )
        assert.deepStrictEqual(breaches, [], "npm run chaos -- --only SEED/KIND/NUMBER")
      }),
    LIMIT
  )
})

describe("a command in a process of its own", () => {
  const program = join(scratch, "ftp-effect.cjs")

  beforeAll(() =>
    build({
      entryPoints: [fileURLToPath(new URL("../../../cli/src/bin.ts", import.meta.url))],
      outfile: program,
      bundle: true,
      platform: "node",
      conditions: ["@ftp-effect/source", "module"],
      format: "cjs",
      logLevel: "error"
    })
  )

  it.live(
    "goes on when it is killed and given again, and ends identical",
    () =>
      Effect.gen(function* () {
        const killed = yield* Campaign.kills({ seed: SEED, kills: KILLS, scratch, program })
        const breaches = killed.map(({ breaches, kill }) => `${Kill.toName(kill)}: ${breaches.join("; ")}`)
        assert.deepStrictEqual(
          breaches.filter((line) => !line.endsWith(": ")),
          []
        )
      }),
    LIMIT
  )

  it.live(
    "continues a mirror that was killed, and deletes nothing that it may not",
    () =>
      Effect.gen(function* () {
        const killed = yield* Campaign.mirrorKills({ seed: SEED, kills: KILLS, scratch, program })
        const breaches = killed.flatMap(({ breaches, kill }) =>
          breaches.map((breach) => `${MirrorKill.toName(kill)}: ${breach}`)
        )
        assert.deepStrictEqual(breaches, [], "npm run chaos -- --only SEED/mirror-kill/NUMBER")
      }),
    LIMIT
  )

  it.live(
    "ends a swap of an earlier run that was killed between its two renames",
    () =>
      Effect.gen(function* () {
        const killed = yield* Campaign.swapKills({ seed: SEED, kills: 1, scratch, program })
        assert.deepStrictEqual(
          killed.map(({ breaches, wasInTime }) => ({ breaches, wasInTime })),
          [{ breaches: [], wasInTime: true }],
          "npm run chaos -- --only SEED/swap-kill/NUMBER"
        )
      }),
    LIMIT
  )

  it.live(
    "keeps its lock before another one in a PID namespace of its own",
    () =>
      Effect.gen(function* () {
        const { breaches, notPossible } = yield* Rivals.play({ seed: SEED, index: 0 }, scratch, program)
        if (notPossible !== undefined) {
          yield* Effect.logWarning(`no PID namespace can be made here, both ran in one: ${notPossible}`)
        }
        assert.deepStrictEqual(breaches, [])
      }),
    LIMIT
  )
})
