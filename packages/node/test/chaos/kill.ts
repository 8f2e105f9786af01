/**
 * The command, killed at a random moment, and then given again:
 *
 *     get, put ──SIGKILL──► what is left obeys the law ──the same command──► exit code 0, identical, nothing beside it
 *
 * A get leaves nothing under the final name that is not whole; a put may leave a part under the server's own.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import { join } from "node:path"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Dice from "./dice.ts"
import { within } from "./embedded.ts"

export interface Kill {
  readonly seed: number
  readonly index: number
  readonly verb: "get" | "put"
  readonly size: number
  readonly content: number
  /** Millis from the beginning of the transfer, or of the process where it has not begun by then. */
  readonly after: number
}

export interface Killed {
  readonly kill: Kill
  /** Whether it was still running. */
  readonly wasInTime: boolean
  /** Bytes that the second run found, of a get. */
  readonly kept: number
  readonly breaches: ReadonlyArray<string>
}

export const toName = ({ index, seed }: Pick<Kill, "index" | "seed">): string => `${seed}/kill/${index}`

const MIB = 1024 * 1024

/** So that it takes a second or two. */
const RATE = "3M"
/** Shortly before the largest is done. */
const LATEST = 1600
/** How long the transfer is waited for, in steps of millis. */
const BEGINS_WITHIN = 10_000
const STEP = 5
/** How many of the kills come at any moment of the process, before the transfer too. */
const EARLY = 4

export const plan = (seed: number, index: number): Kill => {
  // Numbers that no scene has.
  const dice = Dice.make(seed, ~index)
  return {
    seed,
    index,
    verb: dice.chance(0.5) ? "get" : "put",
    size: dice.between(2 * MIB, 5 * MIB),
    content: dice.below(0x7fffffff),
    after: dice.below(LATEST)
  }
}

const NAME = "file.bin"

/** `program` is the bundled command. */
export const play = (kill: Kill, scratch: string, program: string): Effect.Effect<Killed> =>
  Effect.scoped(
    Effect.gen(function* () {
      const bytes = Dice.content(kill.content, kill.size)
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => Fs.mkdtempSync(join(scratch, "kill-"))),
        (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
      )
      const local = join(folder, NAME)
      const server = yield* FtpTestServer.make({ root: kill.verb === "get" ? { [NAME]: bytes } : {} })
      const url = `ftp://127.0.0.1:${server.address.port}/`
      if (kill.verb === "put") {
        Fs.writeFileSync(local, bytes)
      }
      const words = kill.verb === "get" ? ["get", `${url}${NAME}`, folder] : ["put", local, url]
      const start = (more: ReadonlyArray<string>) => run(program, [...more, ...words], folder)

      const first = yield* start(["--limit-rate", RATE])
      if (kill.index % EARLY !== 0) {
        const begun = Effect.map(server.connections, ({ transfers }) => (transfers > 0 ? [] : ["no transfer yet"]))
        yield* within(begun, BEGINS_WITHIN, STEP)
      }
      yield* Effect.sleep(kill.after)
      const wasInTime = first.child.exitCode === null
      first.child.kill("SIGKILL")
      yield* first.ended
      const between = kill.verb === "get" ? lookHere(folder, bytes, "after the kill", wasInTime) : []
      const kept = partSize(folder)

      const second = yield* start([])
      const code = yield* second.ended
      const after =
        kill.verb === "get"
          ? lookHere(folder, bytes, "after the second run", false)
          : yield* Effect.match(server.read(`/${NAME}`), {
              onFailure: () => ["the server has no file after the second run"],
              onSuccess: (found) => (isSame(found, bytes) ? [] : ["the server's file is not what was sent"])
            })
      const failed = code === 0 ? [] : [`the second run ended with ${code}: ${second.said()}`]
      return { kill, wasInTime, kept, breaches: [...between, ...failed, ...after] }
    })
  ).pipe(Effect.provide(NodeFtpTransport.layer), Effect.orDie)

export interface Running {
  readonly child: ChildProcess
  /** The exit code, when the process has ended and its output is read. */
  readonly ended: Effect.Effect<number | null>
  readonly said: () => string
}

/** `before` are words that start it in another way. */
export const run = (
  program: string,
  words: ReadonlyArray<string>,
  folder: string,
  before: ReadonlyArray<string> = []
): Effect.Effect<Running> =>
  Effect.sync(() => {
    const [executable = process.execPath, ...rest] = [...before, process.execPath, program, ...words]
    const child = spawn(executable, rest, {
      stdio: ["ignore", "ignore", "pipe"],
      // Nothing of the environment that the campaign runs in.
      env: {
        ...process.env,
        NETRC: join(folder, "no-netrc"),
        XDG_CONFIG_HOME: join(folder, "no-config"),
        XDG_STATE_HOME: join(folder, "..", "state"),
        XDG_CACHE_HOME: join(folder, "..", "cache")
      }
    })
    let text = ""
    child.stderr.on("data", (bytes) => {
      text += bytes
    })
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
    return { child, ended: Effect.promise(() => ended), said: () => text.trim() }
  })

const PART = `${NAME}.ftp-effect.part`

const partSize = (folder: string): number => Fs.statSync(join(folder, PART), { throwIfNoEntry: false })?.size ?? 0

/** What lies in the folder of a get. While it is not done there may be no file, a part, and its journals. */
const lookHere = (folder: string, bytes: Uint8Array, when: string, mayBeUnfinished: boolean): ReadonlyArray<string> => {
  const names = Fs.readdirSync(folder)
  const strangers = names.filter((name) => name !== NAME && !(mayBeUnfinished && name.startsWith(PART)))
  const file = names.includes(NAME) ? Fs.readFileSync(join(folder, NAME)) : undefined
  return [
    ...(strangers.length > 0 ? [`${when} there lies ${strangers.join(", ")}`] : []),
    ...(file === undefined
      ? mayBeUnfinished
        ? []
        : [`${when} there is no file`]
      : isSame(file, bytes)
        ? []
        : [`${when} the final name has ${file.byteLength} other bytes`])
  ]
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

const isSame = (left: Uint8Array, right: Uint8Array): boolean => digest(left) === digest(right)
