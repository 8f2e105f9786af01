/**
 * Addresses of data connections: PASV and EPSV replies in, PORT and EPRT arguments out.
 *
 *     S: 227 Entering Passive Mode (192,0,2,7,195,80)      192.0.2.7, port 50000
 *     S: 229 Entering Extended Passive Mode (|||50000|)    port 50000
 *     C: PORT 192,0,2,7,195,80
 *     C: EPRT |2|2001:db8::7|50000|
 *
 * RFC 959 §4.1.2, RFC 2428, and RFC 1123 §4.1.2.6: the text around the numbers is free, the parentheses of 227 too.
 *
 * Where to connect to is decided elsewhere: the address in a 227 is advice, and a low port is for `FtpDataChannel` to
 * refuse.
 */
import * as Option from "effect/Option"
import * as Reply from "./Reply.ts"
import * as WholeNumber from "./WholeNumber.ts"

/** An IPv4 address in dotted form, and a port from 1 to 65535. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/** The first six numbers with commas between them in a 227 that make an address; `None` if there are none. */
export const fromPasv = (reply: Reply.Reply): Option.Option<HostPort> => {
  if (reply.code !== PASSIVE) return Option.none()
  for (const [, ...digits] of Reply.text(reply).matchAll(SIX_NUMBERS)) {
    const numbers = digits.map(Number)
    const [h1, h2, h3, h4, high = 0, low = 0] = numbers
    const port = high * PORT_HIGH_BYTE + low
    if (numbers.every((number) => number <= MAX_BYTE) && isPort(port)) {
      return Option.some({ host: `${h1}.${h2}.${h3}.${h4}`, port })
    }
  }
  return Option.none()
}

/**
 * The port of a 229, whatever its delimiter; what stands in the fields for protocol and address is ignored, as RFC 2428
 * §3 wants them empty and some servers fill them.
 */
export const fromEpsv = (reply: Reply.Reply): Option.Option<number> => {
  if (reply.code !== EXTENDED_PASSIVE) return Option.none()
  const text = Reply.text(reply)
  // Not `matchAll`, which compiles the expression again each time.
  FOUR_DELIMITERS.lastIndex = 0
  for (let match = FOUR_DELIMITERS.exec(text); match !== null; match = FOUR_DELIMITERS.exec(text)) {
    const port = Option.filter(WholeNumber.parse(match[2] ?? ""), isPort)
    if (Option.isSome(port)) return port
  }
  return Option.none()
}

/** The argument of PORT; `None` if `host` is not a dotted IPv4 address or `port` is not 1 to 65535. */
export const toPort = (host: string, port: number): Option.Option<string> => {
  const numbers = host.split(".", IPV4_BYTES + 1)
  const isIPv4 =
    numbers.length === IPV4_BYTES && numbers.every((digits) => BYTE.test(digits) && Number(digits) <= MAX_BYTE)
  if (!isIPv4 || !isPort(port)) return Option.none()
  const host4 = numbers.map(Number).join(",")
  return Option.some(`${host4},${Math.trunc(port / PORT_HIGH_BYTE)},${port % PORT_HIGH_BYTE}`)
}

/**
 * The argument of EPRT, RFC 2428 §2. `host` is a numeric address of `family`; a zone (`fe80::1%eth0`) means nothing to
 * the peer and is left out.
 */
export const toEprt = (host: string, family: "IPv4" | "IPv6", port: number): string => {
  const zone = host.indexOf("%")
  return `|${family === "IPv4" ? 1 : 2}|${zone < 0 ? host : host.slice(0, zone)}|${port}|`
}

const PASSIVE = 227
const EXTENDED_PASSIVE = 229
const IPV4_BYTES = 4
const MAX_BYTE = 255
const MAX_PORT = 65_535
/** A port is sent as its high and its low byte. */
const PORT_HIGH_BYTE = 256

const BYTE = /^\d{1,3}$/

/**
 * Six whole numbers, not seven, without a sign; a space after a comma occurs. All counts are bounded: the search is
 * linear.
 */
const SIX_NUMBERS =
  /(?<![\d,.+-])(\d{1,3}), ?(\d{1,3}), ?(\d{1,3}), ?(\d{1,3}), ?(\d{1,3}), ?(\d{1,3})(?!\d|\.\d|, ?\d)/g

/**
 * `(<d>protocol<d>address<d>port<d>)`, the delimiter any of 33 to 126; the lazy counts read empty fields first, so that
 * even a digit can be one. An address has at most 45 characters; the bounds keep the search linear.
 */
const FOUR_DELIMITERS = /\(([!-~])\d??\1[\da-fA-F.:]{0,45}?\1(\d{1,5})\1\)/g

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= MAX_PORT
