/**
 * A client before an attacker's server, which answers honestly until it does not.
 *
 *     log in ──► a few operations, one after another ──► the client is closed ──► the law
 *                  │ any answer, any listing, any file may be an attack
 *
 * The law: each operation ends in time, in success or with an error of the library; no message and no name has control
 * characters, no entry leads out of its directory; nothing is dialled but the server; the disk has the file that was
 * asked for, or a partial file, and nothing else; the event loop is never held for long, and nothing is left open.
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import * as FtpError from "@ftp-effect/core/FtpError"
import { type FtpLocalFile, FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import type { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Dice } from "../dice.ts"
import * as Loop from "../loop.ts"
import * as Attacks from "./attacks.ts"
import * as PlainServer from "./plainServer.ts"

const timeouts: Partial<FtpTimeouts.Timeouts> = {
  connect: Duration.millis(1000),
  greeting: Duration.millis(500),
  reply: Duration.millis(500),
  login: Duration.millis(1000),
  listing: Duration.millis(1500),
  preliminary: Duration.millis(200),
  dataConnect: Duration.millis(500),
  dataStall: Duration.millis(500),
  minimumRate: { bytesPerSecond: 1024, over: Duration.seconds(1) },
  finalReply: Duration.millis(500),
  settle: Duration.millis(200),
  quit: Duration.millis(100)
}

/** Each limit above a few times, with retries. Millis. */
const ENDS_WITHIN = 20_000

/** The most that an operation may take of the disk or the memory. */
const MAX_BYTES = 4 * 1024 * 1024
const MAX_ENTRIES = 20_000

const OPERATIONS = 4

/** Millis in which no other timer of the process has its turn: it shares its processor with other tests. */
const HELD_AT_MOST = 3000

export const play = (dice: Dice, folder: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.scoped(
    Effect.gen(function* () {
      const port = yield* PlainServer.serve(Attacks.make(dice))
      const dialled = new Set<string>()
      const inner = NodeFtpTransport.make()
      const transport = FtpTransport.of({
        ...inner,
        connect: (options) =>
          Effect.suspend(() => {
            dialled.add(options.host)
            return inner.connect(options)
          })
      })
      const held = Loop.hold()
      const breaches = yield* operate(dice, folder).pipe(Effect.provide(clientOf(port, transport)), Effect.orDie)
      const millis = held()
      const strangers = [...dialled].filter((host) => host !== HOST)
      const files = Fs.readdirSync(folder).filter((name) => !OURS.has(name))
      return [
        ...breaches,
        ...(millis > HELD_AT_MOST ? [`the event loop is held for ${Math.round(millis)} ms`] : []),
        ...(strangers.length > 0 ? [`it dialled ${strangers.join(", ")}`] : []),
        ...(files.length > 0 ? [`the disk has ${files.join(", ")}`] : [])
      ]
    })
  ).pipe(Logger.withMinimumLogLevel(LogLevel.None))

const HOST = "127.0.0.1"
const OURS: ReadonlySet<string> = new Set(["file", "file.ftp-effect.part", "file.ftp-effect.part.json"])

const clientOf = (port: number, transport: FtpTransport) =>
  Layer.mergeAll(
    FtpClient.layerPooled({
      endpoints: [FtpEndpoint.make({ host: HOST, port, user: "ann", password: "correct horse" })],
      maxPerHost: 2,
      acquireTimeout: Duration.seconds(5)
    }).pipe(
      Layer.provide([FtpSecurity.layerPlain, FtpDataChannel.layerPassive]),
      Layer.provide([
        Layer.succeed(FtpTransport, transport),
        FtpTimeouts.layer(timeouts),
        FtpRetry.layer({ connect: Schedule.recurs(1), busy: Schedule.recurs(1), resume: Schedule.recurs(1) })
      ])
    ),
    NodeFtpFile.layer
  )

/** What an operation gave that came from the server. */
type Given = ReadonlyArray<Pick<FtpEntry, "name" | "path">>

const NOTHING: Given = []

type Operation = readonly [name: string, run: Effect.Effect<Given, unknown, FtpPool | FtpLocalFile>]

const operate = (dice: Dice, folder: string) =>
  Effect.gen(function* () {
    const client = yield* FtpClient.FtpClient
    const nothing = Effect.as(NOTHING)
    const local = join(folder, "file")
    const options = { maxBytes: MAX_BYTES }
    const walked = Stream.take(client.walk("d", { maxEntries: MAX_ENTRIES, depth: 3 }), MAX_ENTRIES)
    const operations: readonly [Operation, ...ReadonlyArray<Operation>] = [
      ["list", client.list("d", { maxEntries: MAX_ENTRIES })],
      ["walk", Effect.map(Stream.runCollect(walked), (found) => [...found])],
      ["stat", Effect.map(client.stat("file"), (entry) => [entry])],
      ["size", nothing(client.size("file"))],
      ["modified", nothing(client.modified("file"))],
      ["toFile", nothing(client.toFile("file", local, { ...options, segments: dice.between(1, 2) }))],
      ["download", nothing(Stream.runDrain(client.download("file", options)))],
      ["upload", nothing(client.upload("file", FtpSource.fromBytes(new Uint8Array(PlainServer.SIZE))))],
      ["atomic upload", nothing(client.upload("file", FtpSource.fromString("new"), { atomic: true }))],
      ["remove", nothing(client.remove("file"))],
      ["makeDirectory", nothing(client.makeDirectory("a/b", { recursive: true }))],
      ["rename", nothing(client.rename("a", "b"))]
    ]
    const breaches: Array<string> = []
    for (let done = 0; done < OPERATIONS; done++) {
      const [name, operation] = dice.pick(operations)
      const exit = yield* Effect.exit(
        Effect.timeoutFail(Effect.disconnect(operation), {
          duration: ENDS_WITHIN,
          onTimeout: () => HANGS
        })
      )
      breaches.push(...judge(exit).map((breach) => `${name}: ${breach}`))
    }
    return breaches
  })

const HANGS = "it takes too long"

const judge = (exit: Exit.Exit<Given, unknown>): ReadonlyArray<string> => {
  if (exit._tag === "Success") {
    return exit.value.flatMap(({ name }) =>
      name === "" || name === "." || name === ".." || name.includes("/") ? [`an entry has the name ${name}`] : []
    )
  }
  const error = Cause.squash(exit.cause)
  if (!Cause.isFailure(exit.cause)) {
    return [Cause.pretty(exit.cause)]
  }
  if (error === HANGS) {
    return [HANGS]
  }
  if (!FtpError.isFtpError(error) && !(error instanceof FtpLocalFileError)) {
    return [`an error of no type: ${String(error)}`]
  }
  return UNSAFE.test(error.message) || error.message.length > LONGEST_MESSAGE
    ? [`its message is not fit to show: ${JSON.stringify(error.message.slice(0, LONGEST_MESSAGE))}`]
    : []
}

/** What a terminal obeys, or shows in another order. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u

const LONGEST_MESSAGE = 8192
