/**
 * One scene, from its first file to the proof that nothing is left of it.
 *
 *     files ──► client ──► all transfers at once ──► calm ──► the law ──► client closed
 *                                                                             │
 *     server ended ◄── nothing left: fibers, sockets, files ◄── those that failed, again, by a new client
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as NodeFtpHasher from "@ftp-effect/node/NodeFtpHasher"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Supervisor from "effect/Supervisor"
import { within } from "./embedded.ts"
import * as Law from "./law.ts"
import { type Scene, type Transfer, toName } from "./plan.ts"
import type { Stage } from "./stage.ts"
import * as Transfers from "./transfer.ts"

export interface Played {
  readonly scene: Scene
  readonly outcomes: ReadonlyArray<Outcome>
  /** What is against the law, in words. */
  readonly breaches: ReadonlyArray<string>
}

export interface Outcome {
  readonly outcome: string
  readonly bytes: number
  readonly resumed: number
  readonly stopped: Transfers.Stopped | undefined
  /**
   * A second run: how many bytes of the first one it could resume, and how many temporary names that one had left.
   */
  readonly again: { readonly kept: number; readonly hidden: number } | undefined
}

/** Long enough for a busy machine, short enough for ten thousand transfers. */
const timeouts: Partial<FtpTimeouts.Timeouts> = {
  connect: Duration.millis(1500),
  greeting: Duration.millis(1000),
  reply: Duration.millis(1000),
  preliminary: Duration.millis(250),
  dataConnect: Duration.millis(800),
  dataStall: Duration.millis(600),
  finalReply: Duration.millis(800),
  settle: Duration.millis(250),
  hash: Duration.seconds(2),
  quit: Duration.millis(100)
}

/** A few quick tries: what needs more is told, and tried again by hand. */
const soon = (times: number) => Schedule.intersect(Schedule.exponential(Duration.millis(20)), Schedule.recurs(times))
const patience = soon(4)
/** A server that counts its clients needs a moment to see that one has gone: ProFTPD half a second. */
const policiesFor = ({ limit }: Scene): Partial<FtpRetry.Policies> => ({
  connect: soon(limit === undefined ? 2 : 7),
  busy: soon(2),
  resume: patience
})

export const play = (
  scene: Scene,
  scratch: string,
  open: (scene: Scene) => Effect.Effect<Stage, never, Scope.Scope>
): Effect.Effect<Played> =>
  Effect.timeoutTo(Effect.disconnect(whole(scene, scratch, open)), {
    duration: ENDS_WITHIN,
    onSuccess: (played) => played,
    onTimeout: () => ({ scene, outcomes: [], breaches: ["its client, or its server, does not close"] })
  })

/** Its transfers are bounded, and each is run twice at most. */
const ENDS_WITHIN = 3 * Transfers.BOUND

const whole = (
  scene: Scene,
  scratch: string,
  open: (scene: Scene) => Effect.Effect<Stage, never, Scope.Scope>
): Effect.Effect<Played> =>
  Effect.scoped(
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const path = join(scratch, `scene-${scene.index}`)
          Fs.mkdirSync(path)
          return path
        }),
        (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
      )
      const stage = yield* open(scene)
      const props = yield* Effect.forEach(scene.transfers, (transfer) => Transfers.prepare(stage, transfer, folder))
      const fibers = yield* Supervisor.track
      const first = yield* perform(stage, props).pipe(
        Effect.provide(clientOf(stage, scene, timeouts)),
        Effect.orDie,
        Effect.supervised(fibers)
      )
      const { breaches, outcomes } = yield* repeat(stage, first).pipe(
        Effect.provide(clientOf(stage, scene, {})),
        Effect.orDie,
        Effect.supervised(fibers)
      )
      const left = yield* within(leftBehind(stage, folder, fibers))
      const later = yield* Effect.forEach(props, (prop, index) =>
        outcomes[index]?.outcome === Law.IDENTICAL && !Transfers.isDownload(prop.transfer)
          ? Law.isStill(stage, prop)
          : Effect.succeed([])
      )
      const after = yield* stage.end
      return {
        scene,
        outcomes,
        breaches: [...breaches, ...later.flat(), ...[...left, ...after].map((what) => `left behind: ${what}`)]
      }
    })
  ).pipe(Logger.withMinimumLogLevel(LogLevel.None), Effect.withRandom(Random.make(toName(scene))))

