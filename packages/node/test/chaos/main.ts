/**
 * `npm run chaos`: the campaign for people. `scripts/chaos.mjs` bundles and starts it.
 *
 *     npm run chaos                                       10,000 transfers and 40 kills, with a seed that it tells
 *     npm run chaos -- --transfers 500 --seed 7           fewer, the same ones each time
 *     npm run chaos -- --only 7/123                       one scene alone, with all that is known of it
 *     npm run chaos -- --only 7/kill/3                    one kill alone
 *     npm run chaos -- --only 7/mirror-kill/3             one kill of a mirror alone
 *     npm run chaos -- --only 7/tree-kill/3               one kill of a copy of a tree alone
 *     npm run chaos -- --only 7/swap-kill/3               one kill of a swap alone
 *     npm run chaos -- --only 7/hostile/3                 one trial alone
 *     npm run chaos -- --stages memory,tcp --kills 0      without real servers and kills
 *     npm run chaos -- --transfers 0 --kills 0            the trials alone; --no-trials leaves them out
 *     npm run chaos -- --transfers 0 --kills 0 --trials swaps     those of one kind
 *
 * Exit code 1 when the law was broken, 2 when the words make no sense.
 */
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as Effect from "effect/Effect"
import { isSkipped } from "../support/RealServer.ts"
import * as Campaign from "./campaign.ts"
import * as Kill from "./kill.ts"
import * as MirrorKill from "./mirrorKill.ts"
import * as Plan from "./plan.ts"
import * as Rivals from "./rivals.ts"
import type { Played } from "./scene.ts"
import * as SwapKill from "./swapKill.ts"
import * as TreeKill from "./treeKill.ts"
import * as Trials from "./trials/trials.ts"

const TRANSFERS = 10_000
const KILLS = 40
/** One of a swap for so many others. */
const SWAP_KILLS = 4
const LARGEST_SEED = 0x7fffffff
/** Millis between two lines that say how far it is. */
const NEWS = 10_000

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`--${name} is a whole number, not ${text}`)
  }
  return value
}

const stagesOf = (text: string | undefined): ReadonlyArray<Plan.StageName> => {
  const wanted = text?.split(",")
  const unknown = wanted?.filter((word) => !Campaign.everywhere.some((stage) => stage === word)) ?? []
  if (unknown.length > 0) {
    throw new RangeError(`--stages are some of ${Campaign.everywhere.join(", ")}, not ${unknown.join(", ")}`)
  }
  const stages = Campaign.everywhere.filter((stage) => wanted?.includes(stage) ?? true)
  return isSkipped ? stages.filter(Plan.isEmbedded) : stages
}

const kindsOf = (text: string | undefined): ReadonlyArray<Trials.Kind> => {
  const wanted = text?.split(",")
  const unknown = wanted?.filter((word) => !Trials.kinds.some((kind) => kind === word)) ?? []
  if (unknown.length > 0) {
    throw new RangeError(`--trials are some of ${Trials.kinds.join(", ")}, not ${unknown.join(", ")}`)
  }
  return Trials.kinds.filter((kind) => wanted?.includes(kind) ?? true)
}

const programOf = (path: string | undefined): string => {
  if (path === undefined || !Fs.existsSync(path)) {
    throw new RangeError("--program is the bundled command, which scripts/chaos.mjs names")
  }
  return path
}

const tellBreach = ({ breaches, scene }: Played): void => {
  say(`\nscene ${Plan.toName(scene)} breaks the law:`)
  for (const breach of breaches) {
    say(`  ${breach}`)
  }
  say(`  on ${scene.stage}, ${scene.security}, ${scene.dataMode}, with ${scene.kinds.join(" and ")}`)
  say(`  again: npm run chaos -- --only ${Plan.toName(scene)}`)
}

const campaign = async (options: Campaign.Options): Promise<boolean> => {
  say(`chaos: seed ${options.seed}, ${options.transfers} transfers on ${options.stages.join(", ")}`)
  let toldAt = Date.now()
  const { broken, left, report, seconds } = await Effect.runPromise(
    Campaign.run({
      ...options,
      onPlayed: (played, transfers) => {
        if (played.breaches.length > 0) {
          tellBreach(played)
        }
        if (Date.now() - toldAt >= NEWS) {
          toldAt = Date.now()
          say(`chaos: ${transfers} transfers`)
        }
      }
    })
  )
  say(`\n${report.toText(seconds)}`)
  say(`\nseed ${options.seed}: ${broken.length === 0 ? "the law holds" : `${broken.length} scenes break the law`}`)
  if (left.length > 0) {
    say(`left behind: ${left.join(", ")}`)
  }
  return broken.length === 0 && left.length === 0
}

