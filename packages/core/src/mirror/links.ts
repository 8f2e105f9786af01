/**
 * Symbolic links that are copied as links: where each leads within its tree. Pure.
 *
 *     docs/latest -> ../v2/index.html      leads to v2/index.html
 *     docs/latest -> /www/v2               leads to v2, if the tree is /www: ProFTPD writes all of its links so
 *     docs/latest -> ../../etc             leads out of the tree: it is left as it is
 *     docs/latest -> v2/../../x            may lead out of it, if v2 is a link: it is left as it is too
 *
 * A link of a plan has a path of the tree as its target, so it can't lead out of the tree by its text. The tree that
 * makes it writes that path relative to the directory of the link.
 */
import { MAX_DEPTH } from "../protocol/Descent.ts"
import type { Skip, Step } from "./MirrorPlan.ts"
import * as Tree from "./Tree.ts"

/**
 * A step that makes a symbolic link.
 *
 * @since 0.1.0
 * @category models
 */
export type LinkStep = Extract<Step, { readonly _tag: "MakeLink" }>

/**
 * What links of the source become: nothing, or links again.
 *
 * @since 0.1.0
 * @category models
 */
export type LinkRules =
  | { readonly _tag: "Leave" }
  | {
      readonly _tag: "Copy"
      /** Why the target can't have a link at `path` that leads to `to`, in words; `undefined` if it can. */
      readonly whyNot: (path: string, to: string) => string | undefined
      /** Whether the target refuses links that lead to nothing. */
      readonly needsTarget: boolean
    }

/** In UTF-16 code units: PATH_MAX of Linux. */
const MAX_LENGTH = 4096

/** MAXSYMLINKS of Linux: no system follows more, one after the other. */
const MAX_LINKS = 40

/**
 * The path in the tree that the target of the link at `path` means, `""` for the root; `undefined` if it is outside, or
 * if that depends on where other links lead. `root` is the absolute path of the tree, if absolute targets count.
 */
export const destination = (path: string, target: string, root?: string): string | undefined => {
  if (target === "" || target.length > MAX_LENGTH || /[\0-\x1f\x7f]/.test(target)) {
    return undefined
  }
  if (target.startsWith("/")) {
    const top = root?.endsWith("/") === true ? root : `${root}/`
    return root === undefined || !`${target}/`.startsWith(top) ? undefined : joined([], target.slice(top.length))
  }
  const [, up = "", rest = ""] = /^((?:\.{1,2}(?:\/+|$))*)(.*)$/s.exec(target) ?? []
  const levels = up.split("/").filter((name) => name === "..").length
  const directory = namesOf(Tree.parent(path))
  return levels > directory.length ? undefined : joined(directory.slice(0, directory.length - levels), rest)
}

const joined = (directory: ReadonlyArray<string>, rest: string): string | undefined => {
  const names = [...directory, ...rest.split("/").filter((name) => name !== "" && name !== ".")]
  return names.includes("..") || names.length > MAX_DEPTH ? undefined : names.join("/")
}

const namesOf = (path: string): ReadonlyArray<string> => (path === "" ? [] : path.split("/"))

/** The target of a link at `path` that leads to `to`, as it is written in its directory. */
export const relative = (path: string, to: string): string => {
  const from = namesOf(Tree.parent(path))
  const names = namesOf(to)
  let common = 0
  while (common < from.length && common < names.length && from[common] === names[common]) {
    common++
  }
  const parts = [...from.slice(common).map(() => ".."), ...names.slice(common)]
  return parts.length === 0 ? "." : parts.join("/")
}

/** Links, those first that others lead to or through. Links that lead to each other come last. */
export const inLevels = (steps: ReadonlyArray<LinkStep>): ReadonlyArray<ReadonlyArray<LinkStep>> => {
  const levels: Array<ReadonlyArray<LinkStep>> = []
  let left = steps
  while (left.length > 0) {
    const paths = new Set(left.map(({ path }) => path))
    const later = levels.length === MAX_LINKS ? [] : left.filter(({ to }) => Tree.isWithin(to, paths))
    const isLoop = later.length === left.length
    levels.push(isLoop || later.length === 0 ? left : left.filter(({ to }) => !Tree.isWithin(to, paths)))
    left = isLoop ? [] : later
  }
  return levels
}

/**
 * The steps without the links that would lead to nothing, or to each other, in a target that refuses those. `isThere` says
 * whether the target has a path, or gets it.
 */
export const withoutDangling = (
  steps: ReadonlyArray<Step>,
  rules: LinkRules,
  isThere: (path: string) => boolean,
  skipped: Array<Skip>
): ReadonlyArray<Step> => {
  if (rules._tag === "Leave" || !rules.needsTarget || !steps.some(isLink)) {
    return steps
  }
  const links = new Map(steps.flatMap((step) => (isLink(step) ? [[step.path, step] as const] : [])))
  /** What lies behind a link is not known here; that of a link that leads somewhere counts as there. */
  const leads = ({ to }: LinkStep, followed = 0): boolean => {
    if (to === "" || isThere(to)) {
      return true
    }
    const at = [to, ...Tree.ancestors(to)].find((path) => links.has(path))
    const next = at === undefined ? undefined : links.get(at)
    return next !== undefined && followed < MAX_LINKS && leads(next, followed + 1)
  }
  return steps.filter((step) => {
    if (!isLink(step) || leads(step)) {
      return true
    }
    skipped.push(dangling(step))
    return false
  })
}

export const dangling = ({ path, to }: LinkStep): Skip => ({
  path,
  reason: "Link",
  detail: `a link to ${to}, which the target does not get, and it makes no link to nothing`
})

export const isLink = (step: Step): step is LinkStep => step._tag === "MakeLink"
