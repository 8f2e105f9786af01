/**
 * The one account of every test server and the folders it sees. None of it touches the machine's own accounts.
 *
 *     ROOT/home        what user `u` sees as `/`; empty, owned by uid 2121
 *     ROOT/anonymous   what an anonymous user sees as `/`; nobody may write
 *     ROOT/etc         passwd, shadow, group, pam.d for a private mount namespace
 *     ROOT/empty       for a server that wants a folder without anything in it
 */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export const user = "u"
export const password = "p"
export const uid = 2121
export const anonymousId = 2122
const NOBODY_ID = 65534

/** SHA-512 crypt of `password`: what `openssl passwd -6 -salt ftpeffect p` prints. */
export const passwordHash =
  "$6$ftpeffect$FRNYIbg2Wc44bmtM5.kzvZIlvugJxDYJaerPpnlaWrYhXCwI.Srl4yxLQ3D/3oX/VhFbL/A64nBb7SpdeAAGV0"

/** @param {string} root */
export const homeOf = (root) => join(root, "home")

/** @param {string} root */
export const makeAccount = (root) => {
  const etc = join(root, "etc")
  // A temporary folder is its owner's only, and the servers become uid 2121 before they enter it.
  mkdirSync(root, { recursive: true })
  chmodSync(root, 0o755)
  for (const folder of ["home", "anonymous", "empty", "etc/pam.d"]) mkdirSync(join(root, folder), { recursive: true })
  chownSync(homeOf(root), uid, uid)
  chmodSync(join(root, "anonymous"), 0o555)
  chmodSync(join(root, "empty"), 0o555)
  write(join(etc, "passwd"), [
    "root:x:0:0:root:/root:/bin/sh",
    `nobody:x:${NOBODY_ID}:${NOBODY_ID}:nobody:/nonexistent:/usr/sbin/nologin`,
    `ftp:x:${anonymousId}:${anonymousId}:ftp:${join(root, "anonymous")}:/bin/sh`,
    `${user}:x:${uid}:${uid}:${user}:${homeOf(root)}:/bin/sh`
  ])
  write(join(etc, "group"), ["root:x:0:", `nogroup:x:${NOBODY_ID}:`, `ftp:x:${anonymousId}:`, `${user}:x:${uid}:`])
  write(
    join(etc, "shadow"),
    ["root:*:19000:0:99999:7:::", "ftp:*:19000:0:99999:7:::", `${user}:${passwordHash}:19000:0:99999:7:::`],
    0o640
  )
  write(join(etc, "pam.d/vsftpd"), [
    "auth required pam_unix.so nodelay",
    "account required pam_unix.so",
    "session required pam_permit.so"
  ])
  return { etc, home: homeOf(root), anonymous: join(root, "anonymous"), empty: join(root, "empty") }
}

/**
 * Runs a command with ROOT/etc's accounts bound over the machine's, in a mount namespace that ends with it. Every step
 * is an exec, so the process id that the caller gets is the server's own.
 *
 * @param {string} etc
 * @param {ReadonlyArray<string>} command
 * @returns {[string, ...Array<string>]}
 */
export const inPrivateNamespace = (etc, command) => {
  const binds = ["passwd", "shadow", "group", "pam.d"].map((name) => `mount --bind "$etc/${name}" /etc/${name}`)
  const script = `etc=$1; shift; ${binds.join(" && ")} && exec "$@"`
  return ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "namespace", etc, ...command]
}

/**
 * @param {string} path
 * @param {ReadonlyArray<string>} lines
 * @param {number} mode
 */
export const write = (path, lines, mode = 0o644) => {
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""), { mode })
}
