/**
 * One file's bytes, from the first to the last, over as many attempts as it takes.
 *
 *     attempt: borrow ──► RETR from `offset - overlap`, SIZE and MDTM beside it ──► same file? ──► bytes
 *        ▲                                                                          │ no: FtpIntegrityError
 *        │  FtpRetry.resume, reset by progress                                      ▼
 *     interrupted ◄──connection lost, 426, 451, stall──────────────────── bytes, end, 2yz ──► count = SIZE? ──► whole
 *
 * An attempt that goes on asks for the last few bytes once more and compares them: a server that ignores REST, or a file
 * that was replaced by one of the same size and time, is found out before a byte of it is taken. Bytes that are all alike, as
 * in an image of a disk, show nothing: then it asks for more, back to some that do. When only the final reply was lost, size
 * and time decide on a new connection. A server that has SIZE and refused it beside RETR is asked once more at the end, as
 * nothing else tells a file that was cut short. It does NOT write files.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Bytes from "../../base/bytes.ts"
import * as Endpoint from "../../base/FtpEndpoint.ts"
import type { DataError, FtpIntegrityError, FtpTransferInterrupted, OpenError } from "../../base/FtpError.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import * as Command from "../../protocol/Command.ts"
import * as Features from "../../protocol/Features.ts"
import type { FtpSession, Incoming } from "../../session/FtpSession.ts"
import * as AttemptScope from "../attemptScope.ts"
import * as Identity from "../identity.ts"
import * as Integrity from "../integrity.ts"
import * as Interruption from "../interruption.ts"
import * as Patience from "../patience.ts"

/** Where an earlier attempt stopped, perhaps in another process: so many bytes, the last ones of them, and of which file. */
export interface Start {
  readonly offset: number
  readonly tail: Uint8Array
  readonly identity: Identity.Identity
}

export interface Download {
  /** What is known of the file by now. */
  readonly identity: () => Identity.Identity
  /** The next bytes, lent until the next read; `None` when the file is whole. */
  readonly read: Effect.Effect<Option.Option<Uint8Array>, DownloadError>
}

export type DownloadError = OpenError | DataError | FtpTransferInterrupted | FtpIntegrityError

/** How many bytes are asked for again: more than a block of most formats, less than a segment on the line matters. */
export const OVERLAP = 4096

/**
 * How many bytes are asked for again at most where the size is told: more that are alike are not worth it, as the size at
 * the end tells as well whether REST was ignored.
 */
const MOST_AGAIN = 1024 * 1024

const NOTHING: Start = {
  offset: 0,
  tail: new Uint8Array(0),
  identity: Identity.UNKNOWN
}

interface Attempt {
  readonly session: FtpSession
  readonly incoming: Incoming
  readonly endpoint: string
  /** What came with the overlap and belongs to the file. */
  pending: Uint8Array | undefined
}

