/** A server with certificates that this run makes, and the files that a client needs. */
import * as Fs from "node:fs"
import { join } from "node:path"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Certificates from "../../../node/test/support/Certificates.ts"
import { folder, serve } from "./cli.ts"

export interface Secured {
  readonly url: string
  /** As in the file of known certificates. */
  readonly authority: string
  readonly server: Effect.Effect.Success<ReturnType<typeof serve>>["server"]
}

/** A server with TLS, anonymous and `ann`. */
export const secured = (tls: Partial<FtpTestServer.TlsSettings> = {}) =>
  Effect.gen(function* () {
    const { server: identity } = yield* Certificates.make
    const mode = tls.mode ?? "Explicit"
    const { server } = yield* serve({
      users: { ann: "secret" },
      anonymous: true,
      root: { "a.txt": "hello\n", "big.bin": new Uint8Array(300_000) },
      tls: { mode, identity, required: true, ...tls }
    })
    const authority = `127.0.0.1:${server.address.port}`
    return { server, authority, url: `${mode === "Explicit" ? "ftpes" : "ftps"}://${authority}/` } satisfies Secured
  })

/** PEM files of the authority, of the client, and some that don't fit. */
export const files = Effect.gen(function* () {
  const here = yield* folder
  const { authority, client, other, otherAuthority } = yield* Certificates.make
  const write = (name: string, text: string, mode = 0o600) => {
    Fs.writeFileSync(join(here, name), text, { mode })
    return join(here, name)
  }
  const key = Redacted.value(client.key)
  return {
    write,
    ca: write("ca.pem", authority),
    otherCa: write("other-ca.pem", otherAuthority),
    cert: write("cert.pem", client.certificate),
    key: write("key.pem", key),
    together: write("together.pem", `${client.certificate}\n${key}`),
    otherKey: write("other-key.pem", Redacted.value(other.key)),
    openKey: write("open-key.pem", key, 0o644),
    garbage: write("garbage.pem", "hello")
  }
})

/** What `cat` of its `a.txt` ends with. */
export const ok = { code: 0, out: "hello\n", error: "" }
