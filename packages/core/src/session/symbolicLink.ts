/**
 * A symbolic link (mod_site_misc of ProFTPD):
 *
 *     C: CWD /www/docs
 *     C: SITE SYMLINK ../v2 latest     S: 200
 *     C: CWD /home/ann                 a visit is always undone
 *
 * ProFTPD 1.3.8 looks for the target in the current directory, refuses one that is not there, and writes it as an absolute path
 * as the session sees it. It splits the argument into words and takes quotes away, and a path that begins with ~ is that of a
 * home, so a name with any of these would become another one: it is a usage error, and nothing is sent.
 */
import * as Effect from "effect/Effect"
import { type CommandError, FtpUsageError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import type { FtpSession } from "./FtpSession.ts"

/** Whether FEAT lists it, or else SITE HELP. */
export const isOffered = ({
  features,
  run
}: Pick<FtpSession, "features" | "run">): Effect.Effect<boolean, CommandError> =>
  Features.parameters(features, "SITE").some((parameter) => parameter.toUpperCase() === "SYMLINK")
    ? Effect.succeed(true)
    : run(Command.site("HELP")).pipe(
        Effect.map(({ lines }) =>
          lines.some((line) =>
            line
              .toUpperCase()
              .split(/[^A-Z]+/)
              .includes("SYMLINK")
          )
        ),
        Effect.catchTag("FtpRejected", () => Effect.succeed(false))
      )

/** Whether a path is read as it is written. */
export const isNameable = (path: string): boolean => path !== "" && !/^~|[\s"'\\]|(?:^|\/)#/.test(path)

/**
 * `target` is relative to the directory of `path`; it and the name of the link must be nameable. What is there by that
 * name is not replaced.
 */
export const make = (
  { inDirectory, run }: Pick<FtpSession, "inDirectory" | "run">,
  target: string,
  path: string
): Effect.Effect<void, CommandError | FtpUsageError> => {
  const name = RemotePath.baseName(path)
  return isNameable(target) && isNameable(name)
    ? inDirectory(RemotePath.parent(path), Effect.asVoid(run(Command.site(`SYMLINK ${target} ${name}`))))
    : new FtpUsageError({
        argument: "link",
        why: "SITE SYMLINK takes no names with spaces, quotes or backslashes, and none that begin with ~ or #"
      })
}