/** The first attempt is made here, so that a file which is not there fails at once. */
export const open = (
  path: string,
  schedule: Schedule.Schedule<unknown, FtpTransferInterrupted>,
  start: Start = NOTHING
): Effect.Effect<Download, DownloadError, FtpPool | Scope.Scope> =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const outer = yield* Effect.scope
    const patience = yield* Patience.make(schedule)
    const tail = new Tail(start.tail)
    let identity = start.identity
    let offset = start.offset
    let transferred = 0
    let endpoint = ""
    let isWhole = false
    let current: { readonly value: Attempt; readonly close: Effect.Effect<void> } | undefined

    const recognise = (found: Identity.Identity): Effect.Effect<void, FtpIntegrityError> => {
      const same = Identity.expectSame({ direction: "Download", path, server: endpoint }, identity, found)
      if (Identity.isSame(identity, found)) {
        identity = Identity.combine(identity, found)
      }
      return same
    }

    /** An offset is refused where the file has become shorter (Pure-FTPd's 554): it is another one, and that is the error. */
    const lookAgain = (session: FtpSession) =>
      Effect.flatMap(
        Effect.all({ size: Effect.option(session.size(path)), modified: Effect.option(session.modified(path)) }),
        recognise
      )

    const begin = Effect.gen(function* () {
      const session = yield* pool.borrow()
      endpoint = Endpoint.toLabel(session.endpoint)
      const overlap = tail.overlap(Option.isSome(identity.size) ? MOST_AGAIN : Number.POSITIVE_INFINITY)
      const asked = session.receive(Command.retr(path), {
        path,
        offset: offset - overlap.bytes.byteLength - overlap.behind,
        beside: Identity.questions(path)
      })
      const incoming = yield* Effect.catchTag(asked, "FtpRejected", (rejected) =>
        offset > 0 && rejected.outcome === "NotApplied" ? Effect.zipRight(lookAgain(session), rejected) : rejected
      )
      yield* recognise(Identity.fromReplies(incoming.beside))
      return { session, incoming, endpoint, pending: yield* skip(incoming, overlap, path, endpoint) } satisfies Attempt
    })

    /** When every byte is here and only the last word is missing, the file need not be asked for again. */
    const confirm = Effect.scoped(
      Effect.gen(function* () {
        const session = yield* pool.borrow()
        endpoint = Endpoint.toLabel(session.endpoint)
        const size = yield* session.size(path)
        yield* recognise({ size: Option.some(size), modified: Option.none() })
        isWhole = true
      })
    )

    const isComplete = () => Option.isSome(identity.size) && identity.size.value === offset && offset > 0

    /** Another attempt. What stops it before it moves a byte counts as an attempt without progress. */
    const reopen: Effect.Effect<void, DownloadError> = Effect.suspend(() => {
      transferred = 0
      return isComplete()
        ? confirm
        : Effect.map(AttemptScope.open(outer, begin), (attempt) => {
            current = attempt
          })
    }).pipe(Effect.catchIf(Interruption.isCause, (cause) => goOn(cause)))

    const goOn = (cause: Interruption.Cause): Effect.Effect<void, DownloadError> =>
      Effect.suspend(() => {
        const interrupted = Interruption.make({ path, direction: "Download", offset, transferred, cause })
        const leave = current?.close ?? Effect.void
        current = undefined
        return leave.pipe(Effect.zipRight(patience(interrupted)), Effect.zipRight(reopen))
      })

    const take = (bytes: Uint8Array): Option.Option<Uint8Array> => {
      offset += bytes.byteLength
      transferred += bytes.byteLength
      tail.push(bytes)
      return Option.some(bytes)
    }

    const end = ({ session }: Attempt): Effect.Effect<Option.Option<Uint8Array>, DownloadError> =>
      Effect.gen(function* () {
        if (Option.isNone(identity.size) && Features.has(session.features, "SIZE")) {
          identity = { ...identity, size: yield* Effect.option(session.size(path)) }
        }
        isWhole = true
        return Option.isSome(identity.size) && identity.size.value !== offset
          ? yield* Integrity.make(
              { direction: "Download", path, server: endpoint },
              "Size",
              identity.size.value,
              offset
            )
          : Option.none()
      })

    const read: Effect.Effect<Option.Option<Uint8Array>, DownloadError> = Effect.suspend(() => {
      if (isWhole) {
        return Effect.succeedNone
      }
      if (current === undefined) {
        return Effect.zipRight(reopen, read)
      }
      const attempt = current.value
      if (attempt.pending !== undefined) {
        const bytes = attempt.pending
        attempt.pending = undefined
        return Effect.succeed(take(bytes))
      }
      return Effect.matchEffect(attempt.incoming.read, {
        onFailure: (error): Effect.Effect<Option.Option<Uint8Array>, DownloadError> =>
          Interruption.isCause(error) ? Effect.zipRight(goOn(error), read) : Effect.fail(error),
        onSuccess: (bytes) => (Option.isSome(bytes) ? Effect.sync(() => take(bytes.value)) : end(attempt))
      })
    })

    // Opening a session has its own schedule, and a file that is refused will be refused again: only what happens to
    // the transfer itself is an interruption here.
    const first = AttemptScope.open(outer, begin)
    const opened = yield* Effect.catchIf(
      Effect.catchIf(
        first,
        (error) => Interruption.isCause(error) && Interruption.isDeadSession(error),
        () => first
      ),
      (error): error is Interruption.Cause =>
        Interruption.isCause(error) && !(error._tag === "FtpConnectError" && error.channel === "Control"),
      (cause) => Effect.as(goOn(cause), undefined)
    )
    current ??= opened
    return { identity: () => identity, read }
  })

/** Reads the overlap and compares it; returns what came behind it in the same chunk. */
const skip = (
  incoming: Incoming,
  overlap: Overlap,
  path: string,
  endpoint: string
): Effect.Effect<Uint8Array | undefined, DataError | FtpIntegrityError> =>
  Effect.gen(function* () {
    const length = overlap.bytes.byteLength + overlap.behind
    let at = 0
    while (at < length) {
      const bytes = yield* incoming.read
      if (Option.isNone(bytes) || !isPrefix(bytes.value, overlap.bytes.subarray(at, at + bytes.value.byteLength))) {
        return yield* Integrity.make(
          { direction: "Download", path, server: endpoint },
          "IgnoredOffset",
          "the bytes before the offset once more",
          "other bytes: REST was ignored, or the file was replaced"
        )
      }
      at += bytes.value.byteLength
      if (at > length) {
        return bytes.value.slice(length - at)
      }
    }
    return undefined
  })

const isPrefix = (bytes: Uint8Array, prefix: Uint8Array): boolean => prefix.every((byte, at) => bytes[at] === byte)

/** What is asked for again: bytes to compare, and so many behind them that would show nothing. */
interface Overlap {
  readonly bytes: Uint8Array
  readonly behind: number
}

/** The last bytes that were delivered, and the last ones before them that are not all alike. */
class Tail {
  private kept: Uint8Array
  private telling: Uint8Array
  private behind = 0

  constructor(kept: Uint8Array) {
    this.kept = kept
    this.telling = kept
  }

  overlap(most: number): Overlap {
    return this.telling.byteLength + this.behind <= most
      ? { bytes: this.telling, behind: this.behind }
      : { bytes: this.kept, behind: 0 }
  }

  push(bytes: Uint8Array): void {
    this.kept = this.lastWith(bytes)
    if (this.kept.some((byte) => byte !== this.kept[0])) {
      this.telling = this.kept
      this.behind = 0
    } else {
      this.behind += bytes.byteLength
    }
  }

  private lastWith(bytes: Uint8Array): Uint8Array {
    return bytes.byteLength >= OVERLAP
      ? bytes.slice(-OVERLAP)
      : Bytes.concat([this.kept.subarray(Math.max(0, this.kept.byteLength + bytes.byteLength - OVERLAP)), bytes])
  }
}
