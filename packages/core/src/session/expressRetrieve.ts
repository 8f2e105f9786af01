/**
 * A small file from the server in one effect, where all goes well:
 *
 *     C: MDTM a      where its time is wanted, in one burst with EPSV or RETR if the server bears it
 *     C: EPSV        unless the file before it has brought a port
 *     S: 213 …
 *     S: 229 …
 *        dial
 *     C: RETR a
 *     S: 150 …
 *        bytes, FIN
 *     C: EPSV        for the next file; MDTM a before it if this one has taken long
 *     S: 226 …       in any order with the end of the data
 *     S: 229 …
 *
 * At the end of the data the server has done its part, whenever its 226 comes: some wait for our FIN first, a round trip.
 * So the port for the next file is asked for then, if the server bears bursts and the file before was small too. The
 * first server that answers otherwise is asked for it no more. Only a 550 is an answer here as in the long way.
 */
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpEndpoint } from "../base/FtpEndpoint.ts"
import type { FtpConnectionLost, FtpRejected } from "../base/FtpError.ts"
import type { Masked } from "../base/masked.ts"
import type { DirectCommand } from "../control/direct.ts"
import type { DirectAddress, DirectHandle } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import * as Reply from "../protocol/Reply.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import { type SessionContext, wantsPret } from "./context.ts"
import * as DataAfterReset from "./dataAfterReset.ts"
import { exchange } from "./express.ts"
import { ask, type Begin, counting, type OnMoved, type Outcome, onFinal, type Way } from "./expressWay.ts"
import * as NextPort from "./nextPort.ts"

/**
 * All bytes of a file, and its time if the server told it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Small {
  readonly bytes: Uint8Array
  readonly modified: Option.Option<FtpTime>
  /** Millis to the last byte. */
  readonly took: number
  /** The time after the last byte, if it was asked for: `None` if the server did not tell it. */
  readonly later: Option.Option<FtpTime> | undefined
  /** Whose file it is. */
  readonly endpoint: FtpEndpoint
}

/** The file, or why the server has refused it for good, as it would in the long way. */
export type Retrieved = Small | FtpRejected | FtpConnectionLost

/**
 * A small file that is to be fetched.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetrieveFile {
  readonly path: string
  /** In bytes, by what the server said: of another size it is not taken here. */
  readonly size: number
  /** Whether its time is asked for. */
  readonly wantsTime: boolean
  /**
   * Whether it is asked for after the last byte in any case, which shows whether the file was written meanwhile. Default: only
   * if the file took long.
   */
  readonly wantsLater?: boolean | undefined
  readonly onMoved?: OnMoved | undefined
}

/**
 * How small files are fetched.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetrieveOptions {
  /** Of a caller who can't be interrupted. Default: the caller may be interrupted at any moment. */
  readonly masked?: Masked | undefined
  /**
   * The file after one that was fetched, which is fetched in the same effect; the outcome is that of the last one. `go` is to
   * be called once, at once or as soon as the one before is dealt with, which is not cut short. Default: there is none.
   */
  readonly next?: ((small: Small, go: (following: () => RetrieveFile | undefined) => void) => void) | undefined
}

interface File {
  readonly context: SessionContext
  readonly asked: RetrieveFile
}

type End = (outcome: Outcome<Retrieved>) => void

export const retrieve = (
  context: SessionContext,
  first: RetrieveFile,
  { masked, next }: RetrieveOptions = {}
): Effect.Effect<Outcome<Retrieved>> => {
  const beginning =
    (asked: RetrieveFile): Begin<Retrieved> =>
    (way, end) =>
      fetch({ context, asked }, way, end)
  return exchange<Retrieved>(context, beginning(first), {
    masked,
    next:
      next &&
      ((outcome, go) => {
        if ("_tag" in outcome) {
          go(() => undefined)
          return
        }
        next(outcome, (following) =>
          go(() => {
            const file = following()
            return file && beginning(file)
          })
        )
      })
  })
}

