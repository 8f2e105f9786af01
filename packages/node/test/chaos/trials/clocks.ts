/**
 * An upload that breaks off, a source that is replaced by another one of the same size, and a server whose clock is hours
 * ahead or behind: then the upload is to be resumed, if that is proven right.
 *
 * The law: the second upload succeeds, and the server has the new source, byte for byte.
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as NodeFtpUploadRecords from "@ftp-effect/node/NodeFtpUploadRecords"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Schedule from "effect/Schedule"
import * as Dice from "../dice.ts"

/** Enough that what an interrupted upload left may be resumed. */
const SIZE = 3 * 1024 * 1024

/** Where alone the two sources differ: neither their beginning nor what comes before the break tells them apart. */
const CHANGED_FROM = 256 * 1024
const CHANGED_BYTES = 256 * 1024

const HALF_A_DAY = 12 * 60

export const play = (dice: Dice.Dice, folder: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const minutesAhead = dice.between(-HALF_A_DAY, HALF_A_DAY)
    const server = yield* FtpTestServer.make({
      root: {},
      minutesAhead,
      denied: dice.pick([[], ["HASH", "XSHA256", "XSHA1", "XMD5", "XCRC"]])
    })
    const source = join(folder, "source")
    const first = Dice.content(dice.below(2 ** 31), SIZE)
    const second = first.slice()
    second.set(Dice.content(dice.below(2 ** 31), CHANGED_BYTES), CHANGED_FROM)
    Fs.writeFileSync(source, first)
    const client = clientOf(server, join(folder, "records"))
    const atomic = dice.chance(0.5)
    const send = Effect.either(FtpTransfer.fromFile(source, "X", { resume: "IfVerified", atomic }))
    yield* server.fault({ _tag: "DropData", verb: "STOR", afterBytes: dice.between(SIZE / 2, SIZE - 1) })
    yield* Effect.provide(send, client)
    const isReplaced = dice.chance(0.8)
    if (isReplaced) {
      const { atime, mtime } = Fs.statSync(source)
      Fs.writeFileSync(source, second)
      if (dice.chance(0.5)) {
        Fs.utimesSync(source, atime, mtime)
      }
    }
    const result = yield* Effect.provide(send, client)
    const expected = isReplaced ? second : first
    const stored = yield* Effect.option(server.read("X"))
    if (result._tag === "Left") {
      return [`nothing stands in the way of the second upload, and it fails: ${result.left.message}`]
    }
    return !(stored._tag === "Some" && Buffer.from(stored.value).equals(expected))
      ? [`with a clock ${minutesAhead} minutes ahead, the server has another file than was sent`]
      : []
  }).pipe(Effect.scoped, Effect.provide(MemoryTransport.layer), Effect.orDie, Logger.withMinimumLogLevel(LogLevel.None))

const clientOf = ({ address }: FtpTestServer.FtpTestServer, records: string) =>
  FtpClient.layerPooled({ endpoints: [FtpEndpoint.make({ host: address.host, port: address.port })] }).pipe(
    Layer.provide([FtpSecurity.layerPlain, FtpDataChannel.layerPassive]),
    Layer.provide(FtpRetry.layer({ connect: Schedule.recurs(0), resume: Schedule.recurs(0) })),
    Layer.merge(NodeFtpFile.layer),
    Layer.merge(NodeFtpUploadRecords.layer(records))
  )