const kill = async (options: Campaign.Kills): Promise<boolean> => {
  const killed = await Effect.runPromise(Campaign.kills(options))
  const broken = killed.filter(({ breaches }) => breaches.length > 0)
  for (const { breaches, kill } of broken) {
    say(`\nkill ${Kill.toName(kill)} (${kill.verb}, after ${kill.after} ms) breaks the law:`)
    for (const breach of breaches) {
      say(`  ${breach}`)
    }
    say(`  again: npm run chaos -- --only ${Kill.toName(kill)}`)
  }
  const inTime = killed.filter(({ wasInTime }) => wasInTime).length
  const kept = killed.filter(({ kept }) => kept > 0).length
  say(`${killed.length} kills of the command, ${inTime} before it was done; ${kept} left a part to go on with.`)
  return broken.length === 0
}

const killMirrors = async (options: Campaign.Kills): Promise<boolean> => {
  const killed = await Effect.runPromise(Campaign.mirrorKills(options))
  const broken = killed.filter(({ breaches }) => breaches.length > 0)
  for (const { breaches, kill } of broken) {
    say(`\nkill of a mirror ${MirrorKill.toName(kill)} breaks the law:`)
    for (const breach of breaches) {
      say(`  ${breach}`)
    }
    say(`  ${JSON.stringify(kill)}`)
    say(`  again: npm run chaos -- --only ${MirrorKill.toName(kill)}`)
  }
  const inTime = killed.filter(({ wasInTime }) => wasInTime).length
  say(`${killed.length} kills of mirrors, ${inTime} before they were done.`)
  return broken.length === 0
}

const killSwaps = async (options: Campaign.Kills): Promise<boolean> => {
  const killed = await Effect.runPromise(Campaign.swapKills(options))
  const broken = killed.filter(({ breaches }) => breaches.length > 0)
  for (const { breaches, kill } of broken) {
    say(`\nkill of a swap ${SwapKill.toName(kill)} (${kill.when}) breaks the law:`)
    for (const breach of breaches) {
      say(`  ${breach}`)
    }
    say(`  again: npm run chaos -- --only ${SwapKill.toName(kill)}`)
  }
  const inTime = killed.filter(({ wasInTime }) => wasInTime).length
  say(`${killed.length} kills of swaps, ${inTime} before they were done.`)
  return broken.length === 0
}

const killTrees = async (options: Campaign.Kills): Promise<boolean> => {
  const killed = await Effect.runPromise(Campaign.treeKills(options))
  const broken = killed.filter(({ breaches }) => breaches.length > 0)
  for (const { breaches, kill } of broken) {
    say(`\nkill of a copy of a tree ${TreeKill.toName(kill)} breaks the law:`)
    for (const breach of breaches) {
      say(`  ${breach}`)
    }
    say(`  ${JSON.stringify(kill)}`)
    say(`  again: npm run chaos -- --only ${TreeKill.toName(kill)}`)
  }
  const inTime = killed.filter(({ wasInTime }) => wasInTime).length
  say(`${killed.length} copies of trees, ${inTime} killed before they were done.`)
  return broken.length === 0
}

const tellTried = ({ breaches, trial }: Trials.Tried): void => {
  if (breaches.length > 0) {
    say(`\ntrial ${Trials.toName(trial)} breaks the law:`)
    for (const breach of breaches) {
      say(`  ${breach}`)
    }
    say(`  again: npm run chaos -- --only ${Trials.toName(trial)}`)
  }
}

const trial = async (seed: number, scratch: string, kinds: ReadonlyArray<Trials.Kind>): Promise<boolean> => {
  const tried = await Effect.runPromise(Trials.playAll(seed, scratch, "Long", tellTried, kinds))
  say(`${tried.length} trials of ${kinds.join(", ")}.`)
  return tried.every(({ breaches }) => breaches.length === 0)
}

/** Pairs of commands in a long campaign. */
const RIVALS = 6

const meet = async (seed: number, scratch: string, program: string): Promise<boolean> => {
  let holds = true
  let together = 0
  for (let index = 0; index < RIVALS; index++) {
    const { breaches, notPossible } = await Effect.runPromise(Rivals.play({ seed, index }, scratch, program))
    together += notPossible === undefined ? 0 : 1
    holds &&= breaches.length === 0
    for (const breach of breaches) {
      say(`\ntwo commands for one file (seed ${seed}, ${index}) break the law: ${breach}`)
    }
  }
  say(`${RIVALS} pairs of commands for one file, ${RIVALS - together} of them in two PID namespaces.`)
  return holds
}

