/**
 * A small file to the server in one effect, where all goes well:
 *
 *     C: EPSV            unless the exchange before has brought a port: `nextPort`
 *     S: 229 …
 *        dial
 *     C: STOR a          and at once, as the connection is up: bytes, FIN
 *     S: 150 …
 *     S: 226 …
 *     C: SIZE a, EPSV    `expressFinish`: how many bytes it has; its time and name, if it is to get others
 *     S: 213 …
 *     S: 229 …
 *
 * Bytes that come before the 150 wait in the server's kernel, as the port is the server's own. A server that does not
 * bear that is seen by its reply, by the lack of one, or by the size, and gets the bytes after its 150 from then on. A
 * 226 before the system has taken all bytes, and so before our FIN, is not about the whole file.
 */
import type * as Effect from "effect/Effect"
import type { FtpConnectionLost } from "../base/FtpError.ts"
import type { Masked } from "../base/masked.ts"
import type { DirectAddress, DirectHandle, DirectTransport } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import type { SessionContext } from "./context.ts"
import * as DataAfterReset from "./dataAfterReset.ts"
import type { OnCommand } from "./dataTransfer.ts"
import * as DialledAhead from "./dialledAhead.ts"
import { exchange } from "./express.ts"
import * as Finish from "./expressFinish.ts"
import { ask, counting, type OnMoved, type Outcome, type Way } from "./expressWay.ts"
import * as NextPort from "./nextPort.ts"

/**
 * A small upload.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoreFile {
  /** Where the bytes are sent. */
  readonly path: string
  readonly bytes: Uint8Array
  /**
   * Whether the size that the server reports says nothing: it is asked only where it shows that the server lost bytes that came
   * before it was ready. Default: false.
   */
  readonly ignoresSize?: boolean | undefined
  /** What sets its time, once all its bytes are there. */
  readonly setTime?: Command.Command | undefined
  /** The name that it gets then. */
  readonly newName?: Finish.NewName | undefined
  readonly onMoved?: OnMoved | undefined
  /** Called when STOR was sent: from then on the server may have any part of it; and if STOR is refused then. */
  readonly onCommand?: OnCommand | undefined
}

/**
 * How small uploads are done.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoreOptions {
  /** Of a caller who can't be interrupted. Default: the caller may be interrupted at any moment. */
  readonly masked?: Masked | undefined
  /** The file after one that was stored, which is sent in the same effect; the outcome is that of the last one. Default: none. */
  readonly next?: ((stored: Finish.Stored) => StoreFile | undefined) | undefined
}

/** `"Long"` if it does not have its new name for certain. */
export const store = (
  context: SessionContext,
  first: StoreFile,
  { masked, next }: StoreOptions = {}
): Effect.Effect<Outcome<Finish.Stored>> => {
  let file = fileOf(context, first)
  return exchange<Finish.Stored>(context, (way, end) => begin(file, way, end), {
    masked,
    otherwise: () => (file.deserved === undefined ? "Long" : { ...file.deserved, rename: lost(file) }),
    isUpload: true,
    expired: () => {
      if (file.hasEarlyBytes) {
        context.capabilities.set("Early bytes", false)
      }
    },
    next:
      next &&
      ((stored, go) =>
        go(() => {
          const following = next(stored)
          if (following === undefined) {
            return undefined
          }
          file = fileOf(context, following)
          return (way, end) => begin(file, way, end)
        }))
  })
}

const fileOf = (context: SessionContext, asked: StoreFile): File => ({
  context,
  asked,
  hasEarlyBytes: false,
  deserved: undefined,
  isDisconnected: false
})

/** The reply to RNTO did not come. */
const lost = ({ context: { control }, isDisconnected }: File): FtpConnectionLost =>
  control.errors.lost({
    channel: "Control",
    reason: isDisconnected ? "Closed" : "TimedOut",
    phase: "Command",
    command: { command: "RNTO", verb: "RNTO" },
    detail: isDisconnected ? "the connection ended before the reply to RNTO" : "no reply to RNTO came in time",
    outcome: "Unknown"
  })

