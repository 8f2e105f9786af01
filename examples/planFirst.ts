import { writeFile } from "node:fs/promises"
import { FtpMirror, MirrorPlan } from "@ftp-effect/core"
import { NodeFtp } from "@ftp-effect/node"
import { Console, Effect, Schema } from "effect"

// Reads both trees, and changes nothing.
const review = Effect.gen(function* () {
  const source = yield* FtpMirror.local("dist")
  const target = yield* FtpMirror.remote("www")
  const plan = yield* FtpMirror.plan(source, target, { delete: "Extra" })
  for (const { _tag, path, reason } of plan.steps) {
    yield* Console.log(`${_tag} ${path} (${MirrorPlan.describeReason(reason)})`)
  }
  return Schema.encodeSync(MirrorPlan.Json)(plan)
})

await writeFile("site.plan", await Effect.runPromise(Effect.provide(review, NodeFtp.layerConfig())))
