/**
 * The command `mirror --swap`, killed by SIGKILL while the server does something for it, and then given again:
 *
 *     mirror --swap ──► the source changes ──► mirror --swap ──SIGKILL──► mirror --swap: 0, the new source is live
 *                                                                          └─► mirror --swap: both trees are equal
 *
 * The disk of the server judges each change when it is made (`trials/swapLaw.ts`). Half of the kills come between the two renames.
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Dice from "./dice.ts"
import * as Kill from "./kill.ts"
import * as Sides from "./trials/mirrorSides.ts"
import { fill } from "./trials/mirrors.ts"
import * as Law from "./trials/swapLaw.ts"
import * as Swaps from "./trials/swaps.ts"

export interface SwapKill {
  readonly seed: number
  readonly index: number
  readonly when: "Between" | "Anywhere"
  /** After so many operations of the server. */
  readonly after: number
}

export interface SwapKilled {
  readonly kill: SwapKill
  /** Whether it was still running. */
  readonly wasInTime: boolean
  readonly breaches: ReadonlyArray<string>
}

export const toName = ({ index, seed }: Pick<SwapKill, "index" | "seed">): string => `${seed}/swap-kill/${index}`

/** Numbers that nothing else has. */
const diceOf = (seed: number, index: number): Dice.Dice => Dice.make(seed ^ 0x7377_6170, ~index)

/** What a swap of such a tree takes, about. */
const OPERATIONS = 120

export const plan = (seed: number, index: number): SwapKill => {
  const dice = diceOf(seed, index)
  return { seed, index, when: index % 2 === 0 ? "Between" : "Anywhere", after: dice.below(OPERATIONS) }
}

/** `program` is the bundled command. */
export const play = (kill: SwapKill, scratch: string, program: string): Effect.Effect<SwapKilled> =>
  Effect.scoped(
    Effect.gen(function* () {
      const dice = diceOf(kill.seed, kill.index + OPERATIONS)
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => Fs.mkdtempSync(join(scratch, "swap-kill-"))),
        (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
      )
      const store = yield* FtpTestServer.memory({ "home/other/theirs": "theirs" })
      const disk = yield* FtpTestServer.make({ root: store })
      const law = Law.make(store, disk, [`${Law.HOME}/other`])
      const server = yield* FtpTestServer.make({ root: law.store })
      const local = join(folder, "tree")
      const source = Sides.disk(local)
      const words = [
        ...["mirror", "--yes", "--max-delete=100%", "--parallel=3", "--swap", "--delete=extra"],
        ...[local, `ftp://127.0.0.1:${server.address.port}${Law.LIVE}`]
      ]
      const start = Effect.suspend(() => {
        law.begin(true)
        return Kill.run(program, words, folder)
      })
      const known = Effect.map(source.files, (files) => void law.versions.push({ files, others: new Map() }))
      const whyNot = (name: string, said: RegExp) =>
        Effect.flatMap(start, (run) =>
          Effect.map(run.ended, (code) =>
            code === 0 && said.test(run.said()) ? [] : [`${name} ended with ${code}: ${run.said()}`]
          )
        )

      yield* fill(source, new Map([...Sides.draw(dice, 0.5, 0), ["first", "1"]]))
      yield* known
      const atFirst = yield* whyNot("the first run", /swapped by/)
      yield* Swaps.change(dice, source, 1)
      yield* known

      const began = law.operations()
      const run = yield* start
      let wasInTime = false
      law.onOperation = (count) =>
        Effect.sync(() => {
          if (!wasInTime && (kill.when === "Between" ? law.isMissing() : count >= began + kill.after)) {
            wasInTime = run.child.exitCode === null
            run.child.kill("SIGKILL")
          }
        })
      yield* run.ended
      law.onOperation = () => Effect.void

      const again = yield* whyNot("the run after the kill", /swapped/)
      const isRight = Swaps.same(yield* law.filesOf(Law.LIVE), yield* source.files)
      const last = yield* whyNot("the last run", /equal/)
      const breaches = [
        ...atFirst,
        ...again,
        ...(isRight ? [] : ["after the run after the kill something else than the source is live"]),
        ...last,
        ...law.breaches
      ]
      return { kill, wasInTime, breaches }
    })
  ).pipe(Effect.provide(NodeFtpTransport.layer), Effect.orDie)
