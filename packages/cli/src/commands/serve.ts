/** `serve`: a folder of this machine as an FTP server, for trials and tests. */

import { isIPv6 } from "node:net"
import { resolve } from "node:path"
import * as NodePath from "@effect/platform-node/NodePath"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import type { FtpTransportError } from "@ftp-effect/core/FtpTransport"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Command from "../arguments/Command.ts"
import { charsetFlag } from "../arguments/charsetFlag.ts"
import * as DialectFlag from "../arguments/dialectFlag.ts"
import * as Flag from "../arguments/Flag.ts"
import * as StyleFlags from "../arguments/styleFlags.ts"
import * as Environment from "../connection/environment.ts"
import * as Remote from "../connection/Remote.ts"
import { CliError, usage } from "../errors/CliError.ts"
import { withoutSecret } from "../errors/typed.ts"
import * as JsonText from "../output/jsonText.ts"
import { Output } from "../output/Output.ts"
import * as Run from "../output/runCommand.ts"
import { Screen } from "../output/Screen.ts"
import * as Limits from "../serving/limits.ts"
import { namesOf } from "../serving/names.ts"
import * as OwnCertificate from "../serving/ownCertificate.ts"

/** 21 with a 21 before it: easy to remember, and open to users other than root. */
const USUAL_PORT = 2121
const MAX_PORT = 65_535
const LOOPBACK = "127.0.0.1"

const write = Flag.toggle("write", "w", "Let clients change the folder. Without it they can only read.")
const port = Flag.number(
  "port",
  "p",
  "PORT",
  { from: 0, to: MAX_PORT, whole: true },
  `The port to listen on. Default: ${USUAL_PORT} if it is free, else any; 0 for any.`
)
const host = Flag.text("host", undefined, "ADDRESS", "The numeric address to listen on. Default: this machine only.")
const user = Flag.text(
  "user",
  "u",
  "NAME",
  "Let in only NAME, with the password in FTP_PASSWORD, or asked for. Default: anonymous, with any password."
)
const tls = Flag.toggle(
  "tls",
  undefined,
  "Let clients in over TLS only (ftpes://), with a certificate that is made for this run; its pin is printed."
)

const dialect = DialectFlag.make(
  "List in this format, and know no MLSD: to try out how a client reads such listings. Names that such a system could " +
    "not have are not listed. Default: MLSD, and LIST as UNIX prints it."
)

const nativePaths = Flag.toggle(
  "native-paths",
  undefined,
  "With --dialect vms or mvs: have the paths of that system too, and take none with slashes. Only names in upper case are " +
    "there then."
)

const charset = charsetFlag(
  "The charset of all names: to try out how a client copes with it. Characters that it does not have are question marks. " +
    "Default: UTF-8."
)

/** By these words clients know what they talk to. */
const AS = { Vms: " as OpenVMS", Mvs: " as z/OS" } as const

export const command = Command.make(
  {
    usage: "[OPTIONS] [FOLDER]",
    details: [
      "Prints its URL and runs until Ctrl-C. It is for trying out FTP clients, for tests, and for copying files within one " +
        "machine or one trusted network, NOT for the internet: without --tls nothing is encrypted, and one folder with one " +
        "user is all it knows. With --verbose every request is shown.",
      "FOLDER defaults to the current directory. Nothing outside it can be reached, not even through links.",
      "Connections, idle time and wrong passwords are limited, so that careless clients can't exhaust this machine. A " +
        "client has two minutes to log in. Nothing limits what a user with --write stores."
    ],
    examples: [
      ["ftp-effect serve", "The current directory, read-only"],
      ["FTP_PASSWORD=secret ftp-effect serve --write --user ann --port 2200 ~/inbox", "A folder to upload to"],
      ["ftp-effect serve --tls", "Encrypted; clients trust it with the --pin that is printed"]
    ],
    operands: { first: "Directory" }
  },
  {
    write,
    port,
    host,
    user,
    tls,
    dialect,
    nativePaths,
    charset,
    maxConnections: Limits.maxConnections,
    idleTimeout: Limits.idleTimeout,
    loginAttempts: Limits.loginAttempts,
    style: StyleFlags.flags
  },
  ({ charset, dialect, host, nativePaths, port, style, tls, user, write, ...limits }, folders) =>
    Run.run(
      style,
      Effect.gen(function* () {
        if (folders.length > 1) {
          return yield* usage(`one folder can be served, not ${folders.length}`)
        }
        if (folders.some(Remote.isUrl)) {
          return yield* usage("serve takes a local folder, not a URL")
        }
        const system = Option.getOrUndefined(dialect)
        if (nativePaths && system !== "Vms" && system !== "Mvs") {
          return yield* usage("--native-paths needs --dialect vms or --dialect mvs: other systems have slashes")
        }
        const folder = resolve(folders[0] ?? ".")
        const root = yield* Effect.mapError(
          FtpTestServer.folder(folder),
          ({ reason }) =>
            new CliError({
              kind: "Failed",
              message: `${withoutSecret(folders[0] ?? folder)} can't be served: ${whyNot(reason)}`
            })
        )
        const users = Option.isSome(user) ? { [user.value]: yield* passwordFor(user.value) } : undefined
        const address = Flag.orElse(host, LOOPBACK)
        const own = tls ? OwnCertificate.make(namesOf(address), yield* Clock.currentTimeMillis) : undefined
        const server = yield* listen(port, {
          ...Limits.toOptions(limits),
          host: address,
          root,
          readOnly: !write,
          users,
          tls: own === undefined ? undefined : { mode: "Explicit", identity: own.identity, required: true },
          listing: system,
          paths: nativePaths ? "Native" : "Slashes",
          charset: Option.getOrUndefined(charset),
          denied: Option.isSome(dialect) ? ["MLST", "MLSD"] : [],
          greeting: `ftp-effect serve${nativePaths ? AS[system === "Mvs" ? "Mvs" : "Vms"] : ""}: for tests, not for the internet.`,
          onLine: style.verbose ? yield* requestLog : undefined
        })
        yield* announce(server.address, { folder, write, user: Option.getOrUndefined(user), own })
        return yield* Effect.never
      }).pipe(Effect.scoped, Effect.provide(NodeFtpTransport.layer), Effect.provide(NodePath.layer))
    )
)

