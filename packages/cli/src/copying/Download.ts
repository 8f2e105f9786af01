/**
 * Files and trees from the server to local places.
 *
 *     what was named ──► a file ──────────────────────► NAME.ftp-effect.part ──► NAME
 *                   └──► a directory (-r) ──────────► `Trees`: the library's engine
 *
 * `commands/get` chooses the sources and the target.
 */

import { join } from "node:path"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Placement } from "../arguments/Target.ts"
import * as Remote from "../connection/Remote.ts"
import { CliError } from "../errors/CliError.ts"
import type * as ExitCode from "../errors/ExitCode.ts"
import * as Hint from "../errors/hint.ts"
import type { Output } from "../output/Output.ts"
import type { Screen } from "../output/Screen.ts"
import * as Copying from "./Copying.ts"
import { type Copy, type Environment, file, type Local, noting, type Options, transferOptions } from "./DownloadFile.ts"
import * as Resuming from "./Resuming.ts"
import * as Trees from "./Trees.ts"

export type { Environment, Options } from "./DownloadFile.ts"

/** Copies what was found into the target directory, or to exactly the target. */
export const run = (
  found: ReadonlyArray<Remote.Match>,
  target: Local & { readonly placement: Placement },
  options: Options
): Effect.Effect<Copying.Summary, ExitCode.Failure, Environment | Output | Screen> =>
  Effect.scoped(
    Effect.gen(function* () {
      const copying = yield* Copying.make("Download", options.secondTurn)
      const pool = yield* FtpPool
      const copy = { copying, options, resume: yield* Resuming.make, warm: pool.warm }
      const { names } = yield* FtpMirror.local(target.path)
      const jobs: Array<Copying.Job<Environment>> = []
      for (const { entry, name, path } of found) {
        const unsafe = target.placement === "Into" && name !== "" ? names.unsafeReason(name) : Option.none()
        if (Option.isSome(unsafe)) {
          yield* copying.fail(refused(path, `its name ${unsafe.value}`), path)
        } else {
          const local = target.placement === "Into" ? { path: join(target.path, name) } : target
          jobs.push(named(copy, path, local, entry))
        }
      }
      return yield* copying.run(jobs, Math.min(pool.size, options.atOnce ?? pool.size))
    })
  )

/** A path that the user named: links are followed; without an entry its type is not known yet. */
const named = (copy: Copy, path: string, local: Local, entry: Option.Option<FtpEntry>): Copying.Job<Environment> => {
  if (Option.isSome(entry) && entry.value.type === "File") {
    return file(copy, path, local, entry)
  }
  if (!copy.options.recursive && Option.isNone(entry)) {
    return explainDirectory(file(copy, path, local, entry), path)
  }
  return {
    kind: "Directory",
    subject: path,
    // Most likely it is one: the sessions for its files are opened while that is asked for.
    warm: copy.options.recursive ? copy.warm : undefined,
    run: Effect.gen(function* () {
      if (yield* withOwnSession(leadsToDirectory(path, entry))) {
        return copy.options.recursive ? [yield* tree(copy, path, local.path)] : yield* isDirectory(path)
      }
      return [file(copy, path, local, entry)]
    })
  }
}

/** With the session that a worker keeps, which may be the only one that the server gives. */
const withOwnSession = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.provideServiceEffect(self, FtpClient.FtpClient, FtpClient.make)

/** Whether a path that the user named is a directory, or a link to one. */
export const leadsToDirectory = (path: string, entry: Option.Option<FtpEntry>) =>
  Option.isSome(entry) && entry.value.type === "Directory"
    ? Effect.succeed(true)
    : Option.isSome(entry) || path === ""
      ? Remote.isDirectory(path)
      : Effect.flatMap(FtpClient.FtpClient, (client) => client.leadsToDirectory(path))

const isDirectory = (path: string) =>
  new CliError({
    kind: "Failed",
    message: `${path === "" ? "the login directory" : path} is a directory`,
    hint: "to download it with everything in it: get -r"
  })

/** Servers refuse to send a directory with many different texts; ours is clearer. */
const explainDirectory = <R>(job: Copying.Job<R>, path: string): Copying.Job<R | FtpPool> => ({
  ...job,
  run: Effect.catchIf(
    job.run,
    (error) =>
      (error._tag === "FtpRejected" && error.path === path) ||
      // A local directory has the name already, as that of an earlier `get -r`.
      (error._tag === "FtpLocalFileError" && error.reason === "IsDirectory"),
    (failed) =>
      Effect.flatMap(
        withOwnSession(Remote.isDirectory(path)),
        (isOne): Effect.Effect<never, ExitCode.Failure> => (isOne ? isDirectory(path) : Effect.fail(failed))
      )
  )
})

const tree = (copy: Copy, path: string, local: string) =>
  Effect.gen(function* () {
    const { clobber, conflict, durability, links, onUnread, verification } = copy.options
    const source = yield* FtpMirror.remote(path)
    // Nothing is written through links where links are made.
    const target = yield* FtpMirror.local(local, links === "Copy" ? "Inside" : "All")
    return Trees.start(
      FtpTreeCopy.make(source, target, { only: clobber ? "All" : "Missing", links, looks: conflict === "Replace" }),
      {
        copying: copy.copying,
        replaces: conflict === "Replace" ? { durability, verify: verification?.verify } : undefined,
        onUnread,
        exists: "exists",
        refused,
        move: ({ local, remote, size }, moving, perform) => {
          const performed = perform(transferOptions(copy, remote, moving))
          // No partial file of that size is kept.
          return Option.exists(size, (bytes) => bytes < FtpTransfer.WORTH_KEEPING)
            ? performed
            : noting(copy, local, moving, performed)
        }
      }
    )
  })

const refused = (path: string, why: string): CliError =>
  new CliError({
    kind: "Failed",
    message: `${path} is not downloaded: ${why}`,
    hint: Hint.ofName(path) ?? "download it on its own, under another name"
  })
