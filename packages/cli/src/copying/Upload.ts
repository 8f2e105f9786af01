/**
 * Local files and trees to the server.
 *
 *     what was named ──► a file ───────────────────────► STOR NAME
 *                   └──► a directory (-r) ──────────► `Trees`: the library's engine
 *
 * `commands/put` chooses the sources and the target.
 */
import * as FtpClient from "@ftp-effect/core/FtpClient"
import { FtpLocalFile, FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
import type * as NativePath from "@ftp-effect/core/protocol/NativePath"
import * as NativePlace from "@ftp-effect/core/protocol/NativePlace"
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Placement } from "../arguments/Target.ts"
import * as Unexplained from "../connection/unexplained.ts"
import { CliError } from "../errors/CliError.ts"
import type * as ExitCode from "../errors/ExitCode.ts"
import * as Entries from "../local/entries.ts"
import * as Names from "../local/names.ts"
import * as Measure from "../output/Measure.ts"
import { Output } from "../output/Output.ts"
import type { Screen } from "../output/Screen.ts"
import * as Copying from "./Copying.ts"
import * as KeptNames from "./KeptNames.ts"
import * as Resuming from "./Resuming.ts"
import * as Trees from "./Trees.ts"

/** What the client's layer and the machine give. */
export type Environment = FtpClient.FtpClient | FtpPool | FtpLocalFile

/** How to copy. */
export interface Options {
  readonly recursive: boolean
  /** Whether remote files may be replaced. */
  readonly clobber: boolean
  /** What becomes of a remote file or directory of another type than the one of that name in a tree. Default `"Fail"`. */
  readonly conflict?: "Fail" | "Replace" | undefined
  /** What symbolic links of trees become. Default `"Follow"`. */
  readonly links?: FtpMirror.LinkPolicy | undefined
  /** Whether a file is renamed into place only after verification. Default false. */
  readonly atomic?: boolean | undefined
  /** Whether to resume a partial upload of an earlier run. Default `"Never"`. */
  readonly resume?: "IfVerified" | "Never" | undefined
  /** How strictly to verify each file. Default as `FtpTransfer`'s. */
  readonly verification?: Pick<FtpTransfer.TransferOptions, "verify" | "ignoreSize"> | undefined
}

/** Where to: into a directory, or to exactly this path. */
interface Target {
  readonly path: string
  readonly placement: Placement
}

/**
 * Opens the sessions for what is to be uploaded, in the background: while the target is looked up, one session is all that
 * is asked for. No more than there are files, as far as the first level of each tree shows that.
 */
export const expect = (sources: ReadonlyArray<string>): Effect.Effect<void, never, FtpPool | Scope.Scope> =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    let files = 0
    for (const source of sources) {
      if (files < pool.size) {
        files += yield* Entries.countUpTo(source, pool.size - files)
      }
    }
    yield* pool.warm(files)
  })

/** Copies local files and trees into the remote target directory, or to exactly the target. */
export const run = (
  sources: ReadonlyArray<string>,
  target: Target,
  options: Options
): Effect.Effect<Copying.Summary, ExitCode.Failure, Environment | Output | Screen> =>
  Effect.scoped(
    Effect.gen(function* () {
      const copying = yield* Copying.make("Upload")
      const pool = yield* FtpPool
      const copy = { copying, options, resume: yield* Resuming.make, unproven: yield* Resuming.makeUnproven }
      const jobs: Array<Copying.Job<Environment | Output>> = []
      for (const source of sources) {
        const job = yield* Effect.either(named(copy, source, target))
        if (job._tag === "Left") {
          yield* copying.fail(job.left, source)
        } else {
          jobs.push(job.right)
        }
      }
      return yield* copying.run(jobs, pool.size)
    })
  )

interface Copy {
  readonly copying: Copying.Copying
  readonly options: Options
  readonly resume: Resuming.Resume
  readonly unproven: (subject: string, bytes: number) => void
}

/** A path that the user named: links are followed. */
const named = (copy: Copy, local: string, target: Target) =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const info = yield* files.info(local)
    if (Option.isNone(info)) {
      return yield* new FtpLocalFileError({
        reason: "NotFound",
        operation: "Open",
        path: local,
        detail: "no such file or directory"
      })
    }
    const { size, type } = info.value
    const remote = yield* remoteOf(local, target, type === "Directory" ? "Directory" : "File")
    if (type !== "Directory") {
      return file(copy, local, remote, type === "File" ? Option.some(size) : Option.none())
    }
    if (!copy.options.recursive) {
      return yield* new CliError({
        kind: "Failed",
        message: `${local} is a directory`,
        hint: "to upload it with everything in it: put -r"
      })
    }
    return yield* tree(copy, local, remote)
  })

/** The path on the server. What is called as the local file is called must not be read as a path of OpenVMS or z/OS. */
const remoteOf = (local: string, { path, placement }: Target, kind: NativePath.Kind) =>
  Effect.gen(function* () {
    if (placement !== "Into") {
      return path
    }
    const client = yield* FtpClient.FtpClient
    const name = Names.nameOf(local)
    const why = NativePlace.isPlain(name)
      ? Option.none()
      : NativePlace.unsafeReason(yield* client.withSession((session) => session.treeSyntaxOf(path)), path, name, kind)
    return yield* Option.match(why, {
      onNone: () => Effect.succeed(RemotePath.join(path, name)),
      onSome: (why) => unsendable(local, `its name ${why}`)
    })
  })

