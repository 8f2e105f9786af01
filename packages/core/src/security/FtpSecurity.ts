/**
 * How bytes are protected, as the moments of a session at which protection can change something.
 *
 *     connect ──onConnect──► greeting ──onGreeting──► login ──onLogin──► ready ──onDial, onData──► bytes
 *
 *     explicit (RFC 4217)                      implicit: TLS from the first byte, then the same but for AUTH
 *       S: 220 hi
 *       C: AUTH TLS
 *       S: 234 go on                           a plaintext byte behind this is a violation
 *          TLS handshake                       certificate checked for the name that the user gave
 *       C: PBSZ 0
 *       S: 200 ok
 *       C: PROT P                              data is clear until this is confirmed, also in implicit mode (vsftpd)
 *       S: 200 ok
 *
 * Asking for TLS and not getting it is a failure before a credential leaves, never a downgrade. That control is protected,
 * and PROT P confirmed, is proven again right before the login and before each data connection. Nowhere else is there a
 * question about encryption. This file does NOT encrypt (`FtpTransport` does), open connections, or log in.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import {
  type ExchangeError,
  FtpConnectError,
  FtpProtocolViolation,
  type FtpUsageError,
  type OpenError
} from "../base/FtpError.ts"
import { FtpTimeouts } from "../base/FtpTimeouts.ts"
import * as Observability from "../base/observability.ts"
import type { FtpControlChannel } from "../control/FtpControlChannel.ts"
import * as ReplyErrors from "../control/replyErrors.ts"
import {
  type Connection,
  FtpTransportError,
  type TlsClientOptions,
  type TlsIdentity,
  type TlsInfo,
  type TlsVersion
} from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as CertificatePolicy from "./certificatePolicy.ts"

/**
 * The protection of one control connection and its data connections.
 *
 * @since 0.1.0
 * @category models
 */
export interface Protection {
  /** The control connection is up; nothing has been read. */
  readonly onConnect: (connection: Connection) => Effect.Effect<Connection, FtpConnectError, Scope.Scope>
  /** The greeting was read; no credential has been sent. */
  readonly onGreeting: (control: FtpControlChannel) => Effect.Effect<void, OpenError>
  /** Logged in. */
  readonly onLogin: (control: FtpControlChannel) => Effect.Effect<void, OpenError>
  /** A data connection is about to be dialled: the handshake to begin with, if any. */
  readonly onDial: (
    control: FtpControlChannel
  ) => Effect.Effect<TlsClientOptions | undefined, FtpConnectError | ExchangeError>
  /** A data connection is up and the server's preliminary reply has been read; no byte of the file has moved. */
  readonly onData: (
    connection: Connection,
    control: FtpControlChannel
  ) => Effect.Effect<Connection, FtpConnectError, Scope.Scope>
  /**
   * Whether a data connection goes on with what was agreed on the control connection, which a server may have forgotten when
   * that is old (RFC 4217 §10.2): then only a new one mends it.
   */
  readonly isTiedToControl: boolean
}

/**
 * Protects sessions. `host` is the name that the user gave.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpSecurity {
  readonly protect: (host: string) => Effect.Effect<Protection>
}

/**
 * The tag of `FtpSecurity`.
 *
 * @since 0.1.0
 * @category tags
 */
export const FtpSecurity: Context.Tag<FtpSecurity, FtpSecurity> =
  Context.GenericTag<FtpSecurity>("@ftp-effect/core/FtpSecurity")

