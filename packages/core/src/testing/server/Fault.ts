/**
 * What a test server can be told to do wrong, by name, and how often.
 *
 * The files that hold the conversation ask here whether a fault applies.
 */
import type * as Duration from "effect/Duration"

/**
 * How often a fault strikes, and on which commands. `times` defaults to 1; `Infinity` is always. `verb` is one verb or
 * several, in upper case; without it a fault strikes at the first command that it fits. The moment when a client
 * connects goes by the name `CONNECT` and is met only by faults that name it.
 */
export interface When {
  readonly times?: number | undefined
  readonly verb?: string | ReadonlyArray<string> | undefined
}

/**
 * Breaks the data connection once that many bytes of file went through it, in either direction; a transfer that is
 * shorter is spared and does not count. `how` defaults to `"Reset"`, which may also lose bytes on their way; `"End"` is a
 * clean end, and `"Cut"` a FIN without TLS's close_notify before it, as anybody on the way can forge it. `reply` is the
 * final reply, by default 426.
 */
export interface DropData extends When {
  readonly _tag: "DropData"
  readonly afterBytes: number
  readonly how?: "Reset" | "End" | "Cut" | undefined
  readonly reply?: string | undefined
}

/** Sends this instead of carrying the command out, for instance `"450 File busy."`; a line end makes it multi-line. */
export interface Refuse extends When {
  readonly _tag: "Refuse"
  readonly reply: string
}

/** SIZE says this much more (or less) than the truth; MLST and MLSD too when `verb` names them. */
export interface WrongSize extends When {
  readonly _tag: "WrongSize"
  readonly by: number
}

/** Waits by the Clock before it carries the command out. */
export interface Delay extends When {
  readonly _tag: "Delay"
  readonly duration: Duration.DurationInput
}

/**
 * Ends the control connection, at the command without carrying it out, or in place of its final reply after it was.
 * `announce` sends a 421 first (default false); `how` defaults to `"End"`.
 */
export interface CloseControl extends When {
  readonly _tag: "CloseControl"
  readonly at?: "Command" | "FinalReply" | undefined
  readonly announce?: boolean | undefined
  readonly how?: "End" | "Reset" | undefined
}

/** Sends this text and CRLF in place of the command's first reply. */
export interface Garbage extends When {
  readonly _tag: "Garbage"
  readonly text?: string | undefined
}

/** Writes a reply in pieces of so many bytes, default 1. A transfer has two replies: `times` counts each. */
export interface TinyWrites extends When {
  readonly _tag: "TinyWrites"
  readonly bytes?: number | undefined
}

/** Blows the command's first reply up to at least so many bytes, in lines of a multi-line reply, or in one line. */
export interface Flood extends When {
  readonly _tag: "Flood"
  readonly bytes: number
  readonly shape?: "Lines" | "OneLine" | undefined
}

/** 227 names this address, dotted, with the right port. */
export interface ForeignPasv extends When {
  readonly _tag: "ForeignPasv"
  readonly host: string
}

/** Sends this text behind the command's reply, in the same write; `apart` in a write of its own (default false). */
export interface Behind extends When {
  readonly _tag: "Behind"
  readonly text: string
  readonly apart?: boolean | undefined
}

/**
 * Spoils the TLS handshake: of the control connection at AUTH or CONNECT, of the data connection at a transfer. It is
 * refused by a reset, withheld for ever, or left out, and everything goes on in clear.
 */
export interface BadHandshake extends When {
  readonly _tag: "BadHandshake"
  readonly how: "Refuse" | "Withhold" | "Clear"
}

