/**
 * How vsftpd 3.0 is configured. It only knows PAM accounts, so it runs in a private mount namespace.
 */
import { join } from "node:path"
import { inPrivateNamespace, makeAccount, write } from "./account.mjs"
import { withVersions, writeCertificate } from "./tls.mjs"

/** @type {import("./start.mjs").Recipe} */
export const recipe = {
  title: "vsftpd",
  prepare: ({ install, root, host, port, family, deny, maxPerClient, anonymous, activeOnly, tls, extra }) => {
    const account = makeAccount(root)
    const conf = join(root, "vsftpd.conf")
    write(conf, [
      ...(family === "IPv6"
        ? ["listen=NO", "listen_ipv6=YES", `listen_address6=${host}`]
        : ["listen=YES", `listen_address=${host}`]),
      `listen_port=${port}`,
      "background=NO",
      "local_enable=YES",
      "write_enable=YES",
      "local_umask=022",
      "chroot_local_user=YES",
      "allow_writeable_chroot=YES",
      `secure_chroot_dir=${account.empty}`,
      "pam_service_name=vsftpd",
      "nopriv_user=nobody",
      `anonymous_enable=${anonymous ? "YES" : "NO"}`,
      "ftp_username=ftp",
      `anon_root=${account.anonymous}`,
      "ls_recurse_enable=YES",
      "chmod_enable=YES",
      "connect_from_port_20=NO",
      // A network namespace for each session is by far the dearest part of opening one.
      "isolate_network=NO",
      "delay_failed_login=0",
      `max_per_ip=${maxPerClient ?? 0}`,
      "max_clients=0",
      "xferlog_enable=NO",
      ...(deny.length > 0 ? [`cmds_denied=${deny.join(",")}`] : []),
      ...(activeOnly ? ["pasv_enable=NO"] : []),
      ...(tls === undefined ? [] : tlsLines(root, tls)),
      ...extra
    ])
    const command = [join(install, "usr/sbin/vsftpd"), conf]
    return inPrivateNamespace(account.etc, tls === undefined ? command : withVersions(root, tls, command))
  }
}

/**
 * @param {string} root
 * @param {import("./start.mjs").Tls} tls
 */
const tlsLines = (root, tls) => {
  const { certificate, key } = writeCertificate(root, tls)
  return [
    "ssl_enable=YES",
    // The oldest that it can be told of is the only word that lets the newer ones in.
    "ssl_tlsv1=YES",
    "ssl_ciphers=HIGH",
    `rsa_cert_file=${certificate}`,
    `rsa_private_key_file=${key}`,
    "force_local_logins_ssl=YES",
    "force_local_data_ssl=YES",
    "allow_anon_ssl=YES",
    "force_anon_logins_ssl=YES",
    "force_anon_data_ssl=YES",
    `require_ssl_reuse=${tls.requireReuse ? "YES" : "NO"}`,
    `implicit_ssl=${tls.mode === "Implicit" ? "YES" : "NO"}`
  ]
}
