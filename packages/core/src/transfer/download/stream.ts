/**
 * One file's bytes, from the first to the last, over as many attempts as it takes.
 *
 *     attempt: borrow ──► RETR from `offset - overlap`, SIZE and MDTM beside it ──► same file? ──► bytes
 *        ▲                                                                          │ no: FtpIntegrityError
 *        │  FtpRetry.resume, reset by progress                                      ▼
 *     interrupted ◄──connection lost, 426, 451, idle timeout────────────── bytes, end, 2yz ──► count = SIZE? ──► whole
 *                                                                            └─ more than SIZE: fails at once
 *     refused for now, before a byte came (450, 451, 425): the same, by FtpRetry.busy
 *     REST refused or ignored ──► RETR from the first byte, without the bytes that were delivered: `Reread`
 *
 * A range begins at an offset of the caller's, and is left after its last byte: nothing shows then that the file is whole,
 * only that it was not written meanwhile.
 *
 * After a download of a second or more, MDTM is asked once more: a file that was written in place meanwhile is a
 * mixture of two versions, of the right size. If only the final reply was lost, size and time decide on a new
 * connection. A server that has SIZE and refused it beside RETR is asked again at the end, as nothing else shows that a
 * file was cut short.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { DataError } from "../../base/FtpError.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import * as AttemptScope from "../attemptScope.ts"
import type * as Demand from "../demand.ts"
import * as Identity from "../identity.ts"
import * as Integrity from "../integrity.ts"
import * as Interruption from "../interruption.ts"
import type { TransferError } from "../options.ts"
import * as Patience from "../patience.ts"
import type { Limit } from "../rate.ts"
import * as Ending from "./ending.ts"
import * as Overlap from "./overlap.ts"
import * as Reread from "./reread.ts"
import * as Retrieval from "./retrieval.ts"

export type DownloadError = TransferError

/** What the attempts of one download share. */
interface Transfer extends Ending.Ending {
  readonly scope: Scope.Scope
  readonly patience: Patience.Patience
  readonly onReread: Options["onReread"]
  readonly maxSkipped: number
  /** How many bytes the last attempt delivered. */
  transferred: number
  /** How many attempts have found the port dead before the first byte. */
  deadPorts: number
}

/** Where an earlier attempt stopped, perhaps in another process, of which file, and the last bytes before. */
export interface Start {
  readonly offset: number
  readonly tail: Overlap.Tail
  readonly identity: Identity.Identity
  /** Whether the file may be read from its first byte if the server can't begin at an offset. */
  readonly canReread: boolean
}

export interface Download {
  /** What is known of the file by now. */
  readonly identity: () => Identity.Identity
  /** The next bytes, lent until the next read; `None` when the file is whole. */
  readonly read: Read
}

type Read = Effect.Effect<Option.Option<Uint8Array>, DownloadError>

/** Where a download begins of which nothing is here yet. */
export const startAt = (offset: number): Start => ({
  offset,
  tail: new Overlap.Tail(),
  identity: Identity.UNKNOWN,
  canReread: true
})

/** How to download. */
export interface Options {
  readonly schedules: Patience.Schedules
  /** The most bytes that the file may have. */
  readonly maxBytes: number
  /** What the server reports of the file, and can show that the download is wrong. */
  readonly counts: Demand.Counts
  /** Slows down what is read again; the caller slows down what is delivered. */
  readonly limit: Limit
  /** Called when the file is read from its first byte again: whether the server will never begin at an offset. */
  readonly onReread?: ((isForGood: boolean) => void) | undefined
  /** If only a range is wanted: the offset after its last byte, or infinite. Its beginning is proven: see `offsetProof`. */
  readonly until?: number | undefined
  /** Whether the same proof is wanted of what is no range. */
  readonly provesOffset?: boolean | undefined
  /** The most bytes that are read and dropped if the server can't begin at an offset. Default all. */
  readonly maxSkipped?: number | undefined
}

/** The first attempt is made here, so that a file that does not exist fails at once. */
export const open = (
  path: string,
  options: Options,
  { canReread, identity, offset, tail }: Start = startAt(0)
): Effect.Effect<Download, DownloadError, FtpPool | Scope.Scope> =>
  Effect.gen(function* () {
    const { counts, limit, maxBytes, maxSkipped = Number.POSITIVE_INFINITY, onReread, schedules, until } = options
    const transfer: Transfer = {
      path,
      pool: yield* FtpPool,
      scope: yield* Effect.scope,
      patience: yield* Patience.make(schedules),
      tail,
      maxBytes,
      counts,
      limit,
      onReread,
      until,
      provesOffset: until !== undefined || options.provesOffset === true,
      maxSkipped,
      reread: canReread ? "IfNeeded" : "Never",
      begun: yield* Clock.currentTimeMillis,
      identity,
      offset,
      transferred: 0,
      server: "",
      isWhole: false,
      attempt: undefined,
      deadPorts: 0
    }
    // Opening a session has its own schedule, and a file that is refused for good will be refused again: only what
    // happens to the transfer itself is an interruption here.
    yield* beginAttempt(transfer).pipe(
      Effect.catchIf(
        (error) => Interruption.isCause(error) && Interruption.isDeadSession(error),
        () => beginAttempt(transfer)
      ),
      Effect.catchIf(
        (error): error is Interruption.Cause =>
          mayPass(transfer, error) && !(error._tag === "FtpConnectError" && error.channel === "Control"),
        (cause) => resume(transfer, cause)
      ),
      Effect.catchAll((error) => Ending.expectInside(transfer, Effect.fail(error))),
      Effect.zipRight(Ending.expectInside(transfer, Effect.void))
    )
    return { identity: () => transfer.identity, read: makeRead(transfer) }
  })

