/**
 * The flags about the route to the server, and their values: address family, who opens the data connection, a proxy.
 */
import type { ActiveOptions, PassiveOptions } from "@ftp-effect/core/FtpDataChannel"
import type { AddressFamily } from "@ftp-effect/core/FtpTransport"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as NodeFtpProxy from "@ftp-effect/node/NodeFtpProxy"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Flag from "../arguments/Flag.ts"
import { type CliError, usage } from "../errors/CliError.ts"
import { Output } from "../output/Output.ts"
import * as Environment from "./environment.ts"

const ofGroup = <A>(flag: Flag.Flag<A>) => Flag.inGroup("Connection", flag)

const LAST_PORT = 65_535

/** `"50000-50100"`, or one port. */
export const readPorts: Flag.Read<readonly [from: number, to: number]> = (text) => {
  const [, first, last] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  const [from, to] = [Number(first), Number(last ?? first)]
  return from >= 1 && from <= to && to <= LAST_PORT
    ? Either.right([from, to])
    : Either.left(`a port or a range of ports from 1 to ${LAST_PORT}, like 50000-50100`)
}

/** An address that a server can connect to. */
export const readAddress: Flag.Read<string> = (text) =>
  NodeFtp.isAdvertisable(text)
    ? Either.right(text)
    : Either.left("a numeric address that a server could connect to, like 203.0.113.7")

const ipv4 = ofGroup(Flag.toggle("ipv4", "4", "IPv4 only."))
const ipv6 = ofGroup(Flag.toggle("ipv6", "6", "IPv6 only."))
const active = ofGroup(
  Flag.toggle(
    "active",
    undefined,
    "Let the server open the data connections: for servers whose passive ports are blocked."
  )
)
const activePorts = ofGroup(
  Flag.value("active-ports", undefined, "FROM-TO", readPorts, "Like --active, on ports that the firewall allows.")
)
const activeAddress = ofGroup(
  Flag.value(
    "active-address",
    undefined,
    "ADDRESS",
    readAddress,
    "Like --active, and tell the server to connect to this address: that of a NAT which forwards the ports."
  )
)
const noEpsv = ofGroup(
  Flag.toggle("no-epsv", undefined, "Ask for PASV at once: for servers and firewalls that break EPSV. Not over IPv6.")
)
const proxy = ofGroup(
  Flag.text(
    "proxy",
    undefined,
    "URL",
    "Use a proxy: socks5://HOST:PORT or http://HOST:PORT (CONNECT), with USER:PASSWORD@ if it requires a login. Default: FTP_PROXY."
  )
)

export const flags = { ipv4, ipv6, active, activePorts, activeAddress, noEpsv, proxy }

/** `flags`, decoded. */
export type Choices = Flag.Decoded<typeof flags>

/** The route to the server, as options of NodeFtp. */
export interface Network {
  readonly family: AddressFamily | undefined
  readonly active: ActiveOptions | undefined
  readonly passive: PassiveOptions | undefined
  readonly proxy: Redacted.Redacted<string> | undefined
}

/** What the flags and FTP_PROXY ask for. An empty FTP_PROXY, or `--proxy ""`, is none. */
export const read = (choices: Choices): Effect.Effect<Network, CliError, Output> =>
  Effect.gen(function* () {
    if (choices.ipv4 && choices.ipv6) {
      return yield* usage("--ipv4 and --ipv6 can't be combined", "without either, both families are tried")
    }
    const typed = choices.proxy
    if (Option.isSome(typed) && /:\/\/[^/@]*:[^/]*@/.test(typed.value)) {
      const output = yield* Output
      yield* output.warning(
        "a password on the command line is visible to all users of this machine, and stays in the shell's history; " +
          "set FTP_PROXY instead of --proxy"
      )
    }
    const fromEnvironment = Environment.secret("FTP_PROXY")
    const url = Option.filter(
      Option.isSome(typed) ? Option.map(typed, (text) => Redacted.make(text)) : yield* fromEnvironment,
      (secret) => Redacted.value(secret) !== ""
    )
    const isActive = choices.active || Option.isSome(choices.activePorts) || Option.isSome(choices.activeAddress)
    if (isActive && choices.noEpsv) {
      return yield* usage("--no-epsv is about passive mode: it can't be combined with --active")
    }
    if (isActive && Option.isSome(url)) {
      return yield* usage(
        "--active and a proxy can't go together: no server can connect to us through a proxy",
        Option.isSome(typed) ? undefined : "the proxy comes from FTP_PROXY; to go without it: --proxy ''"
      )
    }
    if (Option.isSome(url)) {
      yield* Either.mapLeft(NodeFtpProxy.makeUrl(url.value), ({ why }) =>
        usage(`${Option.isSome(typed) ? "--proxy" : "FTP_PROXY"}: ${why}`)
      )
    }
    return {
      family: choices.ipv4 ? "IPv4" : choices.ipv6 ? "IPv6" : undefined,
      active: isActive
        ? {
            ports: Option.getOrUndefined(choices.activePorts),
            advertise: Option.getOrUndefined(choices.activeAddress)
          }
        : undefined,
      passive: choices.noEpsv ? { epsv: "Never" } : undefined,
      proxy: Option.getOrUndefined(url)
    }
  })
