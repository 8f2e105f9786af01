/**
 * LIST with `-a`, which shows hidden files on servers that read it as an option (vsftpd, IIS, ProFTPD, Pure-FTPd). Others
 * take it for a name, or a part of one:
 *
 *     C: LIST -a pub
 *     S: 150 ... `.`, `..`, b ... 226      it was an option, unless there is a directory `-a pub`
 *     C: CWD -a pub
 *     S: 550                               there is none: works
 *
 *     C: LIST -a pub
 *     S: 550                               or lines without `.` and `..`, or none at all
 *     C: LIST pub
 *     S: 150 ... b ... 226                 works if the first one listed no less than this, else fails
 *
 *     hint of a profile ──lines──► believed     ──refused, or no lines──► as if nothing was known
 *
 * Only a listing with entries decides that it fails: an empty one is no less than any other. A server that was busy has
 * not refused the option: it is asked once more, and if it is still busy, the listing says that it may lack hidden files.
 *
 *     C: LIST -a          C: LIST               C: LIST -a
 *     S: 450 busy         S: 150 ... 226        S: 150 ... 226, or 450: may lack hidden files
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import type * as Listing from "../protocol/Listing.ts"
import * as NameSet from "../protocol/listing/NameSet.ts"
import type { SessionContext } from "./context.ts"
import { inDirectory } from "./directory.ts"
import { isAboutTheText, type ListFailure } from "./listingAnswer.ts"
import { isFresh } from "./state.ts"

type Answer = Effect.Effect<Listing.Listed<string>, ListFailure>

/** The option as it stands in front of a path. */
export const SHOW_HIDDEN = "-a"

/** The argument of LIST; `""` for none. */
export const argumentOf = (option: "" | typeof SHOW_HIDDEN, target: string): string =>
  option === "" || target === "" ? `${option}${target}` : `${option} ${target}`

/** The two ways to list what `target` names, which is `""` for the directory that the session is in. */
interface Ways {
  readonly all: Answer
  readonly plain: Answer
}

/** With hidden files, if the server can be made to list them. */
export const included = (context: SessionContext, target: string, { all, plain }: Ways): Answer =>
  Effect.suspend(() => {
    const { capabilities } = context
    const known = capabilities.get("LIST -a")
    if (known === "Fails") {
      return plain
    }
    if (capabilities.proven("LIST -a") === "Works") {
      return all
    }
    return Effect.gen(function* () {
      let isBusy = false
      const ask = Effect.catchIf(Effect.asSome(all), isAboutDashA, (error) => {
        isBusy = error._tag === "FtpRejected" && error.reason === "Busy"
        return Effect.succeedNone
      })
      let more = yield* ask
      if (Option.isSome(more)) {
        if (known === "Works" && (more.value.entries.length > 0 || more.value.hasDots)) {
          if (more.value.hasDots) {
            capabilities.set("LIST -a", true)
          }
          return more.value
        }
        if (known === "Unknown" && more.value.hasDots && (yield* isOption(context, target))) {
          capabilities.set("LIST -a", true)
          return more.value
        }
      }
      const some = yield* plain
      if (isBusy) {
        isBusy = false
        more = yield* ask
      }
      const isComplete = Option.exists(more, (listing) => isSuperset(listing, some))
      if (some.entries.length > 0 && !isBusy) {
        capabilities.set("LIST -a", isComplete)
      }
      return isComplete
        ? Option.getOrElse(more, () => some)
        : isBusy && !some.entries.some(isHidden)
          ? { ...some, mayLackHidden: true }
          : some
    })
  })

const isHidden = ({ name }: FtpEntry): boolean => name.startsWith(".")

/** Whether the server does not take `-a`, or takes it for a name: what breaks the session says nothing about it. */
const isAboutDashA = (error: ListFailure): boolean => error._tag === "FtpRejected" || isAboutTheText(error)

/**
 * Whether an answer with `.` or `..` in it is due to the option: a server without options lists a directory of that
 * name. If the path alone has been proven to be listed, that holds for the path after an option only if both listings
 * are compared; otherwise it is found out for both together (`listArgument`).
 */
const isOption = (context: SessionContext, target: string): Effect.Effect<boolean, ListFailure> =>
  isPathProven(context, target)
    ? Effect.succeed(false)
    : Effect.flatMap(Clock.currentTimeMillis, (now) =>
        isFresh(context.state.missing, argumentOf(SHOW_HIDDEN, target), now)
          ? Effect.succeed(true)
          : isMissing(context, argumentOf(SHOW_HIDDEN, target))
      )

const isPathProven = ({ capabilities }: SessionContext, target: string): boolean =>
  target !== "" && capabilities.get("LIST path") === "Works"

/** Whether a listing will ask if there is a directory of that name. */
export const isOptionDoubtful = (context: SessionContext, target: string): boolean =>
  context.capabilities.get("LIST -a") === "Unknown" && !isPathProven(context, target)

const isMissing = (context: SessionContext, directory: string): Effect.Effect<boolean, ListFailure> =>
  Effect.catchIf(
    Effect.as(inDirectory(context, directory, Effect.void), false),
    (error) => error._tag === "FtpRejected" || error._tag === "FtpProtocolViolation",
    // PWD may be what was refused: then there is no way back from a directory, and nothing is known.
    (error) => Effect.succeed(error._tag === "FtpRejected" && error.verb === "CWD" && error.reply.code >= 500)
  )

/** Whether the second listing, without `-a`, may be of the same directory. If it is empty, only hidden files are more. */
const isSuperset = (more: Listing.Listed<string>, some: Listing.Listed<string>): boolean =>
  some.entries.length === 0 ? more.entries.every(isHidden) : NameSet.includes(more.entries, some.entries)