/**
 * Whether another attempt may help. What a server with REST refuses of an offset is for whoever has another way, and
 * beside the end of a range there is nothing to wait for.
 */
const mayPass = (transfer: Transfer, error: DownloadError): error is Interruption.Cause =>
  Interruption.isCause(error) ||
  (Interruption.isRefusedForNow(error) &&
    !(transfer.reread === "Never" && Reread.isOffsetRefused(error)) &&
    !Ending.isAtEnd(transfer))

const beginAttempt = (transfer: Transfer): Effect.Effect<void, DownloadError> =>
  Effect.catchIf(
    Effect.map(AttemptScope.open(transfer.scope, Retrieval.retrieve(transfer)), (attempt) => {
      transfer.attempt = attempt
    }),
    (error) =>
      transfer.reread === "IfNeeded" &&
      transfer.offset > 0 &&
      transfer.offset <= transfer.maxSkipped &&
      Reread.isOffsetProblem(error),
    (error) =>
      Effect.suspend(() => {
        transfer.reread = "Now"
        transfer.onReread?.(Reread.isForGood(error))
        return Effect.zipRight(
          Effect.logInfo(`${transfer.server} can't begin at an offset: ${transfer.path} is read from its first byte`),
          beginAttempt(transfer)
        )
      })
  )

/**
 * Leaves the attempt, waits as the schedule says, and begins another one. Ports that are all dead before the first byte
 * are no interruption, but a firewall, or a server that names the wrong ones.
 */
const resume = (transfer: Transfer, cause: Interruption.Cause): Effect.Effect<void, DownloadError> =>
  Effect.suspend(() => {
    const { attempt, offset, path, patience, transferred } = transfer
    const interrupted = Interruption.make({ path, direction: "Download", offset, transferred, cause })
    transfer.attempt = undefined
    if (offset === 0 && Interruption.isDeadPort(cause) && transfer.deadPorts++ === Interruption.OTHER_PORTS) {
      return Effect.zipRight(attempt?.close ?? Effect.void, Effect.fail(cause))
    }
    return (attempt?.close ?? Effect.void).pipe(
      Effect.zipRight(patience(interrupted)),
      Effect.zipRight(reopen(transfer))
    )
  })

/** Another attempt. An interruption before its first byte counts as an attempt without progress. */
const reopen = (transfer: Transfer): Effect.Effect<void, DownloadError> =>
  Effect.suspend(() => {
    transfer.transferred = 0
    return Ending.isComplete(transfer) || Ending.isEnough(transfer) ? Ending.confirm(transfer) : beginAttempt(transfer)
  }).pipe(
    Effect.catchIf(
      (error) => mayPass(transfer, error),
      (cause) => resume(transfer, cause)
    )
  )

/** Made once, so that a chunk costs no closure. */
const makeRead = (transfer: Transfer): Read => {
  const deliver = (received: Uint8Array): Read => {
    const { identity, maxBytes, until = Number.POSITIVE_INFINITY } = transfer
    const bytes =
      transfer.offset + received.byteLength > until ? received.subarray(0, until - transfer.offset) : received
    const offset = transfer.offset + bytes.byteLength
    if (Option.isSome(identity.size) ? offset > identity.size.value : offset > maxBytes) {
      return Option.isSome(identity.size)
        ? Integrity.make(Retrieval.subjectOf(transfer), "Size", identity.size.value, "more")
        : Integrity.make(Retrieval.subjectOf(transfer), "TooLarge", `at most ${maxBytes} bytes`, "more")
    }
    transfer.offset = offset
    transfer.transferred += bytes.byteLength
    transfer.tail.push(bytes)
    return Effect.succeed(Option.some(bytes))
  }
  const outcome = {
    onFailure: (error: DataError): Read =>
      mayPass(transfer, error) ? Effect.zipRight(resume(transfer, error), read) : Effect.fail(error),
    onSuccess: (bytes: Option.Option<Uint8Array>): Read =>
      Option.isSome(bytes)
        ? deliver(bytes.value)
        : Effect.catchIf(
            Ending.end(transfer),
            (error) => mayPass(transfer, error),
            (cause) => Effect.zipRight(resume(transfer, cause), read)
          )
  }
  const read: Read = Effect.suspend(() => {
    if (transfer.isWhole) {
      return Effect.succeedNone
    }
    if (transfer.attempt !== undefined && Ending.isEnough(transfer) && !Ending.isComplete(transfer)) {
      return Effect.zipRight(Ending.leave(transfer), read)
    }
    if (transfer.attempt === undefined) {
      return Effect.zipRight(reopen(transfer), read)
    }
    const { value } = transfer.attempt
    if (value.pending !== undefined) {
      const bytes = value.pending
      value.pending = undefined
      return deliver(bytes)
    }
    return Effect.matchEffect(value.read, outcome)
  })
  return read
}
