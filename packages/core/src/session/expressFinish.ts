/**
 * What follows the last byte of a small upload:
 *
 *     C: EPSV                 for the next file, which is dialled meanwhile: `dialledAhead`
 *     C: MFMT t a.tmp         where it is to get a time
 *     C: SIZE a.tmp           as many bytes as were sent?
 *     C: RNFR a.tmp           only of a file that is to get another name
 *     S: 229 …
 *     S: 213 …
 *     S: 213 …
 *     S: 350 …
 *     C: RNTO a               once all of this is as it should be
 *     S: 250 …
 *
 * A file that has its name already asks for the port behind SIZE, as there is nothing that dialling could be done beside. So does
 * a protected one, behind RNTO.
 *
 * Each block of commands goes in one burst if the server bears that, else one after the other.
 *
 * What is refused behind the upload may have been the upload itself: see `storedSize`. So a refusal is believed once TYPE I is
 * answered behind it, and nothing is while a reply belongs to no command.
 */
import * as Option from "effect/Option"
import type { FtpConnectionLost, FtpRejected } from "../base/FtpError.ts"
import { isRefusal } from "../control/replyErrors.ts"
import type { DirectAddress } from "../platform/FtpTransport.ts"
import * as Answer from "../protocol/Answer.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import type { SessionContext } from "./context.ts"
import type { Way } from "./expressWay.ts"
import { sizeOf } from "./file.ts"
import * as StoredSize from "./storedSize.ts"

/**
 * What the server has said of a small upload.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stored {
  /** The reply to SIZE; `undefined` if it was not asked, or the server is known not to answer it. */
  readonly size: Reply.Reply | undefined
  /** Whether that is the number of bytes that were sent. It is no other one. */
  readonly isCounted: boolean
  /** The reply to the command that sets its time; `undefined` if none was to be set. */
  readonly time: Reply.Reply | undefined
  /** What became of the new name, if it was to get one. */
  readonly rename: Rename
}

/**
 * What the new name of a small upload depends on.
 *
 * @since 0.1.0
 * @category models
 */
export type Judged = Pick<Stored, "size" | "isCounted" | "time">

/**
 * - `"None"`: it was not asked for
 * - `"Done"`: the file has the new name
 * - a refusal: it has the old one
 * - a lost connection: it has one of them
 *
 * @since 0.1.0
 * @category models
 */
export type Rename = "None" | "Done" | FtpRejected | FtpConnectionLost

/**
 * The new name of a file, and whether it may have it by what the server said.
 *
 * @since 0.1.0
 * @category models
 */
export interface NewName {
  readonly path: string
  readonly isDeserved: (stored: Judged) => boolean
}

export interface Finish {
  readonly context: SessionContext
  /** Where the bytes were sent. */
  readonly path: string
  readonly bytes: number
  readonly asksSize: boolean
  readonly setTime: Command.Command | undefined
  readonly newName: NewName | undefined
  /** Called when RNTO is about to be sent: from then on the file may have either name. */
  readonly renaming: (deserved: Judged) => void
  /** The port for the next file. `isEarly`: this one is to get its name yet, and there is time to dial it. */
  readonly port: (address: DirectAddress, isEarly: boolean) => void
  /** All is answered: the session is idle. */
  readonly done: (stored: Stored) => void
  readonly failed: () => void
  /** Called before `failed` if that is because the connection is gone. */
  readonly disconnected: () => void
}

