/**
 * A file copied by the server, without its bytes being sent (mod_copy of ProFTPD):
 *
 *     C: SITE CPFR a    S: 350
 *     C: SITE CPTO b    S: 250
 *
 * Servers split a SITE command into words. ProFTPD 1.3.8 puts a path with several spaces together again as it was; one that
 * did not would copy another file, so such a path is not used.
 */
import * as Effect from "effect/Effect"
import type { CommandError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import type { FtpSession } from "./FtpSession.ts"

/** Whether FEAT lists it, or else SITE HELP. */
export const isOffered = ({
  features,
  run
}: Pick<FtpSession, "features" | "run">): Effect.Effect<boolean, CommandError> =>
  Features.parameters(features, "SITE").some((parameter) => parameter.toUpperCase() === "COPY")
    ? Effect.succeed(true)
    : run(Command.site("HELP")).pipe(
        Effect.map(({ lines }) => {
          const words = new Set(lines.flatMap((line) => line.toUpperCase().split(/[^A-Z]+/)))
          return words.has("CPFR") && words.has("CPTO")
        }),
        Effect.catchTag("FtpRejected", () => Effect.succeed(false))
      )

/** Whether a path is read as it is written. */
export const isNameable = (path: string): boolean => !/^\s|\s$|\s\s|[^\S ]/.test(path)

/** `to` is not there before. */
export const copy = ({ run }: Pick<FtpSession, "run">, from: string, to: string): Effect.Effect<void, CommandError> =>
  Effect.zipRight(run(Command.site(`CPFR ${from}`)), Effect.asVoid(run(Command.site(`CPTO ${to}`))))
