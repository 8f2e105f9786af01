/**
 * A listing in one effect, where all goes well:
 *
 *     C: CWD a b     if LIST may read the name its own way; in one burst with EPSV, or with LIST
 *     C: EPSV        unless what was done before has brought a port
 *     S: 250 …
 *     S: 229 …
 *        dial
 *     C: LIST -a, or MLSD a, or LIST -a a
 *     S: 150 …
 *        lines, read as they arrive, FIN
 *     C: CWD /home   back
 *     C: EPSV        for the next listing or small file: see `nextPort`
 *     S: 226 …       in any order with the end of the data
 *     S: 250 …
 *     S: 229 …
 *
 * It asks only what `list` has asked this server before, so that nothing is left to be found out about it but the zone of
 * its times, as long as no listing has had a file that shows it (`serverZone`). A refusal, an answer that needs a second
 * question, or one that can't be read is for `list`, which starts anew.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Observability from "../base/observability.ts"
import type { DirectCommand } from "../control/direct.ts"
import type { DirectAddress, DirectHandle } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as Listing from "../protocol/Listing.ts"
import * as Lines from "../protocol/listing/Lines.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import type { SessionContext } from "./context.ts"
import * as DataAfterReset from "./dataAfterReset.ts"
import { exchange } from "./express.ts"
import * as Departure from "./expressDeparture.ts"
import { ask, type Outcome, onFinal, type Way } from "./expressWay.ts"
import * as HiddenFiles from "./hiddenFiles.ts"
import * as ListArgument from "./listArgument.ts"
import { type ListOptions, learn, longReader, maxBytesOf, type Question } from "./listingAnswer.ts"
import * as LiveListing from "./liveListing.ts"
import * as Mlsd from "./mlsd.ts"
import * as NativePaths from "./nativePaths.ts"
import * as ServerZone from "./serverZone.ts"
import * as WayBack from "./wayBack.ts"

type Listed = Listing.Listed<string>

/** How a directory is listed. */
interface Plan {
  readonly command: Command.Command
  readonly reader: Listing.Reader<string>
  readonly maxBytes: number
  readonly visit: Departure.Visit | undefined
  /** What a complete answer means; `undefined` if it is for `list` to say. */
  readonly judge: (listed: Listed) => Listed | undefined
}

export const list = (
  context: SessionContext,
  path: string,
  { long = false, maxEntries = Listing.MAX_ENTRIES, times = true }: ListOptions
): Effect.Effect<Outcome<Listed>> =>
  Effect.withFiberRuntime((fiber) => {
    const now = Observability.clockOf(fiber).unsafeCurrentTimeMillis()
    const question = { path, maxEntries }
    const plan = !context.names.isCertain()
      ? undefined
      : !long && Mlsd.isKnown(context)
        ? planOfMlsd(context, question, now)
        : planOfList(context, question, times, now)
    if (plan === undefined) {
      return LONG
    }
    return Effect.flatMap(
      exchange<Answer>(context, (way, end) => fetch(context, plan, way, end), {}),
      (answer): Effect.Effect<Outcome<Listed>> =>
        answer === "Long" || answer.listed === undefined
          ? Effect.as(backToStep(context, plan), "Long")
          : times && ServerZone.isOpen(context, now)
            ? ServerZone.inferred(context, answer.listed)
            : Effect.succeed(answer.listed)
    )
  })

/** The long way starts where the session was. One that is not in step is of no use to it: it ends, and says why. */
const backToStep = (context: SessionContext, { visit }: Plan): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { control, state } = context
    if (state.transferOpen) {
      state.transferOpen = false
      return control.end("the server did not settle after a listing that broke off")
    }
    return visit !== undefined && state.cwdChanged ? WayBack.leaveTo(context, visit.home, false) : Effect.void
  })

const LONG = Effect.succeed("Long" as const)

const planOfMlsd = (context: SessionContext, question: Question, now: number): Plan | undefined => {
  const { capabilities, control } = context
  const { path } = question
  const known = path === "" ? "Works" : capabilities.get("MLSD path")
  const visit = known === "Works" ? undefined : visitTo(context, path)
  if (!control.verbs.isAnswered("MLSD") || known === "Unknown" || (known === "Fails" && visit === undefined)) {
    return undefined
  }
  return {
    command: Command.mlsd(path === "" || visit !== undefined ? undefined : path),
    reader: Mlsd.reader(context, question, now),
    maxBytes: maxBytesOf(question),
    visit,
    judge: (listed) =>
      isRead(listed) && (path === "" || visit !== undefined || ListArgument.isSure(context, "MLSD path", listed))
        ? listed
        : undefined
  }
}

