import { assert, describe, it } from "@effect/vitest"
import { fromNode, fromProtected } from "../../src/sockets/reasons.ts"

const withCode = (code: string) => Object.assign(new Error("as Node says it"), { code })

describe("what Node throws", () => {
  it.each([
    ["ECONNREFUSED", "Refused", "connection refused (ECONNREFUSED)"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "Tls", "the peer does not speak TLS here (ERR_SSL_WRONG_VERSION_NUMBER)"],
    ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "Tls", "no cipher in common with the peer"],
    // OpenSSL 3.2 and later.
    ["ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "Tls", "no cipher in common with the peer"],
    ["ERR_SSL_OF_TOMORROW", "Tls", "as Node says it (ERR_SSL_OF_TOMORROW)"],
    ["EFAULT", "Other", "as Node says it (EFAULT)"]
  ])("%s is %s: %s", (code, reason, detail) => {
    const error = fromNode(withCode(code))
    assert.strictEqual(error.reason, reason)
    assert.include(error.detail, detail)
    assert.strictEqual(fromNode(withCode(code), "192.0.2.1").detail, `192.0.2.1: ${error.detail}`)
  })

  it.each([
    ["ERR_SSL_WRONG_VERSION_NUMBER", "Reset", "it broke off, as bytes came that are not of TLS"],
    ["ERR_SSL_BAD_RECORD_TYPE", "Reset", "it broke off, as bytes came that are not of TLS"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "Tls", "the peer asks for a certificate of ours"],
    ["ECONNRESET", "Reset", "connection reset by the peer"]
  ])("%s on a connection that was protected is %s: %s", (code, reason, detail) => {
    const error = fromProtected(withCode(code))
    assert.strictEqual(error.reason, reason)
    assert.strictEqual(error.detail, `${detail} (${code})`)
  })
})
