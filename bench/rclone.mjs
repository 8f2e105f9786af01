/** rclone as a command. It is the reader's (`apt-get install rclone`). */
import { execFileSync } from "node:child_process"
import { firstLine } from "./prepare.mjs"

/** @typedef {import("./stage.mjs").Server} Server */

/** @type {Map<string, string>} */
const obscured = new Map()

/** rclone takes a password in a form of its own only. @param {string} password */
const obscure = (password) => {
  const known = obscured.get(password) ?? execFileSync("rclone", ["obscure", password], { encoding: "utf8" }).trim()
  obscured.set(password, known)
  return known
}

/**
 * vsftpd sets times by MDTM, which rclone has to be told. It trusts the system's authorities; Go takes these from a file that the
 * environment names. With TLS 1.3 the data connections of rclone 1.60 and vsftpd fail ("illegal parameter").
 *
 * @param {Server} server
 */
const environment = ({ authority, host, name, password, port, user }) => ({
  ...(authority === undefined
    ? {}
    : {
        SSL_CERT_FILE: authority,
        RCLONE_FTP_EXPLICIT_TLS: "true",
        RCLONE_FTP_DISABLE_TLS13: name === "vsftpd" ? "true" : "false"
      }),
  RCLONE_CONFIG: "/dev/null",
  RCLONE_FTP_HOST: host,
  RCLONE_FTP_PORT: `${port}`,
  RCLONE_FTP_USER: user,
  RCLONE_FTP_PASS: obscure(password),
  RCLONE_FTP_WRITING_MDTM: name === "vsftpd" ? "true" : "false"
})

/**
 * @param {"copy" | "sync"} verb
 * @param {Server} server
 * @param {string} from
 * @param {string} to what is on the server begins with `:ftp:`
 * @param {number} parallel
 * @returns {import("./measure.mjs").Command}
 */
export const rclone = (verb, server, from, to, parallel) => ({
  argv: ["rclone", verb, "--transfers", `${parallel}`, "--checkers", `${parallel}`, from, to],
  env: environment(server)
})

export const rcloneVersion = () => firstLine("rclone", ["--version"])
