/** What a plan consists of beside its steps, and what these have in common. */
import * as Schema from "effect/Schema"
import { MAX_DEPTH } from "../protocol/Descent.ts"

export const Count = Schema.Int.pipe(Schema.nonNegative())

/** As deep as trees are read: an entry of the deepest directory. */
const MAX_COMPONENTS = MAX_DEPTH + 1

/** A path relative to the root, that can't lead out of it. */
export const Path = Schema.String.pipe(
  Schema.filter(
    (path) => {
      const names = path.split("/", MAX_COMPONENTS + 1)
      return names.length <= MAX_COMPONENTS && names.every((name) => name !== "" && name !== "." && name !== "..")
    },
    { message: () => `a relative path of at most ${MAX_COMPONENTS} components, none empty, . or ..` }
  )
)

/** Where a link leads: such a path, or `""` for the root. */
export const Destination = Schema.Union(Schema.Literal(""), Path)

/**
 * A path that the target writes in another Unicode form (NFC, NFD) than the source. Steps have `path`; what they do in
 * the target is done to `inTarget`.
 *
 * @since 0.1.0
 * @category models
 */
export const Spelling = Schema.Struct({ path: Path, inTarget: Path }).pipe(
  Schema.filter(({ inTarget, path }) => path.normalize("NFC") === inTarget.normalize("NFC"), {
    message: () => "two spellings of one path"
  })
)

/**
 * @since 0.1.0
 * @category models
 */
export type Spelling = typeof Spelling.Type

export const Time = Schema.Struct({
  at: Schema.DateTimeUtc,
  precision: Schema.Literal("Millisecond", "Second", "Minute", "Day"),
  zone: Schema.Literal("Utc", "Configured", "Inferred", "Assumed"),
  guess: Schema.optional(Schema.Literal("Year", "DayOrMonth"))
})

/** More than anyone writes; each one costs time for each path. */
const MAX_PATTERNS = 1000
const MAX_PATTERN_LENGTH = 1000

const Patterns = Schema.Array(Schema.String.pipe(Schema.maxLength(MAX_PATTERN_LENGTH))).pipe(
  Schema.maxItems(MAX_PATTERNS)
)

/** Whether a plan can remember these patterns, or paths. By hand: a mirror of one file needs nothing else of Schema. */
export const isRemembered = (patterns: ReadonlyArray<string>): boolean =>
  patterns.length <= MAX_PATTERNS && patterns.every((pattern) => pattern.length <= MAX_PATTERN_LENGTH)

/**
 * What of `MirrorOptions` a plan remembers: all that its steps don't say, and that doing them needs. What could harm in a
 * plan of another person's is not in it: a local path for the manifest, and leave to delete in a home. `filter` says what
 * took part, unless it has more patterns or paths than a plan may have. `manifest` is
 * where it is kept: nowhere, in the target under a path, or in a local file, which
 * has to be named again when the plan is applied. `swap` is what becomes of the old tree, and whether an unfinished stage of
 * an earlier run is compared by sizes and times, or is sent anew. Without `links` they are followed. Without
 * `only` a file that has come into the target since is replaced.
 *
 * @since 0.1.0
 * @category models
 */
export const PlanOptions = Schema.Struct({
  delete: Schema.Literal("None", "Extra", "Ours"),
  deleteWhen: Schema.Literal("Before", "During", "After"),
  last: Patterns,
  filter: Schema.optional(
    Schema.Struct({
      paths: Schema.optional(Patterns),
      patterns: Patterns,
      minBytes: Schema.optional(Count),
      maxBytes: Schema.optional(Count),
      newerThan: Schema.optional(Schema.DateTimeUtc),
      olderThan: Schema.optional(Schema.DateTimeUtc)
    })
  ),
  manifest: Schema.Union(
    Schema.TaggedStruct("None", {}),
    Schema.TaggedStruct("InTarget", { path: Path }),
    Schema.TaggedStruct("LocalFile", {})
  ),
  times: Schema.Literal("Keep", "IfPossible", "Now"),
  atomic: Schema.Boolean,
  links: Schema.optional(Schema.Literal("Skip", "Follow", "Copy")),
  only: Schema.optional(Schema.Literal("Missing", "Newer")),
  swap: Schema.optional(Schema.Struct({ previous: Schema.Literal("Remove", "Keep"), reuse: Schema.Boolean })),
  verify: Schema.optional(Schema.Literal("Hash", "SizeAndTime", "Size", "Reply"))
})

/**
 * @since 0.1.0
 * @category models
 */
export type PlanOptions = typeof PlanOptions.Type
