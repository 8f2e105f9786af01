/**
 * Two commands that download one file to one place at the same time, one of them in another PID namespace, as in a
 * container: there the other's process can't be seen.
 *
 *     first ──has the lock──► the server lets it wait ──► second starts, and ends ──► the first goes on
 *
 * The law: the second ends with exit code 7, as the file is in use, and the first with 0 and the whole file. So no lock is
 * taken from a process that lives.
 */
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import { join } from "node:path"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Dice from "./dice.ts"
import { within } from "./embedded.ts"
import * as Kill from "./kill.ts"

export interface Rivals {
  readonly seed: number
  readonly index: number
}

export interface Met {
  readonly rivals: Rivals
  /** Why the two were not in different namespaces, if they were not: only root may make one. */
  readonly notPossible: string | undefined
  readonly breaches: ReadonlyArray<string>
}

const SIZE = 2 * 1024 * 1024

const LOCKED_WITHIN = 10_000
const STEP = 5

const ELSEWHERE = ["unshare", "--pid", "--fork", "--mount-proc"]

const NAME = "file.bin"

/** A link to no file, whose target tells the owner. */
const LOCK = `${NAME}.ftp-effect.part.lock`

const IN_USE = 7

export const play = (rivals: Rivals, scratch: string, program: string): Effect.Effect<Met> =>
  Effect.scoped(
    Effect.gen(function* () {
      const dice = Dice.make(rivals.seed, ~rivals.index)
      const bytes = Dice.content(dice.below(0x7fffffff), SIZE)
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => Fs.mkdtempSync(join(scratch, "rivals-"))),
        (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
      )
      const store = yield* FtpTestServer.memory({ [NAME]: bytes })
      const letGo = yield* Deferred.make<void>()
      let readers = 0
      const server = yield* FtpTestServer.make({
        root: {
          ...store,
          openReader: (path, offset) =>
            Effect.suspend(() => {
              readers++
              const opened = store.openReader(path, offset)
              return readers === 1 ? Effect.zipRight(Deferred.await(letGo), opened) : opened
            })
        }
      })
      const words = ["get", `ftp://127.0.0.1:${server.address.port}/${NAME}`, folder]
      const notPossible = whyNot()
      const elsewhere = notPossible === undefined ? ELSEWHERE : []
      const isFirstElsewhere = dice.chance(0.5)

      const first = yield* Kill.run(program, words, folder, isFirstElsewhere ? elsewhere : [])
      const unlocked = yield* within(
        Effect.sync(() => (Fs.readdirSync(folder).includes(LOCK) ? [] : ["the first had no lock"])),
        LOCKED_WITHIN,
        STEP
      )
      const second = yield* Kill.run(program, words, folder, isFirstElsewhere ? [] : elsewhere)
      const secondCode = yield* second.ended
      yield* Deferred.succeed(letGo, undefined)
      const firstCode = yield* first.ended
      const names = Fs.readdirSync(folder)
      const breaches = [
        ...unlocked,
        ...(readers > 1 ? ["the second downloaded too"] : []),
        ...(firstCode === 0 ? [] : [`the first ended with ${firstCode}: ${first.said()}`]),
        ...(secondCode === IN_USE ? [] : [`the second ended with ${secondCode}: ${second.said()}`]),
        ...(names.length === 1 && names[0] === NAME ? [] : [`there lies ${names.join(", ")}`]),
        ...(names.includes(NAME) && !Fs.readFileSync(join(folder, NAME)).equals(bytes)
          ? ["the file is another one"]
          : [])
      ]
      return { rivals, notPossible, breaches }
    })
  ).pipe(Effect.provide(NodeFtpTransport.layer), Effect.orDie)

const whyNot = (): string | undefined => {
  const [executable = "", ...words] = [...ELSEWHERE, "true"]
  const { error, status, stderr } = spawnSync(executable, words, { encoding: "utf8" })
  return status === 0 ? undefined : (error?.message ?? stderr.trim())
}
