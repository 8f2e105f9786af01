/** The long way of an upload: what its options ask for, and whether it goes to a temporary name. */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as FtpSource from "../../base/FtpSource.ts"
import type { FtpPool } from "../../pool/FtpPool.ts"
import { limitOf, schedulesOf } from "../choices.ts"
import * as Demand from "../demand.ts"
import type { FromFileOptions, Result, TransferError, UploadOptions } from "../options.ts"
import * as Atomic from "./atomic.ts"
import * as PartialUpload from "./partialUpload.ts"
import type * as Publication from "./publication.ts"
import * as Recording from "./recording.ts"
import * as Send from "./send.ts"
import type { Choices } from "./uploadContext.ts"

export const send = <E, R>(
  path: string,
  source: FtpSource.FtpSource<E, R>,
  options: UploadOptions,
  file: FileChoices = {}
): Effect.Effect<Result, TransferError | E, Exclude<R, Scope.Scope> | FtpPool> =>
  Effect.gen(function* () {
    // No run looks for what is left under a temporary name that has no version in it.
    const isResumable = options.atomic !== true || file.version !== undefined
    const choices: Choices = {
      schedules: yield* schedulesOf(options),
      onProgress: (bytes) => options.onProgress?.({ bytes, total: source.size }),
      onStore: options.onStore,
      limit: yield* limitOf(options),
      demand: yield* Demand.make(options),
      onResume: file.onResume ?? (() => {}),
      onUnproven: file.onUnproven ?? (() => {}),
      onKept: file.onKept ?? (() => {}),
      onTimeSet: file.onTimeSet ?? (() => {}),
      modified: file.modified ?? Option.none(),
      isTimeOptional: file.isTimeOptional ?? false,
      isLookedFor: file.isLookedFor ?? false,
      recording: yield* Recording.make(path, source.size, isResumable ? file.source : undefined),
      onPublish: options.onPublish ?? Effect.void
    }
    if (options.atomic === true) {
      return yield* Atomic.send(path, source, choices, file.version ?? Option.none(), file.left)
    }
    const find: PartialUpload.Find = (session, source) =>
      PartialUpload.underFinalName(session, { ...choices, path }, source)
    return yield* Effect.zipLeft(
      Send.send({ path, at: path, isFresh: false, ...(file.version && { find }) }, source, choices),
      choices.recording.forget
    )
  })

/** What only a file has. */
interface FileChoices {
  readonly modified?: Option.Option<DateTime.Utc>
  readonly isTimeOptional?: boolean
  /** Given if what an earlier run left is to be resumed; `None` if the file has no time. */
  readonly version?: Option.Option<string>
  /** Whether a partial upload is looked for that our own record doesn't name. */
  readonly isLookedFor?: boolean
  /** An atomic upload that the short way has begun. */
  readonly left?: Publication.Left
  /** By which it is recognised in records. */
  readonly source?: Effect.Effect<Option.Option<string>>
  readonly onResume?: FromFileOptions["onResume"]
  readonly onUnproven?: FromFileOptions["onUnproven"]
  readonly onKept?: FromFileOptions["onKept"]
  readonly onTimeSet?: FromFileOptions["onTimeSet"]
}
