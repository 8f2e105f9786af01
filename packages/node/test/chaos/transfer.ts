/**
 * One transfer of a scene, as its user would do it, with what happens to it on its way.
 *
 *     prepare  the files that are there before it
 *     run      the transfer ──progress, or time──► its happening: an interruption, a changed file, a restart
 */
import * as Fs from "node:fs/promises"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import type { FtpClient } from "@ftp-effect/core/FtpClient"
import type { FtpTransferInterrupted } from "@ftp-effect/core/FtpError"
import { FtpLocalFile, FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import type { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Dice from "./dice.ts"
import * as Loop from "./loop.ts"
import type { Transfer } from "./plan.ts"
import type { Stage } from "./stage.ts"

/** The files of one transfer, on both sides. */
export interface Props {
  readonly transfer: Transfer
  /** On this side: a folder of its own, and the name in it. */
  readonly folder: string
  readonly local: string
  readonly remote: string
  /** What was under the final name before. */
  readonly older: Uint8Array
  /** Every content that the source has had, the first one first. */
  readonly versions: Array<Uint8Array>
  /** Hidden names on the server that an earlier run could not take away. */
  readonly hidden: ReadonlySet<string>
}

export interface Ended {
  readonly exit: Exit.Exit<FtpTransfer.Result | undefined, unknown>
  /** What a stream gave until it ended. */
  readonly received: Uint8Array | undefined
  readonly stopped: Stopped | undefined
  /** How often it went on. */
  readonly resumed: number
  readonly isHung: boolean
}

/** From an interruption to the end, in millis. */
export interface Stopped {
  readonly after: number
  /** For how much of it the event loop was late: no part of it is the transfer's own. */
  readonly late: number
}

export const isDownload = ({ way }: Transfer): boolean => way === "toFile" || way === "download"

/** Long ago, so that whatever is written later has another time, in whole seconds too. */
const LONG_AGO = new Date("2020-02-02T02:02:02Z")

const OLDER_BYTES = 777

export const prepare = (stage: Stage, transfer: Transfer, scratch: string): Effect.Effect<Props> =>
  Effect.gen(function* () {
    const folder = join(scratch, transfer.name)
    const local = join(folder, "file")
    const remote = `${stage.root}/${transfer.name}`
    const older = Dice.content(~transfer.seed, OLDER_BYTES)
    const first = Dice.content(transfer.seed, transfer.size)
    const versions = [first]
    yield* Effect.promise(() => Fs.mkdir(folder))
    if (isDownload(transfer)) {
      yield* stage.write(remote, first)
      yield* stage.setModified(remote, LONG_AGO)
      if (stage.twin !== undefined) {
        const second = Dice.content(transfer.next.seed, transfer.size)
        yield* stage.twin.write(remote, second)
        yield* stage.twin.setModified(remote, LONG_AGO)
        versions.push(second)
      }
      if (transfer.isThere && transfer.way === "toFile") {
        yield* Effect.promise(() => Fs.writeFile(local, older))
      }
    } else {
      yield* Effect.promise(async () => {
        await Fs.writeFile(local, first)
        await Fs.utimes(local, LONG_AGO, LONG_AGO)
      })
      if (transfer.isThere) {
        yield* stage.write(remote, older)
      }
    }
    return { transfer, folder, local, remote, older, versions, hidden: new Set() }
  })

/** Nothing of ours takes as long: what does hangs. */
export const BOUND = 60_000

export const run = (
  stage: Stage,
  props: Props,
  client: FtpClient,
  patience: Schedule.Schedule<unknown, FtpTransferInterrupted>
): Effect.Effect<Ended, never, FtpPool | FtpLocalFile> =>
  Effect.gen(function* () {
    const { transfer } = props
    const chunks: Array<Uint8Array> = []
    const { happening } = transfer
    const due = yield* Deferred.make<void>()
    const bytesDue = happening !== undefined && "bytes" in happening.at ? happening.at.bytes : undefined
    const onProgress =
      bytesDue === undefined
        ? undefined
        : ({ bytes }: FtpTransfer.Progress) => {
            if (bytes >= bytesDue) {
              Deferred.unsafeDone(due, Exit.void)
            }
          }
    let resumed = 0
    const retry = Schedule.tapInput(patience, () => Effect.sync(() => resumed++))
    const fiber = yield* Effect.fork(move(props, client, chunks, { retry, onProgress }))
    let stopping: { readonly at: number; readonly loop: Loop.Watch } | undefined
    const happens = Effect.gen(function* () {
      if (happening === undefined) {
        return
      }
      yield* "millis" in happening.at ? Effect.sleep(happening.at.millis) : Deferred.await(due)
      switch (happening.what) {
        case "Interrupt":
          stopping = { at: performance.now(), loop: Loop.watch() }
          return yield* Effect.asVoid(Fiber.interruptFork(fiber))
        case "Restart":
          return yield* stage.restart
        default:
          return yield* change(stage, props, happening.what)
      }
    })
    const watcher = yield* Effect.fork(happens)
    const awaited = yield* Effect.timeoutOption(Fiber.await(fiber), BOUND)
    const isHung = awaited._tag === "None"
    const stopped =
      stopping === undefined
        ? undefined
        : { after: Math.round(performance.now() - stopping.at), late: stopping.loop.stop() }
    const exit = isHung ? yield* Effect.exit(Effect.dieMessage("hangs")) : awaited.value
    yield* Fiber.interruptFork(fiber)
    // What has begun to happen is not left half done.
    yield* Deferred.succeed(due, undefined)
    yield* happening?.what === "Interrupt" ? Fiber.interrupt(watcher) : Fiber.await(watcher)
    return {
      exit,
      received: transfer.way === "download" ? Buffer.concat(chunks) : undefined,
      stopped,
      resumed,
      isHung
    }
  })

const move = (
  { local, remote, transfer, versions }: Props,
  client: FtpClient,
  chunks: Array<Uint8Array>,
  more: Pick<FtpTransfer.TransferOptions, "onProgress" | "retry">
): Effect.Effect<FtpTransfer.Result | undefined, unknown, FtpPool | FtpLocalFile> => {
  const { atomic, changed, evidence, rate, rename: durability, segments, way } = transfer
  const options = { verify: evidence === "Any" ? undefined : evidence, rate, ...more }
  switch (way) {
    case "toFile":
      return onDisk(
        transfer,
        FtpTransfer.toFile(remote, local, {
          ...options,
          segments,
          changed,
          durability,
          expectedSize: listedSize(transfer)
        })
      )
    case "fromFile":
      return FtpTransfer.fromFile(local, remote, { ...options, atomic })
    case "upload":
      return client.upload(remote, sourceOf(transfer, versions[0] ?? new Uint8Array(0)), { ...options, atomic })
    case "download":
      return Effect.as(
        Stream.runForEach(client.download(remote, options), (chunk) => Effect.sync(() => void chunks.push(chunk))),
        undefined
      )
  }
}

/** As a listing before the transfer would tell it, to every other one. */
const listedSize = ({ seed, size }: Transfer): number | undefined => (seed % 2 === 0 ? size : undefined)

/** A disk that has no room beyond a position in a file. */
const onDisk = <A, E, R>({ diskFullAt }: Transfer, self: Effect.Effect<A, E, R>) =>
  diskFullAt === undefined
    ? self
    : Effect.flatMap(FtpLocalFile, (files) => {
        const { openWriter, writeWhole } = files
        return Effect.provideService(self, FtpLocalFile, {
          ...files,
          writeWhole:
            writeWhole && ((file) => (file.bytes.byteLength > diskFullAt ? noSpace(file.path) : writeWhole(file))),
          openWriter: (path, mode) =>
            Effect.map(openWriter(path, mode), (writer) => ({
              ...writer,
              write: (bytes, position) =>
                position + bytes.byteLength > diskFullAt ? noSpace(path) : writer.write(bytes, position)
            }))
        })
      })

const noSpace = (path: string) =>
  new FtpLocalFileError({ reason: "NoSpace", operation: "Write", path, detail: "the campaign's disk is full" })

const PIECE = 64 * 1024

const sourceOf = ({ source }: Transfer, bytes: Uint8Array): FtpSource.FtpSource => {
  const from = (offset: number) =>
    Stream.unfold(offset, (at) => {
      const piece = bytes.subarray(at, at + PIECE)
      return piece.byteLength === 0
        ? Option.none<readonly [Uint8Array, number]>()
        : Option.some([piece, at + PIECE] as const)
    })
  switch (source) {
    case "Bytes":
      return FtpSource.fromBytes(bytes)
    case "Replayable":
      return FtpSource.fromReplayable(bytes.byteLength, from)
    case "Stream":
      return FtpSource.fromStream(from(0), { size: bytes.byteLength })
  }
}

/** The source becomes another file. Memory and streams do not change. */
const change = (stage: Stage, { local, remote, transfer, versions }: Props, what: "ReplaceFile" | "RewriteFile") =>
  Effect.gen(function* () {
    const next = Dice.content(transfer.next.seed, transfer.next.size)
    if (isDownload(transfer)) {
      versions.push(next)
      yield* what === "ReplaceFile" ? stage.replace(remote, next) : stage.write(remote, next)
    } else if (transfer.way === "fromFile") {
      versions.push(next)
      yield* Effect.promise(async () => {
        const target = what === "ReplaceFile" ? `${local}.new` : local
        await Fs.writeFile(target, next)
        if (what === "ReplaceFile") {
          await Fs.rename(target, local)
        }
      })
    }
  })
