/** A connection of a script: in a scope of its own, with the bytes that were read and not used yet. */
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { Connection, FtpTransportError } from "../../platform/FtpTransport.ts"
import * as WireText from "../../protocol/WireText.ts"

export interface HeldConnection {
  readonly connection: Connection
  readonly scope: Scope.CloseableScope
  rest: Uint8Array
}

/** Opens a connection; the parent scope closes it, or its own one does earlier. */
export const hold = (
  parent: Scope.Scope,
  open: Effect.Effect<Connection, FtpTransportError, Scope.Scope>
): Effect.Effect<HeldConnection, FtpTransportError> =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(parent, ExecutionStrategy.sequential)
    const connection = yield* Scope.extend(open, scope)
    return { connection, scope, rest: NOTHING }
  })

const NOTHING = new Uint8Array(0)

export const resetIfOpen = (held: HeldConnection | undefined): Effect.Effect<void> =>
  held?.connection.reset ?? Effect.void

const LF = 0x0a

/** The next line without its LF; `undefined` at the end of input. */
export const nextLine = (held: HeldConnection): Effect.Effect<string | undefined, FtpTransportError> =>
  Effect.gen(function* () {
    for (;;) {
      const end = held.rest.indexOf(LF)
      if (end !== -1) {
        const line = WireText.decode(held.rest.subarray(0, end))
        held.rest = held.rest.subarray(end + 1)
        return line
      }
      if (!(yield* readMore(held))) {
        return undefined
      }
    }
  })

/** Appends the next bytes to `rest`; false at the end of input. */
export const readMore = (held: HeldConnection): Effect.Effect<boolean, FtpTransportError> =>
  Effect.map(
    held.connection.read,
    Option.match({
      onNone: () => false,
      onSome: (bytes) => {
        const joined = new Uint8Array(held.rest.byteLength + bytes.byteLength)
        joined.set(held.rest)
        joined.set(bytes, held.rest.byteLength)
        held.rest = joined
        return true
      }
    })
  )
