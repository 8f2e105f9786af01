/** How each client is asked to list: a large folder, a tree, a small folder. */
import { BARE, bare, lftpOpen, secret, trust, user } from "./clients.mjs"
import { launcher } from "./prepare.mjs"

/**
 * A command that lists, of a server and what is on it.
 *
 * @typedef {import("./stage.mjs").Server} RunningServer
 * @typedef {(server: RunningServer, remote: string) => import("./measure.mjs").Command} List
 * @typedef {{ readonly name: string, readonly list: List }} Lister
 */

/** @param {string} command @returns {List} */
const lftp = (command) => (server, remote) => ({
  argv: ["lftp", "-c", `${lftpOpen(server)} && ${command} ${remote}/`]
})

/** @param {...string} words @returns {List} */
const ftpEffect =
  (...words) =>
  (server, remote) => ({
    argv: [process.execPath, launcher, "ls", ...words, ...trust(server), `${user(server)}/${remote}/`],
    env: secret(server)
  })

/** As many as `ls -R` uses. */
const SESSIONS = 4

/** For one large folder. @type {ReadonlyArray<Lister>} */
export const listingClients = [
  { name: "lftp cls -l", list: lftp("cls -l") },
  { name: "ftp-effect ls -l", list: ftpEffect("-l") },
  { name: BARE, list: (server, remote) => bare("list", server, remote) }
]

/** For a tree; of lftp's two ways the first lets the server go through it. @type {ReadonlyArray<Lister>} */
export const treeListers = [
  { name: "lftp ls -R", list: lftp("ls -R") },
  { name: "lftp find", list: lftp("find") },
  { name: "ftp-effect ls -R", list: ftpEffect("-R") },
  { name: BARE, list: (server, remote) => bare("walk", server, remote, `${SESSIONS}`) }
]

/** For the start of a program: what it takes to list one small folder. @type {ReadonlyArray<Lister>} */
export const briefListers = [
  { name: "Node alone", list: () => ({ argv: [process.execPath, "--eval", "0"] }) },
  { name: "lftp cls", list: lftp("cls") },
  { name: "ftp-effect ls", list: ftpEffect() },
  { name: BARE, list: (server, remote) => bare("list", server, remote) }
]
