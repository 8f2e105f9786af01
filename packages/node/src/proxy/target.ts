/**
 * What a proxy is asked to reach: a host and a port that are one for certain, so that nothing of them can end a line or
 * overrun a length.
 *
 *     files.example   a name, resolved at the proxy; one that is not ASCII is sent in its ASCII form (IDNA)
 *     192.0.2.1       an address, and so is 2001:db8::1; ::ffff:192.0.2.1 is the IPv4 address that it means
 *
 * It does not resolve names: a caller that does not want the proxy to see a name gives an address.
 */

import * as Net from "node:net"
import { domainToASCII } from "node:url"
import { type Address, FtpTransportError } from "@ftp-effect/core/FtpTransport"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Either from "effect/Either"
import { address } from "../sockets/address.ts"

const LAST_PORT = 65535

/** RFC 1035 §2.3.4; it also fits the one byte that counts a name in SOCKS5. */
const LONGEST_NAME = 253

/** `_` is in no host name by the book, and in many. */
const NAME = /^[\w-]+(?:\.[\w-]+)*\.?$/

/** IDNA's mapping takes out some characters, and ends the name at others: those are refused before it. */
const NAME_BEFORE_IDNA = /^[\w.\-\u0080-\uffff]+$/

/**
 * The host and the port, as an `Address` that is its own `Connection.remote`. A name counts as IPv4: that leaves PASV
 * possible, and EPSV is the same for both.
 * @category constructors
 */
export const make = (host: string, port: number): Either.Either<Address, FtpTransportError> => {
  if (!Number.isInteger(port) || port < 1 || port > LAST_PORT) {
    return no(host, `the port ${port} is not 1 to ${LAST_PORT}`)
  }
  if (Net.isIP(host) !== 0) {
    return host.includes("%")
      ? no(host, "an address with a zone means something on this machine only, not to a proxy")
      : Either.right(address(host, port))
  }
  const name = NAME.test(host) || !NAME_BEFORE_IDNA.test(host) ? host : domainToASCII(host)
  return NAME.test(name) && name.length <= LONGEST_NAME
    ? Either.right({ host: name, port, family: "IPv4" })
    : no(host, "not a host name or numeric address that a proxy can be asked for")
}

/** No proxy and no retry will make it one. */
const no = (host: string, why: string) =>
  Either.left(new FtpTransportError({ reason: "Resolve", detail: `${WireText.toDisplay(host)}: ${why}` }))

/**
 * `files.example:21`, `[2001:db8::1]:21`: RFC 9110 §7.2.
 * @category conversions
 */
export const toAuthority = ({ family, host, port }: Address): string =>
  `${family === "IPv6" ? `[${host}]` : host}:${port}`
