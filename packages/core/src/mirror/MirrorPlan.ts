/**
 * What a mirror is going to do, as data: to be shown, saved, reviewed, and done later.
 *
 *     read both trees ──► plan ──► JSON ──► decode ──► list again what the steps are about ──► the steps that still hold
 *
 * A step says what source and target had when it was planned. A plan that is read is input from outside: its paths
 * can't lead out of the roots, its size is limited, and it has no secret and no path of this machine but the roots.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { FtpUsageError } from "../base/FtpError.ts"
import { Refusal, Skip, Withheld } from "./planExceptions.ts"
import { Count, Destination, Path, PlanOptions, Spelling, Time } from "./planFields.ts"

export { Refusal, Skip, Withheld } from "./planExceptions.ts"
export { PlanOptions, Spelling } from "./planFields.ts"
export { isIncomplete } from "./skips.ts"

/**
 * The version of the JSON. It changes if a reader of an older version would misunderstand it.
 *
 * @since 0.1.0
 * @category constants
 */
export const VERSION = 1

/**
 * What the target had under the path of a step when it was planned, as far as its listing told. `to` of a link is the path
 * in the tree that it leads to, if links are copied as links.
 *
 * @since 0.1.0
 * @category models
 */
export const Precondition = Schema.Union(
  Schema.TaggedStruct("Absent", {}),
  Schema.TaggedStruct("Directory", {}),
  Schema.TaggedStruct("File", { size: Schema.optional(Count), modified: Schema.optional(Time) }),
  Schema.TaggedStruct("Link", { to: Schema.optional(Destination) }),
  Schema.TaggedStruct("Other", {})
)

/**
 * @since 0.1.0
 * @category models
 */
export type Precondition = typeof Precondition.Type

/**
 * Why a step is there. `"DeadUpload"`: it is the temporary name of a file of this mirror, left by an upload that was killed
 * over a day ago. `"Unchanged"`: the target has the same, with a file of the time `modified`, and the whole tree is made anew
 * for a swap.
 *
 * @since 0.1.0
 * @category models
 */
export const Reason = Schema.Union(
  Schema.TaggedStruct("Missing", {}),
  Schema.TaggedStruct("SizeDiffers", { from: Count, to: Count }),
  Schema.TaggedStruct("TimeDiffers", { order: Schema.Literal("SourceNewer", "SourceOlder") }),
  Schema.TaggedStruct("HashDiffers", {}),
  Schema.TaggedStruct("LinkDiffers", { from: Schema.optional(Destination), to: Destination }),
  Schema.TaggedStruct("Unknown", { fact: Schema.Literal("Size", "Time", "Hash", "Presence") }),
  Schema.TaggedStruct("Always", {}),
  Schema.TaggedStruct("TypeDiffers", {}),
  Schema.TaggedStruct("Moved", { from: Path }),
  Schema.TaggedStruct("NotInSource", {}),
  Schema.TaggedStruct("DeadUpload", {}),
  Schema.TaggedStruct("Excluded", { pattern: Schema.String }),
  Schema.TaggedStruct("Unchanged", { modified: Schema.optional(Time) })
)

/**
 * @since 0.1.0
 * @category models
 */
export type Reason = typeof Reason.Type

const facts = { path: Path, reason: Reason, precondition: Precondition }

const content = { bytes: Schema.optional(Count), modified: Schema.optional(Time) }

/**
 * One thing to do in the target. `bytes` and `modified` are size and time of the source's file, if they are known. `to` is
 * the path in the tree that a symbolic link leads to, `""` for the root.
 *
 * @since 0.1.0
 * @category models
 */
export const Step = Schema.Union(
  Schema.TaggedStruct("MakeDirectory", facts),
  Schema.TaggedStruct("Rename", { ...facts, ...content, from: Path, moved: Precondition }),
  Schema.TaggedStruct("Copy", { ...facts, ...content }),
  Schema.TaggedStruct("Replace", { ...facts, ...content }),
  Schema.TaggedStruct("SetTime", { ...facts, modified: Time }),
  Schema.TaggedStruct("MakeLink", { ...facts, to: Destination }),
  Schema.TaggedStruct("Remove", facts)
)

/** Named, so that an editor shows the names. */
type Tagged<Tag extends string> = Extract<typeof Step.Type, { readonly _tag: Tag }>
interface MakeDirectory extends Tagged<"MakeDirectory"> {}
interface Rename extends Tagged<"Rename"> {}
interface Copy extends Tagged<"Copy"> {}
interface Replace extends Tagged<"Replace"> {}
interface SetTime extends Tagged<"SetTime"> {}
interface MakeLink extends Tagged<"MakeLink"> {}
interface Remove extends Tagged<"Remove"> {}

/**
 * @since 0.1.0
 * @category models
 */
