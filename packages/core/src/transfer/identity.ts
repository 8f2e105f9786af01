/**
 * Whether a remote file is still the one that a transfer began with.
 *
 *     C: SIZE a        C: MDTM a
 *     S: 213 4711      S: 213 20260102030405
 *
 * Facts that only one of two looks has prove nothing, either way. It does NOT ask: the questions ride along with transfers.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Command from "../protocol/Command.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import { sizeOf } from "../session/file.ts"

export interface Identity {
  readonly size: Option.Option<number>
  readonly modified: Option.Option<FtpTime>
}

/** The commands whose replies `fromReplies` takes, in that order. */
export const questions = (path: string): readonly [Command.Command, Command.Command] => [
  Command.size(path),
  Command.mdtm(path)
]

export const fromReplies = ([size, time]: ReadonlyArray<Reply.Reply>): Identity => ({
  size: size === undefined ? Option.none() : sizeOf(size),
  modified: time === undefined ? Option.none() : Timestamp.fromReply213(time)
})

export const isSame = (before: Identity, now: Identity): boolean =>
  agree(before.size, now.size, (left, right) => left === right) &&
  agree(before.modified, now.modified, (left, right) => DateTime.Equivalence(left.at, right.at))

/** Whether both facts are known, so that another file would be told from it. */
export const isComplete = ({ modified, size }: Identity): boolean => Option.isSome(size) && Option.isSome(modified)

/** In words, for errors: "4711 bytes of 2026-01-02T03:04:05.000Z". */
export const describe = ({ modified, size }: Identity): string =>
  `${Option.match(size, { onNone: () => "a file", onSome: (bytes) => `${bytes} bytes` })}${Option.match(modified, {
    onNone: () => "",
    onSome: ({ at }) => ` of ${DateTime.formatIso(at)}`
  })}`

const agree = <A>(left: Option.Option<A>, right: Option.Option<A>, equal: (left: A, right: A) => boolean): boolean =>
  Option.isNone(left) || Option.isNone(right) || equal(left.value, right.value)
