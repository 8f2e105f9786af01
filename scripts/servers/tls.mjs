/**
 * What the servers' TLS settings have in common: the certificate's files, and OpenSSL's limits on versions.
 *
 *     ROOT/tls/certificate.pem   the server's, then those between it and its authority
 *     ROOT/tls/key.pem           its private key
 *     ROOT/tls/together.pem      both
 *     ROOT/tls/openssl.cnf       which versions
 */
import { execFileSync } from "node:child_process"
import { createPrivateKey } from "node:crypto"
import { chownSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { write } from "./account.mjs"

/** @typedef {import("./start.mjs").Tls} Tls */

const OWNER_ONLY = 0o600

/**
 * @param {string} root
 * @param {Tls} tls
 * @param {number} owner who reads them: a server that gives root up first is its user by then
 */
export const writeCertificate = (root, { certificate, key }, owner = 0) => {
  const folder = join(root, "tls")
  mkdirSync(folder, { recursive: true })
  /** @param {string} name @param {ReadonlyArray<string>} texts */
  const file = (name, texts) => {
    const path = join(folder, name)
    write(
      path,
      texts.map((text) => text.trim()),
      OWNER_ONLY
    )
    chownSync(path, owner, owner)
    return path
  }
  return {
    certificate: file("certificate.pem", [certificate]),
    key: file("key.pem", [key]),
    together: file("together.pem", [key, certificate])
  }
}

/** @param {Tls} tls */
export const isElliptic = ({ key }) => createPrivateKey(key).asymmetricKeyType === "ec"

/**
 * The command with only those versions: for servers without a setting of their own.
 *
 * @param {string} root
 * @param {Tls} tls
 * @param {ReadonlyArray<string>} command
 */
export const withVersions = (root, { versions = "Both" }, command) => {
  const [min, max] = limits[versions]
  const conf = join(root, "tls/openssl.cnf")
  write(conf, [
    "openssl_conf = openssl",
    "[openssl]",
    "ssl_conf = ssl",
    "[ssl]",
    "system_default = defaults",
    "[defaults]",
    `MinProtocol = ${min}`,
    `MaxProtocol = ${max}`
  ])
  return ["env", `OPENSSL_CONF=${conf}`, ...command]
}

const limits = /** @type {const} */ ({
  1.2: ["TLSv1.2", "TLSv1.2"],
  1.3: ["TLSv1.3", "TLSv1.3"],
  Both: ["TLSv1.2", "TLSv1.3"]
})

const DAYS = "30"

/**
 * A certificate that is its own authority, for the loopback addresses, made by `openssl`.
 *
 * @param {string} folder where its files stay
 * @param {string} [address] one more numeric address that it is for
 */
export const makeCertificate = (folder, address) => {
  const names = `DNS:localhost,IP:127.0.0.1,IP:::1${address === undefined ? "" : `,IP:${address}`}`
  const certificate = join(folder, "authority.pem")
  const key = join(folder, "authority.key.pem")
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS, "-subj", "/CN=localhost"],
        ...["-addext", `subjectAltName=${names}`, "-keyout", key, "-out", certificate]
      ],
      { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" }
    )
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
    throw new Error(code === "ENOENT" ? "making a certificate needs the command openssl" : message)
  }
  return { path: certificate, certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") }
}
