/** The addresses in PORT (RFC 959 §4.1.2) and EPRT (RFC 2428 §2): `127,0,0,1,200,10` and `|2|::1|51210|`. */
import type { Address } from "../../platform/FtpTransport.ts"

const LAST_PORT = 65535

/** The argument of PORT. */
export const fromPort = (argument: string): Address | "Syntax" => {
  const numbers = argument.trim().split(",").map(Number)
  const [h1, h2, h3, h4, high = 0, low = 0] = numbers
  return numbers.length === 6 && numbers.every((number) => Number.isInteger(number) && number >= 0 && number <= 255)
    ? { host: `${h1}.${h2}.${h3}.${h4}`, port: high * 256 + low, family: "IPv4" }
    : "Syntax"
}

/** The argument of EPRT. */
export const fromEprt = (argument: string): Address | "Syntax" | "Protocol" => {
  const fields = argument.trim().split(argument.trim()[0] ?? "|")
  const [, protocol, host = "", digits = ""] = fields
  const port = Number(digits)
  if (fields.length !== 5 || !/^\d+$/.test(digits) || port > LAST_PORT) {
    return "Syntax"
  }
  return protocol === "1"
    ? { host, port, family: "IPv4" }
    : protocol === "2"
      ? { host: canonical(host), port, family: "IPv6" }
      : "Protocol"
}

/** An address in the one form of RFC 5952, because two spellings of IPv6 must compare equal. */
export const canonical = (host: string): string =>
  host.includes(":") && URL.canParse(`http://[${host}]`) ? new URL(`http://[${host}]`).hostname.slice(1, -1) : host
