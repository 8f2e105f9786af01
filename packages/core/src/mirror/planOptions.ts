/** What of the options a plan remembers. */
import * as DateTime from "effect/DateTime"
import * as MirrorManifest from "./MirrorManifest.ts"
import type { MirrorOptions } from "./options.ts"
import { isRemembered, type PlanOptions } from "./planFields.ts"
import * as Rules from "./rules.ts"

/** Rules as a plan has them. */
const filterOf = (filter: MirrorOptions["filter"]): PlanOptions["filter"] =>
  filter === undefined || !isRemembered(filter.patterns ?? []) || !isRemembered(filter.paths ?? [])
    ? undefined
    : {
        ...(filter.paths !== undefined && { paths: filter.paths }),
        patterns: filter.patterns ?? [],
        minBytes: filter.minBytes,
        maxBytes: filter.maxBytes,
        newerThan: filter.newerThan && DateTime.toUtc(filter.newerThan),
        olderThan: filter.olderThan && DateTime.toUtc(filter.olderThan)
      }

export const fromMirror = (options: MirrorOptions): PlanOptions => {
  const { delete: what = Rules.defaults.delete, manifest = what === "Ours" } = options
  return {
    delete: what,
    deleteWhen: options.deleteWhen ?? Rules.defaults.deleteWhen,
    last: options.last ?? [],
    filter: filterOf(options.filter),
    manifest:
      manifest === false
        ? { _tag: "None" }
        : typeof manifest === "object"
          ? { _tag: "LocalFile" }
          : { _tag: "InTarget", path: manifest === true ? MirrorManifest.DEFAULT_NAME : manifest },
    times: options.times ?? "IfPossible",
    atomic: options.atomic ?? true,
    swap: options.swap && {
      previous: options.swap === "RemovePrevious" ? "Remove" : "Keep",
      reuse: options.compare !== "Hash" && options.compare !== "Nothing"
    },
    ...(options.links !== undefined && { links: options.links }),
    ...((options.only === "Missing" || options.only === "Newer") && { only: options.only }),
    verify: options.verify
  }
}
