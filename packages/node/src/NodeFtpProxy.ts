/**
 * `FtpTransport` through a proxy: every connection, control and data, is a tunnel of its own.
 *
 *     socks5://ann:secret@proxy.example:1080   SOCKS5 (RFC 1928), with or without a login (RFC 1929); socks5h:// too
 *     http://ann:secret@proxy.example:3128     HTTP CONNECT (RFC 9110 §9.3.6), with or without a login (Basic)
 *
 * Names are resolved at the proxy, for data connections again: where one name stands for several servers, give an
 * address. The address family asked for is that of the connection to the proxy. HTTP proxies often allow port 443 only,
 * and data connections go to any: the error says so. TLS is between us and the server, through the tunnel.
 *
 * Active mode is not possible: no server can connect to us through a proxy. It does not speak TLS with the proxy
 * itself, SOCKS4, or the dialects of FTP proxies (`USER ann@files.example`).
 *
 * @since 0.1.0
 */
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as NodeFtpTransport from "./NodeFtpTransport.ts"
import * as HttpConnect from "./proxy/httpConnect.ts"
import * as Socks5 from "./proxy/socks5.ts"
import { type Handshake, type Login, through } from "./proxy/tunnel.ts"

export type {
  /**
   * A user of the proxy, who is not the user of the FTP server.
   *
   * @since 0.1.0
   * @category models
   */
  Login
} from "./proxy/tunnel.ts"

/**
 * Where the proxy is, and who its user is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The proxy: a name or a numeric address without brackets. */
  readonly host: string
  /** Default 1080 for SOCKS5 and 80 for HTTP. */
  readonly port?: number | undefined
  /** Default none. Basic and RFC 1929 send it to the proxy unencrypted. */
  readonly login?: Login | undefined
}

/** IANA's port for SOCKS. */
const SOCKS_PORT = 1080

/** What a URL with `http:` means when it names no port. */
const HTTP_PORT = 80

const LAST_PORT = 65535

