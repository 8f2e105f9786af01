/** Both sides of handshakes for tests, all from one set of certificates. */
import type { TlsClientOptions, TlsServerOptions } from "@ftp-effect/core/FtpTransport"
import * as Option from "effect/Option"
import type { Certificates } from "./Certificates.ts"

/** A client that knows the authority and asks for 127.0.0.1. */
export const clientOf = ({ authority }: Certificates, over: Partial<TlsClientOptions> = {}): TlsClientOptions => ({
  role: "Client",
  host: "127.0.0.1",
  authorities: [authority],
  identity: Option.none(),
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.3",
  ticket: Option.none(),
  ...over
})

export const serverOf = ({ server }: Certificates, over: Partial<TlsServerOptions> = {}): TlsServerOptions => ({
  role: "Server",
  identity: server,
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.3",
  sessions: {},
  clientAuthorities: [],
  ...over
})