export const run = (way: Way, finish: Finish): void => {
  const { asksSize, bytes, context, done, failed, newName, path, setTime } = finish
  const { data, mayBurst, patience, wantsNext } = way
  const { capabilities } = context
  let time: Reply.Reply | undefined
  let size: Reply.Reply | undefined
  /** That also shows that the answers are not one command late. */
  let isCounted = false
  let rename: Rename = "None"
  const turns: Array<Turn> = []
  const asksNext = wantsNext && mayBurst
  /** A connection that is reset may cost a protected session: see `dataAfterReset`. */
  const dialsAhead =
    asksNext &&
    newName !== undefined &&
    !context.protection.isTiedToControl &&
    capabilities.get("Dialled port") !== "Fails"
  const port: Turn = {
    command: data.question,
    on: (reply) => {
      const address = reply && data.addressOf(reply)
      if (address !== undefined) {
        finish.port(address, dialsAhead)
      }
      return true
    }
  }
  if (dialsAhead) {
    turns.push(port)
  }
  if (setTime !== undefined) {
    turns.push({
      command: setTime,
      on: (reply) => {
        time = reply
        return reply !== undefined
      }
    })
  }
  if (asksSize && !context.control.verbs.isAvoided("SIZE")) {
    turns.push({
      command: Command.size(path),
      on: (reply) => {
        size = reply
        const told = reply === undefined ? Option.none() : sizeOf(reply)
        isCounted = Option.isSome(told) && told.value === bytes
        const isRight = isCounted || (reply !== undefined && Option.isNone(told))
        if (!isRight) {
          capabilities.set("Early bytes", false)
        }
        return isRight
      }
    })
  }
  const withNext = (turns: ReadonlyArray<Turn>) => (asksNext && !dialsAhead ? [...turns, port] : turns)
  /** All is known, unless a reply was one too many: what was an answer is not known then. */
  const end = () => (way.control.isInDoubt() ? failed() : done({ size, isCounted, time, rename }))
  const endProven = () =>
    isCounted || ![time, size, rename].some(mayBeOfUpload) ? end() : inTurns(way, [witness], end, failed)
  if (newName === undefined) {
    // Nothing else to ask: the port can be asked for before the next file as well.
    inTurns(way, turns.length === 0 ? turns : withNext(turns), endProven, failed)
    return
  }
  /** Goes on after a refusal too, as all is known then. */
  const renames = (command: Command.Command, path: string, succeeds: (reply: Reply.Reply) => boolean): Turn => ({
    command,
    sent: () => {
      // From RNFR until RNTO, or until it is refused: a session that is given back between has to be put right.
      context.state.renamePending = true
    },
    on: (reply) => {
      if (reply === undefined) {
        finish.disconnected()
        return false
      }
      context.state.renamePending = Reply.isIntermediate(reply)
      if (isRefusal(command, reply)) {
        rename = context.control.errors.rejected(command, reply, { path })
        return true
      }
      return succeeds(reply)
    }
  })
  turns.push(renames(Command.rnfr(path), path, Reply.isIntermediate))
  const gives = renames(Command.rnto(newName.path), newName.path, (reply) => {
    rename = "Done"
    return Reply.isCompletion(reply)
  })
  inTurns(
    way,
    turns,
    () => {
      if (rename !== "None") {
        endProven()
        return
      }
      // The 350 to RNFR shows that the answers are not late.
      if (way.control.isInDoubt() || !newName.isDeserved({ size, isCounted, time })) {
        end()
        return
      }
      patience.moved(0)
      finish.renaming({ size, isCounted, time })
      inTurns(way, withNext([gives]), end, failed)
    },
    failed
  )
}

/** Whether a refusal behind the upload may be the upload's own. */
const mayBeOfUpload = (refused: Reply.Reply | Rename | undefined): boolean =>
  refused !== undefined &&
  typeof refused !== "string" &&
  ("code" in refused ? Answer.mayEndUpload(refused.code) : refused._tag === "FtpRejected")

/** A command, and whether to go on after its reply; `undefined` if there is none, as the connection is lost. */
interface Turn {
  readonly command: Command.Command
  /** Called when it is sent. */
  readonly sent?: () => void
  readonly on: (reply: Reply.Reply | undefined) => boolean
}

const witness: Turn = {
  command: StoredSize.witness,
  on: (reply) => reply !== undefined && Reply.isCompletion(reply)
}

const inTurns = (way: Way, turns: ReadonlyArray<Turn>, done: () => void, failed: () => void): void => {
  const { control, isOver, mayBurst } = way
  let left = turns.length
  const commands = turns.map(({ command, on, sent }) => ({
    command,
    sent,
    on: (reply: Reply.Reply | undefined) => {
      if (isOver() || (reply !== undefined && Reply.isPreliminary(reply))) {
        return
      }
      if (!on(reply)) {
        failed()
        return
      }
      left--
      const next = mayBurst ? undefined : commands[turns.length - left]
      if (left === 0) {
        done()
      } else if (next !== undefined) {
        send([next])
      }
    }
  }))
  const send = (some: typeof commands) => {
    if (!control.send(...some)) {
      failed()
      return
    }
    for (const { sent } of some) {
      sent?.()
    }
  }
  const [first] = commands
  if (first === undefined) {
    done()
    return
  }
  send(mayBurst ? commands : [first])
}
