/** A mirror in words and in JSON: its steps, what was not done, and sums. */
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Either from "effect/Either"
import * as Remote from "../connection/Remote.ts"
import * as Measure from "../output/Measure.ts"

/** Whether the step transfers a file. */
export const isFile = (
  step: MirrorPlan.Step
): step is Extract<MirrorPlan.Step, { readonly _tag: "Copy" | "Replace" }> =>
  step._tag === "Copy" || step._tag === "Replace"

const VERBS: { readonly [T in MirrorPlan.Step["_tag"]]: string } = {
  MakeDirectory: "make",
  Copy: "copy",
  Replace: "replace",
  Rename: "rename",
  SetTime: "set time",
  MakeLink: "link",
  Remove: "delete"
}

/** What becomes of what only the old tree has: a swap can keep it, with that tree. */
export type Fate = "Deleted" | "SetAside"

export const fateOf = ({ options }: Pick<MirrorPlan.MirrorPlan, "options">): Fate =>
  options.swap?.previous === "Keep" ? "SetAside" : "Deleted"

/** A step, with its reason. */
export const describe = (step: MirrorPlan.Step, fate: Fate = "Deleted"): string => {
  const size = isFile(step) && step.bytes !== undefined ? `, ${Measure.bytes(step.bytes)}` : ""
  const path =
    step._tag === "MakeLink"
      ? `${step.path} -> ${step.to === "" ? "." : step.to}`
      : step.precondition._tag === "Directory" || step._tag === "MakeDirectory"
        ? `${step.path}/`
        : step.path
  const verb = step._tag === "Remove" && fate === "SetAside" ? "set aside" : VERBS[step._tag]
  return `${verb.padEnd(VERB_WIDTH)}${WireText.toDisplay(`${path}  (${MirrorPlan.describeReason(step.reason)}${size})`)}`
}

const VERB_WIDTH = 10

/** `"3 files copied, 2 entries deleted, 1.2 KiB"`, or of a plan `"3 files to copy, 2 entries to delete, 1.2 KiB"`. */
export const sentence = (
  steps: ReadonlyArray<MirrorPlan.Step>,
  when: "Planned" | "Done",
  fate: Fate = "Deleted"
): string => {
  const { bytes, Copy, MakeDirectory, MakeLink, Remove, Rename, Replace, SetTime } = MirrorPlan.totals({ steps })
  const part = (count: number, things: string, done: string, planned: string): ReadonlyArray<string> =>
    count > 0 ? [`${things} ${when === "Done" ? done : planned}`] : []
  const parts = [
    ...part(Copy, Measure.count(Copy, "file"), "copied", "to copy"),
    ...part(Replace, Measure.count(Replace, "file"), "replaced", "to replace"),
    ...part(Rename, Measure.count(Rename, "file"), "renamed", "to rename"),
    ...part(MakeDirectory, Measure.count(MakeDirectory, "directory", "directories"), "made", "to make"),
    ...part(MakeLink, Measure.count(MakeLink, "link"), "made", "to make"),
    ...part(SetTime, Measure.count(SetTime, "time"), "set", "to set"),
    ...(fate === "SetAside"
      ? part(Remove, Measure.count(Remove, "entry", "entries"), "set aside", "to set aside")
      : part(Remove, Measure.count(Remove, "entry", "entries"), "deleted", "to delete")),
    ...(bytes > 0 ? [Measure.bytes(bytes)] : [])
  ]
  return parts.length === 0 ? "nothing to do" : parts.join(", ")
}

/** `", 7 files unchanged, skipped: 3 excluded, 1 link"`. */
export const rest = (plan: Pick<Summed, "skipped" | "unchanged">): string => {
  const skipped = Object.entries(skips(plan)).map(([reason, count]) => `${count} ${WORDS[reason as Skips]}`)
  return [
    plan.unchanged > 0 ? `, ${Measure.count(plan.unchanged, "file")} unchanged` : "",
    skipped.length > 0 ? `, skipped: ${skipped.join(", ")}` : ""
  ].join("")
}

