/** Where the server is: a connection to each address family, and what to do if there is none. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { FtpTimeouts } from "../base/FtpTimeouts.ts"
import * as ReplyErrors from "../control/replyErrors.ts"
import { type AddressFamily, FtpAddressFamily, FtpTransport, type FtpTransportError } from "../platform/FtpTransport.ts"
import * as Finding from "./Finding.ts"
import type { Options } from "./options.ts"
import type { Reached } from "./reach.ts"

type Family = Exclude<AddressFamily, "Any">

const millis = (duration: Duration.Duration): number => Math.round(10 * Duration.toMillis(duration)) / 10

/** The addresses of the server, a connection to each family. */
export const addresses = ({ endpoint }: Options): Effect.Effect<Reached, never, FtpTransport> =>
  Effect.gen(function* () {
    const transport = yield* FtpTransport
    const timeouts = yield* FtpTimeouts
    const wanted = yield* FtpAddressFamily
    const families = wanted === "Any" ? familiesOf(endpoint.host) : [wanted]
    const tried = yield* Effect.forEach(families, (family) =>
      transport
        .connect({ host: endpoint.host, port: endpoint.port, family, timeout: timeouts.connect, role: "Control" })
        .pipe(
          Effect.map(({ remote }) => remote.host),
          Effect.timed,
          Effect.scoped,
          Effect.either,
          Effect.map((result) => ({ family, result }))
        )
    )
    const works = tried.some(({ result }) => Either.isRight(result))
    const failures = tried.flatMap(({ family, result }) =>
      Either.isLeft(result) ? [{ family, error: result.left }] : []
    )
    const [first] = failures
    if (works || first === undefined) {
      const findings = tried.map(({ family, result }) =>
        Either.isRight(result) ? connected(family, result.right) : halfReached(family, result.left)
      )
      return { findings }
    }
    // A name that no family has is said once.
    const isUnknown = failures.every(({ error }) => error.reason === "Resolve")
    return {
      findings: isUnknown
        ? [notReached("the host", first.error, { family: null, reason: first.error.reason })]
        : failures.map(({ error, family }) => notReached(family, error, { family, reason: error.reason })),
      error: ReplyErrors.make(Endpoint.toLabel(endpoint)).notConnected("Control", first.error)
    }
  })

/** Of a numeric address there is one family; what stays the same for both is not asked twice. */
const familiesOf = (host: string): ReadonlyArray<Family> =>
  host.includes(":") ? ["IPv6"] : /^[\d.]+$/.test(host) ? ["IPv4"] : ["IPv4", "IPv6"]

const connected = (family: Family, [took, address]: readonly [Duration.Duration, string]): Finding.Finding =>
  Finding.make("Address", "Ok", `${address} (${family}), connected in ${millis(took)} ms`, {
    facts: { family, address, millis: millis(took) }
  })

/** The other family works. */
const halfReached = (family: Family, { detail, reason }: FtpTransportError): Finding.Finding =>
  reason === "Resolve"
    ? Finding.make("Address", "Note", `no ${family} address`, { facts: { family, reason } })
    : Finding.make("Address", "Warning", `${family} does not work: ${detail}`, {
        facts: { family, reason },
        user: `${family === "IPv6" ? "--ipv4" : "--ipv6"} does not try the addresses that don't answer`,
        administrator: `remove the ${family} address from the DNS, or let the server listen on it`
      })

const notReached = (what: string, { detail, reason }: FtpTransportError, facts: Finding.Finding["facts"]) =>
  Finding.make("Address", "Error", `${what} can't be reached: ${detail}`, { facts, ...adviceFor(reason) })

const adviceFor = (reason: FtpTransportError["reason"]): Finding.Details => {
  switch (reason) {
    case "Resolve":
      return { user: "is the host's name right, and is this machine connected to its network?" }
    case "Refused":
      return {
        user: "is the port right? ftp:// and ftpes:// have 21, ftps:// has 990; others stand behind the host, as in :2121",
        administrator: "is the server running, and does it listen on this address and port?"
      }
    case "TimedOut":
    case "Unreachable":
      return {
        user: "is this machine connected to the server's network? A firewall or a missing VPN can be the reason",
        administrator: "open the server's port in the firewall"
      }
    default:
      return {}
  }
}
