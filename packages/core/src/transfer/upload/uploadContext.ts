/** What the attempts of one upload share: what is to be sent, where to, and how far it has come. */
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Endpoint from "../../base/FtpEndpoint.ts"
import type { DataError, FtpIntegrityError, FtpTransferInterrupted, OpenError } from "../../base/FtpError.ts"
import type * as Evidence from "../../base/FtpEvidence.ts"
import type { OnCommand } from "../../session/dataTransfer.ts"
import type { Demand } from "../demand.ts"
import type * as Identity from "../identity.ts"
import type { Schedules } from "../patience.ts"
import type { Limit } from "../rate.ts"
import type * as PartialUpload from "./partialUpload.ts"
import type { Recording } from "./recording.ts"
import type * as UploadSource from "./source.ts"
import type { Target } from "./target.ts"

export type UploadError = OpenError | DataError | FtpTransferInterrupted | FtpIntegrityError

export interface Choices {
  readonly schedules: Schedules
  readonly onProgress: (bytes: number) => void
  /** Called when a command that may change the file is sent, and if the server did not apply it. */
  readonly onStore: OnCommand | undefined
  readonly limit: Limit
  readonly demand: Demand
  /** Called with the size of the partial upload of an earlier run that is resumed, if there is one. */
  readonly onResume: (bytes: number) => void
  /** Called with the size of what may be a partial upload of an earlier run, if it is not proven to be one. */
  readonly onUnproven: (bytes: number) => void
  /** Called with the temporary name of a partial upload that stays for a later run. */
  readonly onKept: (at: string) => void
  /** The time that the file gets after verification. */
  readonly modified: Option.Option<DateTime.Utc>
  /** Whether the file may do without that time. */
  readonly isTimeOptional: boolean
  /** Called once the remote file has the time. */
  readonly onTimeSet: (at: DateTime.Utc) => void
  /** Whether a partial upload of an earlier run is looked for that our own record doesn't name. */
  readonly isLookedFor: boolean
  /** For a later run. */
  readonly recording: Recording
  /** Done before an atomic upload gets its final name. */
  readonly onPublish: Effect.Effect<void, UploadError>
}

/** A verified upload. */
export interface Sent {
  readonly bytes: number
  readonly evidence: Evidence.FtpEvidence
}

export interface UploadContext<E, R> {
  readonly source: UploadSource.UploadSource<E, R>
  readonly choices: Choices
  /** Another one as soon as a partial upload of an earlier run is found. */
  target: Target
  /** The host of all attempts, once one was chosen. */
  host: Endpoint.FtpEndpoint | undefined
  /** Looks for a partial upload of an earlier run; `undefined` once that is done. */
  find: PartialUpload.Find | undefined
  /** The highest offset that any attempt reached: bytes on the server beyond it are not ours. */
  reached: number
  /** The file that was there before the first byte; `undefined` until it is known. */
  previous: Identity.Identity | undefined
  /** Whether all bytes on the server are of a source of this size and time: those of an earlier run may not be. */
  isOfVersion: boolean
  /** The boundaries that are not checked yet. */
  readonly unchecked: Set<number>
}
