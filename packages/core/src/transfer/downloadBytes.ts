/** A small file of the server, into memory. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Counting from "../base/counting.ts"
import type * as Masked from "../base/masked.ts"
import * as Observability from "../base/observability.ts"
import type { FtpPool } from "../pool/FtpPool.ts"
import * as SmallDownload from "./download/small.ts"
import * as Observed from "./observed.ts"
import type { ToFileOptions } from "./options.ts"

/** What is to be fetched. */
interface BytesDownload {
  readonly path: string
  readonly options: ToFileOptions
}

/**
 * All bytes of a small file, by the size that a listing told, for a caller that is masked already; `undefined` if it is to be
 * fetched the long way.
 */
export const toBytesBy = (
  masked: Masked.Masked,
  pool: FtpPool,
  { options, path }: BytesDownload
): Effect.Effect<Uint8Array | undefined, SmallDownload.FetchError> =>
  SmallDownload.isSimple(options)
    ? Effect.suspend(() => SmallDownload.toMemory(masked, pool, { path, size: options.expectedSize, options })).pipe(
        Effect.onExit((exit) => Effect.sync(() => count(exit))),
        Observability.spannedIfSeen(NAME, path, pool.endpoints)
      )
    : Effect.succeed(undefined)

/** The long way counts for itself. */
const count = (exit: Exit.Exit<Uint8Array | undefined, unknown>): void => {
  if (Exit.isFailure(exit)) {
    Observed.count("Download", Exit.failCause(exit.cause))
  } else if (exit.value !== undefined) {
    Counting.transferred("Download", exit.value.byteLength)
  }
}

const NAME = "FtpTransfer.download"