const whyNot = (reason: FtpTestServer.StoreError["reason"]): string =>
  reason === "NotFound" ? "no such directory" : reason === "NotADirectory" ? "not a directory" : "it can't be read"

const passwordFor = (user: string): Effect.Effect<Redacted.Redacted<string>, CliError, Screen> =>
  Effect.gen(function* () {
    const given = yield* Environment.secret("FTP_PASSWORD")
    if (Option.isSome(given)) {
      return given.value
    }
    const screen = yield* Screen
    return screen.canAsk
      ? yield* screen.askSecret(`Password that ${user} shall have: `)
      : yield* usage(`--user ${user} needs a password`, "set it in the environment: FTP_PASSWORD")
  })

const listen = (port: Option.Option<number>, options: FtpTestServer.Options) => {
  const on = (port: number) => FtpTestServer.make({ ...options, port: port === 0 ? "Any" : port })
  return Option.match(port, {
    onSome: on,
    onNone: () =>
      Effect.catchIf(
        on(USUAL_PORT),
        ({ reason }) => reason === "AddressInUse",
        () => on(0)
      )
  }).pipe(Effect.mapError(notListening))
}

const notListening = ({ detail, reason }: FtpTransportError): CliError =>
  new CliError({
    kind: "Failed",
    message: `can't listen: ${detail}`,
    hint: reason === "AddressInUse" ? "another program has that port; --port 0 takes any that is free" : undefined
  })

const requestLog = Effect.gen(function* () {
  const output = yield* Output
  const screen = yield* Screen
  return ({ connection, from, peer, text }: FtpTestServer.WireLine) => {
    const line = `${from === "Client" ? ">" : "<"} ${text}`
    return output.style.json
      ? screen.line(JsonText.toText({ kind: "dialogue", server: FtpEndpoint.toAuthority(peer), line }))
      : output.remark(`#${connection} ${FtpEndpoint.toAuthority(peer)} ${line}`)
  }
})

const announce = (
  address: { readonly host: string; readonly port: number },
  served: {
    readonly folder: string
    readonly write: boolean
    readonly user: string | undefined
    readonly own: OwnCertificate.OwnCertificate | undefined
  }
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { folder, own, user, write } = served
    const scheme = own === undefined ? "ftp" : "ftpes"
    const login = user === undefined ? "" : `${encodeURIComponent(user)}@`
    const url = `${scheme}://${login}${FtpEndpoint.toAuthority(address)}/`
    const certificate = own?.identity.certificate ?? null
    const pin = own?.pin ?? null
    yield* output.result({ kind: "serving", url, directory: folder, writable: write, pin, certificate }, url)
    const who = user === undefined ? "anyone" : user
    const reach = isLoopback(address.host) ? "on this machine" : "who can reach this machine"
    yield* output.remark(
      `${folder} ${write ? "can be read and CHANGED" : "can be read"} by ${who} ${reach}. Ctrl-C ends it.`
    )
    if (own !== undefined) {
      yield* output.remark(`Its certificate is new and signed by itself. A client trusts it with --pin ${own.pin}`)
    }
    yield* output.remark("This server is for trials and tests, not for the internet.")
    if (!isLoopback(address.host)) {
      const risks = [
        "it listens beyond this machine",
        ...(own === undefined ? ["without encryption"] : []),
        ...(write && user === undefined ? ["and lets anyone write"] : [])
      ]
      yield* output.warning(risks.join(", "))
    }
  })

const isLoopback = (host: string): boolean => (isIPv6(host) ? host === "::1" : host.startsWith("127."))
