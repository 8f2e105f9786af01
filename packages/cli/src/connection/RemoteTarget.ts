/**
 * A target on the server: looked up, placed by the rules of `Target`, and made if it is to be a directory.
 */
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as Effect from "effect/Effect"
import * as Target from "../arguments/Target.ts"
import type * as ExitCode from "../errors/ExitCode.ts"
import * as Remote from "./Remote.ts"

/** How the sources go to the target, which is there afterwards if it is a directory. */
export const place = (
  target: Remote.RemoteArg,
  sources: { readonly several: boolean; readonly onlyDirectory: boolean }
): Effect.Effect<Target.Placement, ExitCode.Failure, FtpClient> =>
  Effect.gen(function* () {
    const client = yield* FtpClient
    // Asking whether it can be entered follows links, and is enough except for one name that may be taken.
    const existing = (yield* Remote.isDirectory(target.path))
      ? "Directory"
      : (sources.several || sources.onlyDirectory || target.endsInSlash) && (yield* client.exists(target.path))
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