export type Step = MakeDirectory | Rename | Copy | Replace | SetTime | MakeLink | Remove

/**
 * The steps in the order in which they may be done: directories before what is in them, removals last (or first).
 * `source` and `target` name the trees, without credentials. `unchanged` counts the files that need nothing.
 * `spellings` are paths that the target has in another Unicode form. `warnings` are what a person should know of listings
 * that could be read. `unclaimed`, with `delete: "Ours"`: no file of the target is known to be of an earlier run, and the
 * source lacks so many of them, which stay.
 *
 * @since 0.1.0
 * @category models
 */
export const MirrorPlan = Schema.Struct({
  version: Schema.Literal(VERSION),
  source: Schema.String,
  target: Schema.String,
  options: PlanOptions,
  steps: Schema.Array(Step),
  skipped: Schema.Array(Skip),
  withheld: Schema.optional(Withheld),
  refused: Schema.optional(Refusal),
  unchanged: Count,
  unclaimed: Schema.optional(Count),
  spellings: Schema.optional(Schema.Array(Spelling)),
  warnings: Schema.optional(Schema.Array(Schema.String))
})

/**
 * @since 0.1.0
 * @category models
 */
export interface MirrorPlan extends Omit<Schema.Schema.Type<typeof MirrorPlan>, "steps" | "skipped" | "withheld"> {
  readonly steps: ReadonlyArray<Step>
  readonly skipped: ReadonlyArray<Skip>
  readonly withheld?: Withheld | undefined
}

/**
 * A plan as JSON, and back.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Json = Schema.parseJson(MirrorPlan)

/**
 * In UTF-16 code units: some 250,000 steps.
 *
 * @since 0.1.0
 * @category constants
 */
export const MAX_LENGTH: number = 64 * 1024 * 1024

const refuse = (why: string) => Either.left(new FtpUsageError({ argument: "plan", why }))

/**
 * A plan from a value that JSON was parsed to. What is no plan or of a newer version is a `FtpUsageError` of the
 * argument `plan`.
 *
 * @example
 * ```ts
 * import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
 *
 * const plan = MirrorPlan.fromJson(JSON.parse("{}"))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromJson = (value: unknown): Either.Either<MirrorPlan, FtpUsageError> => {
  const version = Schema.decodeUnknownEither(Schema.Struct({ version: Schema.Int }))(value)
  if (Either.isRight(version) && version.right.version > VERSION) {
    return refuse(`is of version ${version.right.version}, and only version ${VERSION} is known here`)
  }
  return Either.orElse(Schema.decodeUnknownEither(MirrorPlan)(value), (error) => {
    const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
    const at = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.map(String).join(".")}`
    return refuse(`is not well-formed${at}: ${firstLine(issue?.message ?? "")}`)
  })
}

/**
 * A plan from its JSON, of at most `MAX_LENGTH`: see `fromJson`.
 *
 * @example
 * ```ts
 * import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
 *
 * const plan = MirrorPlan.decode("{}")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const decode = (text: string): Either.Either<MirrorPlan, FtpUsageError> =>
  text.length > MAX_LENGTH
    ? refuse(`has more than ${MAX_LENGTH} characters`)
    : Either.match(
        Either.try((): unknown => JSON.parse(text)),
        {
          onLeft: () => refuse("is not JSON"),
          onRight: fromJson
        }
      )

const MOST_SHOWN = 200

const firstLine = (text: string): string => (text.split("\n")[0] ?? "").slice(0, MOST_SHOWN)

/**
 * How many steps of each kind, and how many bytes are transferred. `unknownSizes` counts the files without a size.
 *
 * @since 0.1.0
 * @category getters
 */
export const totals = ({ steps }: Pick<MirrorPlan, "steps">) => {
  const counts = { MakeDirectory: 0, Rename: 0, Copy: 0, Replace: 0, SetTime: 0, MakeLink: 0, Remove: 0 }
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
    case "LinkDiffers":
      return `leads to ${named(reason.to)}${reason.from === undefined ? "" : `, no longer to ${named(reason.from)}`}`
    case "Unknown":
      return reason.fact === "Presence"
        ? "whether the target has it is not known"
        : `the ${reason.fact.toLowerCase()} is not known`
    case "Always":
      return "all files are copied"
    case "TypeDiffers":
      return "a file on one side, a directory on the other"
    case "Moved":
      return `moved from ${reason.from}`
    case "NotInSource":
      return "not in the source"
    case "DeadUpload":
      return "left by an upload that was killed over a day ago"
    case "Excluded":
      return `excluded by ${reason.pattern}`
    case "Unchanged":
      return "unchanged"
  }
}

/** A path in the tree, as people write it. */
const named = (path: string): string => (path === "" ? "the root" : path)
