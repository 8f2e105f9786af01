/**
 * What others have put beside a local file before a download: under the name of its partial file and of its journal.
 * A planted journal is a real one, and matches the planted partial file: only who owns the two, and what kind of file
 * they are, shows that they are not to be believed.
 *
 * The law: the download ends in the right file, or, if the partial file is a pipe, in an error of ours. No planted byte
 * is in the file, and the target of a planted link is unchanged.
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

/** Under the name of the partial file, perhaps beside a journal that can't be read. */
const ALONE = ["Stranger's", "Link", "HardLink", "Pipe"] as const

/** With the real journal of an interrupted download, of this server or of another one. */
const WITH_JOURNAL = [
  "OtherServer's",
  "Changed",
  "Stranger's, with its journal",
  "Link, with its journal",
  "HardLink, with its journal",
  "Stranger's journal",
  "Link to a journal",
  "HardLink to a journal",
  "Pipe for a journal"
] as const

type Planted = (typeof ALONE)[number] | (typeof WITH_JOURNAL)[number]

type Server = FtpTestServer.FtpTestServer

export const play = (dice: Dice.Dice, folder: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const planted = dice.pick([...ALONE, ...WITH_JOURNAL])
    const isAlone = ALONE.some((what) => what === planted)
    const size = isAlone ? dice.pick([0, 1000, LARGE]) : LARGE
    const content = Dice.content(dice.below(2 ** 31), size)
    const local = join(folder, "X")
    const victim = join(folder, "victim")
    Fs.writeFileSync(victim, "the victim's own")
    const server = yield* FtpTestServer.make({ root: { X: content } })
    const partialFile = FtpTransfer.partialFileOf(local)
    yield* plant(planted, { partialFile, victim, local, content, dice, server })
    if (isAlone && dice.chance(0.5)) {
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
  readonly server: Server
}

/** Bytes at the beginning that are not the file's. What follows is: so the bytes before the end tell nothing. */
const PLANTED = 256 * 1024

const forged = (content: Uint8Array, dice: Dice.Dice, length: number): Uint8Array => {
  const bytes = content.slice(0, length)
  bytes.set(Dice.content(dice.below(2 ** 31), Math.min(PLANTED, bytes.byteLength)))
  return bytes
}

const plant = (what: Planted, place: Place) => {
  const { content, dice, partialFile, victim } = place
  switch (what) {
    case "Stranger's":
      return Effect.sync(() => {
        Fs.writeFileSync(partialFile, forged(content, dice, Math.ceil(content.byteLength / 2)))
        giveAway(partialFile)
      })
    case "Link":
      return Effect.sync(() => Fs.symlinkSync(victim, partialFile))
    case "HardLink":
      return Effect.sync(() => Fs.linkSync(victim, partialFile))
    case "Pipe":
      return Effect.sync(() => execFileSync("mkfifo", [partialFile]))
    case "OtherServer's":
      return Effect.flatMap(FtpTestServer.make({ root: { X: forged(content, dice, LARGE) } }), (other) =>
        interrupted(other, place)
      )
    default:
      return Effect.map(interrupted(place.server, place), () => replace(what, place))
  }
}

/** Leaves a partial file and its journal. */
const interrupted = (server: Server, { content, local, partialFile }: Place) =>
  Effect.gen(function* () {
    yield* server.fault({ _tag: "DropData", afterBytes: LARGE / 2 })
    yield* download(server, local, content.byteLength)
    if (!Fs.existsSync(`${partialFile}.json`)) {
      yield* Effect.dieMessage("the interrupted download left no journal")
    }
  })

/** The journal says that the forged bytes are the file's. */
const replace = (what: Planted, { content, dice, local, partialFile }: Place): void => {
  const bytes = forged(content, dice, Fs.statSync(partialFile).size)
  const journal = `${partialFile}.json`
  const old = `${local}.old`
  if (what === "Changed") {
    // The old one is kept, so that the new one is certain to have another inode.
    Fs.renameSync(partialFile, old)
    Fs.writeFileSync(partialFile, bytes, { mode: 0o600 })
    return
  }
  // In place: it stays the file that the journal names.
  Fs.writeFileSync(partialFile, bytes, { flag: "r+" })
  switch (what) {
    case "Stranger's, with its journal":
      giveAway(partialFile)
      break
    case "Link, with its journal":
      linkTo(old, partialFile)
      break
    case "HardLink, with its journal":
      Fs.linkSync(partialFile, old)
      break
    case "Stranger's journal":
      giveAway(journal)
      break
    case "Link to a journal":
      linkTo(old, journal)
      break
    case "HardLink to a journal":
      Fs.linkSync(journal, old)
      break
    case "Pipe for a journal":
      Fs.rmSync(journal)
      execFileSync("mkfifo", [journal])
  }
}

const giveAway = (path: string): void => {
  Fs.chmodSync(path, 0o666)
  if (process.getuid?.() === 0) {
    Fs.chownSync(path, STRANGER, STRANGER)
  }
}

const linkTo = (target: string, path: string): void => {
  Fs.renameSync(path, target)
  Fs.symlinkSync(target, path)
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
