/**
 * What an old tree was like when it was live, as a short text in the marker: so a later run knows whether the tree has got
 * something since, although it does not have the plan.
 *
 *     www                  3 entries, of which a hash: "3-0f5e…"
 *     www.…-previous-ID    the same: nothing has come between the look at it and the renames
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import { MILLIS } from "./compare.ts"
import * as Filter from "./Filter.ts"
import * as ReadTree from "./readTree.ts"
import type * as Marker from "./swapMarker.ts"
import type { Place } from "./swapPlace.ts"
import { withoutTokens } from "./swapPlan.ts"
import type * as Tree from "./Tree.ts"
import type { MirrorError } from "./trees.ts"

/** Of a tree that was read with its manifest; `undefined` if not all of it could be read. */
export const textOf = (tree: Tree.Snapshot): string | undefined => {
  const { entries, gaps, refused = [] } = withoutTokens(tree)
  if (gaps.length > 0) {
    return undefined
  }
  const lines = [
    ...Array.from(entries.values(), ({ modified, path, size, type }) =>
      type === "File"
        ? `${path.normalize("NFC")}\0${Option.getOrElse(size, () => "")}\0${Option.match(modified, { onNone: () => "", onSome: surely })}`
        : `${path.normalize("NFC")}\0${type}`
    ),
    ...refused.map(({ path }) => path.normalize("NFC"))
  ]
  return `${lines.length}-${hash(lines.sort())}`
}

/** LIST shows a time in other words half a year later, or after the change of a clock. */
const surely = ({ at, guess, precision, zone }: FtpTime): number | "" =>
  zone === "Utc" && guess === undefined && MILLIS[precision] <= MILLIS.Second ? DateTime.toEpochMillis(at) : ""

/** Two times FNV-1a in 32 bits, by characters: a tree has millions of them. */
const hash = (lines: ReadonlyArray<string>): string => {
  let [one, other] = [0x811c9dc5, 0x9747b28c]
  for (const line of lines) {
    for (let index = 0; index <= line.length; index++) {
      const unit = index === line.length ? 0x10000 : line.charCodeAt(index)
      one = Math.imul(one ^ unit, 0x01000193)
      other = Math.imul(other ^ unit, 0x01000193) ^ (one >>> 13)
    }
  }
  return [one, other].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("")
}

/** Whether an old tree is as its run has seen it last, or has been looked at since. */
export const isAsSeen = (place: Place, name: string, { seen }: Marker.Marker): Effect.Effect<boolean, MirrorError> =>
  seen === undefined
    ? Effect.succeed(true)
    : Effect.flatMap(place.treeOf(name), (tree) =>
        Effect.map(
          ReadTree.readTree(tree, { filter: Filter.everything, hidden: "", missing: "Empty" }),
          (now) => textOf(now) === seen
        )
      )