/** `"; not complete: 2 entries could not be copied"`, of what is skipped although it should not be. */
export const incomplete = ({ skipped }: Pick<Summed, "skipped">): string => {
  const count = skipped.filter(MirrorPlan.isIncomplete).length
  return count > 0 ? `; not complete: ${Measure.count(count, "entry", "entries")} could not be copied` : ""
}

type Skips = MirrorPlan.Skip["reason"]

const WORDS: { readonly [R in Skips]: string } = {
  Excluded: "excluded",
  Link: "not followed",
  Special: "special",
  Unknown: "of unknown type",
  Conflict: "of another type",
  Collides: "of the same name",
  Unsafe: "not possible there",
  Reserved: "reserved",
  Drifted: "changed there",
  Unread: "not read",
  Newer: "not newer",
  Existing: "existing",
  Missing: "missing"
}

/** How many are skipped for each reason. */
const skips = ({ skipped }: Pick<Summed, "skipped">): { readonly [R in Skips]?: number } => {
  const counts: { [R in Skips]?: number } = {}
  for (const { reason } of skipped) {
    counts[reason] = (counts[reason] ?? 0) + 1
  }
  return counts
}

export const lineOf = (
  step: MirrorPlan.Step,
  state: "Planned" | "Done" | "LeftOut" | "Reached" | "Outdated",
  why = MirrorPlan.describeReason(step.reason)
) => ({
  kind: "mirror" as const,
  state,
  action: step._tag,
  path: step.path,
  from: step._tag === "Rename" ? step.from : null,
  to: step._tag === "MakeLink" ? step.to : null,
  bytes: isFile(step) ? (step.bytes ?? null) : null,
  why
})

/** What of a plan is summed up. */
export type Summed = Pick<MirrorPlan.MirrorPlan, "steps" | "skipped" | "unchanged" | "unclaimed" | "withheld"> & {
  readonly fate: Fate
}

export const summaryOf = (
  plan: Summed,
  result:
    | (Pick<
        FtpMirror.MirrorResult,
        "displaced" | "done" | "failures" | "leftOut" | "outdated" | "reached" | "timesNotKept"
      > &
        Partial<Pick<FtpMirror.MirrorResult, "published">>)
    | FtpMirror.Rechecked
    | undefined,
  seconds: number
) => {
  const { bytes, Copy, MakeDirectory, MakeLink, Remove, Rename, Replace } = MirrorPlan.totals({
    steps: result === undefined ? plan.steps : "done" in result ? result.done : result.holds
  })
  const isLeft = result !== undefined && "done" in result && result.published && isOldLeft(result.published)
  return {
    kind: "mirrorSummary" as const,
    done: result !== undefined && "done" in result,
    copied: Copy,
    replaced: Replace,
    renamed: Rename,
    made: MakeDirectory,
    linked: MakeLink,
    removed: plan.fate === "SetAside" ? 0 : Remove,
    setAside: plan.fate === "SetAside" ? Remove : 0,
    unchanged: plan.unchanged,
    bytes,
    failed: result !== undefined && "done" in result ? result.failures.length : 0,
    leftOut: result?.leftOut.length ?? 0,
    timesNotKept: result !== undefined && "done" in result ? result.timesNotKept.length : 0,
    outdated: result?.outdated.length ?? 0,
    reached: result?.reached.length ?? 0,
    displaced: result !== undefined && "done" in result ? result.displaced : [],
    skipped: skips(plan),
    incomplete: plan.skipped.filter(MirrorPlan.isIncomplete).length,
    unclaimed: plan.unclaimed ?? 0,
    notDeleted: (plan.withheld?.count ?? 0) + (isLeft ? MirrorPlan.totals(plan).Remove - Remove : 0),
    seconds
  }
}

/** Why a step of a plan was not done. */
export const describeOutdated = ({ at, found, side }: FtpMirror.Outdated): string =>
  `in the ${side === "Source" ? "source" : "target"} ${at ?? "it"} ${FtpMirror.describeFound(found)}`

