/**
 * The offset at which an upload resumes: how many of its bytes the server kept.
 *
 *     C: SIZE a      on the very session that resumes
 *     S: 213 995904
 *     C: MDTM a      only if the file that was there before had the same size
 *
 * Servers that store under a hidden name first keep that earlier file until the end: its size says nothing about ours.
 */

import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError } from "../../base/FtpError.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Refusal from "../../session/refusal.ts"
import * as Identity from "../identity.ts"
import type { UploadContext } from "./uploadContext.ts"

/** 0 unless the bytes on the server can be ours. */
export const resumeOffset = <E, R>(
  session: FtpSession,
  { previous, reached, source, target: { at } }: UploadContext<E, R>
): Effect.Effect<number, CommandError> =>
  Effect.gen(function* () {
    const size = yield* Refusal.sizeBy(Refusal.ifKnown, session, at)
    if (
      Option.isNone(size) ||
      size.value > reached ||
      Option.exists(source.size, (total) => size.value > total) ||
      previous === undefined
    ) {
      return 0
    }
    if (Option.isNone(previous.size) || previous.size.value !== size.value) {
      return size.value
    }
    const modified = yield* Refusal.timeBy(Refusal.unlessRefused, session, at)
    return Identity.isSame(previous, { size, modified }) ? 0 : size.value
  })
