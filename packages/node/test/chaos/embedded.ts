/**
 * The embedded server of one scene, in memory or over TCP, with its faults.
 *
 *     serving ──restart──► away for a moment ──► serving on the same port, the same files ──end──► gone
 */
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as NodeFtpHasher from "@ftp-effect/node/NodeFtpHasher"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import * as Certificates from "../support/Certificates.ts"
import type { Scene } from "./plan.ts"
import type { Stage } from "./stage.ts"
import * as Weather from "./weather.ts"

const USER = "ann"
const PASSWORD = "correct horse"

/** Millis in which no server listens during a restart. */
const AWAY = 60

/** How long a connection may take to be gone, in steps of millis. */
const GONE_WITHIN = 4000
const STEP = 20

export const open = (scene: Scene): Effect.Effect<Stage, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { authority, server: identity } = yield* Certificates.make
    const net = yield* scene.stage === "memory" ? memory(scene) : tcp(scene)
    const store = yield* FtpTestServer.memory()
    const other = yield* FtpTestServer.memory()
    const around = yield* Effect.scope
    const runtime = yield* Effect.runtime()

    const serve = (port: number | "Any", root = store) =>
      Effect.gen(function* () {
        const scope = yield* Scope.fork(around, ExecutionStrategy.sequential)
        const server = yield* FtpTestServer.make({
          users: { [USER]: PASSWORD },
          port,
          root,
          limit: scene.limit,
          denied: scene.denied,
          hasher: NodeFtpHasher.make(),
          tls:
            scene.security === "Plain"
              ? undefined
              : { mode: "Explicit", identity, required: true, requireReuse: "vsftpd" }
        }).pipe(Effect.provideService(FtpTransport, net.weather.serverTransport), Scope.extend(scope), Effect.orDie)
        return { server, stop: Scope.close(scope, Exit.void) }
      })

    let now = yield* serve("Any")
    const { port } = now.server.address
    const twin = scene.hasTwin ? yield* serve("Any", other) : undefined
    for (const fault of scene.faults) {
      yield* now.server.fault(fault)
      yield* twin?.server.fault(fault) ?? Effect.void
    }
    const orDie = Effect.orDie
    const write = (path: string, bytes: Uint8Array) => orDie(now.server.write(path, bytes))
    return {
      endpoint: FtpEndpoint.make({ host: "127.0.0.1", port, user: USER, password: PASSWORD }),
      transport: twin === undefined ? net.weather.transport : inTurn(net.weather.transport, twin.server.address.port),
      authority,
      root: "",
      folder: undefined,
      write,
      replace: (path, bytes) => Effect.zipRight(write(`${path}.new`, bytes), orDie(store.rename(`${path}.new`, path))),
      setModified: (path, at) => orDie(store.setModified(path, at.getTime())),
      twin: twin && {
        write: (path, bytes) => orDie(twin.server.write(path, bytes)),
        setModified: (path, at) => orDie(other.setModified(path, at.getTime()))
      },
      read: (path) => Effect.option(now.server.read(path)),
      names: orDie(Effect.map(store.list("/"), (found) => found.map(({ name }) => name))),
      // Its fibers are the server's, not those of the one who asks for it.
      restart: Effect.promise(() =>
        Runtime.runPromise(runtime)(
          Effect.gen(function* () {
            yield* now.server.resetConnections
            yield* now.stop
            yield* Effect.sleep(AWAY)
            now = yield* serve(port)
          })
        )
      ),
      calm: Effect.suspend(() =>
        Effect.all([now.server.clearFaults, twin?.server.clearFaults ?? Effect.void, net.weather.calm], {
          discard: true
        })
      ),
      open: net.weather.open,
      end: Effect.gen(function* () {
        yield* now.stop
        yield* twin?.stop ?? Effect.void
        return yield* net.left
      })
    }
  })

/** Every other control connection goes to another port: a name with two addresses. */
const inTurn = (transport: FtpTransport, port: number): FtpTransport => {
  let dialled = 0
  return FtpTransport.of({
    ...transport,
    connect: (options) =>
      Effect.suspend(() =>
        transport.connect(options.role === "Control" && dialled++ % 2 === 1 ? { ...options, port } : options)
      )
  })
}

const memory = (scene: Scene) =>
  Effect.gen(function* () {
    const { network, transport } = yield* MemoryTransport.make
    yield* network.delay(scene.latency)
    return {
      weather: Weather.inMemory(scene, transport, network),
      left: within(
        Effect.map(Effect.all([network.openEnds, network.listeners]), ([ends, listeners]) => [
          ...(ends > 0 ? [`${ends} ends of connections`] : []),
          ...(listeners > 0 ? [`${listeners} listeners`] : [])
        ])
      )
    }
  })

/** The kernel's view of the client's ends is the weather's, which is looked at before the server ends. */
const tcp = (scene: Scene) =>
  Effect.map(Weather.overTcp(scene, NodeFtpTransport.make()), (weather) => ({
    weather,
    left: Effect.succeed<ReadonlyArray<string>>([])
  }))

/** Asks until there is nothing left, or until that took too long. */
export const within = (
  left: Effect.Effect<ReadonlyArray<string>>,
  millis = GONE_WITHIN,
  step = STEP
): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    for (let waited = 0; ; waited += step) {
      const found = yield* left
      if (found.length === 0 || waited >= millis) {
        return found
      }
      yield* Effect.sleep(step)
    }
  })