const file = (copy: Copy, local: string, remote: string, size: Option.Option<number>) => {
  const { copying, options } = copy
  const file = { remote, local, size }
  return copying.file(file, (moving) =>
    Effect.gen(function* () {
      // With the session that its worker keeps.
      const client = yield* FtpClient.make
      const output = yield* Output
      const send = Unexplained.withParent(remote)
      const skipped = Effect.as(copying.skip(local, `${remote} exists on the server`), Option.none())
      if (!options.clobber && (yield* client.exists(remote))) {
        return yield* skipped
      }
      const moved = yield* noting(copy, output, file, moving, (transfer) =>
        options.clobber
          ? send(Effect.asSome(FtpTransfer.fromFile(local, remote, transfer)))
          : KeptNames.unlessTaken(client, remote, (onPublish) =>
              send(FtpTransfer.fromFile(local, remote, { ...transfer, onPublish }))
            )
      )
      return Option.isNone(moved) ? yield* skipped : moved
    })
  )
}

interface Sending extends FtpTransfer.FromFileOptions {
  readonly atomic: boolean
}

/** Uploads, and reports what the server has of the file if that fails. */
const noting = <A, E extends ExitCode.Failure, R>(
  { copying, options, resume, unproven }: Copy,
  output: Output,
  { local, remote, size }: Copying.File,
  moving: Copying.Moving,
  upload: (options: Sending) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const { atomic = false, verification } = options
    let reached = 0
    /** How many STOR and APPE the server may have applied: each may have emptied the file. */
    let stores = 0
    let isKept = false
    return Effect.onError(
      upload({
        atomic,
        verify: verification?.verify,
        ignoreSize: verification?.ignoreSize,
        resume: options.resume,
        retry: resume(local),
        onResume: moving.resumedFrom,
        onRetry: moving.onRetry,
        onUnproven: (bytes) => unproven(local, bytes),
        onKept: () => {
          isKept = true
        },
        onStore: (state) => {
          stores += state === "Sent" ? 1 : -1
        },
        onProgress: (progress) => {
          reached = progress.bytes
          moving.onProgress(progress)
        }
      }),
      (cause) => {
        if (!atomic) {
          return stores > 0 && !failedVerification(cause)
            ? moving.onLeft(
                cause,
                output.warning(
                  incomplete(remote, reached, size, {
                    isFull: isStorageFull(cause),
                    isPrefix: !failedLocally(cause),
                    rerunResumes: options.resume === "IfVerified"
                  })
                )
              )
            : Effect.void
        }
        const keep = Effect.sync(() =>
          copying.keepPartial({ what: `what the server has of ${local}`, rerun: "Resumes" })
        )
        return isKept ? moving.onLeft(cause, keep) : Effect.void
      }
    )
  })

/** Warns what has the final name on the server, unless the error itself reports that. What was sent need not be there. */
const incomplete = (
  remote: string,
  sent: number,
  size: Option.Option<number>,
  { isFull, isPrefix, rerunResumes }: Readonly<Record<"isFull" | "isPrefix" | "rerunResumes", boolean>>
): string => {
  const isPart = sent > 0 && Option.exists(size, (size) => sent < size)
  const what = isPart
    ? `: ${Measure.bytes(sent)} of ${Measure.bytes(Option.getOrElse(size, () => sent))} were sent`
    : ""
  // A server that is full has less than it was sent.
  const least = isFull ? `, if that is ${Measure.bytes(FtpTransfer.WORTH_KEEPING)} or more` : ""
  const next = `${rerunResumes ? "; the same command resumes it" : "; put -c resumes it"}${least}`
  return `${remote} on the server may be incomplete${what}${isPrefix && sent >= FtpTransfer.WORTH_KEEPING ? next : ""}`
}

/** Whether the whole file arrived, and verification failed. */
const failedVerification = (cause: Cause.Cause<ExitCode.Failure>): boolean =>
  Option.exists(Cause.failureOption(cause), (error) => error._tag === "FtpIntegrityError" && error.reason !== "Changed")

/** Whether the local file may be another one than what was sent: it was written meanwhile, or can't be read. */
const failedLocally = (cause: Cause.Cause<ExitCode.Failure>): boolean =>
  Option.exists(Cause.failureOption(cause), ({ _tag }) => _tag === "FtpIntegrityError" || _tag === "FtpLocalFileError")

const isStorageFull = (cause: Cause.Cause<ExitCode.Failure>): boolean =>
  Option.exists(
    Cause.failureOption(cause),
    (error) =>
      error._tag === "FtpTransferInterrupted" &&
      error.cause._tag === "FtpRejected" &&
      error.cause.reason === "StorageFull"
  )

const tree = (copy: Copy, local: string, remote: string) =>
  Effect.gen(function* () {
    const source = yield* FtpMirror.local(local)
    const target = yield* FtpMirror.remote(remote)
    const output = yield* Output
    const { atomic = false, clobber, conflict, links, verification } = copy.options
    return Trees.start(
      FtpTreeCopy.make(source, target, { only: clobber ? "All" : "Missing", links, looks: conflict === "Replace" }),
      {
        copying: copy.copying,
        replaces: conflict === "Replace" ? { atomic, verify: verification?.verify } : undefined,
        onUnread: "Fail",
        exists: "exists on the server",
        refused: unsendable,
        move: (file, moving, perform) => noting(copy, output, file, moving, perform)
      }
    )
  })

const unsendable = (path: string, why: string): CliError =>
  new CliError({
    kind: "Failed",
    message: `${path} is not uploaded: ${why}`,
    hint: "give it another name here"
  })
