/**
 * The command `mirror`, killed at a random moment, and then given again:
 *
 *     mirror ──► changes on both sides ──► mirror ──SIGKILL──► law ──► mirror: exit code 0, both sides agree
 *                                                                       └─► mirror: nothing to do
 *
 * In some of them another run is under way, which is not killed and has to end, or a file of the source changes. The law
 * is that of the trials `mirrors`: each file is one whole version, and what may not be deleted is there.
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Dice from "./dice.ts"
import { within } from "./embedded.ts"
import * as Kill from "./kill.ts"
import * as Law from "./trials/mirrorLaw.ts"
import * as Sides from "./trials/mirrorSides.ts"
import * as Mirrors from "./trials/mirrors.ts"

export interface MirrorKill {
  readonly seed: number
  readonly index: number
  readonly isUp: boolean
  readonly delete: Law.Stage["delete"]
  readonly deleteWhen: "before" | "during" | "after"
  readonly manifest: boolean
  /** Whether another run is under way. */
  readonly rival: boolean
  /** Whether a file of the source changes just before the kill. */
  readonly changes: boolean
  /** Millis from the first command of the run that changes the target or fetches a file. */
  readonly after: number
}

export interface MirrorKilled {
  readonly kill: MirrorKill
  /** Whether it was still running. */
  readonly wasInTime: boolean
  readonly breaches: ReadonlyArray<string>
}

export const toName = ({ index, seed }: Pick<MirrorKill, "index" | "seed">): string => `${seed}/mirror-kill/${index}`

/** Numbers that no scene, no kill and no trial has. */
const diceOf = (seed: number, index: number): Dice.Dice => Dice.make(seed ^ 0x6d69_7272, ~index)

/** So that the files of a run take a second or two. */
const RATE = "400k"
const LATEST = 1800
const BEGINS_WITHIN = 10_000
const STEP = 5
/** How many of the kills come at any moment of the process, while it connects and reads too. */
const EARLY = 4

export const plan = (seed: number, index: number): MirrorKill => {
  const dice = diceOf(seed, index)
  return {
    seed,
    index,
    isUp: dice.chance(0.5),
    delete: dice.pick(["None", "Extra", "Ours"]),
    deleteWhen: dice.pick(["before", "during", "after"]),
    manifest: dice.chance(0.5),
    rival: dice.chance(0.25),
    changes: dice.chance(0.25),
    after: dice.below(LATEST)
  }
}

/** `program` is the bundled command. */
export const play = (kill: MirrorKill, scratch: string, program: string): Effect.Effect<MirrorKilled> =>
  Effect.scoped(
    Effect.gen(function* () {
      const dice = diceOf(kill.seed, kill.index + LATEST)
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => Fs.mkdtempSync(join(scratch, "mirror-kill-"))),
        (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
      )
      const server = yield* FtpTestServer.make({ root: { "home/tree/keep/start": "" } })
      const local = join(folder, "tree")
      const sides = [Sides.disk(local), Sides.remote(server)] as const
      const [source, target] = kill.isUp ? sides : [sides[1], sides[0]]
      const stage: Law.Stage = { source, target, delete: kill.delete, versions: new Map() }
      const words = wordsOf(kill, local, `ftp://127.0.0.1:${server.address.port}${Sides.REMOTE}`)
      const start = (...more: ReadonlyArray<string>) => Kill.run(program, [...words, ...more], folder)

      yield* Mirrors.fill(source, new Map([...Sides.draw(dice, 0.5, 0), ["first", "1"]]))
      const atFirst = yield* Effect.flatMap(start(), whyNotZero("the first run"))
      yield* Mirrors.change(dice, stage)
      const before = yield* Law.look(stage, undefined, kill.isUp)

      const known = (yield* server.commands).length
      const killed = yield* start("--limit-rate", RATE)
      const rival = kill.rival ? yield* start("--limit-rate", RATE) : undefined
      if (kill.index % EARLY !== 0) {
        const begun = Effect.map(server.commands, (commands) =>
          commands.slice(known).some((line) => WORK.test(line)) || killed.child.exitCode !== null ? [] : ["not yet"]
        )
        yield* within(begun, BEGINS_WITHIN, STEP)
      }
      yield* Effect.sleep(kill.after)
      if (kill.changes) {
        yield* replaceOne(dice, stage, before.source)
      }
      const wasInTime = killed.child.exitCode === null
      killed.child.kill("SIGKILL")
      yield* killed.ended
      const other = rival === undefined ? [] : yield* howItEnded(rival)
      const between = yield* Law.afterRuns(stage, before, [])

      const again = yield* Effect.flatMap(start(), whyNotZero("the run after the kill"))
      const agreed = yield* Law.agree(stage, "the run after the kill")
      const last = yield* start()
      const idle = [...(yield* whyNotZero("the last run")(last)), ...whyNotIdle(last.said())]
      const protectedOnes = yield* Law.afterRuns(stage, before, [])
      const breaches = [...atFirst, ...other, ...between, ...again, ...agreed, ...idle, ...protectedOnes]
      return { kill, wasInTime, breaches: [...new Set(breaches)] }
    })
  ).pipe(Effect.provide(NodeFtpTransport.layer), Effect.orDie)

const WORK = /^(STOR|RETR|DELE|RMD|MKD|RNTO)/

const wordsOf = (kill: MirrorKill, local: string, url: string): ReadonlyArray<string> => [
  "mirror",
  "--yes",
  "--max-delete=100%",
  "--parallel=3",
  ...(kill.delete === "None" ? [] : [`--delete=${kill.delete.toLowerCase()}`, `--delete-when=${kill.deleteWhen}`]),
  ...(kill.manifest ? ["--manifest"] : []),
  ...Sides.PATTERNS.map((pattern) => `--exclude=${pattern}`),
  ...(kill.isUp ? [local, url] : [url, local])
]

const replaceOne = (dice: Dice.Dice, { source, versions }: Law.Stage, files: Sides.Files) =>
  Effect.suspend(() => {
    const path = [...files.keys()].find((path) => !Sides.isExcluded(path)) ?? "first"
    const content = Sides.contentOf(dice, 4)
    versions.set(path, content)
    return source.write(path, content)
  })

const whyNotZero = (name: string) => (run: Kill.Running) =>
  Effect.map(run.ended, (code) => (code === 0 ? [] : [`${name} ended with ${code}: ${run.said()}`]))

const DEFECT = 70

/** What two runs do to each other may fail, but is no defect, and no crash. */
const howItEnded = (run: Kill.Running) =>
  Effect.map(run.ended, (code) =>
    code !== null && code < DEFECT ? [] : [`the run beside the killed one ended with ${code}: ${run.said()}`]
  )

const whyNotIdle = (said: string): ReadonlyArray<string> =>
  /^nothing to do/m.test(said) ? [] : [`the last run had something to do: ${said}`]
