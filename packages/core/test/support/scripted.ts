/** A client against a written dialogue, for exact tests of the wire. */

import * as FtpControlChannel from "@ftp-effect/core/FtpControlChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpTransport from "@ftp-effect/core/FtpTransport"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ServerCapabilities from "#core/base/serverCapabilities"

/** A control channel to whatever listens there. */
export const open = (address: FtpTransport.Address) =>
  Effect.gen(function* () {
    const transport = yield* FtpTransport.FtpTransport
    const connection = yield* transport.connect({
      host: address.host,
      port: address.port,
      family: "Any",
      timeout: FtpTimeouts.defaults.connect,
      role: "Control"
    })
    return yield* FtpControlChannel.make(connection, { label: "test", timeouts: FtpTimeouts.defaults })
  })

/** A channel on which the script's greeting has been read. */
export const channel = (dialogue: Parameters<typeof FtpScript.make>[0]) =>
  Effect.gen(function* () {
    const script = yield* FtpScript.make(dialogue)
    return { script, control: yield* open(script.address) }
  })

export interface LoginOptions {
  readonly user?: string
  readonly password?: string
  readonly account?: string
}

/** A session with the script's server. */
export const session = (dialogue: string, options: LoginOptions = ANN) =>
  Effect.gen(function* () {
    const script = yield* FtpScript.make(dialogue)
    return { script, session: yield* login(script, options) }
  })

/** The same, of a server that gets one command at a time once it is logged in. */
export const sessionInSteps = (dialogue: string) =>
  Effect.gen(function* () {
    const script = yield* FtpScript.make(dialogue)
    const capabilities = ServerCapabilities.make()
    const made = yield* login(script, ANN, capabilities)
    capabilities.set("Pipelining", false)
    return { script, session: made }
  })

/** A session with a script that is being played. */
export const login = (
  script: FtpScript.FtpScript,
  options: LoginOptions = ANN,
  capabilities?: FtpSession.Options["capabilities"],
  listing: Pick<FtpSession.Options, "dialect" | "dateOrder" | "charset" | "zone"> = {}
) =>
  FtpSession.make({
    endpoint: FtpEndpoint.make({ host: script.address.host, port: script.address.port, ...options }),
    capabilities,
    ...listing
  })

const ANN: LoginOptions = { user: "ann", password: "secret" }

/** The usual beginning, up to a session that is ready. `features` are lines of FEAT. */
export const ready = (...features: ReadonlyArray<string>): string => `
  S: 220 hi
  C: USER ann
  S: 331 go on
  C: PASS secret
  S: 230 in
  C: FEAT
  C: TYPE I
  C: OPTS UTF8 ON
  S: 211-Features:
  ${features.map((feature) => `S:  ${feature}`).join("\n")}
  S: 211 End
  S: 200 binary
  S: 200 utf8
`

/** The beginning of a transfer, up to the 150, with a passive data connection. */
export const begun = (command: string): string => `
  C: EPSV
  S: 229 ok (|||{port}|)
  C: ${command}
  D: accept
  S: 150 here
`

/** The whole of a file as text. */
export const fetch = (from: FtpSession.FtpSession, name: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const incoming = yield* from.receive(Command.retr(name))
      let text = ""
      while (true) {
        const bytes = yield* incoming.read
        if (Option.isNone(bytes)) {
          return text
        }
        text += new TextDecoder().decode(bytes.value)
      }
    })
  )
