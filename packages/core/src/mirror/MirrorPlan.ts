/**
 * What a mirror is going to do, as data: to be shown, saved and reviewed.
 *
 *     read both trees ──► plan ──► JSON, a question ──► apply at once
 *
 * A step says what the target had when it was planned, and applying does not check that again: what has changed in the
 * target since is replaced, renamed or deleted as planned.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The version of the JSON. It changes if a reader of an older version would misunderstand it.
 *
 * @since 0.1.0
 * @category constants
 */
export const VERSION = 1

const Count = Schema.Int.pipe(Schema.nonNegative())

/** A path relative to the root, that can't lead out of it. */
const Path = Schema.String.pipe(
  Schema.filter((path) => path.split("/").every((name) => name !== "" && name !== "." && name !== ".."), {
    message: () => "a relative path without empty components, . and .."
  })
)

const Time = Schema.Struct({
  at: Schema.DateTimeUtc,
  precision: Schema.Literal("Millisecond", "Second", "Minute", "Day"),
  zone: Schema.Literal("Utc", "Configured", "Inferred", "Assumed"),
  guess: Schema.optional(Schema.Literal("Year", "DayOrMonth"))
})

/**
 * What the target had under the path of a step when it was planned. It is not checked again before the step.
 *
 * @since 0.1.0
 * @category models
 */
export const Precondition = Schema.Union(
  Schema.TaggedStruct("Absent", {}),
  Schema.TaggedStruct("Directory", {}),
  Schema.TaggedStruct("File", { size: Schema.optional(Count), modified: Schema.optional(Time) }),
  Schema.TaggedStruct("Other", {})
)

/**
 * @since 0.1.0
 * @category models
 */
export type Precondition = typeof Precondition.Type

/**
 * Why a step is there.
 *
 * @since 0.1.0
 * @category models
 */
export const Reason = Schema.Union(
  Schema.TaggedStruct("Missing", {}),
  Schema.TaggedStruct("SizeDiffers", { from: Count, to: Count }),
  Schema.TaggedStruct("TimeDiffers", { order: Schema.Literal("SourceNewer", "SourceOlder") }),
  Schema.TaggedStruct("HashDiffers", {}),
  Schema.TaggedStruct("Unknown", { fact: Schema.Literal("Size", "Time", "Hash") }),
  Schema.TaggedStruct("Always", {}),
  Schema.TaggedStruct("TypeDiffers", {}),
  Schema.TaggedStruct("Moved", { from: Path }),
  Schema.TaggedStruct("NotInSource", {})
)

/**
 * @since 0.1.0
 * @category models
 */
export type Reason = typeof Reason.Type

const facts = { path: Path, reason: Reason, precondition: Precondition }

/**
 * One thing to do in the target. `bytes` is what is transferred, if the source's size is known.
 *
 * @since 0.1.0
 * @category models
 */
export const Step = Schema.Union(
  Schema.TaggedStruct("MakeDirectory", facts),
  Schema.TaggedStruct("Rename", { ...facts, from: Path, moved: Precondition }),
  Schema.TaggedStruct("Copy", { ...facts, bytes: Schema.optional(Count), modified: Schema.optional(Time) }),
  Schema.TaggedStruct("Replace", { ...facts, bytes: Schema.optional(Count), modified: Schema.optional(Time) }),
  Schema.TaggedStruct("SetTime", { ...facts, modified: Time }),
  Schema.TaggedStruct("Remove", facts)
)

/**
 * @since 0.1.0
 * @category models
 */
export type Step = typeof Step.Type

/**
 * Something that is left as it is, and why.
 *
 * - `"Excluded"`: by a pattern, its size or its age
 * - `"Link"`, `"Special"`: a link that is not followed; neither a file nor a directory
 * - `"Conflict"`: a file on one side, a directory on the other
 * - `"Collides"`: in the target its name is the same as that of `other`
 * - `"Unsafe"`: the target can't have the name, or it would lead out of the root
 * - `"Drifted"`: an earlier run put it there, and something else has changed it since: it is not deleted
 * - `"Unread"`: a directory of the source, `""` for its root, of which something could not be read; or a file that the
 *   target may have in a directory that could not be read there, and that the rules would not replace
 * - `"Newer"`, `"Existing"`, `"Missing"`: the rules leave it, as it is newer in the target, exists there, or does not
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
    "Conflict",
    "Collides",
    "Unsafe",
    "Drifted",
    "Unread",
    "Newer",
    "Existing",
    "Missing"
  ),
  detail: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export type Skip = typeof Skip.Type

/**
 * Why nothing is deleted although something would have been.
 *
 * - `"SourceMissing"`, `"SourceEmpty"`: the source has nothing
 * - `"Incomplete"`: a directory of the source could not be read to its end
 * - `"TooMany"`: more than the limit
 * - `"Home"`: the target is a login directory, a home or the root of a file system, where other things are too
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
export type Withheld = typeof Withheld.Type

/**
 * The steps in the order in which they may be done: directories before what is in them, removals last (or first).
 * `source` and `target` name the trees, without credentials. `unchanged` counts the files that need nothing.
 *
 * @since 0.1.0
 * @category models
 */
export const MirrorPlan = Schema.Struct({
  version: Schema.Literal(VERSION),
  source: Schema.String,
  target: Schema.String,
  steps: Schema.Array(Step),
  skipped: Schema.Array(Skip),
  withheld: Schema.optional(Withheld),
  unchanged: Count
})

/**
 * @since 0.1.0
 * @category models
 */
export type MirrorPlan = typeof MirrorPlan.Type

/**
 * A plan as JSON, and back.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Json = Schema.parseJson(MirrorPlan)

/**
 * How many steps of each kind, and how many bytes are transferred. `unknownSizes` counts the files without a size.
 *
 * @since 0.1.0
 * @category getters
 */
export const totals = ({ steps }: Pick<MirrorPlan, "steps">) => {
  const counts = { MakeDirectory: 0, Rename: 0, Copy: 0, Replace: 0, SetTime: 0, Remove: 0 }
  let bytes = 0
  let unknownSizes = 0
  for (const step of steps) {
    counts[step._tag]++
    if (step._tag === "Copy" || step._tag === "Replace") {
      bytes += step.bytes ?? 0
      unknownSizes += step.bytes === undefined ? 1 : 0
    }
  }
  return { ...counts, bytes, unknownSizes }
}

/**
 * A reason as words, for people.
 *
 * @since 0.1.0
 * @category getters
 */
export const describeReason = (reason: Reason): string => {
  switch (reason._tag) {
    case "Missing":
      return "not in the target"
    case "SizeDiffers":
      return `size ${reason.from} → ${reason.to}`
    case "TimeDiffers":
      return reason.order === "SourceNewer" ? "the source is newer" : "the source is older"
    case "HashDiffers":
      return "the content differs"
    case "Unknown":
      return `the ${reason.fact.toLowerCase()} is not known`
    case "Always":
      return "all files are copied"
    case "TypeDiffers":
      return "a file on one side, a directory on the other"
    case "Moved":
      return `moved from ${reason.from}`
    case "NotInSource":
      return "not in the source"
  }
}
