/** What a plan does not do, and why; public as `MirrorPlan`'s. */
import * as Schema from "effect/Schema"
import { Count } from "./planFields.ts"

/**
 * Something that is left as it is, and why.
 *
 * - `"Excluded"`: by a pattern, its size or its age
 * - `"Link"`, `"Special"`: a link that is neither followed nor copied as one; a pipe, a socket or a device
 * - `"Unknown"`: the server does not say whether it is a file
 * - `"Conflict"`: a file on one side, a directory on the other
 * - `"Collides"`: in the target its name is the same as that of `other`
 * - `"Unsafe"`: the target can't have the name, or it would lead out of the root
 * - `"Reserved"`: a partial file of a transfer, which is no part of a tree; or, of the target alone, what another run may
 *   be using: see `FtpMirror`'s page
 * - `"Drifted"`: an earlier run put it there, and something else has changed it since: it is not deleted
 * - `"Unread"`: a directory of the source, `""` for its root, of which something could not be read; a directory that the
 *   target could not list this time; or a file that the target may have in a directory that can't be read there, and that
 *   the rules would not replace
 * - `"Newer"`, `"Existing"`, `"Missing"`: the rules leave it, as it is newer in the target, exists there, or does not
 *
 * `mayPass` is true of what could not be read this time, because a connection broke or the server was busy: a later run may
 * do it.
 *
 * @since 0.1.0
 * @category models
 */
export const Skip = Schema.Struct({
  path: Schema.String,
  reason: Schema.Literal(
    "Excluded",
    "Link",
    "Special",
    "Unknown",
    "Conflict",
    "Collides",
    "Unsafe",
    "Reserved",
    "Drifted",
    "Unread",
    "Newer",
    "Existing",
    "Missing"
  ),
  detail: Schema.String,
  mayPass: Schema.optional(Schema.Boolean)
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Skip extends Schema.Schema.Type<typeof Skip> {}

/**
 * Why nothing is deleted although something would have been.
 *
 * - `"SourceMissing"`, `"SourceEmpty"`: the source has nothing
 * - `"Incomplete"`: a directory of the source could not be read to its end
 * - `"TooMany"`: more than the limit
 * - `"Home"`: the target is a login directory or a home, above one, or the root of a file system, where other things are too
 *
 * @since 0.1.0
 * @category models
 */
export const Withheld = Schema.Struct({
  reason: Schema.Literal("SourceMissing", "SourceEmpty", "Incomplete", "TooMany", "Home"),
  /** How many entries would have been deleted. */
  count: Count,
  detail: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Withheld extends Schema.Schema.Type<typeof Withheld> {}

/**
 * Why the whole tree is not swapped, in a plan that asks for that; then it has no steps.
 *
 * - `"Protected"`: the target has entries that the source does not have and that are not to be deleted: they would be lost
 * - `"Withheld"`: a guard forbids what would be deleted, see `withheld`
 * - `"TargetUnread"`: a directory of the target could not be read, `""` for its root
 * - `"SourceIncomplete"`: something of the source can't be copied, see `skipped`
 * - `"SourceEmpty"`: the source is empty, or all of it is excluded
 *
 * `paths` are the first ten of them. `deletable` is how many of those that are `"Protected"` are deleted with
 * `delete: "Extra"`.
 *
 * @since 0.1.0
 * @category models
 */
export const Refusal = Schema.Struct({
  reason: Schema.Literal("Protected", "Withheld", "TargetUnread", "SourceIncomplete", "SourceEmpty"),
  count: Count,
  paths: Schema.Array(Schema.String),
  deletable: Schema.optional(Count)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Refusal = typeof Refusal.Type