/** A client as anybody would make it, but for its patience. */
const clientOf = (stage: Stage, scene: Scene, timeouts: Partial<FtpTimeouts.Timeouts>) =>
  Layer.mergeAll(
    FtpClient.layerPooled({
      endpoints: [stage.endpoint],
      maxPerHost: scene.sessions,
      acquireTimeout: Duration.seconds(20)
    }).pipe(
      Layer.provide([
        scene.security === "Plain"
          ? FtpSecurity.layerPlain
          : FtpSecurity.layerExplicit({ authorities: [stage.authority] }),
        scene.dataMode === "Passive" ? FtpDataChannel.layerPassive : FtpDataChannel.layerActive()
      ]),
      Layer.provide([
        Layer.succeed(FtpTransport, stage.transport),
        FtpTimeouts.layer(timeouts),
        FtpRetry.layer(policiesFor(scene))
      ])
    ),
    NodeFtpFile.layer,
    NodeFtpHasher.layer
  )

/** All of them at once, and then the law. */
const perform = (stage: Stage, props: ReadonlyArray<Transfers.Props>) =>
  Effect.gen(function* () {
    const client = yield* FtpClient.FtpClient
    const ended = yield* Effect.forEach(props, (prop) => Transfers.run(stage, prop, client, patience), {
      concurrency: "unbounded"
    })
    yield* stage.calm
    return yield* Effect.forEach(ended, (end, index) => {
      const prop = props[index]
      return prop === undefined
        ? Effect.dieMessage("a transfer without its files")
        : Effect.map(Law.judge(stage, prop, end), (verdict) => ({
            prop,
            verdict,
            resumed: end.resumed,
            stopped: end.stopped
          }))
    })
  })

/** What failed, a second time. */
const repeat = (stage: Stage, first: Effect.Effect.Success<ReturnType<typeof perform>>) =>
  Effect.gen(function* () {
    const client = yield* FtpClient.FtpClient
    const breaches: Array<string> = []
    const outcomes: Array<Outcome> = []
    for (const { prop, resumed, stopped, verdict } of first) {
      breaches.push(...verdict.breaches.map((breach) => `${describe(prop.transfer)}: ${breach}`))
      const isOver = verdict.outcome === Law.IDENTICAL || verdict.breaches.length > 0
      const again = isOver || !prop.transfer.again ? undefined : yield* once(stage, prop, client)
      breaches.push(...(again?.breaches ?? []).map((breach) => `${describe(prop.transfer)}, run again: ${breach}`))
      outcomes.push({
        outcome: verdict.outcome,
        bytes: prop.transfer.size,
        resumed,
        stopped,
        again: again === undefined ? undefined : { kept: again.kept, hidden: again.hidden }
      })
    }
    return { breaches, outcomes }
  })

/** The same transfer in good weather: it has to end well, and goes on where there is something to go on with. */
const once = (stage: Stage, prop: Transfers.Props, client: FtpClient.FtpClient) =>
  Effect.gen(function* () {
    const kept = prop.transfer.way === "toFile" ? yield* Effect.orDie(FtpTransfer.keptBytes(prop.local)) : 0
    const hidden = new Set(yield* Law.hiddenNames(stage, prop))
    const transfer: Transfer = { ...prop.transfer, happening: undefined, diskFullAt: undefined, rate: undefined }
    const again: Transfers.Props = { ...prop, transfer, versions: prop.versions.slice(-1), hidden }
    const ended = yield* Transfers.run(stage, again, client, patience)
    const { breaches, outcome } = yield* Law.judge(stage, again, ended)
    const failed =
      outcome === Law.IDENTICAL ? [] : [`it ended in ${outcome}: ${Law.inWords(ended)}, without any fault left`]
    return { kept, hidden: hidden.size, breaches: [...breaches, ...failed] }
  })

const describe = (transfer: Transfer): string =>
  `${transfer.way}${transfer.atomic && !Transfers.isDownload(transfer) ? " atomic" : ""} of ${transfer.name} (${transfer.size} bytes)`

const leftBehind = (
  stage: Stage,
  folder: string,
  fibers: Supervisor.Supervisor<ReadonlyArray<Fiber.RuntimeFiber<unknown, unknown>>>
): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const { scopes, sockets } = yield* stage.open
    const alive = (yield* fibers.value).filter((fiber) => fiber.unsafePoll() === null)
    const files = openFiles(folder)
    return [
      ...(scopes > 0 ? [`${scopes} connections whose scope is open`] : []),
      ...(sockets > 0 ? [`${sockets} sockets`] : []),
      ...(alive.length > 0 ? [`${alive.length} fibers (${alive.map(Fiber.id).join(", ")})`] : []),
      ...(files.length > 0 ? [`open files: ${files.join(", ")}`] : [])
    ]
  })

/** The files below a folder that this process has open, where the system tells. */
const openFiles = (folder: string): ReadonlyArray<string> => {
  const descriptors = "/proc/self/fd"
  if (!Fs.existsSync(descriptors)) {
    return []
  }
  return Fs.readdirSync(descriptors).flatMap((descriptor) => {
    try {
      const path = Fs.readlinkSync(join(descriptors, descriptor))
      return path.startsWith(folder) ? [path] : []
    } catch {
      // It was closed in between, as was the one that reads the list.
      return []
    }
  })
}
