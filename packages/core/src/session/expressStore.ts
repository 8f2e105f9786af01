/**
 * A small file to the server in one effect, where all goes well:
 *
 *     C: EPSV            unless the exchange before has brought a port: `nextPort`
 *     S: 229 …
 *        dial
 *     C: STOR a          and at once, as the connection is up: bytes, FIN
 *     S: 150 …
 *     S: 226 …
 *     C: SIZE a, EPSV    in one burst, EPSV for the next file
 *     S: 213 …           as many bytes as were sent
 *     S: 229 …
 *
 * Bytes that come before the 150 wait in the server's kernel, as the port is the server's own. A server that does not
 * bear that is seen by its reply or by the size, and gets the bytes after its 150 from then on. A 226 before the system
 * has taken all bytes, and so before our FIN, is not about the whole file.
 */
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { DirectAddress, DirectHandle } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import type { SessionContext } from "./context.ts"
import * as DataAfterReset from "./dataAfterReset.ts"
import { ask, counting, exchange, type OnMoved, type Outcome, onFinal, type Way } from "./express.ts"
import { sizeOf } from "./file.ts"

/**
 * The reply to SIZE; `undefined` if the server is known not to answer it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stored {
  readonly size: Reply.Reply | undefined
}

export const store = (
  context: SessionContext,
  path: string,
  bytes: Uint8Array,
  onMoved?: OnMoved
): Effect.Effect<Outcome<Stored>> => exchange(context, (way, end) => begin({ context, path, bytes, onMoved }, way, end))

interface File {
  readonly context: SessionContext
  readonly path: string
  readonly bytes: Uint8Array
  readonly onMoved: OnMoved | undefined
}

type End = (outcome: Outcome<Stored>) => void

/** Returns how to give it up. */
const begin = (file: File, way: Way, end: End): (() => void) => {
  const { bytes, context, path } = file
  const { control, data, patience, port } = way
  const { capabilities } = context
  const count = counting(way, bytes.byteLength, file.onMoved)
  let left = bytes.byteLength
  const isEarly = capabilities.get("Early bytes") !== "Fails"
  let handle: DirectHandle | undefined
  let isBegun = false
  const onReply = (send: () => void) => (reply: Reply.Reply | undefined) => {
    if (reply !== undefined && Reply.isPreliminary(reply)) {
      isBegun || isEarly || send()
      isBegun = true
      patience.enter(left > 0 ? "Moving" : "Ending")
    } else if (reply !== undefined && Reply.isCompletion(reply) && isBegun && left === 0) {
      handle?.close()
      way.isOver() || verify(file, way, end)
    } else {
      // A refusal for good is about the file. It may come behind the end of the data connection.
      if (reply === undefined || reply.code < 500) {
        capabilities.set("Early bytes", false)
      }
      end("Long")
    }
  }
  const open = (address: DirectAddress) => {
    handle = data.transport.deliver(address, {
      connected: (send) => {
        DataAfterReset.opened(context)
        if (!control.send({ command: Command.stor(path), on: onReply(() => send(bytes)) })) {
          end("Long")
        } else if (isEarly) {
          send(bytes)
        }
      },
      moved: (bytes) => {
        left = count(bytes)
        left > 0 || !isBegun || patience.enter("Ending")
      },
      ended: (error) => error === undefined || end("Long")
    })
  }
  if (port === undefined) {
    ask(way, undefined, { answered: () => {}, opened: open, failed: () => end("Long") })
  } else {
    open(port)
  }
  return () => handle?.reset()
}

/** Ends when all is answered: the session is idle then. */
const verify = ({ bytes, context, path }: File, way: Way, end: End): void => {
  const { clock, control, data, isOver, mayBurst, patience, wantsNext } = way
  const { capabilities, state } = context
  patience.enter("Closing")
  let size: Reply.Reply | undefined
  const done = (address: DirectAddress | undefined) => {
    if (!isOver()) {
      state.served = true
      state.nextPort = { address, since: clock.unsafeCurrentTimeMillis() }
      end({ size })
    }
  }
  if (context.control.verbs.isAvoided("SIZE")) {
    done(undefined)
    return
  }
  const asksNext = wantsNext && mayBurst
  const question = {
    command: Command.size(path),
    on: onFinal((reply) => {
      size = reply
      if (reply === undefined || Option.exists(sizeOf(reply), (size) => size !== bytes.byteLength)) {
        capabilities.set("Early bytes", false)
        end("Long")
      } else if (!asksNext) {
        done(undefined)
      }
    })
  }
  const next = {
    command: data.question,
    on: onFinal((reply) => done(reply === undefined ? undefined : data.addressOf(reply)))
  }
  control.send(...(asksNext ? [question, next] : [question])) || end("Long")
}
