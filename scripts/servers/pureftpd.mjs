/**
 * How Pure-FTPd 1.0.50 is configured: by arguments and a user database of its own. Its anonymous user is the system's
 * `ftp`, so it runs in the same private mount namespace as vsftpd.
 */
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { inPrivateNamespace, makeAccount, passwordHash, uid, user, write } from "./account.mjs"
import { libraryPath } from "./install.mjs"
import { withVersions, writeCertificate } from "./tls.mjs"

/**
 * Without this Pure-FTPd ends a LIST at 10,000 names and a recursive one at depth 5, and says nothing; `extra: ["-L",
 * "10000:5"]` brings that back.
 */
const LISTING_LIMITS = "1000000:50"
const MAX_CLIENTS = "200"
const TLS_ON_CONTROL_AND_DATA = "3"

/** @type {import("./start.mjs").Recipe} */
export const recipe = {
  title: "Pure-FTPd",
  prepare: ({ install, root, host, port, family, deny, maxPerClient, anonymous, activeOnly, tls, extra }) => {
    if (deny.length > 0) throw new Error(`Pure-FTPd has no setting that denies commands (${deny.join(", ")})`)
    if (activeOnly) throw new Error("Pure-FTPd has no setting for active mode alone")
    if (tls?.mode === "Implicit") throw new Error("Debian's Pure-FTPd has no implicit TLS")
    if (tls?.requireReuse) throw new Error("Pure-FTPd has no setting that demands TLS session reuse")
    const account = makeAccount(root)
    const users = join(root, "pureftpd.passwd")
    const database = join(root, "pureftpd.pdb")
    write(users, [`${user}:${passwordHash}:${uid}:${uid}::${account.home}/./::::::::::::`], 0o600)
    execFileSync(join(install, "usr/bin/pure-pw"), ["mkdb", database, "-f", users], {
      env: { ...process.env, LD_LIBRARY_PATH: libraryPath() }
    })
    const command = [
      join(install, "usr/sbin/pure-ftpd"),
      ...["-S", `${host},${port}`],
      ...["-l", `puredb:${database}`],
      ...["-A", "-H", family === "IPv6" ? "-6" : "-4"],
      ...["-g", join(root, "pureftpd.pid")],
      ...["-L", LISTING_LIMITS, "-c", MAX_CLIENTS],
      ...(maxPerClient === undefined ? [] : ["-C", String(maxPerClient)]),
      ...(anonymous ? [] : ["-E"]),
      ...(tls === undefined ? [] : ["-2", writeCertificate(root, tls).together, "-Y", TLS_ON_CONTROL_AND_DATA]),
      ...extra
    ]
    return inPrivateNamespace(account.etc, tls === undefined ? command : withVersions(root, tls, command))
  }
}
