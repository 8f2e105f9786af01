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

/** vsftpd sets times by MDTM, which rclone has to be told. @param {Server} server */
const environment = ({ host, name, password, port, user }) => ({
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
