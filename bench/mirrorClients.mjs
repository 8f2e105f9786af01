/** How each client is told to make one tree equal to another, and to delete what is too much. */
import { lftpOpen, secret, user } from "./clients.mjs"
import { launcher } from "./prepare.mjs"
import { rclone } from "./rclone.mjs"

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

/** @type {MirrorClient} */
const rcloneSync = {
  name: "rclone sync",
  up: (server, local, remote, parallel) => rclone("sync", server, local, `:ftp:${remote}`, parallel),
  down: (server, remote, local, parallel) => rclone("sync", server, `:ftp:${remote}`, local, parallel)
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
  rcloneSync,
  ftpEffect("ftp-effect mirror --delete=extra", ["--delete=extra"]),
  ftpEffect("ftp-effect, with --manifest", ["--delete=extra", "--manifest"])
]