/**
 * What to trust in TLS, and what to show.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsOptions {
  /** Authorities to trust instead of the system's, as PEM. */
  readonly authorities?: ReadonlyArray<string> | undefined
  /**
   * The only certificates to accept, by SHA-256 of the certificate or of its public key: `sha256:` and hexadecimal (with
   * or without colons), or `sha256//` and Base64 as curl writes it. No authority is asked then. The layer fails with a
   * `FtpUsageError` where one is neither.
   */
  readonly pins?: ReadonlyArray<string> | undefined
  /** Our own certificate, for servers that ask for one. */
  readonly identity?: TlsIdentity | undefined
  /** Default TLS 1.2. */
  readonly minVersion?: TlsVersion | undefined
  /** Default TLS 1.3. */
  readonly maxVersion?: TlsVersion | undefined
  /**
   * `"Verify"`, the default, checks authority, dates and name. `"DangerouslyAcceptAny"` takes whatever certificate comes:
   * whoever sits between can then read and change everything, the password included.
   */
  readonly certificates?: "Verify" | "DangerouslyAcceptAny" | undefined
  /**
   * When PBSZ and PROT P are sent. Default `"BeforeLogin"`, so that a server which does not protect data is found out
   * before it has the password; `"AfterLogin"` is for servers that know these commands only then (RFC 4217 §10.3).
   */
  readonly protectData?: "BeforeLogin" | "AfterLogin" | undefined
  /**
   * `"Ftp"`, the default, says by ALPN (RFC 7301) that FTP is spoken, so that a server of another protocol with the same
   * certificate can't be slipped in (ALPACA); vsftpd since 3.0.4 and ProFTPD look at it, others pass over it. `"None"` is
   * for servers that don't bear it.
   */
  readonly alpn?: "Ftp" | "None" | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ExplicitOptions extends TlsOptions {
  /** Whether `AUTH SSL`, the older name, is tried where `AUTH TLS` is not known. The protection is the same. Default false. */
  readonly authSsl?: boolean | undefined
}

/**
 * No protection: every byte, the password among them, can be read and changed on its way. A visible choice, never a
 * fall back.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPlain: Layer.Layer<FtpSecurity> = Layer.succeed(FtpSecurity, {
  protect: () =>
    Effect.succeed({
      onConnect: Effect.succeed,
      onGreeting: () => Effect.void,
      onLogin: () => Effect.void,
      onDial: () => Effect.succeed(undefined),
      onData: Effect.succeed,
      isTiedToControl: false
    })
})

/**
 * Explicit TLS (RFC 4217): the connection begins in clear, on port 21, and is protected by AUTH TLS before the login.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerExplicit = (options: ExplicitOptions = {}): Layer.Layer<FtpSecurity, FtpUsageError> =>
  layerTls(options, (host, guard) => ({
    onConnect: Effect.succeed,
    onGreeting: (control) =>
      Effect.gen(function* () {
        yield* refusePreauthentication(control)
        yield* authenticate(control, options)
        const info = yield* Effect.catchTag(
          control.upgrade(CertificatePolicy.clientOptions(host, options, Option.none())),
          "FtpTransportError",
          (error: FtpTransportError) =>
            Effect.flatMap(control.transcript, (transcript) =>
              ReplyErrors.notConnected(control.label, "Control", error, transcript)
            )
        )
        yield* guard.acceptControl(control.label, info)
      })
  }))

/**
 * Implicit TLS: protected from the first byte, usually on port 990. No RFC describes it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerImplicit = (options: TlsOptions = {}): Layer.Layer<FtpSecurity, FtpUsageError> =>
  layerTls(options, (host, guard) => ({
    onConnect: (connection) =>
      Effect.gen(function* () {
        const label = `${host}:${connection.remote.port}`
        const { connect } = yield* FtpTimeouts
        const secured = yield* Effect.mapError(
          connection.startTls(CertificatePolicy.clientOptions(host, options, Option.none())),
          (error) => ReplyErrors.notConnected(label, "Control", error)
        )
        yield* guard.acceptControl(label, yield* handshake(secured, label, "Control", connect))
        return secured
      }),
    onGreeting: refusePreauthentication
  }))

/** What both kinds share once the control connection is protected. */
const layerTls = (
  options: TlsOptions,
  begin: (host: string, guard: CertificatePolicy.Guard) => Pick<Protection, "onConnect" | "onGreeting">
): Layer.Layer<FtpSecurity, FtpUsageError> =>
  Layer.effect(
    FtpSecurity,
    Effect.map(CertificatePolicy.fingerprints(options), (pinned) => ({ protect: protectWith(options, pinned, begin) }))
  )

