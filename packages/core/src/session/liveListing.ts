/**
 * Entries that are handed out while the others are still to come, so that a directory of any size takes little memory:
 *
 *     lines ──► entries that no later line changes ──► consumer (a slow one holds the server back)
 *        └────► the others ──────────────────────────► returned at the end
 *
 * What was handed out can't be taken back. Dates that can be read in one way only are no exception: LIST never names
 * their zone, and the entry from which MDTM finds it out may be the last. Nor is a server of which it is not known
 * whether it honours the path of MLSD or LIST, or takes `-a`: the entries may be those of another directory. So a listing is live only where the server needs no comparing with another
 * listing, and nothing that the whole shows is still to be learned from it; any other is read as usual, and all its
 * entries are returned at the end. Once an entry was handed out, a failure is that of the listing, and no other way to
 * list is tried: on its way past the code that would try one, it is a defect.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import type * as Listing from "../protocol/Listing.ts"
import type { SessionContext } from "./context.ts"

/** Gets entries, and may make the server wait. */
export type Deliver = (entries: ReadonlyArray<FtpEntry>) => Effect.Effect<void>

export interface Delivery {
  readonly deliver: Deliver
  /** Whether an entry was handed out. */
  isBegun: boolean
}

/** Hands out what the reader has ready. */
export const deliver = (live: Delivery, reader: Pick<Listing.Reader<string>, "ready">): Effect.Effect<void> =>
  Effect.suspend(() => {
    const entries = reader.ready()
    if (entries.length === 0) {
      return Effect.void
    }
    live.isBegun = true
    return live.deliver(entries)
  })

/** The failure of a listing of which entries were handed out. */
class Final<E> {
  readonly error: E
  constructor(error: E) {
    this.error = error
  }
}

/** One listing: if it was begun to be handed out, its failure is the end. */
export const once = <A, E>(live: Delivery | undefined, listing: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  live === undefined
    ? listing
    : Effect.catchAll(listing, (error) => (live.isBegun ? Effect.die(new Final(error)) : Effect.fail(error)))

/** All that is tried for a directory. */
export const all = <A, E>(deliver: Deliver, listing: (live: Delivery) => Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.suspend(() =>
    Effect.catchSomeDefect(listing({ deliver, isBegun: false }), (defect) =>
      // Made above, of this listing's own error.
      defect instanceof Final ? Option.some(Effect.fail(defect.error as E)) : Option.none()
    )
  )

/** Whether LIST lists what it is asked for, hidden files too as far as that is possible, without comparing listings. */
export const isOptionKnown = ({ capabilities }: SessionContext): boolean =>
  capabilities.get("LIST -a") === "Fails" || capabilities.proven("LIST -a") === "Works"
