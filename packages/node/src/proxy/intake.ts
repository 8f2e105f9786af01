/**
 * What a proxy says before the tunnel is open, taken from the connection no further than it is understood.
 *
 *     connection ──read──► held ──exactly, head──► the handshake
 *                            └──rest─────────────► the first bytes of the tunnel
 */
import { type Connection, FtpTransportError } from "@ftp-effect/core/FtpTransport"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * What is given out is lent until the next call.
 * @category models
 */
export interface Intake {
  /** The next `count` bytes, and none behind them. */
  readonly exactly: (count: number) => Effect.Effect<Uint8Array, FtpTransportError>
  /**
   * The next bytes up to and with an empty line; a failure when it does not come within `most` bytes, and at once when the
   * first bytes are not `HTTP/`: what is no HTTP may never end its head.
   */
  readonly head: (most: number) => Effect.Effect<Uint8Array, FtpTransportError>
  /** What came behind all that was taken. Lent until the next `read` of the connection. */
  readonly rest: () => Uint8Array
}

/** The answer is of another protocol. */
export const notHttp = (): FtpTransportError =>
  new FtpTransportError({ reason: "Other", proxy: "NotAProxy", detail: "the proxy does not answer in HTTP" })

const HTTP = Buffer.from("HTTP/")

/** By as many of the first bytes as there are. */
const mayBeHttp = (bytes: Uint8Array): boolean => {
  const length = Math.min(bytes.byteLength, HTTP.byteLength)
  return HTTP.subarray(0, length).equals(bytes.subarray(0, length))
}

const LF = 0x0a
const CR = 0x0d

/**
 * @category constructors
 */
export const make = (connection: Connection): Intake => {
  let held: Uint8Array = new Uint8Array(0)

  // A copy, as the next read takes back what the last one lent.
  const more = Effect.suspend(() => {
    const before = new Uint8Array(held)
    return Effect.flatMap(
      connection.read,
      Option.match({
        onNone: () =>
          new FtpTransportError({ reason: "Closed", proxy: "NotAProxy", detail: "the proxy closed the connection" }),
        onSome: (bytes) =>
          Effect.sync(() => {
            held = before.byteLength === 0 ? bytes : new Uint8Array(Buffer.concat([before, bytes]))
          })
      })
    )
  })

  const take = (count: number): Uint8Array => {
    const taken = held.subarray(0, count)
    held = held.subarray(count)
    return taken
  }

  return {
    exactly: (count) =>
      Effect.gen(function* () {
        while (held.byteLength < count) {
          yield* more
        }
        return take(count)
      }),
    head: (most) =>
      Effect.gen(function* () {
        for (let looked = 0; ; ) {
          if (!mayBeHttp(held)) {
            return yield* notHttp()
          }
          const end = endOfHead(held, looked)
          if (end > most || (end === -1 && held.byteLength >= most)) {
            return yield* new FtpTransportError({
              reason: "Other",
              proxy: "NotAProxy",
              detail: `the head of the proxy's answer is longer than ${most} bytes`
            })
          }
          if (end !== -1) {
            return take(end)
          }
          looked = held.byteLength
          yield* more
        }
      }),
    rest: () => held
  }
}

/** Behind the first empty line; LF alone ends a line too (RFC 9112 §2.2). -1 when it is not among the bytes. */
const endOfHead = (bytes: Uint8Array, looked: number): number => {
  const twoLineEnds = 3
  for (let at = bytes.indexOf(LF, Math.max(0, looked - twoLineEnds)); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    const next = bytes[at + 1] === CR ? at + 2 : at + 1
    if (bytes[next] === LF) {
      return next + 1
    }
  }
  return -1
}
