/**
 * How ProFTPD 1.3.8 is configured: accounts from a file of its own, the modules that clients of today may meet.
 */
import { join } from "node:path"
import { anonymousId, makeAccount, passwordHash, uid, user, write } from "./account.mjs"

const modules = ["mod_site_misc.c", "mod_digest.c", "mod_deflate.c", "mod_copy.c"]

/** @type {import("./start.mjs").Recipe} */
export const recipe = {
  title: "ProFTPD",
  prepare: ({ install, root, host, port, family, deny, maxPerClient, anonymous, extra }) => {
    const account = makeAccount(root)
    const conf = join(root, "proftpd.conf")
    const users = join(root, "proftpd.passwd")
    const groups = join(root, "proftpd.group")
    write(
      users,
      [
        `${user}:${passwordHash}:${uid}:${uid}::${account.home}:/bin/sh`,
        `ftp:*:${anonymousId}:${anonymousId}::${account.anonymous}:/bin/sh`
      ],
      0o600
    )
    write(groups, [`${user}:x:${uid}:`, `ftp:x:${anonymousId}:`], 0o600)
    write(conf, [
      `ModulePath ${join(install, "usr/lib/proftpd")}`,
      ...modules.map((name) => `LoadModule ${name}`),
      'ServerName "ftp-effect test"',
      "ServerType standalone",
      `Port ${port}`,
      `UseIPv6 ${family === "IPv6" ? "on" : "off"}`,
      `DefaultAddress ${host}`,
      "SocketBindTight on",
      "User nobody",
      "Group nogroup",
      "DefaultRoot ~",
      "RequireValidShell off",
      "UseReverseDNS off",
      "UseFtpUsers off",
      "AuthOrder mod_auth_file.c",
      `AuthUserFile ${users}`,
      `AuthGroupFile ${groups}`,
      "AllowOverwrite on",
      "AllowStoreRestart on",
      "AllowRetrieveRestart on",
      "MaxInstances 200",
      "WtmpLog off",
      "<IfModule mod_delay.c>",
      "  DelayEngine off",
      "</IfModule>",
      "<IfModule mod_ctrls.c>",
      "  ControlsEngine off",
      "</IfModule>",
      `PidFile ${join(root, "proftpd.pid")}`,
      `ScoreboardFile ${join(root, "proftpd.scoreboard")}`,
      `SystemLog ${join(root, "proftpd.log")}`,
      "TransferLog none",
      "DeflateEngine on",
      "DigestEngine on",
      "DigestAlgorithms crc32 md5 sha1 sha256 sha512",
      "CopyEngine on",
      ...(maxPerClient === undefined ? [] : [`MaxClientsPerHost ${maxPerClient}`]),
      // FEAT goes on naming what <Limit> denies unless it is told not to.
      ...(deny.includes("MLSD") ? ["FactsAdvertise off"] : []),
      ...(deny.length > 0 ? [`<Limit ${deny.join(" ")}>`, "  DenyAll", "</Limit>"] : []),
      ...(anonymous
        ? [`<Anonymous ${account.anonymous}>`, "  User ftp", "  Group ftp", "  UserAlias anonymous ftp", "</Anonymous>"]
        : []),
      ...extra
    ])
    return [join(install, "usr/sbin/proftpd"), "-n", "-q", "-c", conf]
  }
}