/**
 * Faults that need no more than their name.
 *
 * - `WithholdFinal`: the final reply never comes; the session goes on.
 * - `EarlyFinal`: 226 goes out before the first byte of data.
 * - `FinalAfterClose`: 226 only after the client closed its side of the data connection.
 * - `LatePreliminary`: 150 comes after the data, right before 226.
 * - `NoPreliminary`, `DoublePreliminary`, `DoubleFinal`: none, or two.
 * - `IgnoreRest`: REST is answered with 350 and forgotten.
 * - `Silence`: from this command on nothing is read or said; the connection stays.
 * - `DeafEpsv`: 229 names a port where nobody listens. The same for 227, when `verb` says PASV.
 * - `KeepDataOpen`: after a refused transfer the data connection stays open until the session ends.
 * - `EmptyData`: closes the data connection without sending anything, and says 226.
 * - `HandshakeFirst`: the TLS handshake of the data connection comes before the 150, not behind it.
 * - `LosePipelined`: loses whatever arrived behind this command.
 * - `ForgetTickets`: from this transfer on no data connection of the session goes on with the control connection's TLS
 *   session, as when that is older than the server keeps any. The first data connection of a session is spared.
 * - `ResetAll`: resets every connection of the server, as a restart does.
 */
export interface Plain extends When {
  readonly _tag:
    | "WithholdFinal"
    | "EarlyFinal"
    | "FinalAfterClose"
    | "LatePreliminary"
    | "NoPreliminary"
    | "DoublePreliminary"
    | "DoubleFinal"
    | "IgnoreRest"
    | "Silence"
    | "DeafEpsv"
    | "KeepDataOpen"
    | "EmptyData"
    | "HandshakeFirst"
    | "LosePipelined"
    | "ForgetTickets"
    | "ResetAll"
}

export type Fault =
  | DropData
  | Refuse
  | WrongSize
  | Delay
  | CloseControl
  | Garbage
  | TinyWrites
  | Flood
  | ForeignPasv
  | Behind
  | BadHandshake
  | Plain

/** The verb that stands for a client's connecting. */
export const CONNECT = "CONNECT"

type Tagged<T extends Fault["_tag"]> = T extends Plain["_tag"] ? Plain : Extract<Fault, { readonly _tag: T }>

/** The faults set on one server, in the order in which they were set. */
export interface Faults {
  readonly add: (fault: Fault) => void
  readonly clear: () => void
  /** The first that fits and has times left, which it uses up. */
  readonly take: <T extends Fault["_tag"]>(
    tag: T,
    verb: string,
    wanted?: (fault: Tagged<T>) => boolean
  ) => Tagged<T> | undefined
  /** The same without using it up; `spend` then does, and says whether it was there to be spent. */
  readonly peek: Faults["take"]
  readonly spend: (fault: Fault) => boolean
}

interface Entry {
  readonly fault: Fault
  left: number
}

/** No faults yet. */
export const make = (): Faults => {
  let entries: Array<Entry> = []
  const peek: Faults["peek"] = (tag, verb, wanted) => {
    for (const { fault } of entries) {
      if (isTagged(fault, tag) && fits(fault, verb) && (wanted === undefined || wanted(fault))) {
        return fault
      }
    }
    return undefined
  }
  const spend = (fault: Fault): boolean => {
    const entry = entries.find((entry) => entry.fault === fault)
    if (entry === undefined) {
      return false
    }
    entry.left -= 1
    if (entry.left <= 0) {
      entries = entries.filter((other) => other !== entry)
    }
    return true
  }
  return {
    add: (fault) => {
      // A copy, so that the same value may be set twice and each counts for itself.
      entries.push({ fault: { ...fault }, left: fault.times ?? 1 })
    },
    clear: () => {
      entries = []
    },
    peek,
    spend,
    take: (tag, verb, wanted) => {
      const fault = peek(tag, verb, wanted)
      if (fault !== undefined) {
        spend(fault)
      }
      return fault
    }
  }
}

const isTagged = <T extends Fault["_tag"]>(fault: Fault, tag: T): fault is Tagged<T> => fault._tag === tag

const fits = ({ verb }: Fault, actual: string): boolean =>
  verb === undefined ? actual !== CONNECT : typeof verb === "string" ? verb === actual : verb.includes(actual)
