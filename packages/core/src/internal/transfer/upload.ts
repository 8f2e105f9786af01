/**
 * One source, sent to the last byte over as many attempts as it takes, all on one host.
 *
 *     attempt 1: borrow ──► STOR ──► bytes, FIN ──► 2yz ──► SIZE = sent? ──► whole
 *        │ interrupted                                        │ no, after going on: from the beginning, once
 *        ▼  FtpRetry.resume, reset by progress                ▼ no: IntegrityError
 *     attempt n: borrow ──► SIZE ──► n bytes are there ──► REST n + STOR, or APPE ──► the rest ──► …
 *                                                                     then the seam is read back and compared
 *
 * The size on the server decides where to go on, taken on the very connection that goes on. A server that truncates at the
 * offset is found out by the size afterwards, and one that fills with zeros up to it by the bytes before the seam. A
 * one-shot source can't go on. It does NOT choose the name that the bytes go to.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Endpoint from "../../FtpEndpoint.ts"
import type { CommandError, DataError, IntegrityError, OpenError, TransferInterrupted } from "../../FtpError.ts"
import { FtpPool } from "../../FtpPool.ts"
import type { FtpSession } from "../../FtpSession.ts"
import type { FtpSource, Pull } from "../../FtpSource.ts"
import * as Command from "../../protocol/Command.ts"
import * as Features from "../../protocol/Features.ts"
import * as Interruption from "./interruption.ts"

export type UploadError = OpenError | DataError | TransferInterrupted | IntegrityError

export interface Sent {
  readonly bytes: number
  /** Whether the server's SIZE agrees; false where it has none. */
  readonly sized: boolean
  readonly endpoint: Endpoint.FtpEndpoint
}

/** How many bytes before the seam are read back after going on. */
const SEAM = 4096

interface Progress {
  /** The highest offset that any attempt reached: more than this on the server is not ours. */
  reached: number
  readonly onProgress: (bytes: number) => void
}

export const send = <E, R>(
  path: string,
  source: FtpSource<E, R>,
  schedule: Schedule.Schedule<unknown, TransferInterrupted>,
  onProgress: (bytes: number) => void
): Effect.Effect<Sent, UploadError | E, Exclude<R, Scope.Scope> | FtpPool> =>
  Effect.scoped(
    Effect.gen(function* () {
      const patience = yield* Interruption.makePatience(schedule)
      const reader = yield* makeReader(source)
      const progress: Progress = { reached: 0, onProgress }
      let host: Endpoint.FtpEndpoint | undefined
      let mayGoOn = true
      let attempts = 0
      while (true) {
        let offset = 0
        let sent = 0
        const attempt = Effect.scoped(
          Effect.gen(function* () {
            const pool = yield* FtpPool
            const session = yield* pool.borrow({ host })
            host = session.endpoint
            const label = Endpoint.toLabel(session.endpoint)
            offset = attempts === 0 || !mayGoOn ? 0 : yield* whereToGoOn(session, path, source, progress)
            if (offset > 0 && Option.isSome(source.size) && offset === source.size.value) {
              // Everything is there already: only the last reply was lost.
              return { bytes: offset, sized: true, endpoint: session.endpoint } satisfies Sent
            }
            const counted = count(yield* reader.open(offset), source, path, label, offset, (bytes) => {
              sent += bytes
              progress.reached = Math.max(progress.reached, offset + sent)
              onProgress(offset + sent)
            })
            yield* transmit(session, path, counted, offset)
            const total = offset + sent
            const size = yield* sizeIfTold(session, path)
            if (Option.isSome(size) && size.value !== total) {
              return yield* Interruption.integrity("Size", "Upload", path, label, total, size.value)
            }
            if (offset > 0) {
              yield* compareSeam(session, path, label, source, offset)
            }
            return { bytes: total, sized: Option.isSome(size), endpoint: session.endpoint } satisfies Sent
          })
        )
        const result = yield* Effect.either(attempt)
        if (result._tag === "Right") {
          return result.right
        }
        const error = result.left
        if (error instanceof SourceFailed) {
          return yield* Effect.fail(error.error)
        }
        attempts++
        if (error._tag === "IntegrityError" && offset > 0) {
          // What went on is not what was sent: this server can't go on, so all of it is sent again.
          mayGoOn = false
        } else if (!isInterruption(error, attempts)) {
          return yield* Effect.fail(error)
        } else if (!reader.mayOpenAgain()) {
          return yield* Effect.fail(Interruption.make(path, "Upload", offset + sent, sent, error))
        } else if (!(attempts === 1 && sent === 0 && Interruption.isDeadSession(error))) {
          yield* patience(Interruption.make(path, "Upload", offset + sent, sent, error))
        }
      }
    })
  )

interface Reader<E, R> {
  readonly open: (offset: number) => Effect.Effect<Pull<SourceFailed<E>, R>, SourceFailed<E>, R | Scope.Scope>
  readonly mayOpenAgain: () => boolean
}