/** Returns how to give it up. */
const fetch = (file: File, way: Way, end: End): (() => void) => {
  const { asked, context } = file
  const { onMoved, path, size, wantsLater = false, wantsTime } = asked
  const { clock, control, data, isOver, patience, port } = way
  const begun = clock.unsafeCurrentTimeMillis()
  const asks = whenNextIsAsked(file, way)
  let handle: DirectHandle | undefined
  let modified = Option.none<FtpTime>()
  let later: Option.Option<FtpTime> | undefined
  let took = 0
  /** Millis of the clock: RETR sent, its first reply, the end of the data. */
  const at = { asked: 0, begun: 0, ended: 0 }
  let bytes: Uint8Array | undefined
  let stage: "Dialling" | "Asked" | "Begun" | "Confirmed" = "Dialling"
  /** Something else than the file came. */
  let isLost = false
  /** Whether its time is to be asked for once the transfer is confirmed, as that can't be done sooner. */
  let isLaterDue = wantsLater && asks === "Never"
  /** `undefined` until it is known. */
  let next: NextPort.NextPort | undefined
  const notePromptness = () => {
    const { capabilities } = context
    const [now, roundTrip] = [clock.unsafeCurrentTimeMillis(), at.begun - at.asked]
    const { count, at: noted } = capabilities.promptReplies
    if (bytes !== undefined && !(roundTrip > 0 && (now - at.ended) * PROMPT_SHARE <= roundTrip)) {
      capabilities.promptReplies = { count: 0, at: now }
    } else if (now - noted >= roundTrip) {
      // One for each round trip: after a standstill of ours the replies of all sessions look prompt.
      capabilities.promptReplies = { count: count + 1, at: now }
    }
  }
  const endIfWhole = () => {
    if (bytes === undefined || stage !== "Confirmed" || isOver()) {
      return
    }
    if (isLaterDue) {
      isLaterDue = false
      if (again.length === 0 || !control.send(...again)) {
        setNext(undefined)
      }
    } else if (next !== undefined) {
      context.state.served = true
      context.state.nextPort = next
      end({ bytes, modified, took, later, endpoint: context.endpoint })
    } else if (control.isInDoubt()) {
      // The port was answered first (pyftpdlib), and by now no reply is known to be whose.
      giveUpNext()
    }
  }
  const setNext = (address: DirectAddress | undefined) => {
    next = NextPort.make(address, clock.unsafeCurrentTimeMillis())
    endIfWhole()
  }
  const giveUpNext = () => {
    failed(context, asks)
    setNext(undefined)
  }
  const onNext = onFinal((reply) => {
    const address = reply === undefined ? undefined : data.addressOf(reply)
    if (address === undefined) {
      giveUpNext()
    } else if (asks === "WithTransfer" && stage !== "Confirmed") {
      // It has ended the transfer (pyftpdlib), and may not say so.
      failed(context, asks)
      end("Long")
    } else {
      worked(context, asks)
      setNext(address)
    }
  })
  const onReply = (reply: Reply.Reply | undefined) => {
    if (reply !== undefined && Reply.isPreliminary(reply) && !isLost) {
      stage = "Begun"
      at.begun = clock.unsafeCurrentTimeMillis()
      patience.enter("Moving")
    } else if (reply !== undefined && Reply.isCompletion(reply) && !isLost) {
      stage = "Confirmed"
      patience.enter("Closing")
      notePromptness()
      endIfWhole()
    } else if (reply?.code === NOT_AVAILABLE && stage === "Asked" && !wantsPret(context)) {
      handle?.reset()
      end(context.control.errors.rejected(transfer.command, reply, { path }))
    } else {
      if (asks === "WithTransfer" || (asks === "AtEnd" && bytes !== undefined)) {
        failed(context, asks)
      }
      end("Long")
    }
  }
  const mdtm = context.control.verbs.isAvoided("MDTM") ? undefined : Command.mdtm(path)
  const onAgain = onFinal((reply) => {
    later = reply && Timestamp.fromReply213(reply)
    if (asks === "Never") {
      setNext(undefined)
    }
  })
  const again = mdtm === undefined ? [] : [{ command: mdtm, on: onAgain }]
  const transfer = { command: Command.retr(path), on: onReply }
  const nextPort = { command: data.question, on: onNext }
  const open = (address: DirectAddress, ahead: ReadonlyArray<DirectCommand>) => {
    handle = data.transport.collect(address, size, {
      connected: () => {
        DataAfterReset.opened(context)
        stage = "Asked"
        at.asked = clock.unsafeCurrentTimeMillis()
        control.send(...ahead, transfer, ...(asks === "WithTransfer" ? [nextPort] : [])) || end("Long")
      },
      moved: counting(way, size, onMoved),
      ended: (result) => {
        if (!(result instanceof Uint8Array) || result.byteLength !== size) {
          isLost = true
          // A refusal says why, if one is on its way behind the end of the data.
          stage === "Asked" || end("Long")
          return
        }
        bytes = result
        at.ended = clock.unsafeCurrentTimeMillis()
        took = at.ended - begun
        patience.enter("Ending")
        if (asks === "WithTransfer" || isLaterDue) {
          endIfWhole()
        } else if (
          asks === "Never" ||
          !control.send(...(wantsLater || took >= Timestamp.PRECISION ? again : []), nextPort)
        ) {
          setNext(undefined)
        }
      }
    })
  }
  const answered = (reply: Reply.Reply) => {
    modified = Timestamp.fromReply213(reply)
  }
  const question = wantsTime ? mdtm : undefined
  if (port === undefined) {
    ask(way, question, { answered, opened: (address) => open(address, []), failed: () => end("Long") })
  } else {
    open(
      port,
      question === undefined ? [] : [{ command: question, on: (reply) => reply === undefined || answered(reply) }]
    )
  }
  return () => handle?.reset()
}

