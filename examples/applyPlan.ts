import { readFile } from "node:fs/promises"
import { FtpMirror, MirrorPlan } from "@ftp-effect/core"
import { NodeFtp } from "@ftp-effect/node"
import { Console, Effect } from "effect"

const apply = (text: string) =>
  Effect.gen(function* () {
    const plan = yield* MirrorPlan.decode(text)
    // The same trees as those of the plan: others are refused.
    const source = yield* FtpMirror.local("dist")
    const target = yield* FtpMirror.remote("www")
    const { done, isComplete, outdated } = yield* FtpMirror.apply(plan, source, target)
    for (const { at = "it", found, side, step } of outdated) {
      yield* Console.log(`not done: ${step.path}: in the ${side.toLowerCase()} ${at} ${FtpMirror.describeFound(found)}`)
    }
    yield* Console.log(`${done.length} steps done${isComplete ? "" : "; make a new plan for the rest"}`)
  })

await Effect.runPromise(Effect.provide(apply(await readFile("site.plan", "utf8")), NodeFtp.layerConfig()))