/**
 * Through a SOCKS5 proxy, which is dialled by `transport`: by default sockets, but a second proxy or another look-up of
 * names will do.
 *
 * @example
 * ```ts
 * import * as NodeFtpProxy from "@ftp-effect/node/NodeFtpProxy"
 *
 * const throughProxy = NodeFtpProxy.makeSocks5({ host: "proxy.example", port: 1080 })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeSocks5 = (
  options: Options,
  transport: FtpTransport = NodeFtpTransport.make()
): Either.Either<FtpTransport, FtpUsageError> => make(options, SOCKS_PORT, Socks5.make, transport)

/**
 * Through an HTTP proxy, which is dialled by `transport` as with `makeSocks5`.
 *
 * @example
 * ```ts
 * import * as NodeFtpProxy from "@ftp-effect/node/NodeFtpProxy"
 *
 * const throughProxy = NodeFtpProxy.makeHttpConnect({ host: "proxy.example", port: 1080 })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeHttpConnect = (
  options: Options,
  transport: FtpTransport = NodeFtpTransport.make()
): Either.Either<FtpTransport, FtpUsageError> => make(options, HTTP_PORT, HttpConnect.make, transport)

/**
 * Through the proxy of a URL: see the top of this file. Its path must be empty. The error holds nothing of the URL.
 *
 * @example
 * ```ts
 * import * as NodeFtpProxy from "@ftp-effect/node/NodeFtpProxy"
 *
 * const throughProxy = NodeFtpProxy.makeUrl("socks5://proxy.example:1080")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeUrl = (
  url: string | Redacted.Redacted<string>,
  transport: FtpTransport = NodeFtpTransport.make()
): Either.Either<FtpTransport, FtpUsageError> =>
  Either.gen(function* () {
    const { makeIt, options } = yield* parse(Redacted.isRedacted(url) ? Redacted.value(url) : url)
    return yield* makeIt(options, transport)
  })

/**
 * Fails with a `FtpUsageError` if the port or the login can't be one.
 *
 * @example
 * ```ts
 * import * as NodeFtpProxy from "@ftp-effect/node/NodeFtpProxy"
 *
 * const throughProxy = NodeFtpProxy.layerSocks5({ host: "proxy.example", port: 1080 })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSocks5 = (options: Options): Layer.Layer<FtpTransport, FtpUsageError> =>
  Layer.effect(
    FtpTransport,
    Effect.suspend(() => makeSocks5(options))
  )

/**
 * Fails with a `FtpUsageError` if the port or the login can't be one.
 *
 * @example
 * ```ts
 * import * as NodeFtpProxy from "@ftp-effect/node/NodeFtpProxy"
 *
 * const throughProxy = NodeFtpProxy.layerHttpConnect({ host: "proxy.example", port: 1080 })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerHttpConnect = (options: Options): Layer.Layer<FtpTransport, FtpUsageError> =>
  Layer.effect(
    FtpTransport,
    Effect.suspend(() => makeHttpConnect(options))
  )

/**
 * `NodeFtpProxy.layerUrl("socks5://proxy.example")`. Fails with a `FtpUsageError` if the URL is none of a proxy.
 *
 * @example
 * ```ts
 * import * as NodeFtpProxy from "@ftp-effect/node/NodeFtpProxy"
 *
 * const throughProxy = NodeFtpProxy.layerUrl("socks5://proxy.example:1080")
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerUrl = (url: string | Redacted.Redacted<string>): Layer.Layer<FtpTransport, FtpUsageError> =>
  Layer.effect(
    FtpTransport,
    Effect.suspend(() => makeUrl(url))
  )

const make = (
  { host, login, port }: Options,
  defaultPort: number,
  handshakeOf: (login: Login | undefined) => Either.Either<Handshake, string>,
  transport: FtpTransport
): Either.Either<FtpTransport, FtpUsageError> =>
  isPort(port ?? defaultPort)
    ? Either.mapBoth(handshakeOf(login), {
        onLeft: (why) => new FtpUsageError({ argument: "proxy", why }),
        onRight: (handshake) => through({ host, port: port ?? defaultPort, handshake }, transport)
      })
    : no(`its port is not 1 to ${LAST_PORT}`)

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= LAST_PORT

const no = (why: string): Either.Either<never, FtpUsageError> =>
  Either.left(new FtpUsageError({ argument: "proxy", why }))

/** `socks5h` is curl's word for names that are resolved at the proxy, as they always are here. */
const SCHEMES: ReadonlyMap<string, typeof makeSocks5> = new Map([
  ["socks5", makeSocks5],
  ["socks5h", makeSocks5],
  ["http", makeHttpConnect]
])

const PLACE = /^(?:\[([0-9a-f:.]+)\]|([^\s\x00-\x1f\x7f[\]/@?#:%]+))(?::(\d{1,5}))?\/?$/i

/** The last `@` ends the login and its first colon the user, as in the URL of the server. */
const parse = (
  url: string
): Either.Either<{ readonly makeIt: typeof makeSocks5; readonly options: Options }, FtpUsageError> =>
  Either.gen(function* () {
    const [, scheme = "", rest = ""] = /^([a-z][a-z0-9]*):\/\/(.*)$/is.exec(url) ?? []
    const makeIt = SCHEMES.get(scheme.toLowerCase())
    if (makeIt === undefined) {
      return yield* no("not the URL of a proxy: it does not start with socks5:// or http://")
    }
    const at = rest.lastIndexOf("@")
    const login = at === -1 ? undefined : yield* parseLogin(rest.slice(0, at))
    const [, address, name, digits] = PLACE.exec(rest.slice(at + 1)) ?? []
    const host = address ?? name
    if (host === undefined) {
      return yield* no("not the URL of a proxy: its host or port is none, or something follows them")
    }
    return { makeIt, options: { host, port: digits === undefined ? undefined : Number(digits), login } }
  })

const parseLogin = (text: string): Either.Either<Login, FtpUsageError> => {
  const colon = text.indexOf(":")
  const [user, password] = colon === -1 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)]
  return Either.mapLeft(
    Either.try(() => ({ user: decodeURIComponent(user), password: Redacted.make(decodeURIComponent(password)) })),
    () =>
      new FtpUsageError({ argument: "proxy", why: 'its login has a "%" that encodes nothing (a "%" itself is "%25")' })
  )
}