interface File {
  readonly context: SessionContext
  readonly asked: StoreFile
  /**
   * Whether its bytes were sent before the preliminary reply, and it is not confirmed yet. pyftpdlib drops a connection
   * on which it finds any before it reads STOR, and waits for another one then.
   */
  hasEarlyBytes: boolean
  /** What the server has said of it, once the new name was asked for. */
  deserved: Finish.Judged | undefined
  /** Whether the control connection ended while that was asked for. */
  isDisconnected: boolean
}

type End = (outcome: Outcome<Finish.Stored>) => void

/** Returns how to give it up. */
const begin = (file: File, way: Way, end: End): (() => void) => {
  const { asked, context } = file
  const { bytes, onCommand, path } = asked
  const { ahead, control, data, patience, port } = way
  const { capabilities } = context
  const count = counting(way, bytes.byteLength, asked.onMoved)
  let left = bytes.byteLength
  const isEarly = capabilities.get("Early bytes") !== "Fails"
  let handle: DirectHandle | undefined
  /** For the next file. */
  const next: Next = { port: undefined }
  let isBegun = false
  const onReply = (send: () => void) => (reply: Reply.Reply | undefined) => {
    if (reply !== undefined && Reply.isPreliminary(reply)) {
      isBegun || isEarly || send()
      isBegun = true
      patience.enter(left > 0 ? "Moving" : "Ending")
    } else if (reply !== undefined && Reply.isCompletion(reply) && isBegun && left === 0) {
      handle?.close()
      file.hasEarlyBytes = false
      way.isOver() || finish(file, way, next, isEarly || asked.ignoresSize !== true, end)
    } else {
      if (!isBegun && reply !== undefined && Reply.isNegative(reply)) {
        onCommand?.("NotApplied")
      }
      // A refusal for good is about the file, unless it is about the order. It may come behind the end of the data
      // connection.
      if (reply === undefined || reply.code < 500 || (isAhead && reply.code === BAD_SEQUENCE)) {
        capabilities.set(isAhead ? "Dialled port" : "Early bytes", false)
      }
      end("Long")
    }
  }
  const on: Parameters<DirectTransport["deliver"]>[1] = {
    connected: (send) => {
      DataAfterReset.opened(context)
      if (!control.send({ command: Command.stor(path), on: onReply(() => send(bytes)) })) {
        end("Long")
        return
      }
      onCommand?.("Sent")
      if (isEarly) {
        file.hasEarlyBytes = true
        send(bytes)
      }
    },
    moved: (bytes) => {
      left = count(bytes)
      left > 0 || !isBegun || patience.enter("Ending")
    },
    failed: () => end("Long")
  }
  const open = (address: DirectAddress) => {
    handle = data.transport.deliver(address, on)
  }
  handle = ahead?.take(on)
  const isAhead = handle !== undefined
  if (ahead !== undefined && !isAhead) {
    // In vain, and it would be for the next file as well.
    capabilities.set("Dialled port", false)
  }
  if (handle === undefined) {
    if (port === undefined) {
      ask(way, undefined, { answered: () => {}, opened: open, failed: () => end("Long") })
    } else {
      open(port)
    }
  }
  return () => {
    handle?.reset()
    next.port?.ahead?.reset()
  }
}

/** Of a server that holds a connection for gone, as other commands came after EPSV (RFC 959 §4.2.2). */
const BAD_SEQUENCE = 503

/** What the finish of a file brings for the next one. */
interface Next {
  port: NextPort.NextPort | undefined
}

/** Ends when all is answered: the session is idle then. */
const finish = (file: File, way: Way, next: Next, asksSize: boolean, end: End): void => {
  const { asked, context } = file
  const { clock, data } = way
  way.patience.enter("Closing")
  Finish.run(way, {
    context,
    path: asked.path,
    bytes: asked.bytes.byteLength,
    asksSize,
    setTime: asked.setTime,
    newName: asked.newName,
    renaming: (deserved) => {
      file.deserved = deserved
    },
    port: (address, isEarly) => {
      const ahead = isEarly ? DialledAhead.dial(data.transport, address) : undefined
      next.port = NextPort.make(address, clock.unsafeCurrentTimeMillis(), ahead)
    },
    done: (stored) => {
      if (!way.isOver()) {
        context.state.served = true
        context.state.nextPort = next.port ?? NextPort.make(undefined, clock.unsafeCurrentTimeMillis())
        end(stored)
      }
    },
    failed: () => end("Long"),
    disconnected: () => {
      file.isDisconnected = true
    }
  })
}
