/**
 * How ProFTPD 1.3.8 is configured: accounts from a file of its own, the modules that clients of today may meet.
 */
import { join } from "node:path"
import { anonymousId, makeAccount, passwordHash, uid, user, write } from "./account.mjs"
import { isElliptic, writeCertificate } from "./tls.mjs"

const modules = ["mod_site_misc.c", "mod_digest.c", "mod_deflate.c", "mod_copy.c"]
const tlsModules = ["mod_tls.c", "mod_tls_shmcache.c"]

/** @type {import("./start.mjs").Recipe} */
export const recipe = {
  title: "ProFTPD",
  prepare: ({ install, root, host, port, family, deny, maxPerClient, anonymous, activeOnly, tls, extra }) => {
    const account = makeAccount(root)
    const denied = [...deny, ...(activeOnly ? ["EPSV", "PASV"] : [])]
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
      ...[...modules, ...(tls === undefined ? [] : tlsModules)].map((name) => `LoadModule ${name}`),
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
      ...(denied.includes("MLSD") ? ["FactsAdvertise off"] : []),
      ...(denied.length > 0 ? [`<Limit ${denied.join(" ")}>`, "  DenyAll", "</Limit>"] : []),
      ...(anonymous
        ? [`<Anonymous ${account.anonymous}>`, "  User ftp", "  Group ftp", "  UserAlias anonymous ftp", "</Anonymous>"]
        : []),
      ...(tls === undefined ? [] : tlsLines(root, tls)),
      ...extra
    ])
    return [join(install, "usr/sbin/proftpd"), "-n", "-q", "-c", conf]
  }
}

/**
 * @param {string} root
 * @param {import("./start.mjs").Tls} tls
 */
const tlsLines = (root, tls) => {
  const { certificate, key } = writeCertificate(root, tls)
  const kind = isElliptic(tls) ? "EC" : "RSA"
  const options = [
    ...(tls.requireReuse ? [] : ["NoSessionReuseRequired"]),
    ...(tls.mode === "Implicit" ? ["UseImplicitSSL"] : [])
  ]
  return [
    "TLSEngine on",
    "TLSRequired on",
    "TLSRenegotiate none",
    `TLSProtocol ${protocols[tls.versions ?? "Both"]}`,
    `TLS${kind}CertificateFile ${certificate}`,
    `TLS${kind}CertificateKeyFile ${key}`,
    `TLSCertificateChainFile ${certificate}`,
    `TLSSessionCache shm:/file=${join(root, "proftpd.tls-sessions")}`,
    `TLSLog ${join(root, "proftpd.tls.log")}`,
    ...(options.length > 0 ? [`TLSOptions ${options.join(" ")}`] : [])
  ]
}

const protocols = { 1.2: "TLSv1.2", 1.3: "TLSv1.3", Both: "TLSv1.2 TLSv1.3" }
