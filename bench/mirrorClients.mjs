/** How each client is told to make one tree equal to another, and to delete what is too much. */
import { basicFtpCommand, LFTP_TUNED, lftpOpen, secret, user } from "./clients.mjs"
import { launcher } from "./prepare.mjs"
import { rclone } from "./rclone.mjs"

/**
 * @typedef {import("./stage.mjs").Server} RunningServer
 * @typedef {import("./measure.mjs").Command} Command
 *
 * @typedef {object} MirrorClient
 * @property {string} name
 * @property {boolean | undefined} [isSlow] whether its runs take so long that it may have fewer of them
 * @property {boolean | undefined} [isCopier] whether it copies only, and compares nothing
 * @property {boolean | undefined} [isDownOnly] whether another client stands for its uploads
 * @property {(server: RunningServer, local: string, remote: string, parallel: number) => Command} up
 * @property {(server: RunningServer, remote: string, local: string, parallel: number) => Command} down
 */

/** @param {string} name @param {ReadonlyArray<string>} settings @returns {MirrorClient} */
const lftp = (name, ...settings) => {
  /** @param {RunningServer} server @param {string} words @param {number} parallel @returns {Command} */
  const mirror = (server, words, parallel) => ({
    argv: ["lftp", "-c", `${[...settings, lftpOpen(server)].join("; ")} && mirror --delete -P ${parallel} ${words}`]
  })
  return {
    name,
    up: (server, local, remote, parallel) => mirror(server, `-R ${local} ${remote}`, parallel),
    down: (server, remote, local, parallel) => mirror(server, `${remote} ${local}`, parallel)
  }
}

/** A file has its name only when it is whole, as with ftp-effect. */
const WHOLE_FILES = "set xfer:use-temp-file yes"

/** @type {MirrorClient} */
const rcloneSync = {
  name: "rclone sync",
  up: (server, local, remote, parallel) => rclone("sync", server, local, `:ftp:${remote}`, parallel),
  down: (server, remote, local, parallel) => rclone("sync", server, `:ftp:${remote}`, local, parallel)
}

/** @type {MirrorClient} */
const basicFtp = {
  name: "basic-ftp",
  isSlow: true,
  isCopier: true,
  up: (server, local, remote) => basicFtpCommand("putTree", server, remote, local),
  down: (server, remote, local) => basicFtpCommand("getTree", server, remote, local)
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

const asItIs = lftp("lftp mirror --delete")
const tuned = lftp("lftp, tuned", LFTP_TUNED)
const ours = [
  ftpEffect("ftp-effect mirror --delete=extra", ["--delete=extra"]),
  ftpEffect("ftp-effect, with --manifest", ["--delete=extra", "--manifest"])
]

/**
 * The first is what the others are compared with. With a manifest a moved folder is renamed. Without fsync it does the same work as
 * the others, which don't wait for the disk.
 *
 * @type {ReadonlyArray<MirrorClient>}
 */
export const mirrorClients = [
  asItIs,
  tuned,
  lftp("lftp, whole files", WHOLE_FILES),
  lftp("lftp, tuned, whole files", LFTP_TUNED, WHOLE_FILES),
  rcloneSync,
  basicFtp,
  ...ours,
  { ...ftpEffect("ftp-effect, with --no-fsync", ["--delete=extra", "--no-fsync"]), isDownOnly: true }
]

/** Over a line with delay. */
export const lineMirrorClients = [asItIs, tuned, { ...rcloneSync, isSlow: true }, basicFtp, ...ours]
