/**
 * What explicit and implicit TLS have in common once the control connection is protected:
 *
 *     C: PBSZ 0      S: 200 ok
 *     C: PROT P      S: 200 ok                data is unencrypted until this is confirmed, also in implicit mode (vsftpd)
 *                    S: 530 log in first      pyftpdlib, libunftp; 500, 503: both are asked again after the login
 *
 * The password is protected in either order. A refusal after the login is final.
 *
 * That control is protected, and PROT P confirmed, is proven again right before the login and before each data
 * connection.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ExchangeError, FtpConnectError, FtpConnectionLost, FtpRejected } from "../base/FtpError.ts"
import { FtpTimeouts, type Timeouts } from "../base/FtpTimeouts.ts"
import * as Observability from "../base/observability.ts"
import * as TimeLimit from "../base/timeLimit.ts"
import type { FtpControlChannel } from "../control/FtpControlChannel.ts"
import type { ReplyErrors } from "../control/replyErrors.ts"
import { type Connection, FtpTransportError, type TlsInfo } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import * as CertificatePolicy from "./certificatePolicy.ts"
import * as EarlyHandshake from "./earlyHandshake.ts"
import type { Protection } from "./protection.ts"
import type { TlsOptions } from "./tlsOptions.ts"

/** How the control connection comes to be protected: what differs between explicit and implicit TLS. */
export type Begin = (host: string, guard: CertificatePolicy.Guard) => Pick<Protection, "onConnect" | "onGreeting">

/** `pinned` are the fingerprints of the options' pins. */
export const protect =
  (options: TlsOptions, pinned: ReadonlyArray<string>, begin: Begin) =>
  (host: string): Effect.Effect<Protection> =>
    Effect.map(FtpTimeouts, (timeouts) => {
      const guard = CertificatePolicy.makeGuard(host, options, pinned)
      const { onConnect, onGreeting } = begin(host, guard)
      let privateData = false
      let isLateServer = false
      /** Of the last handshake that began with its data connection, if it failed. */
      let cutShort: FtpConnectError | undefined

      const protectData = (control: FtpControlChannel, stage: Stage): ReturnType<typeof requestPrivateData> =>
        Effect.tap(requestPrivateData(control, stage), (confirmed) => {
          privateData = confirmed
        })

      return {
        onConnect,
        onGreeting: (session) =>
          Effect.gen(function* () {
            const { capabilities, control } = session
            isLateServer = ReplyMeaning.wantsLateTls(control.greeting)
            yield* onGreeting(session)
            if (options.protectData !== "AfterLogin" && capabilities.get("PROT before login") !== "Fails") {
              const confirmed = yield* protectData(control, "BeforeLogin")
              capabilities.set("PROT before login", confirmed)
            }
            yield* provenProtected(control)
          }),
        onLogin: ({ control }) => (privateData ? provenProtected(control) : protectData(control, "AfterLogin")),
        onDial: ({ capabilities, control }, prepare) =>
          Effect.gen(function* () {
            yield* provenProtected(control)
            if (!privateData) {
              return yield* notProtected(control, "the server has not confirmed PROT P")
            }
            if (isLateServer || EarlyHandshake.isKnownToFail(capabilities)) {
              return yield* prepare(undefined)
            }
            const early = prepare(CertificatePolicy.clientOptions(host, options, yield* control.ticket))
            return yield* Effect.catchIf(
              early,
              (error) => EarlyHandshake.isLesson(capabilities, error),
              () => prepare(undefined)
            )
          }),
        isTiedToControl: true,
        direct: ({ capabilities, control }) =>
          control.ticket === undefined || !privateData || isLateServer || EarlyHandshake.isKnownToFail(capabilities)
            ? "Long"
            : { options: CertificatePolicy.clientOptions(host, options, control.ticket()), accepts: guard.acceptsData },
        onData: ({ control }, connection) =>
          Effect.gen(function* () {
            const { errors } = control
            const began = handshakeIn(connection, errors, "Data", timeouts.dataStall)
            const early = yield* Effect.tapError(began, (error) =>
              Effect.sync(() => {
                cutShort = error
              })
            )
            if (Option.isSome(early)) {
              yield* guard.acceptData(errors, early.value)
              return connection
            }
            return yield* secureNow(host, options, guard, timeouts, control, connection)
          }),
        beganTooEarly: ({ capabilities }, error) => error === cutShort && EarlyHandshake.isLesson(capabilities, error)
      }
    })

