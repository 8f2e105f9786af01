/**
 * How the ftpd of GNU inetutils 2.4 is run: by an inetd of ours, as its own daemon has no setting for the port, and in a
 * mount namespace with an /etc of its own, which says who may log in, and to what they are confined.
 */
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { makeAccount, user, write } from "./account.mjs"
import { environment, pythonOf } from "./pyftpdlib.mjs"

const inetd = fileURLToPath(new URL("inetd.py", import.meta.url))

/** @type {import("./start.mjs").Recipe} */
export const recipe = {
  title: "inetutils",
  prepare: ({ install, root, host, port, deny, maxPerClient, anonymous, activeOnly, tls, extra }) => {
    if (tls !== undefined) throw new Error("inetutils' ftpd has no TLS")
    if (deny.length > 0 || activeOnly) throw new Error("inetutils' ftpd refuses no command")
    if (maxPerClient !== undefined || anonymous) throw new Error("inetutils' ftpd has no setting for that")
    const { etc } = makeAccount(root)
    write(join(etc, "pam.d/ftp"), [
      "auth required pam_unix.so nodelay",
      "account required pam_unix.so",
      "session required pam_permit.so"
    ])
    write(join(etc, "nsswitch.conf"), ["passwd: files", "group: files", "shadow: files"])
    write(join(etc, "shells"), ["/bin/sh"])
    write(join(etc, "ftpchroot"), [user])
    const script = 'etc=$1; shift; mount --bind "$etc" /etc && exec "$@"'
    const server = [inetd, host, String(port), join(install, "usr/sbin/ftpd"), ...extra]
    return [
      "unshare",
      ...["-m", "--propagation", "private", "sh", "-c", script, "namespace", etc],
      ...["env", ...environment(install), pythonOf(install), "-s", ...server]
    ]
  }
}
