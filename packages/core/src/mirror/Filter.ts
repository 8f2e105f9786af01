/**
 * What of a tree takes part in a mirror: paths, patterns in `.gitignore` syntax, sizes, ages. The last pattern that matches
 * decides; nothing below an excluded directory can be included again (gitignore(5)).
 *
 * What is excluded is protected on both sides: it is neither copied nor deleted.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import ignore from "ignore"
import * as Tree from "./Tree.ts"

/**
 * - `paths`: only these paths of the tree take part, with all that is below them. What a link of theirs leads to may be
 *   elsewhere in the tree. Default all
 * - `patterns`: in order; with `!` before it a pattern includes again what an earlier one excludes. A pattern for
 *   directories (`uploads/`) excludes a symbolic link of that name too, which may lead to one. Default none
 * - `minBytes`, `maxBytes`: bounds of a file's size, both inclusive. A file of unknown size is included
 * - `newerThan`, `olderThan`: bounds of a file's time, exclusive. A file of unknown time is included
 *
 * @since 0.1.0
 * @category models
 */
export interface FilterOptions {
  readonly paths?: ReadonlyArray<string> | undefined
  readonly patterns?: ReadonlyArray<string> | undefined
  readonly minBytes?: number | undefined
  readonly maxBytes?: number | undefined
  readonly newerThan?: DateTime.DateTime | undefined
  readonly olderThan?: DateTime.DateTime | undefined
}

/**
 * Which rule excludes an entry.
 *
 * @since 0.1.0
 * @category models
 */
export type Rule =
  | { readonly _tag: "Pattern"; readonly pattern: string }
  | { readonly _tag: "Size" }
  | { readonly _tag: "Age" }
  | { readonly _tag: "Place" }

/**
 * What takes part in a mirror, decided for each path.
 *
 * @since 0.1.0
 * @category models
 */
export interface Filter {
  /** The rule that excludes the entry, or `None` if it takes part. */
  readonly excludedBy: (entry: Pick<Tree.TreeEntry, "path" | "type" | "size" | "modified">) => Option.Option<Rule>
  /** The pattern with `!` that includes again what others exclude; `None` if none of them matches. */
  readonly includedBy: (entry: Pick<Tree.TreeEntry, "path" | "type">) => Option.Option<string>
}

/**
 * A filter of these rules.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({
  maxBytes,
  minBytes,
  newerThan,
  olderThan,
  paths,
  patterns = []
}: FilterOptions = {}): Filter => {
  if (patterns.length === 0 && [maxBytes, minBytes, newerThan, olderThan, paths].every((rule) => rule === undefined)) {
    return everything
  }
  // `ignore` reports the rule with its pattern; a case-insensitive match would surprise those who know git on Linux.
  const matcher = ignore({ ignorecase: false }).add(patterns.map((pattern) => ({ pattern })))
  const nameFor = ({ path, type }: Pick<Tree.TreeEntry, "path" | "type">) => (type === "Directory" ? `${path}/` : path)
  /** A link may lead to a directory: a pattern for directories protects it too. */
  const ruleFor = (path: string, type: Tree.TreeEntry["type"]) =>
    matcher.test(nameFor({ path, type })).rule ??
    (type === "SymbolicLink" ? matcher.test(nameFor({ path, type: "Directory" })).rule : undefined)
  const excludes = (size: number): boolean =>
    (minBytes !== undefined && size < minBytes) || (maxBytes !== undefined && size > maxBytes)
  const isOutside = (at: DateTime.DateTime): boolean =>
    (newerThan !== undefined && DateTime.lessThanOrEqualTo(at, newerThan)) ||
    (olderThan !== undefined && DateTime.greaterThanOrEqualTo(at, olderThan))
  const isElsewhere = elsewhere(paths)
  return {
    excludedBy: ({ modified, path, size, type }) => {
      if (isElsewhere(path, type)) {
        return Option.some({ _tag: "Place" })
      }
      const rule = patterns.length === 0 ? undefined : ruleFor(path, type)
      return rule !== undefined
        ? Option.some({ _tag: "Pattern", pattern: rule.pattern })
        : type !== "File"
          ? Option.none()
          : Option.exists(size, excludes)
            ? Option.some({ _tag: "Size" })
            : Option.exists(modified, ({ at }) => isOutside(at))
              ? Option.some({ _tag: "Age" })
              : Option.none()
    },
    includedBy: (entry) => {
      const name = nameFor(entry)
      return patterns.length > 0 && matcher.test(name).unignored
        ? Option.fromNullable(
            patterns.findLast(
              (pattern) =>
                pattern.startsWith("!") &&
                ignore({ ignorecase: false })
                  .add([{ pattern: pattern.slice(1) }])
                  .ignores(name)
            )
          )
        : Option.none()
    }
  }
}

/** Directories on the way to the paths take part too. */
const elsewhere = (paths: FilterOptions["paths"]): ((path: string, type: Tree.TreeEntry["type"]) => boolean) => {
  if (paths === undefined) {
    return () => false
  }
  const roots = new Set(paths)
  const above = new Set(paths.flatMap((path) => [...Tree.ancestors(path)]))
  return (path, type) => !Tree.isWithin(path, roots) && !(type === "Directory" && above.has(path))
}

/**
 * Lets everything take part.
 *
 * @since 0.1.0
 * @category constants
 */
export const everything: Filter = { excludedBy: () => NONE, includedBy: () => NONE }

const NONE: Option.Option<never> = Option.none()

/**
 * Whether a pattern of the filter matches a file of that path.
 *
 * @since 0.1.0
 * @category guards
 */
export const matches = ({ excludedBy }: Pick<Filter, "excludedBy">, path: string): boolean =>
  Option.isSome(excludedBy({ path, type: "File", size: Option.none(), modified: Option.none() }))

/**
 * The patterns of a file in `.gitignore` syntax: without comments and empty lines.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 *
 * const patterns = FtpMirror.patternsOf("# what editors leave\n*.swp\n")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const patternsOf = (text: string): ReadonlyArray<string> =>
  text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"))
