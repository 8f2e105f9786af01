/** What the calls of a promise client return, in plain values. `FtpPromise` is the public module. */
import type { FtpEntry, FtpTime } from "@ftp-effect/core/FtpEntry"
import type { FtpEvidence } from "@ftp-effect/core/FtpEvidence"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type { Listed } from "@ftp-effect/core/FtpSession"
import type { Step } from "@ftp-effect/core/MirrorPlan"
import type { Plain } from "./plain.ts"

/**
 * One entry of a directory: `FtpEntry`, its missing parts `undefined`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry extends Plain<FtpEntry> {}

/**
 * The entries of a directory, and the lines that can't be read.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listing extends Omit<Plain<Listed>, "entries"> {
  readonly entries: ReadonlyArray<Entry>
}

/**
 * A time that a server reports: `FtpTime`, with a `Date`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Time extends Plain<FtpTime> {}

/**
 * A finished transfer: how many bytes, and how it was verified.
 *
 * @since 0.1.0
 * @category models
 */
export interface TransferResult {
  readonly bytes: number
  readonly evidence: FtpEvidence
}

/** Named, so that an editor shows the names. */
type Tagged<Tag extends string> = Plain<Extract<Step, { readonly _tag: Tag }>>
interface MakeDirectory extends Tagged<"MakeDirectory"> {}
interface Rename extends Tagged<"Rename"> {}
interface Copy extends Tagged<"Copy"> {}
interface Replace extends Tagged<"Replace"> {}
interface SetTime extends Tagged<"SetTime"> {}
interface MakeLink extends Tagged<"MakeLink"> {}
interface Remove extends Tagged<"Remove"> {}

/**
 * One thing that a mirror does: `MirrorPlan.Step` in plain values. `_tag` says what, `path` where.
 *
 * @since 0.1.0
 * @category models
 */
export type MirrorStep = MakeDirectory | Rename | Copy | Replace | SetTime | MakeLink | Remove

/**
 * What a mirror did: `FtpMirror.MirrorResult` in plain values. `bytes` are those of the files that were copied.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorResult extends Omit<Plain<FtpMirror.MirrorResult>, "done" | "leftOut" | "reached"> {
  readonly done: ReadonlyArray<MirrorStep>
  /** Not tried, as something before them failed. */
  readonly leftOut: ReadonlyArray<MirrorStep>
  /** Not needed: the target was already as they would have made it. */
  readonly reached: ReadonlyArray<MirrorStep>
}

/**
 * What happens while a tree is copied: `FtpMirror.MirrorEvent` in plain values, or how many of them a slow reader has
 * missed.
 *
 * @since 0.1.0
 * @category models
 */
export type MirrorEvent = Plain<FtpMirror.MirrorEvent | FtpMirror.MissedEvents>
