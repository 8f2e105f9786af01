/**
 * A listing as a stream of entries. Whoever leaves it early resets the data connection, and waits until the server has
 * settled, as any transfer does.
 */
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import * as Stream from "effect/Stream"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import type { Deliver } from "./liveListing.ts"

/** Entries that may wait for the consumer: enough for the network never to wait on a quick one. */
const AHEAD = 1024

/** `list` is a listing that hands entries out, and returns those that it did not. It runs once for each run of the stream. */
export const make = <E>(
  list: (deliver: Deliver) => Effect.Effect<ReadonlyArray<FtpEntry>, E>
): Stream.Stream<FtpEntry, E> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<FtpEntry, E>({ capacity: AHEAD })
      const offer = (entries: ReadonlyArray<FtpEntry>) => Effect.asVoid(mailbox.offerAll(entries))
      const produced = Effect.matchCauseEffect(Effect.flatMap(list(offer), offer), {
        onFailure: (cause) => mailbox.failCause(cause),
        onSuccess: () => mailbox.end
      })
      // The scope ends it, also that of a caller who can't be interrupted and takes no more.
      yield* Effect.forkScoped(Effect.interruptible(produced))
      return Mailbox.toStream(mailbox)
    })
  )
