/**
 * Local files and trees to the server.
 *
 *     what was named ──► a file ───────────────────────► STOR NAME
 *                   └──► a directory (-r) ──► made there ──► its files and directories, in their turn
 *
 * `commands/put` chooses the sources and the target.
 */
import { FtpClient } from "@ftp-effect/core/FtpClient"
import { FtpLocalFile, FtpLocalFileError, type LocalInfo } from "@ftp-effect/core/FtpLocalFile"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Placement } from "../arguments/Target.ts"
import { CliError } from "../errors/CliError.ts"
import type * as ExitCode from "../errors/ExitCode.ts"
import * as Names from "../local/names.ts"
import * as LocalTree from "../local/tree.ts"
import * as Measure from "../output/Measure.ts"
import { Output } from "../output/Output.ts"
import type { Screen } from "../output/Screen.ts"
import * as Copying from "./Copying.ts"
import * as Resuming from "./Resuming.ts"

/** What the client's layer and the machine give. */
export type Environment = FtpClient | FtpPool | FtpLocalFile

/** How to copy. */
export interface Options {
  readonly recursive: boolean
  /** Whether remote files may be replaced. */
  readonly clobber: boolean
  /** Whether a file is renamed into place only after verification. Default false. */
  readonly atomic?: boolean | undefined
  /** Whether to resume a partial upload of an earlier run. Default `"Never"`. */
  readonly resume?: "IfVerified" | "Never" | undefined
  /** How strictly to verify each file. Default as `FtpTransfer`'s. */
  readonly verification?: Pick<FtpTransfer.TransferOptions, "verify" | "ignoreSize"> | undefined
}

/** Copies local files and trees into the remote target directory, or to exactly the target. */
export const run = (
  sources: ReadonlyArray<string>,
  target: { readonly path: string; readonly placement: Placement },
  options: Options
): Effect.Effect<Copying.Summary, ExitCode.Failure, Environment | Output | Screen> =>
  Effect.scoped(
    Effect.gen(function* () {
      const copying = yield* Copying.make("Upload")
      const pool = yield* FtpPool
      const copy = { copying, options, resume: yield* Resuming.make, unproven: yield* Resuming.makeUnproven }
      const jobs: Array<Copying.Job<Environment | Output>> = []
      for (const source of sources) {
        const remote =
          target.placement === "Into" ? RemotePath.join(target.path, LocalTree.nameOf(source)) : target.path
        const job = yield* Effect.either(named(copy, source, remote))
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
const named = (copy: Copy, local: string, remote: string) =>
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
    return directory(copy, local, local, remote)
  })

/** `found`: what the directory's listing has told of it. */
const file = (copy: Copy, local: string, remote: string, size: Option.Option<number>, found?: LocalInfo) => {
  const { copying, options, resume, unproven } = copy
  const { atomic, verification } = options
  return copying.file({ remote, local, size }, (moving) =>
    Effect.gen(function* () {
      const client = yield* FtpClient
      const output = yield* Output
      if (!options.clobber && (yield* client.exists(remote))) {
        yield* copying.skip(local, `${remote} exists on the server`)
        return Option.none()
      }
      let reached = 0
      return Option.some(
        yield* FtpTransfer.fromFile(local, remote, {
          atomic,
          ...verification,
          found,
          resume: options.resume,
          retry: resume(local),
          onResume: moving.resumedFrom,
          onUnproven: (bytes) => unproven(local, bytes),
          onProgress: (progress) => {
            reached = progress.bytes
            moving.onProgress(progress)
          }
        }).pipe(
          Effect.onError((cause) => {
            if (atomic !== true) {
              return reached > 0 && !failedVerification(cause)
                ? output.warning(incomplete(remote, reached, size, options.resume === "IfVerified"))
                : Effect.void
            }
            return Effect.sync(() => {
              if (reached >= FtpTransfer.WORTH_KEEPING && isInterruption(cause)) {
                copying.keepPartial({ what: `what the server has of ${local}`, rerun: "Resumes" })
              }
            })
          })
        )
      )
    })
  )
}

/** Warns what has the final name on the server, unless the error itself reports that. */
const incomplete = (remote: string, sent: number, size: Option.Option<number>, rerunResumes: boolean): string => {
  const bytes = Measure.bytes(sent)
  const what = Option.match(size, {
    onNone: () => `is incomplete: ${bytes} were sent`,
    onSome: (size) =>
      sent < size
        ? `is incomplete: ${bytes} of ${Measure.bytes(size)} were sent`
        : `may be incomplete: all ${bytes} were sent, but not confirmed`
  })
  const next = rerunResumes ? "; the same command resumes it" : "; put -c resumes it"
  return `${remote} on the server ${what}${sent >= FtpTransfer.WORTH_KEEPING ? next : ""}`
}

/** Whether the whole file arrived, and verification failed. */
const failedVerification = (cause: Cause.Cause<ExitCode.Failure>): boolean =>
  Option.exists(Cause.failureOption(cause), (error) => error._tag === "FtpIntegrityError" && error.reason !== "Changed")

const isInterruption = (cause: Cause.Cause<ExitCode.Failure>): boolean =>
  Cause.isInterruptedOnly(cause) ||
  Option.exists(Cause.failureOption(cause), ({ _tag }) => _tag === "FtpTransferInterrupted")

const directory = (
  copy: Copy,
  root: string,
  local: string,
  remote: string,
  isMade = false
): Copying.Job<Environment | Output> => ({
  kind: "Directory",
  subject: local,
  run: Effect.gen(function* () {
    const client = yield* FtpClient
    const children = yield* LocalTree.children(local, root)
    // Its parent exists: it was made before this job was added. A directory that exists already is success.
    if (!isMade) {
      yield* client.makeDirectory(remote, { recursive: true })
    }
    const made = yield* makeTogether(remote, children)
    const jobs: Array<Copying.Job<Environment | Output>> = []
    for (const { kind, name, path } of children) {
      const target = RemotePath.join(remote, name)
      if (!Names.canBeSent(name)) {
        yield* copy.copying.fail(unsendable(path), path)
      } else if (kind._tag === "Skipped") {
        yield* copy.copying.skip(path, kind.why)
      } else if (kind._tag === "Directory") {
        jobs.push(directory(copy, root, path, target, made.has(target)))
      } else {
        jobs.push(file(copy, path, target, Option.some(kind.info.size), kind.info))
      }
    }
    return jobs
  })
})

/** Which of the directories in a directory are made already, all in one flight: they are new, as a rule. */
const makeTogether = (remote: string, children: ReadonlyArray<LocalTree.Child>) =>
  Effect.gen(function* () {
    const targets = children.flatMap(({ kind, name }) =>
      kind._tag === "Directory" && Names.canBeSent(name) ? [RemotePath.join(remote, name)] : []
    )
    if (targets.length < 2) {
      return new Set<string>()
    }
    const client = yield* FtpClient
    const made = yield* client.makeDirectories(targets)
    return new Set(targets.filter((_, index) => made[index]))
  })

const unsendable = (path: string): CliError =>
  new CliError({
    kind: "Failed",
    message: `${path} is not uploaded: its name is not UTF-8`,
    hint: "give it another name here"
  })
