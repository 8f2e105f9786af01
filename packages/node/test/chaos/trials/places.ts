/**
 * Mirrors, up and down, of vsftpd, ProFTPD, Pure-FTPd and pyftpdlib, plain and over TLS, in passive and active mode, with
 * and without a limit of connections: whose network breaks.
 *
 *     a run with faults ──► law ──► both sides change ──► a run with faults ──► law ──► one without ──► nothing to do
 *
 * The law is that of the trials `mirrors`.
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as NodeFtpHasher from "@ftp-effect/node/NodeFtpHasher"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Schedule from "effect/Schedule"
import { uid } from "../../../../../scripts/servers/account.mjs"
import type { Dice } from "../dice.ts"
import * as Plan from "../plan.ts"
import * as Real from "../real.ts"
import type { Stage } from "../stage.ts"
import * as Law from "./mirrorLaw.ts"
import * as Sides from "./mirrorSides.ts"
import { change, fill } from "./mirrors.ts"

/** How many connections of a role a run makes, about. */
const CONNECTIONS = 30
const MOST_BYTES = 3000

const sceneOf = (dice: Dice): Plan.Scene => ({
  ...Plan.make(dice.below(2 ** 31), dice.below(1000)),
  stage: dice.pick(["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"]),
  security: dice.pick(["Plain", "Explicit"]),
  dataMode: dice.chance(0.3) ? "Active" : "Passive",
  sessions: dice.between(1, 4),
  latency: 0,
  limit: dice.chance(0.25) ? { connections: 2, like: "ProFTPD" } : undefined,
  rules: Array.from({ length: dice.between(0, 5) }, () => ({
    role: dice.pick(["Control", "Data", "Data"]),
    nth: dice.below(CONNECTIONS),
    after: dice.below(MOST_BYTES),
    how: dice.pick(["Reset", "Reset", "End", "Silence", "Refuse"])
  }))
})

export const play = (dice: Dice, folder: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const scene = sceneOf(dice)
    const stage = yield* Effect.flatMap(Real.make, (real) => real.open(scene))
    const there = join(stage.folder ?? "", "tree")
    Fs.mkdirSync(there)
    own(there)
    const local = join(folder, "tree")
    Fs.mkdirSync(local)
    const isUp = dice.chance(0.5)
    const remote = owned(Sides.disk(there), there)
    const [source, target] = isUp ? [Sides.disk(local), remote] : [remote, Sides.disk(local)]
    const options: FtpMirror.MirrorOptions = {
      filter: { patterns: Sides.PATTERNS },
      delete: dice.pick(["None", "Extra", "Ours"]),
      deleteWhen: dice.pick(["Before", "During", "After"]),
      maxDelete: { _tag: "Count", count: Number.POSITIVE_INFINITY },
      manifest: dice.chance(0.5) ? true : undefined,
      durability: "Written"
    }
    const law: Law.Stage = { source, target, delete: options.delete ?? "None", versions: new Map() }
    const tree = Effect.gen(function* () {
      const [here, far] = yield* Effect.all([FtpMirror.local(local), FtpMirror.remote(`${stage.root}/tree`)])
      return yield* isUp ? FtpMirror.mirror(here, far, options) : FtpMirror.mirror(far, here, options)
    })
    const mirror = Effect.provide(tree, clientOf(stage, scene, {}))
    const hurried = Effect.provide(tree, clientOf(stage, scene, timeouts))
    const run = Effect.gen(function* () {
      const before = yield* Law.look(law, undefined, isUp)
      return yield* Law.afterRuns(law, before, [yield* Effect.exit(hurried)])
    })

    yield* fill(source, new Map([...Sides.draw(dice, 0.5, 0), ["first", "1"]]))
    const first = yield* run
    yield* change(dice, law)
    const second = yield* run
    yield* stage.calm
    const before = yield* Law.look(law, undefined, isUp)
    const calm = yield* Law.ended(ours(law), yield* Effect.exit(mirror), "the run without faults")
    const again = Law.nothingToDo(yield* Effect.exit(mirror))
    const kept = yield* Law.afterRuns(law, before, [])
    const { dataMode, limit, security } = scene
    const name = `${scene.stage}, ${security}, ${dataMode}, ${limit?.connections ?? "no"} limit, ${isUp ? "up" : "down"}, delete ${options.delete}`
    return [...first, ...second, ...calm, ...again, ...kept].map((breach) => `${name}: ${breach}`)
  }).pipe(Effect.scoped, Effect.orDie, Logger.withMinimumLogLevel(LogLevel.None))

/** What a run has put there before it was cut off may be in no manifest: then it is not deleted. */
const ours = (law: Law.Stage): Law.Stage => (law.delete === "Ours" ? { ...law, delete: "None" } : law)

/** The server has it under a user of its own. */
const own = (path: string): void => {
  Fs.lchownSync(path, uid, uid)
  if (Fs.statSync(path).isDirectory()) {
    for (const name of Fs.readdirSync(path)) {
      own(join(path, name))
    }
  }
}

const owned = (side: Sides.Side, folder: string): Sides.Side => ({
  ...side,
  write: (path, content) => Effect.tap(side.write(path, content), () => Effect.sync(() => own(folder)))
})

/** Of the runs in which connections break: what is silent is soon given up. */
const timeouts: Partial<FtpTimeouts.Timeouts> = {
  connect: Duration.millis(1500),
  greeting: Duration.millis(1000),
  reply: Duration.millis(1500),
  preliminary: Duration.millis(500),
  dataConnect: Duration.millis(800),
  dataStall: Duration.millis(600),
  finalReply: Duration.millis(800),
  settle: Duration.millis(250),
  quit: Duration.millis(100)
}

/** A server that counts its clients needs a moment to see that one has gone. */
const soon = (times: number) => Schedule.intersect(Schedule.exponential(Duration.millis(20)), Schedule.recurs(times))

const clientOf = (
  stage: Stage,
  { dataMode, security, sessions }: Plan.Scene,
  timeouts: Partial<FtpTimeouts.Timeouts>
) =>
  FtpClient.layerPooled({ endpoints: [stage.endpoint], maxPerHost: sessions }).pipe(
    Layer.provide([
      security === "Plain" ? FtpSecurity.layerPlain : FtpSecurity.layerExplicit({ authorities: [stage.authority] }),
      dataMode === "Passive" ? FtpDataChannel.layerPassive : FtpDataChannel.layerActive()
    ]),
    Layer.provide([
      Layer.succeed(FtpTransport, stage.transport),
      FtpTimeouts.layer(timeouts),
      FtpRetry.layer({ connect: soon(7), busy: soon(2), resume: soon(2) })
    ]),
    Layer.merge(NodeFtpFile.layer),
    Layer.merge(NodeFtpHasher.layer)
  )