const protectWith =
  (
    options: TlsOptions,
    pinned: ReadonlyArray<string>,
    begin: (host: string, guard: CertificatePolicy.Guard) => Pick<Protection, "onConnect" | "onGreeting">
  ) =>
  (host: string): Effect.Effect<Protection> =>
    Effect.map(FtpTimeouts, (timeouts) => {
      const guard = CertificatePolicy.makeGuard(host, options, pinned)
      const { onConnect, onGreeting } = begin(host, guard)
      let privateData = false

      const protectData = (control: FtpControlChannel): Effect.Effect<void, FtpConnectError | ExchangeError> =>
        Effect.gen(function* () {
          yield* control.send(Command.pbsz(0))
          const reply = yield* control.send(Command.prot("P"))
          privateData = Reply.isCompletion(reply)
          if (!privateData) {
            return yield* refused(
              control,
              `the server does not protect data connections: PROT P was answered ${Reply.toLine(reply)}`
            )
          }
        })

      const proven = (control: FtpControlChannel): Effect.Effect<void, FtpConnectError> =>
        Effect.flatMap(control.tls, (tls) =>
          Option.isSome(tls) ? Effect.void : refused(control, "the control connection is not protected")
        )

      return {
        onConnect,
        onGreeting: (control) =>
          Effect.gen(function* () {
            yield* onGreeting(control)
            if (options.protectData !== "AfterLogin") {
              yield* protectData(control)
            }
            yield* proven(control)
          }),
        onLogin: (control) => (privateData ? proven(control) : protectData(control)),
        onDial: (control) =>
          Effect.gen(function* () {
            yield* proven(control)
            if (!privateData) {
              return yield* refused(control, "the server has not confirmed PROT P")
            }
            return CertificatePolicy.clientOptions(host, options, yield* control.ticket)
          }),
        isTiedToControl: true,
        onData: (connection, control) =>
          Effect.gen(function* () {
            const { label } = control
            const started = yield* handshakeIn(connection, label, "Data", timeouts.dataStall)
            if (Option.isSome(started)) {
              yield* guard.acceptData(label, started.value)
              return connection
            }
            const secured = yield* Effect.mapError(
              connection.startTls(CertificatePolicy.clientOptions(host, options, yield* control.ticket)),
              (error) => ReplyErrors.notConnected(label, "Data", error)
            )
            yield* guard.acceptData(label, yield* handshake(secured, label, "Data", timeouts.dataStall))
            return secured
          })
      }
    })

/** A server that lets us in before TLS would have us skip it (CVE-2021-22946). */
const refusePreauthentication = (control: FtpControlChannel): Effect.Effect<void, FtpConnectError> =>
  control.greeting.code === 220
    ? Effect.void
    : refused(control, `the server greeted with ${Reply.toLine(control.greeting)} before it was authenticated`)

const authenticate = (control: FtpControlChannel, options: ExplicitOptions): Effect.Effect<void, OpenError> =>
  Effect.gen(function* () {
    let reply = yield* control.send(Command.auth("TLS"))
    if (reply.code >= 500 && options.authSsl === true) {
      reply = yield* control.send(Command.auth("SSL"))
    }
    if (Reply.isNegative(reply)) {
      return yield* refused(control, `the server refuses TLS: AUTH was answered ${Reply.toLine(reply)}`)
    }
    if (reply.code !== 234) {
      return yield* new FtpProtocolViolation({
        expected: "234 in answer to AUTH TLS",
        received: Reply.toLine(reply),
        endpoint: control.label,
        transcript: yield* control.transcript
      })
    }
  })

/** What the handshake of a connection found, if there is one. A peer that keeps silent is not waited for without end. */
const handshakeIn = (
  connection: Connection,
  label: string,
  channel: "Control" | "Data",
  limit: Duration.Duration
): Effect.Effect<Option.Option<TlsInfo>, FtpConnectError> =>
  connection.tls.pipe(
    Effect.timeoutFail({
      duration: limit,
      onTimeout: () =>
        new FtpTransportError({ reason: "TimedOut", detail: `no TLS handshake within ${Observability.seconds(limit)}` })
    }),
    Effect.mapError((error) => ReplyErrors.notConnected(label, channel, error))
  )

const handshake = (...args: Parameters<typeof handshakeIn>): Effect.Effect<TlsInfo, FtpConnectError> =>
  Effect.flatMap(
    handshakeIn(...args),
    Option.match({
      onNone: () => Effect.dieMessage("a protected connection without a handshake"),
      onSome: Effect.succeed
    })
  )

const refused = (control: FtpControlChannel, detail: string): Effect.Effect<never, FtpConnectError> =>
  Effect.flatMap(
    control.transcript,
    (transcript) =>
      new FtpConnectError({ reason: "Tls", channel: "Control", detail, endpoint: control.label, transcript })
  )
