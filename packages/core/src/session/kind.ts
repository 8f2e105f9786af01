/**
 * Whether a path that a user has named is a directory, or a link to one, before all of it is listed: with the fewest
 * round trips, as the listing itself will take several. On a server that bears bursts it is one, in which the listing that
 * follows finds its answers too (`firstLook`):
 *
 *     C: MLST a                      where the server has it
 *     C: SIZE a                      else: a size is that of a file, as a rule
 *     C: PWD, CWD a, CWD /
 *     S: 550 ...
 *     S: 257 "/" ...
 *     S: 250 ...                     a directory
 *     S: 250 ...
 *
 * Else SIZE and CWD are asked in steps. What is no directory by that, or has a size, is for `stat` to find out.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import * as Mlsx from "../protocol/listing/mlsx.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import { type SessionContext, sendIndependent } from "./context.ts"
import { isDirectory } from "./directory.ts"
import { sizeOf } from "./file.ts"
import * as FirstLook from "./firstLook.ts"
import type { ListFailure } from "./listingAnswer.ts"
import { stat } from "./stat.ts"
import { isVisitable } from "./visits.ts"

export const leadsToDirectory = (context: SessionContext, path: string): Effect.Effect<boolean, ListFailure> =>
  path === ""
    ? Effect.succeed(true)
    : Effect.flatMap(atFirstLook(context, path), (type) =>
        type === "Directory" || type === "File"
          ? Effect.succeed(type === "Directory")
          : type === "SymbolicLink"
            ? isDirectory(context, path)
            : byStat(context, path)
      )

const byStat = (context: SessionContext, path: string): Effect.Effect<boolean, ListFailure> =>
  Effect.flatMap(stat(context, path), ({ type }) =>
    type === "SymbolicLink" ? isDirectory(context, path) : Effect.succeed(type === "Directory")
  )

type Seen = "Directory" | "File" | "SymbolicLink" | "Unclear"

const atFirstLook = (context: SessionContext, path: string): Effect.Effect<Seen, ListFailure> =>
  Effect.suspend(() => {
    const hasMlst = Features.has(context.features, "MLST")
    const question = hasMlst ? Command.mlst(path) : Command.size(path)
    return Effect.flatMap(FirstLook.look(context, path, { question, enters: !hasMlst }), (look) =>
      look === undefined
        ? hasMlst
          ? Effect.succeed<Seen>("Unclear")
          : Effect.map(inSteps(context, path), (isOne): Seen => (isOne ? "Directory" : "Unclear"))
        : Effect.succeed(hasMlst ? byMlst(look, path) : bySize(look))
    )
  })

const byMlst = ({ answer }: FirstLook.Look, path: string): Seen => {
  const entry = answer === undefined || !Reply.isCompletion(answer) ? Option.none() : Mlsx.parseMlst(answer, path)
  const type = Option.isSome(entry) ? entry.value.type : "Unclear"
  return type === "Directory" || type === "File" || type === "SymbolicLink" ? type : "Unclear"
}

const bySize = ({ answer, isEntered }: FirstLook.Look): Seen =>
  answer !== undefined && Option.isNone(sizeOf(answer)) && isEntered === true ? "Directory" : "Unclear"

/** False if it is not known to be one. */
const inSteps = (context: SessionContext, path: string): Effect.Effect<boolean, ListFailure> =>
  Effect.catchIf(
    Effect.flatMap(hasSize(context, path), (hasSize) => (hasSize ? Effect.succeed(false) : isVisitable(context, path))),
    (error) => error._tag === "FtpRejected" || error._tag === "FtpProtocolViolation",
    () => Effect.succeed(false)
  )

const hasSize = (context: SessionContext, path: string): Effect.Effect<boolean, ListFailure> =>
  Effect.gen(function* () {
    const command = Command.size(path)
    const [reply] = yield* sendIndependent(context, [command])
    return ReplyMeaning.isServiceClosing(reply)
      ? yield* context.control.errors.rejected(command, reply, { path })
      : Option.isSome(sizeOf(reply))
  })
