/**
 * Whether the server begins a RETR where REST says. Some answer 350 and send the file from its first byte, which a
 * transfer that is left before the end of the file would not notice. So the last byte is asked for:
 *
 *     C: SIZE a
 *     S: 213 4711
 *     C: REST 4710, RETR a
 *     S: 350, 150, 1 byte, 226      proven, for all sessions of this host
 *        more bytes                 C: SIZE a     still 4711: REST was ignored
 *                                                 more: the file grows, and as many bytes more came: proven
 *
 * Any other transfer with an offset that ends with the file proves the same by its count: see `ending`. Without a
 * size nothing is proven: then the file is read from its first byte.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError, DataError, FtpIntegrityError } from "../../base/FtpError.ts"
import * as Command from "../../protocol/Command.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Refusal from "../../session/refusal.ts"
import * as Integrity from "../integrity.ts"

/** The most bytes that a file may grow by during the question. From a server that ignores REST no more are read. */
const MOST = 64 * 1024

const EXPECTED = "proof that REST is obeyed"

/** What is asked for. */
interface Wanted {
  readonly path: string
  /** The offset that REST is going to name, above 0. */
  readonly offset: number
  /** Whether the sizes that the server reports count. */
  readonly countsSize: boolean
}

/** Fails with `IgnoredOffset` if the bytes of the session's next RETR can't be believed to begin at an offset. */
export const expect = (
  session: FtpSession,
  { countsSize, offset, path }: Wanted,
  subject: Integrity.Subject
): Effect.Effect<void, DataError | FtpIntegrityError> =>
  Effect.gen(function* () {
    const known = session.obeysRestart()
    if (known === "Works") {
      return
    }
    if (known === "Fails") {
      return yield* ignored(subject)
    }
    const size = countsSize ? yield* sizeOf(session, path) : Option.none()
    if (Option.isNone(size)) {
      return yield* Integrity.make(subject, "IgnoredOffset", EXPECTED, "no size of the file to compare with")
    }
    if (size.value <= offset) {
      // Nothing is delivered of it: see `expectInside`.
      return
    }
    const received = yield* countFrom(session, path, size.value - 1)
    if (received === 1) {
      return session.learnObeysRestart(true)
    }
    const later = yield* sizeOf(session, path)
    if (Option.contains(later, size.value) && received > 1) {
      session.learnObeysRestart(false)
      return yield* ignored(subject)
    }
    const grown = Option.getOrElse(later, () => 0) - size.value
    if (received < 1 || received > Math.min(MOST, grown + 1) || grown + 1 >= size.value) {
      return yield* Integrity.make(subject, "IgnoredOffset", EXPECTED, "a file that changes meanwhile")
    }
    session.learnObeysRestart(true)
  })

const ignored = (subject: Integrity.Subject) =>
  Integrity.make(subject, "IgnoredOffset", EXPECTED, "bytes from the beginning of the file")

const sizeOf = (session: FtpSession, path: string): Effect.Effect<Option.Option<number>, CommandError> =>
  Refusal.sizeBy(Refusal.unlessRefused, session, path)

/** How many bytes come from `offset` on; when it is more than `MOST`, the transfer is left. */
const countFrom = (session: FtpSession, path: string, offset: number): Effect.Effect<number, DataError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { read } = yield* session.receive(Command.retr(path), { path, offset })
      let received = 0
      while (received <= MOST) {
        const bytes = yield* read
        if (Option.isNone(bytes)) {
          break
        }
        received += bytes.value.byteLength
      }
      return received
    })
  )