type Stage = NonNullable<TlsOptions["protectData"]>

/** PBSZ and PROT P. Returns false if the server may know them after the login only. */
const requestPrivateData = (
  control: FtpControlChannel,
  stage: Stage
): Effect.Effect<boolean, FtpConnectError | ExchangeError | FtpRejected> =>
  Effect.gen(function* () {
    yield* control.send(Command.pbsz(0))
    const command = Command.prot("P")
    const reply = yield* control.send(command)
    if (!Reply.isCompletion(reply)) {
      return stage === "BeforeLogin" && WANTS_LOGIN.has(reply.code)
        ? false
        : yield* refused(control, command, reply, "the server does not protect data connections")
    }
    return true
  })

/** "Log in first", "out of order" and "unknown": servers that look verbs up by state do not know PROT before a login. */
const WANTS_LOGIN: ReadonlySet<number> = new Set([530, 503, 500])

const provenProtected = (control: FtpControlChannel): Effect.Effect<void, FtpConnectError> =>
  Effect.flatMap(control.tls, (tls) =>
    Option.isSome(tls) ? Effect.void : notProtected(control, "the control connection is not protected")
  )

/** A data connection whose handshake did not begin with it: those that we accept, and late ones. */
const secureNow = (
  host: string,
  options: TlsOptions,
  guard: CertificatePolicy.Guard,
  { dataStall }: Timeouts,
  control: FtpControlChannel,
  connection: Connection
) =>
  Effect.gen(function* () {
    const { errors } = control
    const secured = yield* Effect.mapError(
      connection.startTls(CertificatePolicy.clientOptions(host, options, yield* control.ticket)),
      (error) => errors.notConnected("Data", error)
    )
    yield* guard.acceptData(errors, yield* handshake(secured, errors, "Data", dataStall))
    return secured
  })

/** What the handshake of a connection found, if there is one, within a limit. */
const handshakeIn = (
  connection: Connection,
  errors: ReplyErrors,
  channel: FtpConnectError["channel"],
  limit: Duration.Duration
): Effect.Effect<Option.Option<TlsInfo>, FtpConnectError> =>
  connection.tls.pipe(
    (found) =>
      TimeLimit.timeoutFail(found, {
        duration: limit,
        onTimeout: () =>
          new FtpTransportError({
            reason: "TimedOut",
            stage: "Tls",
            detail: `no TLS handshake within ${Observability.seconds(limit)}`
          })
      }),
    Effect.mapError((error) => errors.notConnected(channel, error))
  )

export const handshake = (...args: Parameters<typeof handshakeIn>): Effect.Effect<TlsInfo, FtpConnectError> =>
  Effect.flatMap(
    handshakeIn(...args),
    Option.match({
      onNone: () => Effect.dieMessage("a protected connection without a handshake"),
      onSome: Effect.succeed
    })
  )

/** RFC 2228 §5: what the security mechanism needs is missing. It is a 4yz, and no matter of load. */
const NO_SECURITY_RESOURCE = 431

/**
 * AUTH or PROT that was refused. A server that closes, is full or is busy may protect the next session: nothing is
 * wrong with its TLS.
 */
export const refused = (
  control: FtpControlChannel,
  command: Command.Command,
  reply: Reply.Reply,
  what: string
): FtpConnectError | FtpConnectionLost | FtpRejected => {
  const detail = `${what}: ${Command.toLog(command)} was answered ${Reply.toLine(reply)}`
  const refusal = { verb: command.verb, reply }
  if (reply.code >= 500 || reply.code === NO_SECURITY_RESOURCE || !Reply.isNegative(reply)) {
    return notProtected(control, detail, refusal)
  }
  return ReplyMeaning.isTooManyConnections(reply)
    ? control.errors.connect({ reason: "TooManyConnections", stage: "Tls", detail, ...refusal })
    : control.errors.rejected(command, reply)
}

/** Asking for TLS and not getting it. */
export const notProtected = (
  control: FtpControlChannel,
  detail: string,
  refusal: { readonly verb?: string; readonly reply?: Reply.Reply } = {}
): FtpConnectError => control.errors.connect({ reason: "Tls", stage: "Tls", detail, ...refusal })
