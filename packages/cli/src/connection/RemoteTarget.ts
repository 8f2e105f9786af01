/**
 * A target on the server: looked up, placed by the rules of `Target`, and made if it is to be a directory.
 */
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as Features from "@ftp-effect/core/protocol/Features"
import * as Effect from "effect/Effect"
import * as Target from "../arguments/Target.ts"
import type * as ExitCode from "../errors/ExitCode.ts"
import * as Remote from "./Remote.ts"

interface Sources {
  readonly several: boolean
  readonly onlyDirectory: boolean
  /** One directory that is copied, and whose target is made: MKD refuses any name that is taken. */
  readonly isTree?: boolean | undefined
}

/** How the sources go to the target, which is there afterwards if it is a directory. */
export const place = (
  target: Remote.RemoteArg,
  sources: Sources
): Effect.Effect<Target.Placement, ExitCode.Failure, FtpClient> =>
  Effect.gen(function* () {
    const client = yield* FtpClient
    // Asking whether it can be entered follows links, and is enough except for one name that may be taken.
    const existing = (yield* Remote.isDirectory(target.path))
      ? "Directory"
      : (sources.several || sources.onlyDirectory || target.endsInSlash) &&
          (yield* isTaken(client, target.path, sources))
        ? "File"
        : "Nothing"
    const placement = yield* Target.place(
      { existing, isWrittenAsDirectory: target.endsInSlash, shown: target.shown },
      sources
    )
    if (placement === "Into" && existing === "Nothing") {
      yield* client.makeDirectory(target.path.replace(/\/+$/, ""), { recursive: true })
    }
    return placement
  })

/**
 * Whether the name is taken by something that can't be entered. On a server without MLST only a listing of the parent shows
 * that, which takes several round trips: a tree does without, as its MKD is refused then.
 */
const isTaken = (client: FtpClient, path: string, { isTree = false }: Sources) =>
  isTree
    ? Effect.flatMap(
        client.withSession(({ features }) => Effect.succeed(Features.has(features, "MLST"))),
        (hasMlst) => (hasMlst ? client.exists(path) : hasSize(client, path))
      )
    : client.exists(path)

const hasSize = (client: FtpClient, path: string) =>
  Effect.catchIf(
    Effect.as(client.size(path), true),
    ({ _tag }) => _tag === "FtpRejected" || _tag === "FtpProtocolViolation",
    () => Effect.succeed(false)
  )
