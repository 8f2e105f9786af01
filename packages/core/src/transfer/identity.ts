/**
 * Whether a remote file is still the one that a transfer began with.
 *
 *     C: SIZE a        C: MDTM a
 *     S: 213 4711      S: 213 20260102030405
 *
 * A fact that only one of two answers has proves nothing, either way.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpIntegrityError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import { sizeOf } from "../session/file.ts"
import * as Integrity from "./integrity.ts"

export interface Identity {
  readonly size: Option.Option<number>
  readonly modified: Option.Option<FtpTime>
}

/**
 * Millis. MDTM has whole seconds: within one, a change can't be seen for certain, and small files should cost no round
 * trip.
 */
export const TIME_PRECISION = Timestamp.PRECISION

export const UNKNOWN: Identity = { size: Option.none(), modified: Option.none() }

/** The commands whose replies `fromReplies` takes, in that order. Without `countsSize` the size stays unknown. */
export const questions = (path: string, countsSize = true): ReadonlyArray<Command.Command> =>
  countsSize ? [Command.size(path), Command.mdtm(path)] : [Command.mdtm(path)]

export const fromReplies = (replies: ReadonlyArray<Reply.Reply>, countsSize = true): Identity => {
  const size = countsSize ? replies[0] : undefined
  const time = replies[countsSize ? 1 : 0]
  return {
    size: size === undefined ? Option.none() : sizeOf(size),
    modified: time === undefined ? Option.none() : Timestamp.fromReply213(time)
  }
}

export const isSame = (before: Identity, now: Identity): boolean =>
  agree(before.size, now.size, (left, right) => left === right) &&
  agree(before.modified, now.modified, (left, right) => DateTime.Equivalence(left.at, right.at))

/** Whether both times are known, and the same. */
export const isSameTime = (before: Identity["modified"], now: Identity["modified"]): boolean =>
  Option.isSome(before) && Option.isSome(now) && DateTime.Equivalence(before.value.at, now.value.at)

/** What was known, and what is found of the rest. */
export const combine = (known: Identity, found: Identity): Identity => ({
  size: Option.orElse(known.size, () => found.size),
  modified: Option.orElse(known.modified, () => found.modified)
})

/** Fails with `Changed` if the two are known to be different files. */
export const expectSame = (
  subject: Integrity.Subject,
  before: Identity,
  now: Identity
): Effect.Effect<void, FtpIntegrityError> =>
  isSame(before, now) ? Effect.void : Integrity.make(subject, "Changed", describe(before), describe(now))

/** Whether both facts are known, so that another file would be recognised as such. */
export const isComplete = ({ modified, size }: Identity): boolean => Option.isSome(size) && Option.isSome(modified)

/** In words, for errors: "4711 bytes of 2026-01-02T03:04:05.000Z". */
export const describe = ({ modified, size }: Identity): string =>
  `${Option.match(size, { onNone: () => "a file", onSome: (bytes) => `${bytes} bytes` })}${Option.match(modified, {
    onNone: () => "",
    onSome: ({ at }) => ` of ${DateTime.formatIso(at)}`
  })}`

const agree = <A>(left: Option.Option<A>, right: Option.Option<A>, equal: (left: A, right: A) => boolean): boolean =>
  Option.isNone(left) || Option.isNone(right) || equal(left.value, right.value)