/**
 * Never before the server has shown that it bears more than that: bursts; then a port at the end of the data. With the
 * transfer command it is asked for if the server's final reply comes with the data, as there is a round trip to gain. Of
 * some servers this ends the transfer (pyftpdlib), so one file tries it: "Fails" stands until it has worked.
 */
const whenNextIsAsked = (
  { asked: { path, wantsLater = false }, context }: File,
  { mayBurst, wantsNext }: Way
): "Never" | "AtEnd" | "WithTransfer" => {
  const { capabilities } = context
  if (!wantsNext || !mayBurst || capabilities.get("Next port") === "Fails") {
    return "Never"
  }
  const early = capabilities.get("Early port")
  if (early === "Fails" || path.length > MAX_EARLY_PATH || wantsLater) {
    return "AtEnd"
  }
  if (early === "Unknown") {
    if (capabilities.promptReplies.count < PROMPT) {
      return "AtEnd"
    }
    capabilities.set("Early port", false)
  }
  return "WithTransfer"
}

/** So many final replies in a row, of all sessions of the server together, are no chance. */
const PROMPT = 3

/**
 * A final reply comes with the data if it is late by less than this part of a round trip: a server that waits for our FIN
 * is late by a whole one.
 */
const PROMPT_SHARE = 4

/** Characters: the commands must arrive together, in one packet. Pure-FTPd refuses what arrives during a transfer. */
const MAX_EARLY_PATH = 200

const worked = ({ capabilities }: SessionContext, asks: ReturnType<typeof whenNextIsAsked>): void => {
  if (asks === "WithTransfer") {
    capabilities.set("Early port", true)
  }
}

const failed = ({ capabilities }: SessionContext, asks: ReturnType<typeof whenNextIsAsked>): void => {
  capabilities.set(asks === "WithTransfer" ? "Early port" : "Next port", false)
}

/** What a file that is missing, or may not be read, is refused with (RFC 959 §4.2.2). */
const NOT_AVAILABLE = 550
