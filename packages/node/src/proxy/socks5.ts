/**
 * Asks a SOCKS5 proxy for a tunnel (RFC 1928, RFC 1929):
 *
 *     C: 05 02 00 02                               we can do without a login, and with one
 *     S: 05 02                                     with one, says the proxy
 *     C: 01 03 61 6e 6e 06 73 65 63 72 65 74       ann, secret
 *     S: 01 00
 *     C: 05 01 00 03 0d 66 69 … 6c 65 00 15        connect to files.example port 21, resolve the name
 *     S: 05 00 00 01 7f 00 00 01 04 38             done, from 127.0.0.1 port 1080 (nobody asked)
 *        ... the server's bytes
 *
 * The npm package `socks` would need a socket that emits 'data', which ours (opened with `onread`) does not; it gives
 * the server's first bytes out as an event, can't be interrupted, and carries the password in its errors.
 *
 * It does not ask for incoming connections (BIND) or UDP.
 */

import * as Net from "node:net"
import { type Address, type Connection, FtpTransportError } from "@ftp-effect/core/FtpTransport"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Intake } from "./intake.ts"
import type { Handshake, Login } from "./tunnel.ts"

const VERSION = 5
const NO_LOGIN = 0
const USER_AND_PASSWORD = 2
const NONE_OF_THEM = 0xff
const LOGIN_VERSION = 1
const CONNECT = 1
const RESERVED = 0
const SUCCEEDED = 0

/** Address types, and how many bytes each has; the name's are counted by a byte in front of it. */
const IPV4 = 1
const NAME = 3
const IPV6 = 4
const IPV4_BYTES = 4
const IPV6_BYTES = 16
const PORT_BYTES = 2

/** What one byte can count. */
const LONGEST_FIELD = 255

/** RFC 1928 §6. `Refused` is not tried again. */
const REFUSALS: ReadonlyArray<readonly [reason: FtpTransportError["reason"], words: string] | undefined> = [
  undefined,
  ["Unreachable", "the proxy failed"],
  ["Refused", "the proxy's rules do not allow it"],
  ["Unreachable", "the proxy says: network unreachable"],
  ["Unreachable", "the proxy says: host unreachable, or its name has no address"],
  ["Refused", "the proxy says: connection refused"],
  ["Unreachable", "the proxy says: no answer from the host (TTL expired)"],
  ["Refused", "the proxy makes no connections (command not supported)"],
  ["Refused", "the proxy knows no such kind of address"]
]

/**
 * The handshake, or why the login can't be said in it.
 * @category constructors
 */
export const make = (login: Login | undefined): Either.Either<Handshake, string> => {
  const fields =
    login === undefined ? undefined : [Buffer.from(login.user), Buffer.from(Redacted.value(login.password))]
  if (fields !== undefined && (fields[0]?.byteLength === 0 || fields.some((it) => it.byteLength > LONGEST_FIELD))) {
    return Either.left(`SOCKS5 takes a user of 1 to ${LONGEST_FIELD} bytes and a password of at most as many`)
  }
  const methods = login === undefined ? [NO_LOGIN] : [NO_LOGIN, USER_AND_PASSWORD]
  return Either.right((connection, intake, target) =>
    Effect.gen(function* () {
      yield* connection.write(Uint8Array.of(VERSION, methods.length, ...methods))
      const method = yield* methodOf(intake, login, methods)
      if (method === USER_AND_PASSWORD && login !== undefined) {
        yield* logIn(connection, intake, login)
      }
      yield* connection.write(request(target))
      yield* outcome(intake)
    })
  )
}

const methodOf = (
  intake: Intake,
  login: Login | undefined,
  methods: ReadonlyArray<number>
): Effect.Effect<number, FtpTransportError> =>
  Effect.gen(function* () {
    const [version, method = NONE_OF_THEM] = yield* intake.exactly(2)
    if (version !== VERSION) {
      return yield* garbage("it is no SOCKS5 proxy")
    }
    if (method === NONE_OF_THEM) {
      return yield* new FtpTransportError({
        reason: "Refused",
        proxy: "Login",
        detail: login === undefined ? "the proxy asks for a user and a password" : "the proxy asks for another login"
      })
    }
    return methods.includes(method) ? method : yield* garbage(`it chose login ${method}, which was not offered`)
  })

const logIn = (connection: Connection, intake: Intake, login: Login): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    const [user, password] = [Buffer.from(login.user), Buffer.from(Redacted.value(login.password))]
    const { byteLength } = password
    yield* connection.write(Uint8Array.of(LOGIN_VERSION, user.byteLength, ...user, byteLength, ...password))
    // Some proxies answer with 5 for the version, so it is not looked at; curl does the same.
    const [, status] = yield* intake.exactly(2)
    if (status !== SUCCEEDED) {
      return yield* new FtpTransportError({
        reason: "Refused",
        proxy: "Login",
        detail: "the proxy does not accept the user and password given for it"
      })
    }
  })

const request = ({ host, port }: Address): Uint8Array => {
  const [type, bytes] = Net.isIPv4(host)
    ? [IPV4, host.split(".").map(Number)]
    : Net.isIPv6(host)
      ? [IPV6, ipv6Bytes(host)]
      : [NAME, [host.length, ...Buffer.from(host, "latin1")]]
  return Uint8Array.of(VERSION, CONNECT, RESERVED, type, ...bytes, port >> 8, port & 0xff)
}

/** WHATWG's URL writes an address in groups of hexadecimal digits, also where it ended like an IPv4 one. */
const ipv6Bytes = (host: string): ReadonlyArray<number> => {
  const [head = [], tail = []] = new URL(`http://[${host}]`).hostname
    .slice(1, -1)
    .split("::")
    .map((part) => part.split(":").filter((group) => group !== ""))
  const zeros = Array.from({ length: IPV6_BYTES / 2 - head.length - tail.length }, () => "0")
  return [...head, ...zeros, ...tail]
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
}

/** A refusal shows in its second byte: some proxies hang up after it. */
const outcome = (intake: Intake): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    const [version, code = SUCCEEDED] = yield* intake.exactly(2)
    if (version !== VERSION) {
      return yield* garbage("its answer is not of SOCKS5")
    }
    if (code !== SUCCEEDED) {
      const [reason, detail] = REFUSALS[code] ?? ["Unreachable", `the proxy failed (code ${code})`]
      return yield* new FtpTransportError({ reason, proxy: "Refused", detail })
    }
    const [, type] = yield* intake.exactly(2)
    // Where the proxy dials from: it says nothing about the server.
    switch (type) {
      case IPV4:
        return void (yield* intake.exactly(IPV4_BYTES + PORT_BYTES))
      case IPV6:
        return void (yield* intake.exactly(IPV6_BYTES + PORT_BYTES))
      case NAME: {
        const [length = 0] = yield* intake.exactly(1)
        return void (yield* intake.exactly(length + PORT_BYTES))
      }
      default:
        return yield* garbage(`it answered with address type ${type}`)
    }
  })

const garbage = (what: string): FtpTransportError =>
  new FtpTransportError({ reason: "Other", proxy: "NotAProxy", detail: `the proxy does not keep to SOCKS5: ${what}` })
