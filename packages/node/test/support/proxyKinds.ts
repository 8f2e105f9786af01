/** The two kinds of proxies, and what the tests of both share. */
import { assert } from "@effect/vitest"
import { type ConnectOptions, FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as NodeFtpProxy from "@ftp-effect/node/NodeFtpProxy"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { STILL, turns } from "../../../core/test/suites/transport/wire.ts"
import * as ProxyDialects from "./ProxyDialects.ts"
import type { ProxyOptions } from "./ProxyServer.ts"

/** Every character in it has a meaning somewhere: in URLs, in Basic, in UTF-8. */
export const LOGIN = { user: "ann@proxy", password: "p:ä/1" }

export const login: NodeFtpProxy.Login = { user: LOGIN.user, password: Redacted.make(LOGIN.password) }

export const wrongLogin: NodeFtpProxy.Login = { user: LOGIN.user, password: Redacted.make("swordfish") }

export const kinds = [
  {
    name: "SOCKS5",
    scheme: "socks5",
    serve: (options?: ProxyOptions) => ProxyDialects.socks5(options),
    make: NodeFtpProxy.makeSocks5,
    layer: NodeFtpProxy.layerSocks5,
    says: {
      forbidden: "the proxy's rules do not allow it",
      unreachable: "the proxy says: connection refused",
      loginNeeded: "the proxy asks for a user and a password",
      loginWrong: "the proxy does not accept the user and password given for it"
    }
  },
  {
    name: "HTTP CONNECT",
    scheme: "http",
    serve: (options?: ProxyOptions) => ProxyDialects.httpConnect(options),
    make: NodeFtpProxy.makeHttpConnect,
    layer: NodeFtpProxy.layerHttpConnect,
    says: {
      forbidden: "the proxy answered 403 Forbidden; many proxies only allow port 443",
      unreachable: "the proxy answered 502 Bad Gateway",
      loginNeeded: "the proxy answered 407 Proxy Authentication Required; it asks for a user and a password",
      loginWrong:
        "the proxy answered 407 Proxy Authentication Required; it does not accept the user and password given for it, or wants another way than Basic"
    }
  }
] as const

export const HOST = "127.0.0.1"

export const dial = (over: Partial<ConnectOptions> = {}) =>
  Effect.flatMap(FtpTransport, (transport) =>
    transport.connect({
      host: "files.test",
      port: 21,
      family: "Any",
      timeout: Duration.seconds(10),
      role: "Control",
      ...over
    })
  )

/** How a dial fails. Its scope stays open: a data channel tries the next port in the same one. */
export const failureOf = (over: Partial<ConnectOptions> = {}) => Effect.flip(dial(over))

/** Every connection to the proxy is closed, if need be a few turns of the event loop from now. */
export const nothingOpen = (proxy: { readonly open: () => number }) =>
  Effect.gen(function* () {
    for (let turn = 0; proxy.open() > 0 && turn < STILL; turn++) {
      yield* turns(1)
    }
    assert.strictEqual(proxy.open(), 0)
  })
