/**
 * Refusals whose reply gives no reason, which vsftpd sends. The server is asked once more, and only then:
 *
 *     C: STOR nodir/f                        C: RETR dir                       C: CWD file
 *     S: 553 Could not create file.          S: 550 Failed to open file.       S: 550 Failed to change directory.
 *     is nodir a directory?  ──no──►         is dir a directory?  ──yes──►     is file there, and no directory? ──yes──►
 *     not found                              "dir is a directory"              "file is a file"
 */
import { FtpClient } from "@ftp-effect/core/FtpClient"
import { FtpRejected, isUnexplained } from "@ftp-effect/core/FtpError"
import * as Effect from "effect/Effect"
import { CliError } from "../errors/CliError.ts"
import type * as ExitCode from "../errors/ExitCode.ts"
import * as Hint from "../errors/hint.ts"
import * as Remote from "./Remote.ts"

/** A refusal to make something at `path` is `NotFound` if the directory above is missing. */
export const withParent =
  (path: string) =>
  <A, E extends ExitCode.Failure, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | FtpRejected, R | FtpClient> =>
    Effect.catchAll(self, (error) => {
      const refused: ExitCode.Failure = error
      const parent = Hint.parentOf(path)
      return refused._tag === "FtpRejected" &&
        parent !== undefined &&
        Hint.MAKES_NAME.has(refused.verb) &&
        isUnexplained(refused)
        ? // A question that fails, or is refused, says nothing.
          Effect.flatMap(
            Effect.orElseSucceed(Remote.isDirectory(parent), () => true),
            (isThere) => Effect.fail(isThere ? error : new FtpRejected({ ...refused, path, reason: "NotFound" }))
          )
        : Effect.fail(error)
    })

/** What can be read is no directory: many servers refuse that with other words. */
export const unlessDirectory =
  (path: string) =>
  <A, E extends ExitCode.Failure, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | CliError, R | FtpClient> =>
    Effect.catchAll(self, (error) => {
      const refused: ExitCode.Failure = error
      return refused._tag === "FtpRejected" && refused.path === path
        ? Effect.flatMap(
            Effect.orElseSucceed(Remote.isDirectory(path), () => false),
            (isOne): Effect.Effect<never, E | CliError> =>
              Effect.fail(
                isOne
                  ? new CliError({
                      kind: "Failed",
                      message: `${path === "" ? "the login directory" : path} is a directory`,
                      hint: "ls lists it, and get -r downloads it with everything in it"
                    })
                  : error
              )
          )
        : Effect.fail(error)
    })

/** Whether a refused directory is a file. */
export const isFile = (error: FtpRejected, path: string): Effect.Effect<boolean, never, FtpClient> =>
  error.path !== path || path === "" || (error.reason !== "NotFound" && error.reason !== "Other")
    ? Effect.succeed(false)
    : Effect.flatMap(FtpClient, (client) =>
        Effect.orElseSucceed(
          Effect.map(client.stat(path), ({ type }) => type === "File"),
          () => false
        )
      )