const planOfList = (context: SessionContext, question: Question, times: boolean, now: number): Plan | undefined => {
  const { capabilities, dialect } = context
  const { listing: memory } = capabilities
  const { path } = question
  if (
    (dialect === undefined && Option.isNone(memory.dialect)) ||
    memory.namesOnly ||
    NativePaths.mayBeNative(context) ||
    !LiveListing.isOptionKnown(context)
  ) {
    return undefined
  }
  const isLiteral = RemotePath.isLiteralListArgument(path)
  const known = path === "" ? "Works" : isLiteral ? capabilities.get("LIST path") : "Fails"
  const visit = known === "Works" ? undefined : visitTo(context, path)
  if (known === "Unknown" || (known === "Fails" && visit === undefined)) {
    return undefined
  }
  const target = visit === undefined ? path : ""
  const option = capabilities.get("LIST -a") === "Fails" ? "" : HiddenFiles.SHOW_HIDDEN
  const argument = HiddenFiles.argumentOf(option, target)
  return {
    command: Command.list(argument === "" ? undefined : argument),
    reader: longReader(context, question, now),
    maxBytes: maxBytesOf(question),
    visit,
    judge: (listed) => {
      learn(context, listed as Listing.Listed)
      // Of a path as the argument, few lines may be about a file, or a directory that can't be read.
      return isRead(listed) &&
        (target === "" || listed.count > 1 || (listed.hasDots && ListArgument.isSure(context, "LIST path", listed))) &&
        !(times && ServerZone.isDisprovedAt(context, listed, now))
        ? listed
        : undefined
    }
  }
}

/** Only if the way in and back shares round trips with other commands. */
const visitTo = ({ capabilities, state }: SessionContext, path: string): Plan["visit"] =>
  state.home !== undefined && capabilities.get("Pipelining") === "Works" ? { path, home: state.home } : undefined

/** Not a listing of which no line can be read. */
const isRead = ({ count, unreadCount }: Listed): boolean => count > 0 || unreadCount === 0

interface Answer {
  readonly listed: Listed | undefined
}

/** Returns how to give it up. */
const fetch = (
  context: SessionContext,
  { command, judge, maxBytes, reader, visit }: Plan,
  way: Way,
  end: (outcome: Outcome<Answer>) => void
): (() => void) => {
  const { state, timeouts } = context
  const { clock, control, data, isOver, patience, port } = way
  const latest = clock.unsafeCurrentTimeMillis() + Duration.toMillis(timeouts.listing)
  const lines = Lines.make(reader.take, context.names.listing)
  const failed = () => end("Long")
  let handle: DirectHandle | undefined
  let bytes = 0
  let stage: "Asked" | "Begun" | "Confirmed" = "Asked"
  let isEnded = false
  let isWhole = false
  const goOn = () => {
    if (isEnded && !isOver() && (departure.isEarly || stage === "Confirmed")) {
      departure.begin()
    }
    if (isEnded && !isOver() && stage === "Confirmed" && departure.isOver()) {
      state.served = true
      state.nextPort = departure.next()
      end({ listed: isWhole && lines.end() ? judge(reader.end()) : undefined })
    }
  }
  const departure = Departure.make(context, way, visit, goOn, failed)
  const onReply = (reply: Reply.Reply | undefined) => {
    if (reply !== undefined && Reply.isPreliminary(reply)) {
      stage = "Begun"
      patience.enter("Moving")
    } else if (reply !== undefined && Reply.isCompletion(reply) && stage === "Begun") {
      stage = "Confirmed"
      isWhole = !ReplyMeaning.isTruncatedListing(reply)
      patience.enter("Closing")
      departure.doubt()
      goOn()
    } else {
      failed()
    }
  }
  const enter =
    visit === undefined ? undefined : { command: Command.cwd(visit.path), on: onFinal(entering(context, failed)) }
  const open = (address: DirectAddress, ahead: ReadonlyArray<DirectCommand>) => {
    handle = data.transport.receive(address, {
      connected: () => {
        DataAfterReset.opened(context)
        control.send(...ahead, { command, on: onReply }) || failed()
      },
      bytes: (chunk) => {
        bytes += chunk.byteLength
        patience.moved(chunk.byteLength)
        const isWanted = bytes <= maxBytes && clock.unsafeCurrentTimeMillis() < latest && lines.push(chunk)
        isWanted || failed()
        return isWanted
      },
      ended: (error) => {
        if (error === undefined) {
          isEnded = true
          patience.enter("Ending")
          goOn()
        } else {
          failed()
        }
      }
    })
  }
  if (enter !== undefined) {
    state.cwdChanged = true
  }
  if (port === undefined) {
    ask(way, enter?.command, { answered: (reply) => enter?.on(reply), opened: (address) => open(address, []), failed })
  } else {
    open(port, enter === undefined ? [] : [enter])
  }
  return () => handle?.reset()
}

/** What the reply to CWD shows of where the session is. */
const entering =
  ({ state }: SessionContext, failed: () => void) =>
  (reply: Reply.Reply | undefined): void => {
    if (reply === undefined || !Reply.isCompletion(reply)) {
      state.cwdChanged = false
      failed()
    }
  }
