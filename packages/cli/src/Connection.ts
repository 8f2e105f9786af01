/**
 * The layer of the client for one server, with its certificate settled before a command begins.
 *
 *     ftp                 the client; it dials with its first operation
 *     ftpes, ftps         known? pinned ──► a session is opened, and is there for the first operation
 *                            └─ certificate not accepted ──Trust──► pinned ──► again, once
 *
 * A command can't be asked in its middle, and must not be begun twice: so the question is asked here. It does NOT read
 * flags.
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import type { ConnectError } from "@ftp-effect/core/FtpError"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import type { ExplicitOptions } from "@ftp-effect/core/FtpSecurity"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Encryption } from "./Encryption.ts"
import type * as ExitCode from "./ExitCode.ts"
import * as KnownCertificates from "./KnownCertificates.ts"
import type { Output } from "./Output.ts"
import type { Screen } from "./Screen.ts"
import * as Trust from "./Trust.ts"

/** What is asked for beside the encryption. */
export type Options = Omit<NodeFtp.Options, "url" | "tls"> & { readonly url: Exclude<NodeFtp.Options["url"], string> }

/** The client, and the files and the person that it may ask. */
export type ClientLayer = Layer.Layer<NodeFtp.NodeFtp, ExitCode.Failure, Screen | Output | FileSystem.FileSystem>

/** The client for a server. */
export const layer = (options: Options, encryption: Option.Option<Encryption>): ClientLayer =>
  Option.match(encryption, {
    onNone: () => NodeFtp.layer(options),
    onSome: ({ saysWhom, tls }) => Layer.scopedContext(saysWhom ? opened({ ...options, tls }) : settled(options, tls))
  })

/** With a session that is open. */
const opened = (options: NodeFtp.Options) =>
  Effect.gen(function* () {
    const context = yield* Layer.build(NodeFtp.layer(options))
    yield* Effect.scoped(Context.get(context, FtpPool).borrow())
    return context
  })

const settled = (options: Options, tls: ExplicitOptions) =>
  Effect.gen(function* () {
    const server = FtpEndpoint.toAuthority(options.url.endpoint)
    const withPins = (pins: ReadonlyArray<string>) => opened({ ...options, tls: { ...tls, pins } })
    const known = yield* KnownCertificates.find(server)
    if (known.length > 0) {
      return yield* Effect.catchIf(withPins(known.map(({ pin }) => pin)), isAboutCertificate, ({ certificate }) =>
        Trust.changed(server, known, certificate)
      )
    }
    return yield* Effect.catchIf(opened({ ...options, tls }), isAboutCertificate, (error) =>
      Effect.flatMap(Trust.decide(server, error, error.certificate), (pin) => withPins([pin]))
    )
  })

/** A certificate on the data connection that differs from control's is no first meeting, and nothing to be asked about. */
const isAboutCertificate = (
  error: ExitCode.Failure
): error is ConnectError & { readonly certificate: NonNullable<ConnectError["certificate"]> } =>
  error._tag === "ConnectError" &&
  error.reason === "Tls" &&
  error.channel === "Control" &&
  error.certificate !== undefined
