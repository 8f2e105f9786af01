/** What a test server can do wrong, by name, and how often. */
import type * as Duration from "effect/Duration"

/**
 * How often a fault applies, and to which commands. `times` defaults to 1; `Infinity` is always. `verb` is one verb or
 * several, in upper case; without it a fault applies to the first command that it fits. The moment when a client
 * connects has the name `CONNECT`, and only faults that name it apply there.
 *
 * @since 0.1.0
 * @category models
 */
export interface When {
  readonly times?: number | undefined
  readonly verb?: string | ReadonlyArray<string> | undefined
}

/**
 * Breaks the data connection once that many bytes of file went through it, in either direction; a transfer that is
 * shorter is spared and does not count. `how` defaults to `"Reset"`, which may also lose bytes on their way; `"End"` is
 * a clean end, and `"Cut"` a FIN without TLS's close_notify before it, which an attacker can forge. `reply` is the
 * final reply, by default 426.
 *
 * @since 0.1.0
 * @category models
 */
export interface DropData extends When {
  readonly _tag: "DropData"
  readonly afterBytes: number
  readonly how?: "Reset" | "End" | "Cut" | undefined
  readonly reply?: string | undefined
}

/**
 * Sends this instead of carrying the command out, for instance `"450 File busy."`; a line end makes it multi-line.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refuse extends When {
  readonly _tag: "Refuse"
  readonly reply: string
}

/**
 * SIZE reports so many bytes more (or less) than there are; MLST and MLSD too if `verb` names them.
 *
 * @since 0.1.0
 * @category models
 */
export interface WrongSize extends When {
  readonly _tag: "WrongSize"
  readonly by: number
}

/**
 * Waits, by the Clock, before the command is carried out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Delay extends When {
  readonly _tag: "Delay"
  readonly duration: Duration.DurationInput
}

/**
 * Ends the control connection, at the command without carrying it out, or in place of its final reply after it was.
 * `announce` sends a 421 first (default false); `how` defaults to `"End"`.
 *
 * @since 0.1.0
 * @category models
 */
export interface CloseControl extends When {
  readonly _tag: "CloseControl"
  readonly at?: "Command" | "FinalReply" | undefined
  readonly announce?: boolean | undefined
  readonly how?: "End" | "Reset" | undefined
}

/**
 * Sends this text and CRLF in place of the command's first reply.
 *
 * @since 0.1.0
 * @category models
 */
export interface Garbage extends When {
  readonly _tag: "Garbage"
  readonly text?: string | undefined
}

/**
 * Writes a reply in pieces of so many bytes, default 1. A transfer has two replies: `times` counts each.
 *
 * @since 0.1.0
 * @category models
 */
export interface TinyWrites extends When {
  readonly _tag: "TinyWrites"
  readonly bytes?: number | undefined
}

/**
 * Extends the command's first reply to at least so many bytes, in many lines or in one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Flood extends When {
  readonly _tag: "Flood"
  readonly bytes: number
  readonly shape?: "Lines" | "OneLine" | undefined
}

/**
 * 227 names this address, dotted, with the right port.
 *
 * @since 0.1.0
 * @category models
 */
export interface ForeignPasv extends When {
  readonly _tag: "ForeignPasv"
  readonly host: string
}

/**
 * Sends this text after the command's reply, in the same write; `apart` in a write of its own (default false).
 *
 * @since 0.1.0
 * @category models
 */
export interface Behind extends When {
  readonly _tag: "Behind"
  readonly text: string
  readonly apart?: boolean | undefined
}

/**
 * Greets with more than one reply, as embedded servers do: these lines, with codes or without, before and after the 220.
 * Those after it come at once, or one by one `apart`, by the Clock, while commands are answered already. Applies to
 * CONNECT, so `verb` must name that.
 *
 * @since 0.1.0
 * @category models
 */
export interface ManyGreetings extends When {
  readonly _tag: "ManyGreetings"
  readonly before?: ReadonlyArray<string> | undefined
  readonly after?: ReadonlyArray<string> | undefined
  readonly apart?: Duration.DurationInput | undefined
}

/**
 * Sends the command's reply as one of several lines that this line ends, whose code is another one (`"221 End"`), or is
 * written without a space (`"211End"`).
 *
 * @since 0.1.0
 * @category models
 */
export interface ForeignEnd extends When {
  readonly _tag: "ForeignEnd"
  readonly line: string
}

/**
 * Sends these lines before the command's reply: the beginning of a reply that has no end (glftpd). Default `"553-"` and
 * `"553- Excluded."`.
 *
 * @since 0.1.0
 * @category models
 */
export interface NoEnd extends When {
  readonly _tag: "NoEnd"
  readonly lines?: ReadonlyArray<string> | undefined
}

/**
 * Lists this line too, after all others (LIST, NLST, MLSD): a text that is no entry, or one that no client reads.
 *
 * @since 0.1.0
 * @category models
 */
export interface StrayLine extends When {
  readonly _tag: "StrayLine"
  readonly line: string
}

/**
 * Breaks the TLS handshake: of the control connection at AUTH or CONNECT, of the data connection at a transfer. It is
 * refused by a reset, never answered, or skipped, so that everything continues unencrypted.
 *
 * @since 0.1.0
 * @category models
 */
export interface BadHandshake extends When {
  readonly _tag: "BadHandshake"
  readonly how: "Refuse" | "Withhold" | "Clear"
}

/**
 * Faults that need no more than their name.
 *
 * - `WithholdFinal`: the final reply is never sent; the session continues.
 * - `EarlyFinal`: 226 goes out before the first byte of data.
 * - `FinalAfterClose`: 226 only after the client closed its side of the data connection.
 * - `LatePreliminary`: 150 comes after the data, right before 226.
 * - `NoPreliminary`, `DoublePreliminary`, `DoubleFinal`: none, or two; `DoubleFinal` at any verb.
 * - `IgnoreRest`: REST is answered with 350 and forgotten.
 * - `Silence`: from this command on nothing is read or sent; the connection stays open.
 * - `DeafEpsv`: 229 names a port on which nothing listens. The same for 227 if `verb` names PASV.
 * - `KeepDataOpen`: after a refused transfer the data connection stays open until the session ends.
 * - `LeaveDataOpen`: after all data and 226 the data connection stays open until the client closes its side.
 * - `NoEmptyHandshake`: a protected data connection for which there is nothing to send is closed without a handshake.
 * - `EmptyData`: closes the data connection without sending anything, and replies 226.
 * - `HandshakeFirst`: the TLS handshake of the data connection comes before the 150, not after it.
 * - `LosePipelined`: drops all input that arrived after this command.
 * - `ForgetTickets`: from this transfer on no data connection of the session resumes the control connection's TLS
 *   session, as if that had expired on the server. It does not apply to the first data connection of a session.
 * - `ResetAll`: resets every connection of the server, as a restart does.
 *
 * @since 0.1.0
 * @category models
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
    | "LeaveDataOpen"
    | "NoEmptyHandshake"
    | "EmptyData"
    | "HandshakeFirst"
    | "LosePipelined"
    | "ForgetTickets"
    | "ResetAll"
}

/**
 * What goes wrong on the server, and when.
 *
 * @since 0.1.0
 * @category models
 */
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
  | ManyGreetings
  | ForeignEnd
  | NoEnd
  | StrayLine
  | BadHandshake
  | Plain
