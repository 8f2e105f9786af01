/** The two renames of an exchange, and what is where after them. */
import * as Effect from "effect/Effect"
import type { Exchange } from "./exchangeModel.ts"
import type * as Names from "./exchangeNames.ts"
import * as LostRename from "./lostRename.ts"
import type { Displaced } from "./stepModel.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** What has the name after that. */
export interface Found {
  readonly live: Displaced["live"]
  readonly error?: MirrorError | undefined
}

export const rename = (target: MirrorTree, { next, old }: Exchange): Effect.Effect<Found> =>
  Effect.gen(function* () {
    const first = yield* moved(target, old.path, old.aside, old.kind)
    if (first.state !== "Moved") {
      return { live: first.state === "Kept" ? "Old" : "Unknown", error: first.error }
    }
    const second = yield* moved(target, next.place, next.path, next.kind)
    if (second.state === "Moved") {
      return { live: "New" }
    }
    const { error } = second
    if (second.state === "Unknown") {
      return { live: "Unknown", error }
    }
    const back = yield* moved(target, old.aside, old.path, old.kind)
    return { live: back.state === "Moved" ? "Old" : back.state === "Kept" ? "None" : "Unknown", error }
  })

interface Moved {
  readonly state: "Moved" | "Kept" | "Unknown"
  readonly error?: MirrorError | undefined
}

/** One rename; if its reply was lost, it is done if what is there shows that. It is never known not to be done. */
const moved = (target: MirrorTree, from: string, to: string, kind: Names.Kind): Effect.Effect<Moved> =>
  target._tag === "Local"
    ? Effect.match(
        // A directory and a link can't be linked under a second name, by which nothing would be replaced.
        target.files.rename(target.pathOf(from), target.pathOf(to), kind === "File" ? "Fail" : "Replace"),
        { onFailure: (error): Moved => ({ state: "Kept", error }), onSuccess: (): Moved => ({ state: "Moved" }) }
      )
    : Effect.matchEffect(target.client.rename(target.pathOf(from), target.pathOf(to)), {
        onSuccess: () => Effect.succeed<Moved>({ state: "Moved" }),
        onFailure: (error) =>
          !LostRename.mayBeDone(error)
            ? Effect.succeed<Moved>({ state: "Kept", error })
            : Effect.match(
                Effect.all([target.client.exists(target.pathOf(from)), target.client.exists(target.pathOf(to))]),
                {
                  onFailure: (): Moved => ({ state: "Unknown", error }),
                  onSuccess: ([isThere, isMoved]): Moved =>
                    !isThere && isMoved ? { state: "Moved" } : { state: "Unknown", error }
                }
              )
      })
