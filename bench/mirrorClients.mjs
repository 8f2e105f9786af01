/**
 * How each client is told to make one tree equal to another, and to delete what is too much. rclone is the reader's
 * (`apt-get install rclone`).
 */
import { execFileSync } from "node:child_process"
import { lftpOpen, secret, user } from "./clients.mjs"
import { firstLine, launcher } from "./prepare.mjs"

/**
 * @typedef {import("./stage.mjs").Server} RunningServer
 * @typedef {import("./measure.mjs").Command} Command
 *
 * @typedef {object} MirrorClient
 * @property {string} name
 * @property {(server: RunningServer, local: string, remote: string, parallel: number) => Command} up
 * @property {(server: RunningServer, remote: string, local: string, parallel: number) => Command} down
 */

/** @type {MirrorClient} */
const lftp = {
  name: "lftp mirror --delete",
  up: (server, local, remote, parallel) => ({
    argv: ["lftp", "-c", `${lftpOpen(server)} && mirror -R --delete -P ${parallel} ${local} ${remote}`]
  }),
  down: (server, remote, local, parallel) => ({
    argv: ["lftp", "-c", `${lftpOpen(server)} && mirror --delete -P ${parallel} ${remote} ${local}`]
  })
}

/** @type {Map<string, string>} */
const obscured = new Map()

/** rclone takes a password in a form of its own only. @param {string} password */
const obscure = (password) => {
  const known = obscured.get(password) ?? execFileSync("rclone", ["obscure", password], { encoding: "utf8" }).trim()
  obscured.set(password, known)
  return known
}

/** vsftpd sets times by MDTM, which rclone has to be told. @param {RunningServer} server */
const rcloneEnv = ({ host, name, password, port, user }) => ({
  RCLONE_CONFIG: "/dev/null",
  RCLONE_FTP_HOST: host,
  RCLONE_FTP_PORT: `${port}`,
  RCLONE_FTP_USER: user,
  RCLONE_FTP_PASS: obscure(password),
  RCLONE_FTP_WRITING_MDTM: name === "vsftpd" ? "true" : "false"
})

/**
 * @param {RunningServer} server
 * @param {string} from
 * @param {string} to
 * @param {number} parallel
 * @returns {Command}
 */
const sync = (server, from, to, parallel) => ({
  argv: ["rclone", "sync", "--transfers", `${parallel}`, "--checkers", `${parallel}`, from, to],
  env: rcloneEnv(server)
})

/** @type {MirrorClient} */
const rclone = {
  name: "rclone sync",
  up: (server, local, remote, parallel) => sync(server, local, `:ftp:${remote}`, parallel),
  down: (server, remote, local, parallel) => sync(server, `:ftp:${remote}`, local, parallel)
}

/** @param {string} name @param {ReadonlyArray<string>} words @returns {MirrorClient} */
const ftpEffect = (name, words) => {
  /** @param {RunningServer} server @param {string} from @param {string} to @param {number} parallel @returns {Command} */
  const mirror = (server, from, to, parallel) => ({
    argv: [process.execPath, launcher, "mirror", "--quiet", "--yes", ...words, "-P", `${parallel}`, from, to],
    env: secret(server)
  })
  return {
    name,
    up: (server, local, remote, parallel) => mirror(server, local, `${user(server)}/${remote}`, parallel),
    down: (server, remote, local, parallel) => mirror(server, `${user(server)}/${remote}`, local, parallel)
  }
}

/** The first is what the others are compared with. With a manifest a moved folder is renamed. */
export const mirrorClients = [
  lftp,
  rclone,
  ftpEffect("ftp-effect mirror --delete=extra", ["--delete=extra"]),
  ftpEffect("ftp-effect, with --manifest", ["--delete=extra", "--manifest"])
]

export const rcloneVersion = () => firstLine("rclone", ["--version"])
