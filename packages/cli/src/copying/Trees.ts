/**
 * Trees that `get -r` and `put -r` copy, with the library's engine: what it finds is counted, shown and reported here.
 */
import type { FtpClient } from "@ftp-effect/core/FtpClient"
import type { MirrorError } from "@ftp-effect/core/FtpMirror"
import type { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { UnreadPolicy } from "../arguments/listingFlags.ts"
import { CliError } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import * as Hint from "../errors/hint.ts"
import type * as Copying from "./Copying.ts"
import * as Replacing from "./Replacing.ts"

/** What is wished for each file. */
export type FileOptions = Partial<
  Omit<FtpTreeCopy.CopyOptions, "found" | "hash" | "isNew" | "keepsTimes" | "mustKeepTimes" | "replaces">
>

/** What differs by direction. */
export interface Way<R> {
  readonly copying: Copying.Copying
  readonly onUnread: UnreadPolicy
  /** That something is not copied, and why: in words about its name. */
  readonly refused: (path: string, why: string) => CliError
  /** The words after the path of what the target has already. */
  readonly exists: string
  /** What is in the way of something of another type is replaced, with files of these options. Default: both stay. */
  readonly replaces?: Replacing.Options | undefined
  /** Moves one file, and reports what of it stays if that fails. */
  readonly move: (
    file: Copying.File,
    moving: Copying.Moving,
    copy: (options: FileOptions) => Effect.Effect<Copying.Moved, ExitCode.Failure, FtpPool>
  ) => Effect.Effect<Copying.Moved, ExitCode.Failure, R>
}

/** The job that begins the copy of a tree. */
export const start = <R>(copy: FtpTreeCopy.TreeCopy, way: Way<R>): Copying.Job<R | FtpClient | FtpPool> => {
  const { source, target } = copy
  const { copying, move } = way
  const isDownload = source._tag === "Remote"
  // By their paths, as a directory may be read again.
  const links = new Map<string, FtpTreeCopy.MakeLink>()
  const conflicts = new Set<string>()
  const { replaces } = way
  if (replaces !== undefined) {
    copying.after(
      Effect.suspend(() => (conflicts.size === 0 ? Effect.void : replaceAll(copy, way, [...conflicts], replaces)))
    )
  }
  if (copy.links === "Copy") {
    copying.after(Effect.suspend(() => makeLinks(copy, way, [...links.values()])))
  }
  if (target._tag === "Local") {
    copying.after(target.removeAbandoned)
  }
  return FtpTreeCopy.start<ExitCode.Failure, R | FtpClient | FtpPool>(copy, {
    file: (step, known) => {
      const [from, to] = [source.pathOf(step.path), target.pathOf(step.path)]
      const size = Option.fromNullable(step._tag === "SetTime" ? undefined : step.bytes)
      const file = isDownload ? { remote: from, local: to, size, isListed: true } : { remote: to, local: from, size }
      const perform = (options: FileOptions) =>
        // Without a spread, which takes as long as a tenth of a small file.
        FtpTreeCopy.perform(copy, step, {
          keepsTimes: isDownload,
          atomic: options.atomic ?? false,
          found: known.source,
          replaces: copy.rules.only === "All",
          isNew: known.isNew,
          verify: options.verify,
          ignoreSize: options.ignoreSize,
          durability: options.durability,
          segments: options.segments,
          maxBytes: options.maxBytes,
          resume: options.resume,
          retry: options.retry,
          onRetry: options.onRetry,
          onProgress: options.onProgress,
          onStore: options.onStore,
          onResume: options.onResume,
          onUnproven: options.onUnproven,
          onKept: options.onKept
        })
      return copying.file(file, (moving) => {
        const moved = move(file, moving, perform)
        // What replaces all files leaves none out.
        return copy.rules.only === "All"
          ? moved
          : Effect.tap(moved, (moved) =>
              Option.isNone(moved) ? copying.skip(from, `${to} ${way.exists}`) : Effect.void
            )
      })
    },
    makeDirectory: (step) =>
      Effect.zipRight(
        proveParent(copy, step),
        Effect.map(target.makeDirectory(step.path), (isNew) => (isNew ? "Made" : "Exists"))
      ).pipe(
        // Of a server's directory that was not listed: it may have a file there.
        Effect.catchIf(
          (error) => error._tag === "FtpRejected" && error.reason === "AlreadyExists",
          (error) => Effect.as(copying.failDirectory(error, source.pathOf(step.path), REPLACES), "Failed" as const)
        )
      ),
    makeTogether: (steps) =>
      Effect.zipRight(proveParent(copy, steps[0]), target.makeDirectories(steps.map(({ path }) => path))),
    enter: (first) => proveParent(copy, first),
    unchanged: () => {},
    link: (step) => {
      copying.wait(links.has(step.path) ? 0 : 1)
      links.set(step.path, step)
    },
    left: (left) =>
      replaces !== undefined && left._tag === "Skipped" && left.skip.reason === "Conflict"
        ? Effect.sync(() => {
            copying.wait(conflicts.has(left.skip.path) ? 0 : 1)
            conflicts.add(left.skip.path)
          })
        : report(copy, way, left)
  })
}

const replaceAll = <R>(
  copy: FtpTreeCopy.TreeCopy,
  way: Way<R>,
  paths: ReadonlyArray<string>,
  options: Replacing.Options
): Effect.Effect<void, ExitCode.Failure> => {
  const { source, target } = copy
  const { copying } = way
  return Replacing.replace(copy, copying, paths, options, {
    notCopied: (path, why) => {
      const from = source.pathOf(path)
      return copying.fail(notCopied(from, target.pathOf(path), why), from)
    },
    failed: (error, path) => copying.fail(error, source.pathOf(path), Hint.ofListed(error)),
    skipped: (skip) => report(copy, { ...way, replaces: options }, { _tag: "Skipped", skip })
  })
}

/** If links are copied as links, none is followed on a server that lists it as a directory, if PWD shows where it leads. */
const proveParent = (
  { links, target }: FtpTreeCopy.TreeCopy,
  step: { readonly path: string } | undefined
): Effect.Effect<void, MirrorError> =>
  step === undefined || links !== "Copy" || target._tag === "Local"
    ? Effect.void
    : target.prove(step.path.slice(0, Math.max(0, step.path.lastIndexOf("/"))), "Write")

const makeLinks = <R>(
  copy: FtpTreeCopy.TreeCopy,
  way: Way<R>,
  links: ReadonlyArray<FtpTreeCopy.MakeLink>
): Effect.Effect<void, ExitCode.Failure> => {
  const { copying } = way
  const { target } = copy
  const settled = <E>(report: Effect.Effect<void, E>): Effect.Effect<void, E> => {
    copying.wait(-1)
    return report
  }
  return FtpTreeCopy.makeLinks(copy, links, {
    made: ({ path, to }) => settled(copying.linked(target.pathOf(path), target.pathOf(to))),
    skipped: (skip) => settled(report(copy, way, { _tag: "Skipped", skip })),
    failed: (error, { path }) =>
      ExitCode.isFatal(error) ? Effect.fail(error) : settled(copying.fail(error, target.pathOf(path)))
  })
}

const report = <R>(
  { links, source, target }: FtpTreeCopy.TreeCopy,
  { copying, exists, onUnread, refused, replaces }: Way<R>,
  left: FtpTreeCopy.Left
): Effect.Effect<void, ExitCode.Failure> => {
  switch (left._tag) {
    case "Warning":
      return onUnread === "Ignore" ? Effect.void : Effect.logWarning(left.message)
    case "Refused": {
      const path = source.pathOf(left.name.path)
      const why = `its name ${left.name.why}`
      return source._tag === "Remote" ? copying.fail(refused(path, why), path) : copying.skip(path, why)
    }
    case "Gap":
      return left.gap.reason === "TooDeep" || left.gap.reason === "Hidden"
        ? copying[left.gap.reason === "TooDeep" ? "failDirectory" : "fail"](
            notCopied(source.pathOf(left.gap.path), target.pathOf(left.gap.path), left.gap.detail),
            source.pathOf(left.gap.path)
          )
        : gap(source.pathOf(left.gap.path), left.gap, copying, onUnread)
    case "Skipped": {
      const { detail, path, reason } = left.skip
      const from = source.pathOf(path)
      switch (reason) {
        case "Unsafe":
          return copying.fail(refused(from, detail), from)
        case "Conflict":
          return copying.fail(
            notCopied(from, target.pathOf(path), detail, replaces === undefined ? REPLACES : undefined),
            from
          )
        case "Collides":
        case "Unknown":
        case "Unread":
          return copying.fail(notCopied(from, target.pathOf(path), detail), from)
        case "Existing":
          return copying.skip(from, `${target.pathOf(path)} ${exists}`)
        case "Link":
          return copying.skip(from, source._tag === "Remote" && links !== "Copy" ? "a symbolic link" : detail)
        default:
          return copying.skip(from, detail)
      }
    }
  }
}

const gap = (
  path: string,
  { detail, errors = [], reason }: FtpTreeCopy.Gap,
  copying: Copying.Copying,
  onUnread: UnreadPolicy
): Effect.Effect<void, ExitCode.Failure> => {
  switch (reason) {
    case "Loop":
      return copying.skip(path, detail)
    case "Unsafe":
      // The name itself is reported.
      return Effect.void
    default: {
      if (reason === "Unread" && onUnread !== "Fail") {
        return onUnread === "Warn" ? Effect.logWarning(detail) : Effect.void
      }
      const fail = reason === "Failed" || reason === "Interrupted" ? copying.failDirectory : copying.fail
      return Effect.forEach(
        errors,
        (error) => (ExitCode.isFatal(error) ? Effect.fail(error) : fail(error, path, Hint.ofListed(error))),
        { discard: true }
      )
    }
  }
}

const REPLACES = "--conflict replace deletes what is there, once the new one is whole"

const notCopied = (from: string, to: string, why: string, hint?: string): CliError =>
  new CliError({ kind: "Failed", message: `${from} is not copied to ${to}: ${why}`, hint })
