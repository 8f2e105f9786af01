/**
 * The state of a network in memory: its ports, its names, and the rules by which it misbehaves.
 *
 *     listen ──► Port ──dialled──► pending ends ──accept──► taken            close ──► the pending ends are reset
 */
import type { Address, AddressFamily, ConnectOptions } from "../platform/FtpTransport.ts"
import type { End, Limit, Wire } from "./memoryConnection.ts"

/**
 * Breaks a connection once `after` bytes went through it in one direction, whichever is first; those bytes still
 * arrive. `"Reset"` breaks both directions; `"End"` looks like a FIN to the reader while the writer continues and its
 * bytes are dropped; `"Silence"` lets nothing more through. Applies to the next `times` (default 1) connections opened,
 * of `role` or to `port` when these are given.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cut extends Limit {
  readonly role?: ConnectOptions["role"] | undefined
  readonly port?: number | undefined
  readonly times?: number | undefined
}

/** IANA's dynamic ports. */
const FIRST_DYNAMIC_PORT = 49152
const LAST_PORT = 65535

export interface Port {
  readonly address: Address
  readonly pending: Array<End>
  readonly waiters: Set<() => void>
  closed: boolean
}

export interface State extends Wire {
  readonly ports: Set<Port>
  readonly cuts: Array<{ readonly rule: Cut; left: number }>
  readonly unroutable: Set<string>
  readonly names: Map<string, ReadonlyArray<string>>
  nextPort: number
}

/** A network without listeners; `localhost` is both loopback addresses. */
export const emptyNetwork = (): State => ({
  ports: new Set(),
  ends: new Set(),
  cuts: [],
  unroutable: new Set(),
  names: new Map([["localhost", ["::1", "127.0.0.1"]]]),
  latency: 0,
  nextPort: FIRST_DYNAMIC_PORT
})

/** The rule for the connection that is opened now, used up once. */
export const takeCut = (state: State, { port, role }: ConnectOptions): Cut | undefined => {
  const entry = state.cuts.find(
    ({ left, rule }) => left > 0 && (rule.role ?? role) === role && (rule.port ?? port) === port
  )
  if (entry !== undefined) {
    entry.left -= 1
  }
  return entry?.rule
}

/** The next free port above 49151. */
export const dynamicPort = (state: State): number => {
  const taken = new Set([...state.ports].map((port) => port.address.port))
  for (;;) {
    const number = state.nextPort
    state.nextPort = number === LAST_PORT ? FIRST_DYNAMIC_PORT : number + 1
    if (!taken.has(number)) {
      return number
    }
  }
}

/** The first free port of a range. */
export const freePort = (state: State, host: string, [from, to]: readonly [number, number]): number | undefined => {
  for (let number = from; number <= to; number++) {
    const taken = [...state.ports].some(
      ({ address }) =>
        address.port === number && (address.host === host || isWildcard(address.host) || isWildcard(host))
    )
    if (!taken) {
      return number
    }
  }
  return undefined
}

/** Whether a listener at an address is reached by a dial to another, wildcards included. */
export const reaches = (listening: Address, address: Numeric, port: number): boolean =>
  listening.port === port &&
  (listening.host === address.host ||
    listening.host === "::" ||
    (listening.host === "0.0.0.0" && address.family === "IPv4"))

const isWildcard = (host: string): boolean => host === "::" || host === "0.0.0.0"

export interface Numeric {
  readonly host: string
  readonly family: Address["family"]
}

/** The addresses of a name, IPv6 first. */
export const addressesOf = (state: State, host: string, family: AddressFamily): ReadonlyArray<Numeric> =>
  (state.names.get(host.toLowerCase()) ?? [host])
    .map(numeric)
    .filter((address) => address !== undefined)
    .filter((address) => family === "Any" || family === address.family)
    .sort((left, right) => right.family.localeCompare(left.family))

/** A numeric address in its plain form; `undefined` for a name. */
export const numeric = (host: string): Numeric | undefined => {
  const address = host.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "")
  if (/^(\d{1,3}\.){3}\d{1,3}$/.test(address)) {
    return { host: address, family: "IPv4" }
  }
  return /^[0-9a-f:.]*:[0-9a-f:.]*$/.test(address) ? { host: address, family: "IPv6" } : undefined
}