/** Of a plan of a swap: that it is one, and what becomes of the old tree. */
export const swapAfter = (
  steps: ReadonlyArray<MirrorPlan.Step>,
  { options, refused }: MirrorPlan.MirrorPlan
): string =>
  options.swap === undefined || refused !== undefined || steps.length === 0
    ? ""
    : `; then the trees are swapped, and the old one is ${options.swap.previous === "Keep" ? "kept" : "removed"}`

type Whole = Exclude<FtpMirror.Published, { readonly _tag: "PerFile" }>

/** Whether a swap has left the old tree, or a part of it, that was to be removed. */
export const isOldLeft = (published: FtpMirror.Published): boolean =>
  published._tag === "Swapped" && published.previous === "Left"

/** The option that agrees to lose what a swap would lose. */
const agreementOf = ({ count, deletable = 0 }: Partial<MirrorPlan.Refusal> = {}): string | undefined =>
  deletable === 0 ? undefined : `--delete extra agrees to ${deletable === count ? "that" : `${deletable} of them`}`

/** The command that removes what a swap has left. */
export const removalOf = (path: string | undefined, to: string | undefined): string | null => {
  const url = to === undefined || path === undefined ? Either.left(undefined) : Remote.withoutPassword(to, path)
  return Either.match(url, {
    onLeft: () => null,
    onRight: (url) => `once nothing of it is needed: ftp-effect rm -r ${forShell(url)}`
  })
}

const NO_SHELL_WORD = /[^\w:/.@%~+,=[\]-]/g

const HEX = 16

/** A URL as a word of a shell, in which nothing is a wildcard either. Brackets stand around an IPv6 address. */
export const forShell = (url: string): string => {
  const word = url.replace(NO_SHELL_WORD, (character) => `%${character.charCodeAt(0).toString(HEX).toUpperCase()}`)
  return /[[\]]/.test(word) ? `'${word}'` : word
}

/** How a swap ended, as a line of JSON; `why` is what a person is told. `to` is the target's URL. */
export const swapLine = (published: Whole, plan: MirrorPlan.MirrorPlan, to?: string) => {
  const not = published._tag === "NotSwapped" ? published : undefined
  const done = published._tag === "Swapped" ? published : undefined
  return {
    kind: "swap" as const,
    published: published._tag,
    because: not?.because ?? null,
    live: not?.live ?? (done === undefined ? ("Old" as const) : ("New" as const)),
    oldTree: done?.previous ?? null,
    stage: not?.stage ?? null,
    previous: not?.previous ?? done?.previousPath ?? null,
    paths: not?.paths ?? done?.paths ?? (not === undefined ? [] : (plan.refused?.paths ?? [])),
    why: FtpMirror.describePublished(published, plan),
    hint:
      agreementOf(plan.refused) ?? removalOf(done !== undefined && isOldLeft(done) ? done.previousPath : undefined, to)
  }
}

/** What a person is told of a swap under way; `undefined` if it goes without saying. */
export const describeSwap = ({
  error,
  path,
  state
}: Extract<FtpMirror.MirrorEvent, { readonly _tag: "Swap" }>): string | undefined => {
  switch (state) {
    case "Watching":
      return `${path} is of an unfinished run: waiting 30 s to see whether it is still going on`
    case "Claimed":
      return `continuing what an unfinished run has sent, as ${path}`
    case "Finished":
      return `an earlier run was cut off between its two renames: the second is done now, ${path} is its new tree`
    case "RolledBack":
      return `an earlier run was cut off between its two renames: ${path} is the old tree again`
    case "Tidied":
      return `an earlier run was cut off after its swap of ${path}: what it left is removed`
    case "CutOff":
      return `there is no ${path} now, as an earlier run was cut off between its two renames: the next run finishes it`
    case "Left":
      return `the old tree of an earlier swap is left as ${path}: ${error?.message ?? "it has changed since that run has seen it last"}`
    case "Foreign":
      return `${path} is left as it is: it may be of an unfinished run, but nothing proves that`
    case "Staging":
    case "Staged":
    case "Swapped":
      return undefined
  }
}
