/**
 * Many files, or many empty directories, removed in bursts:
 *
 *     C: DELE a                       C: RMD d
 *     C: DELE b                       C: RMD e
 *     S: 250 ...                      S: 250 ...
 *     S: 550 ...                      S: 550 ...
 *
 * Only what goes well is decided here. To say why something else does not, it is asked for again, on its own.
 */
import * as Effect from "effect/Effect"
import type { CommandError } from "../base/FtpError.ts"
import { isRefusal } from "../control/replyErrors.ts"
import * as Command from "../protocol/Command.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as Burst from "./burst.ts"
import type { SessionContext } from "./context.ts"

/**
 * What became of a path. `"Refused"`: for good, by a 5yz. `"Unknown"`: it may be removed, or may be later.
 *
 * @since 0.1.0
 * @category models
 */
export type Removal = "Removed" | "Refused" | "Unknown"

/** As many as go into one burst, at least one. The result has as many items. */
export const removeFirst = (
  context: SessionContext,
  kind: "Files" | "Directories",
  paths: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Removal>, CommandError> => {
  const command = kind === "Files" ? Command.dele : Command.rmd
  const groups = paths.map((path) => [command(path)] as const)
  return Effect.map(Burst.send(context, groups), ({ replies, sent }) =>
    Array.from({ length: sent }, (_, index) => outcome(groups[index]?.[0], replies?.[index]?.[0]))
  )
}

const outcome = (command: Command.Command | undefined, reply: Reply.Reply | undefined): Removal =>
  command === undefined || reply === undefined
    ? "Unknown"
    : !isRefusal(command, reply)
      ? "Removed"
      : reply.code >= 500
        ? "Refused"
        : "Unknown"
