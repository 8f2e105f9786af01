/** What of the options a plan remembers. */
import * as MirrorManifest from "./MirrorManifest.ts"
import type { MirrorOptions } from "./options.ts"
import type { PlanOptions } from "./planFields.ts"
import * as Rules from "./rules.ts"

export const fromMirror = (options: MirrorOptions): PlanOptions => {
  const { delete: what = Rules.defaults.delete, manifest = what === "Ours" } = options
  return {
    delete: what,
    deleteWhen: options.deleteWhen ?? Rules.defaults.deleteWhen,
    last: options.last ?? [],
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
    verify: options.verify
  }
}