/** A one-shot source is opened once, for the whole transfer, and may change sessions until it has been read from. */
const makeReader = <E, R>(source: FtpSource<E, R>): Effect.Effect<Reader<E, R>, never, Scope.Scope> =>
  Effect.map(Effect.scope, (whole) => {
    const failing = <A, R2>(self: Effect.Effect<A, E, R2>) => Effect.mapError(self, (error) => new SourceFailed(error))
    let only: Pull<SourceFailed<E>, R> | undefined
    let isRead = false
    return {
      open: (offset) =>
        source.replayable
          ? Effect.map(failing(source.open(offset)), failing)
          : Effect.suspend(() =>
              only !== undefined
                ? Effect.succeed(only)
                : Effect.map(Scope.extend(failing(source.open(0)), whole), (pull) => {
                    only = Effect.suspend(() => {
                      isRead = true
                      return failing(pull)
                    })
                    return only
                  })
            ),
      mayOpenAgain: () => source.replayable || !isRead
    }
  })

/** Opening a session has its own schedule; on the first attempt its failure is told as it is. */
const isInterruption = (error: UploadError, attempts: number): error is Interruption.Cause =>
  Interruption.isCause(error) && !(attempts === 1 && error._tag === "ConnectError" && error.channel === "Control")

/** The bytes that the server kept, if they can be ours; else from the beginning. */
const whereToGoOn = <E, R>(
  session: FtpSession,
  path: string,
  source: FtpSource<E, R>,
  progress: Progress
): Effect.Effect<number, CommandError> =>
  Effect.map(sizeIfTold(session, path), (size) =>
    Option.isSome(size) &&
    size.value <= progress.reached &&
    Option.match(source.size, { onNone: () => true, onSome: (total) => size.value <= total })
      ? size.value
      : 0
  )

/** SIZE, or `None` where the server can't tell or the file is not there. */
const sizeIfTold = (session: FtpSession, path: string): Effect.Effect<Option.Option<number>, CommandError> =>
  Effect.catchIf(
    Effect.map(session.size(path), Option.some),
    (error) => error._tag === "Rejected" && error.reply.code >= 500,
    () => Effect.succeedNone
  )

/**
 * REST and STOR where the server lists `REST STREAM`, APPE where that is refused (ProFTPD says 451 to it by default) or
 * not listed. What neither does is told as it is.
 */
const transmit = <E, R>(
  session: FtpSession,
  path: string,
  pull: Pull<E, R>,
  offset: number
): Effect.Effect<number, DataError | E, R> => {
  if (offset === 0) {
    return session.transmit(Command.stor(path), pull, { path })
  }
  const append = session.transmit(Command.appe(path), pull, { path })
  const restart = session.transmit(Command.stor(path), pull, { path, offset })
  return Features.parameters(session.features, "REST").some((parameter) => parameter.toUpperCase() === "STREAM")
    ? Effect.catchIf(restart, isRefusal, () => append)
    : append
}

const isRefusal = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  error._tag === "Rejected" &&
  "outcome" in error &&
  error.outcome === "NotApplied"

/** A source that ends early must not end in a FIN, which would say that the file is complete. */
const count = <E, R>(
  pull: Pull<SourceFailed<E>, R>,
  source: FtpSource<E, R>,
  path: string,
  label: string,
  offset: number,
  onBytes: (bytes: number) => void
): Pull<SourceFailed<E> | IntegrityError, R> => {
  let sent = offset
  return Effect.tap(pull, (bytes) => {
    if (Option.isSome(bytes)) {
      sent += bytes.value.byteLength
      onBytes(bytes.value.byteLength)
      return Effect.void
    }
    return Option.isSome(source.size) && source.size.value !== sent
      ? Interruption.integrity("Changed", "Upload", path, label, source.size.value, sent)
      : Effect.void
  })
}

/** Reads the bytes before the offset back and compares them with the source. A server that lets us write only is trusted. */
const compareSeam = <E, R>(
  session: FtpSession,
  path: string,
  label: string,
  source: FtpSource<E, R>,
  offset: number
): Effect.Effect<void, DataError | IntegrityError | SourceFailed<E>, R> => {
  const from = Math.max(0, offset - SEAM)
  const expected = Effect.scoped(Effect.flatMap(source.open(from), (pull) => readUpTo(pull, offset - from))).pipe(
    Effect.mapError((error) => new SourceFailed(error))
  )
  const actual = Effect.scoped(
    Effect.flatMap(session.receive(Command.retr(path), { path, offset: from }), ({ read }) =>
      readUpTo(read, offset - from)
    )
  )
  return Effect.gen(function* () {
    const there = yield* Effect.option(actual)
    const here = yield* expected
    if (
      Option.isSome(there) &&
      !(there.value.byteLength === here.byteLength && here.every((byte, at) => there.value[at] === byte))
    ) {
      return yield* Interruption.integrity(
        "IgnoredOffset",
        "Upload",
        path,
        label,
        `the bytes before offset ${offset} as they were sent`,
        "other bytes"
      )
    }
  })
}

const readUpTo = <E, R>(pull: Pull<E, R>, length: number): Effect.Effect<Uint8Array, E, R> =>
  Effect.gen(function* () {
    const whole = new Uint8Array(length)
    let at = 0
    while (at < length) {
      const bytes = yield* pull
      if (Option.isNone(bytes)) {
        break
      }
      const part = bytes.value.subarray(0, length - at)
      whole.set(part, at)
      at += part.byteLength
    }
    return whole.subarray(0, at)
  })

/** An error of the source passes through as it is, also when it looks like one of the transfer's own. */
class SourceFailed<E> {
  readonly _tag = "SourceFailed"
  readonly error: E
  constructor(error: E) {
    this.error = error
  }
}
