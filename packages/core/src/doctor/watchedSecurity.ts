/** A `FtpSecurity` that notes how the connections of a session came to be protected, and how they can do without. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Address, Connection, TlsInfo } from "../platform/FtpTransport.ts"
import type { FtpSecurity, Protection } from "../security/FtpSecurity.ts"

/** What was seen of the last session. */
export interface Seen {
  peer: Address | undefined
  control: TlsInfo | undefined
  /** The last data connection. */
  data: TlsInfo | undefined
}

type Session = Parameters<Protection["onDial"]>[0]

/** `withoutTicket`: data connections do not resume the TLS session of the control connection. */
export const watch = (security: FtpSecurity, seen: Seen, withoutTicket: boolean): FtpSecurity => {
  const seenAs = (session: Session): Session =>
    withoutTicket ? { ...session, control: { ...session.control, ticket: Effect.succeedNone } } : session
  const noteData = (connection: Connection) =>
    Effect.map(Effect.option(connection.tls), (info) => {
      seen.data = Option.getOrUndefined(Option.flatten(info))
    })
  return {
    protect: (host) =>
      Effect.map(security.protect(host), (protection) => ({
        ...protection,
        // The short way has its own handshake, of which nothing is seen.
        direct: () => "Long",
        onGreeting: (session) =>
          Effect.gen(function* () {
            seen.peer = session.control.remote
            yield* protection.onGreeting(session)
            seen.control = Option.getOrUndefined(yield* session.control.tls)
          }),
        onDial: (session, prepare) => protection.onDial(seenAs(session), prepare),
        onData: (session, connection) => Effect.tap(protection.onData(seenAs(session), connection), noteData)
      }))
  }
}
