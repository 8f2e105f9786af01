/**
 * The client for one server. All questions are asked before a command begins: first about the certificate,
 * then for the password, which a user should not type for a server that is not trusted yet.
 *
 *     ftp                 password? ──► the client; it dials with its first operation
 *     ftpes, ftps         no password to ask for ──► a session is opened, and is there for the first operation
 *                         else ──► a connection without a login ──► the password ──► a session is opened
 *                            └─ certificate not accepted ──Trust──► pinned ──► again, once
 *
 * A running command can't ask, and must not begin twice: so the questions are asked here.
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import type { FtpConnectError } from "@ftp-effect/core/FtpError"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import type { ExplicitOptions } from "@ftp-effect/core/FtpSecurity"
import type * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as ExitCode from "../errors/ExitCode.ts"
import type { Output } from "../output/Output.ts"
import type { Screen } from "../output/Screen.ts"
import type { Encryption } from "./Encryption.ts"
import * as KnownCertificates from "./KnownCertificates.ts"
import * as Login from "./Login.ts"
import * as Trust from "./Trust.ts"
import * as Waiting from "./Waiting.ts"

/** Options other than the login and the encryption. */
export type Options = Omit<NodeFtp.Options, "url" | "tls">

/** The client; to make it, files are read and the user may be asked. */
export type Client = Effect.Effect<
  Context.Context<NodeFtp.NodeFtp>,
  ExitCode.Failure,
  Scope.Scope | Screen | Output | FileSystem.FileSystem
>

/** The client for a server, until the scope closes. */
export const make = (login: Login.Login, options: Options, encryption: Option.Option<Encryption>): Client =>
  Option.match(encryption, {
    onNone: () => Effect.flatMap(Login.complete(login), (url) => client({ ...options, url })),
    onSome: (encryption) => withOpenSession(login, options, encryption)
  })

/** Shows which server it waits for, until the first session is open. */
const client = (options: NodeFtp.Options & { readonly url: FtpUrl.FtpUrl }) =>
  Effect.tap(
    Effect.map(NodeFtp.make(options), ({ context }) => context),
    (services) =>
      Waiting.until(
        FtpEndpoint.toAuthority(options.url.endpoint),
        Effect.map(Context.get(services, FtpPool).status, (hosts) => hosts.some(({ live }) => live > 0))
      )
  )

/** A client with an open session. */
const withOpenSession = (login: Login.Login, options: Options, encryption: Encryption) => {
  const server = FtpEndpoint.toAuthority(login.url.endpoint)
  const open = (url: FtpUrl.FtpUrl, tls: ExplicitOptions) =>
    Effect.gen(function* () {
      const context = yield* client({ ...options, url, tls })
      yield* Effect.scoped(Context.get(context, FtpPool).borrow())
      return context
    })
  return Option.match(login.question, {
    onNone: () => withTrust(server, encryption, (tls) => open(login.url, tls)),
    onSome: (question) =>
      Effect.gen(function* () {
        const trusted = yield* withTrust(server, encryption, (tls) =>
          Waiting.until(server, Effect.succeed(false)).pipe(
            Effect.zipRight(NodeFtp.greet({ ...options, url: login.url, tls })),
            Effect.scoped,
            Effect.as(tls)
          )
        )
        return yield* open(yield* question, trusted)
      })
  })
}

/** Runs an attempt that depends on trust; if the certificate fails, the user may be asked, and it runs once more. */
const withTrust = <A, R>(
  server: string,
  { hasExplicitTrust, tls }: Encryption,
  attempt: (tls: ExplicitOptions) => Effect.Effect<A, ExitCode.Failure, R>
): Effect.Effect<A, ExitCode.Failure, R | Screen | Output | FileSystem.FileSystem> =>
  Effect.gen(function* () {
    if (hasExplicitTrust) {
      return yield* attempt(tls)
    }
    const withPins = (pins: ReadonlyArray<string>) => attempt({ ...tls, pins })
    const known = yield* KnownCertificates.find(server)
    if (known.length > 0) {
      return yield* Effect.catchIf(withPins(known.map(({ pin }) => pin)), isAboutCertificate, ({ certificate }) =>
        Trust.changed(server, known, certificate)
      )
    }
    return yield* Effect.catchIf(attempt(tls), isAboutCertificate, (error) =>
      Effect.flatMap(Trust.decide(server, error, error.certificate), (pin) => withPins([pin]))
    )
  })

/** Only the control connection's: a different certificate on the data connection is an error, not a question. */
const isAboutCertificate = (
  error: ExitCode.Failure
): error is FtpConnectError & { readonly certificate: NonNullable<FtpConnectError["certificate"]> } =>
  error._tag === "FtpConnectError" &&
  error.reason === "Tls" &&
  error.channel === "Control" &&
  error.certificate !== undefined