const one = async (scene: Plan.Scene, scratch: string): Promise<boolean> => {
  say(JSON.stringify(scene, undefined, 1))
  const played = await Effect.runPromise(Campaign.replay(scene, scratch))
  say(JSON.stringify(played.outcomes, undefined, 1))
  if (played.breaches.length > 0) {
    tellBreach(played)
  }
  return played.breaches.length === 0
}

const main = async (): Promise<boolean> => {
  const { values } = parseArgs({
    options: {
      transfers: { type: "string", default: String(TRANSFERS) },
      seed: { type: "string", default: String(Math.floor(Math.random() * LARGEST_SEED)) },
      kills: { type: "string", default: String(KILLS) },
      program: { type: "string" },
      only: { type: "string" },
      trials: { type: "string" },
      "no-trials": { type: "boolean", default: false },
      stages: { type: "string" }
    }
  })
  const stages = stagesOf(values.stages)
  const kinds = kindsOf(values.trials)
  const scratch = Fs.mkdtempSync(join(tmpdir(), "ftp-effect-chaos-"))
  try {
    if (values.only !== undefined) {
      const [seed = "", ...rest] = values.only.split("/")
      const index = rest.at(-1) ?? ""
      if (rest[0] === "kill") {
        const plan = Kill.plan(wholeNumber("only", seed), wholeNumber("only", index))
        const killed = await Effect.runPromise(Kill.play(plan, scratch, programOf(values.program)))
        say(JSON.stringify(killed, undefined, 1))
        return killed.breaches.length === 0
      }
      if (rest[0] === "mirror-kill") {
        const plan = MirrorKill.plan(wholeNumber("only", seed), wholeNumber("only", index))
        const killed = await Effect.runPromise(MirrorKill.play(plan, scratch, programOf(values.program)))
        say(JSON.stringify(killed, undefined, 1))
        return killed.breaches.length === 0
      }
      if (rest[0] === "tree-kill") {
        const plan = TreeKill.plan(wholeNumber("only", seed), wholeNumber("only", index))
        const killed = await Effect.runPromise(TreeKill.play(plan, scratch, programOf(values.program)))
        say(JSON.stringify(killed, undefined, 1))
        return killed.breaches.length === 0
      }
      if (rest[0] === "swap-kill") {
        const plan = SwapKill.plan(wholeNumber("only", seed), wholeNumber("only", index))
        const killed = await Effect.runPromise(SwapKill.play(plan, scratch, programOf(values.program)))
        say(JSON.stringify(killed, undefined, 1))
        return killed.breaches.length === 0
      }
      const kind = Trials.kinds.find((kind) => kind === rest[0])
      if (kind !== undefined) {
        const plan = { seed: wholeNumber("only", seed), kind, index: wholeNumber("only", index) }
        const tried = await Effect.runPromise(Trials.play(plan, scratch, "Long"))
        say(JSON.stringify(tried, undefined, 1))
        return tried.breaches.length === 0
      }
      return await one(Plan.make(wholeNumber("only", seed), wholeNumber("only", index)), scratch)
    }
    const seed = wholeNumber("seed", values.seed)
    const transfers = wholeNumber("transfers", values.transfers)
    const transfersHold = await campaign({ seed, transfers, scratch, stages })
    const holds = (values["no-trials"] || (await trial(seed, scratch, kinds))) && transfersHold
    const kills = wholeNumber("kills", values.kills)
    if (kills === 0) {
      return holds
    }
    const program = programOf(values.program)
    const killsHold = await kill({ seed, kills, scratch, program })
    const mirrorsHold = await killMirrors({ seed, kills, scratch, program })
    const treesHold = await killTrees({ seed, kills, scratch, program })
    // Each takes half a minute, in which the next run watches whether the killed one is alive.
    const swapsHold = await killSwaps({ seed, kills: Math.ceil(kills / SWAP_KILLS), scratch, program })
    return (await meet(seed, scratch, program)) && killsHold && mirrorsHold && treesHold && swapsHold && holds
  } finally {
    Fs.rmSync(scratch, { recursive: true, force: true })
  }
}

main().then(
  // What is left is told, and must not hold the process.
  (holds) => process.exit(holds ? 0 : 1),
  (error) => {
    process.stderr.write(`chaos: ${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 2
  }
)
