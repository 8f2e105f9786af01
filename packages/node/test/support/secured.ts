/** A test server over TCP and sessions with it under any security, for tests of what goes wrong between the two. */
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import type { FtpUsageError } from "@ftp-effect/core/FtpError"
import type { FtpSecurity } from "@ftp-effect/core/FtpSecurity"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Certificates from "./Certificates.ts"

export type Server = FtpTestServer.FtpTestServer

/** `files.test` is the name that the certificates are for. */
export const transport = NodeFtpTransport.layerLookup(() => Effect.succeed(["127.0.0.1"]))

export const HELLO = "hello, this is a file"

/** Explicit TLS with the right certificate, unless said otherwise. */
export const serve = (
  tls: (certificates: Certificates.Certificates) => Partial<FtpTestServer.TlsSettings> = () => ({}),
  options: FtpTestServer.Options = {}
) =>
  Effect.flatMap(Certificates.make, (certificates) =>
    FtpTestServer.make({
      users: { ann: "secret" },
      root: { "a.txt": HELLO, empty: "" },
      tls: { mode: "Explicit", identity: certificates.server, ...tls(certificates) },
      ...options
    })
  ).pipe(Effect.provide(transport))

export interface On {
  readonly host?: string | undefined
  readonly data?: Layer.Layer<FtpDataChannel.FtpDataChannel, never, never> | undefined
  readonly timeouts?: Partial<FtpTimeouts.Timeouts> | undefined
}

type Security = Layer.Layer<FtpSecurity, FtpUsageError>

export const passive = Layer.provide(FtpDataChannel.layerPassive, transport)
export const active = Layer.provide(FtpDataChannel.layerActive(), transport)

/** What a session needs beside the server. */
export const services = (security: Security, { data = passive, timeouts }: On = {}) =>
  Layer.mergeAll(transport, security, data, FtpTimeouts.layer(timeouts ?? {}))

export const endpointOf = (server: Server, host = "files.test") =>
  FtpEndpoint.make({ host, port: server.address.port, user: "ann", password: "secret" })

export const open = (server: Server, security: Security, on: On = {}) =>
  Effect.provide(FtpSession.make({ endpoint: endpointOf(server, on.host) }), services(security, on))

export const download = (session: FtpSession.FtpSession, path = "a.txt") =>
  Effect.scoped(
    Effect.gen(function* () {
      const incoming = yield* session.receive(Command.retr(path))
      const decoder = new TextDecoder()
      let text = ""
      while (true) {
        const bytes = yield* incoming.read
        if (Option.isNone(bytes)) {
          return text
        }
        text += decoder.decode(bytes.value, { stream: true })
      }
    })
  )

export const upload = (session: FtpSession.FtpSession, path: string, content: string) =>
  Effect.scoped(
    Effect.flatMap(FtpSource.fromString(content).open(0), (pull) => session.transmit(Command.stor(path), pull))
  )

/** The file as the server has it. */
export const stored = (server: Server, path: string) =>
  Effect.map(server.read(path), (bytes) => new TextDecoder().decode(bytes))

/** That the server never saw any part of a login. */
export const loginOf = (server: Server) =>
  Effect.map(server.commands, (commands) => commands.filter((line) => /^(USER|PASS|ACCT)\b/.test(line)))
