/**
 * A mirror that runs again after each change of its folder, until it is interrupted.
 *
 *     first run ──fails as a whole──► the command fails
 *      └─► watching ──a change──► run ──the server is away──► warning, and again after a wait
 *                                  └──some of it failed──► reported, and watching
 */
import { isRetryable } from "@ftp-effect/core/FtpError"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpMirrorWatch from "@ftp-effect/core/FtpMirrorWatch"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Failure } from "../errors/ExitCode.ts"
import { Output } from "../output/Output.ts"
import * as Mirroring from "./Mirroring.ts"

export interface Options {
  /** Whether the first run deletes without asking. Later ones have no one to ask. */
  readonly yes: boolean
  readonly filter: FtpMirror.FilterOptions | undefined
}

export const run = (source: FtpMirror.LocalTree, mirror: Mirroring.Mirror, { filter, yes }: Options) =>
  Effect.gen(function* () {
    const output = yield* Output
    const said = new Set<string>()
    const watching = output.remark(`watching ${WireText.toDisplay(source.label)} for changes; Ctrl-C ends it`)
    return yield* FtpMirrorWatch.watch(
      source,
      ({ isFirst }) =>
        Mirroring.run(mirror, { dryRun: false, yes: yes || !isFirst, said, isAgain: !isFirst }).pipe(
          Effect.as("Done" as const),
          Effect.catchIf(
            (error) => error._tag === "Incomplete" || (!isFirst && mayPass(error)),
            (error) =>
              error._tag === "Incomplete"
                ? Effect.succeed(error.mayPass === true ? ("TryAgain" as const) : ("Done" as const))
                : Effect.as(output.failure(error), "TryAgain" as const)
          ),
          Effect.zipLeft(isFirst ? watching : Effect.void)
        ),
      {
        filter,
        onRetry: (wait, error) =>
          Effect.zipRight(
            error === undefined ? Effect.void : output.failure(error),
            output.remark(`trying again in ${Duration.toSeconds(wait)} s`)
          )
      }
    )
  })

/** The server is away, or the folder is being replaced by another one. */
const mayPass = (error: Failure): boolean =>
  isRetryable(error) || (error._tag === "FtpLocalFileError" && error.reason === "NotFound")
