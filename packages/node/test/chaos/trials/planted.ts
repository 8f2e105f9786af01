/**
 * What others have put beside a local file before a download: under the name of its partial file and of its journal.
 *
 * The law: the download ends in the right file, or, beside a pipe, in an error of ours. No planted byte is in the file, and what a planted
 * link leads to is as it was.
 */
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import { join } from "node:path"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpError from "@ftp-effect/core/FtpError"
import { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Schedule from "effect/Schedule"
import * as Dice from "../dice.ts"

/** Enough that an interrupted download keeps its partial file. */
const LARGE = 3 * 1024 * 1024

const STRANGER = 65_534

type Server = FtpTestServer.FtpTestServer

export const play = (dice: Dice.Dice, folder: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const size = dice.pick([0, 1000, LARGE])
    const content = Dice.content(dice.below(2 ** 31), size)
    const local = join(folder, "X")
    const victim = join(folder, "victim")
    Fs.writeFileSync(victim, "the victim's own")
    const server = yield* FtpTestServer.make({ root: { X: content } })
    const partialFile = FtpTransfer.partialFileOf(local)
    const planted = dice.pick(["Stranger's", "Link", "HardLink", "Pipe", "OtherServer's", "Changed"])
    yield* plant(planted, { partialFile, victim, local, content, dice })
    if (dice.chance(0.5) && planted !== "OtherServer's" && planted !== "Changed") {
      Fs.writeFileSync(`${partialFile}.json`, dice.pick(["", "{}", "{", "[]", '{"version":2}']))
    }
    const result = yield* download(server, local, size)
    return [
      ...(Either.isRight(result) && !Fs.readFileSync(local).equals(content)
        ? [`after "${planted}" the file is not what the server has`]
        : []),
      ...(Either.isLeft(result) && Fs.existsSync(local) && !Fs.readFileSync(local).equals(content)
        ? [`after "${planted}" a failed download leaves another file`]
        : []),
      ...(Either.isLeft(result) && planted !== "Pipe"
        ? [`"${planted}" prevents the download: ${result.left.message}`]
        : []),
      ...(Either.isLeft(result) && !FtpError.isFtpError(result.left) && !(result.left instanceof FtpLocalFileError)
        ? [`an error of no type: ${String(result.left)}`]
        : []),
      ...(Fs.readFileSync(victim, "utf8") === "the victim's own" ? [] : [`"${planted}" changes another file`])
    ]
  }).pipe(Effect.scoped, Effect.provide(MemoryTransport.layer), Effect.orDie, Logger.withMinimumLogLevel(LogLevel.None))

interface Place {
  readonly partialFile: string
  readonly victim: string
  readonly local: string
  /** What the server has. */
  readonly content: Uint8Array
  readonly dice: Dice.Dice
}

/** Bytes at the beginning that are not the file's. What follows is: so the bytes before the end tell nothing. */
const PLANTED = 256 * 1024

const forged = (content: Uint8Array, dice: Dice.Dice, length: number): Uint8Array => {
  const bytes = content.slice(0, length)
  bytes.set(Dice.content(dice.below(2 ** 31), Math.min(PLANTED, bytes.byteLength)))
  return bytes
}

const plant = (what: string, { content, dice, local, partialFile, victim }: Place) => {
  switch (what) {
    case "Stranger's":
      return Effect.sync(() => {
        const bytes = forged(content, dice, Math.ceil(content.byteLength / 2))
        Fs.writeFileSync(partialFile, bytes, { mode: 0o666 })
        Fs.chmodSync(partialFile, 0o666)
        if (process.getuid?.() === 0) {
          Fs.chownSync(partialFile, STRANGER, STRANGER)
        }
      })
    case "Link":
      return Effect.sync(() => Fs.symlinkSync(victim, partialFile))
    case "HardLink":
      return Effect.sync(() => Fs.linkSync(victim, partialFile))
    case "Pipe":
      return Effect.sync(() => execFileSync("mkfifo", [partialFile]))
    default:
      // A real journal, of an interrupted download: from another server, or beside a file that is another one by now.
      return Effect.gen(function* () {
        const other = yield* FtpTestServer.make({
          root: { X: what === "Changed" ? content : forged(content, dice, LARGE) }
        })
        yield* other.fault({ _tag: "DropData", afterBytes: LARGE / 2 })
        yield* download(other, local, content.byteLength)
        if (what === "Changed" && Fs.existsSync(partialFile)) {
          const length = Fs.statSync(partialFile).size
          // The old one is kept, so that the new one is certain to have another inode.
          Fs.renameSync(partialFile, `${local}.old`)
          Fs.writeFileSync(partialFile, forged(content, dice, length), { mode: 0o600 })
        }
      })
  }
}

const download = ({ address }: Server, local: string, size: number) =>
  Effect.either(FtpTransfer.toFile("X", local, { expectedSize: size, changed: "StartOver" })).pipe(
    Effect.provide(
      FtpClient.layerPooled({ endpoints: [FtpEndpoint.make({ host: address.host, port: address.port })] }).pipe(
        Layer.provide([FtpSecurity.layerPlain, FtpDataChannel.layerPassive]),
        Layer.provide(FtpRetry.layer({ connect: Schedule.recurs(0), resume: Schedule.recurs(0) })),
        Layer.merge(NodeFtpFile.layer)
      )
    )
  )
