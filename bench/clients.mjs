/**
 * How each client is told to fetch and send, with its default settings: what a reader would type. Where the server has
 * a certificate, each trusts its authority and insists on TLS.
 */
import { fileURLToPath } from "node:url"
import { launcher } from "./prepare.mjs"
import { rclone } from "./rclone.mjs"

const basicFtpClient = fileURLToPath(new URL("basicFtp.mjs", import.meta.url))
const floorClient = fileURLToPath(new URL("floor.mjs", import.meta.url))
const floorOfTrees = fileURLToPath(new URL("floorTrees.mjs", import.meta.url))

/**
 * @typedef {import("./stage.mjs").Server} RunningServer
 *
 * @typedef {object} Client
 * @property {string} name
 * @property {((server: RunningServer, remote: string, local: string) => import("./measure.mjs").Command) | undefined}
 *   get one file
 * @property {((server: RunningServer, local: string, remote: string) => import("./measure.mjs").Command) | undefined}
 *   put one file
 *
 * @typedef {object} TreeClient
 * @property {string} name
 * @property {(server: RunningServer, remote: string, local: string, parallel: number) =>
 *   import("./measure.mjs").Command} get
 * @property {(server: RunningServer, local: string, remote: string, parallel: number) =>
 *   import("./measure.mjs").Command} put
 * @property {boolean | undefined} [isSlow] whether its runs take so long that it may have fewer of them
 * @property {boolean | undefined} [isDownOnly] whether another client stands for its uploads
 */

/** @param {RunningServer} server */
export const login = ({ host, password, port, user }) => `ftp://${user}:${password}@${host}:${port}`

/** The least that Node takes for the same. */
export const BARE = "bare node:net"

/** The other build, which downloads without an fsync. */
export const BEFORE = "the build before"

/**
 * @param {"list" | "walk" | "remove" | "compare"} verb
 * @param {RunningServer} server
 * @param {string} remote
 * @param {ReadonlyArray<string>} words
 * @returns {import("./measure.mjs").Command}
 */
export const bare = (verb, server, remote, ...words) => ({
  argv: [process.execPath, floorOfTrees, verb, login(server), remote, ...words]
})

/**
 * @param {"get" | "put" | "publish"} verb
 * @param {RunningServer} server
 * @param {string} remote
 * @param {string} local
 * @param {number} parallel
 * @returns {import("./measure.mjs").Command}
 */
export const bareCopy = (verb, server, remote, local, parallel) => ({
  argv: [process.execPath, floorClient, verb, login(server), remote, local, `${parallel}`]
})

/** ftp-effect takes no password from the command line without a warning. @param {RunningServer} server */
export const user = ({ authority, host, port, user }) =>
  `${authority === undefined ? "ftp" : "ftpes"}://${user}@${host}:${port}`

/** What stands before ftp-effect's other words. @param {RunningServer} server @returns {ReadonlyArray<string>} */
export const trust = ({ authority }) => (authority === undefined ? [] : ["--ca", authority])

/** @param {RunningServer} server */
export const secret = ({ password }) => ({ FTP_PASSWORD: password })

/** @param {RunningServer} server @returns {[string, ...Array<string>]} */
const curlWords = ({ authority }) => [
  "curl",
  "-sS",
  ...(authority === undefined ? [] : ["--ssl-reqd", "--cacert", authority])
]

/** @type {Client} */
const curl = {
  name: "curl",
  get: (server, remote, local) => ({ argv: [...curlWords(server), "-o", local, `${login(server)}/${remote}`] }),
  put: (server, local, remote) => ({ argv: [...curlWords(server), "-T", local, `${login(server)}/${remote}`] })
}

/**
 * A client that asks what the server has got waits until it has closed the file, which vsftpd does after its 226; on
 * ext4 that takes it 0.2 to 0.5 s for a new file of 1 GiB. Plain curl does not ask.
 *
 * @type {Client}
 */
const curlThenSize = {
  name: "curl, then SIZE",
  get: undefined,
  put: (server, local, remote) => ({
    argv: [...curlWords(server), "-T", local, "-Q", `-SIZE ${remote}`, `${login(server)}/${remote}`]
  })
}

/**
 * As ftp-effect does by default: the file counts when the disk has it.
 *
 * @type {Client}
 */
const curlThenFsync = {
  name: "curl, then fsync",
  get: (server, remote, local) => ({
    argv: [
      "sh",
      "-c",
      'file=$1; shift; "$@" && sync "$file"',
      "sh",
      local,
      ...curlWords(server),
      "-o",
      local,
      `${login(server)}/${remote}`
    ]
  }),
  put: undefined
}

/** @param {RunningServer} server */
export const lftpOpen = (server) =>
  `${server.authority === undefined ? "" : `set ssl:ca-file ${server.authority}; set ftp:ssl-force true; `}open ${login(server)}`

/**
 * How lftp is fastest with small files on a line with delay: it sends commands ahead, and does not ask for what the listing has
 * told, which has times to the minute, or to the day.
 */
export const LFTP_TUNED = ["sync-mode", "use-mdtm", "use-size", "use-feat"]
  .map((name) => `set ftp:${name} off`)
  .join("; ")

/** @type {Client} */
const lftp = {
  name: "lftp",
  // What lftp closes only after a while, and so waits for, is not part of the transfer.
  get: (server, remote, local) => ({ argv: ["lftp", "-c", `${lftpOpen(server)} && get ${remote} -o ${local}`] }),
  put: (server, local, remote) => ({ argv: ["lftp", "-c", `${lftpOpen(server)} && put ${local} -o ${remote}`] })
}

/**
 * @param {"get" | "put" | "getTree" | "putTree"} verb
 * @param {RunningServer} server
 * @param {string} remote
 * @param {string} local
 * @returns {import("./measure.mjs").Command}
 */
export const basicFtpCommand = (verb, server, remote, local) => ({
  argv: [process.execPath, basicFtpClient, verb, login(server), remote, local, server.authority ?? ""]
})

/** @type {Client} */
const basicFtp = {
  name: "basic-ftp",
  get: (server, remote, local) => basicFtpCommand("get", server, remote, local),
  put: (server, local, remote) => basicFtpCommand("put", server, remote, local)
}

/**
 * @param {string} program the launcher of a build
 * @param {ReadonlyArray<string>} words
 * @returns {NonNullable<Client["get"]>}
 */
const ftpEffectGet = (program, words) => (server, remote, local) => ({
  argv: [process.execPath, program, "get", "--quiet", ...words, ...trust(server), `${user(server)}/${remote}`, local],
  env: secret(server)
})

/** @param {string} program @returns {NonNullable<Client["put"]>} */
const ftpEffectPut = (program) => (server, local, remote) => ({
  argv: [process.execPath, program, "put", "--quiet", ...trust(server), local, `${user(server)}/${remote}`],
  env: secret(server)
})

/** @type {Client} */
export const ftpEffect = { name: "ftp-effect", get: ftpEffectGet(launcher, []), put: ftpEffectPut(launcher) }

/** The same work as curl's. @type {Client} */
const ftpEffectWithoutFsync = {
  name: "ftp-effect --no-fsync",
  get: ftpEffectGet(launcher, ["--no-fsync"]),
  put: undefined
}

/** Another build of ftp-effect, such as that of an earlier commit. @param {string} program @returns {Client} */
const ftpEffectBefore = (program) => ({
  name: BEFORE,
  get: ftpEffectGet(program, ["--no-fsync"]),
  put: ftpEffectPut(program)
})

/**
 * For one large file; the first is what the others are compared with.
 *
 * @param {string | undefined} before the launcher of another build
 */
export const clientsWith = (before) => [
  curl,
  curlThenFsync,
  curlThenSize,
  lftp,
  basicFtp,
  ftpEffect,
  ftpEffectWithoutFsync,
  ...(before === undefined ? [] : [ftpEffectBefore(before)])
]

/** @type {TreeClient} */
const lftpTree = {
  name: "lftp mirror",
  get: (server, remote, local, parallel) => ({
    argv: ["lftp", "-c", `${lftpOpen(server)} && mirror -P ${parallel} ${remote} ${local}`]
  }),
  put: (server, local, remote, parallel) => ({
    argv: ["lftp", "-c", `${lftpOpen(server)} && mirror -R -P ${parallel} ${local} ${remote}`]
  })
}

/** @type {TreeClient} */
const lftpTreeTuned = {
  name: "lftp mirror, tuned",
  get: (server, remote, local, parallel) => tuned(lftpTree.get(server, remote, local, parallel)),
  put: (server, local, remote, parallel) => tuned(lftpTree.put(server, local, remote, parallel))
}

/** @param {import("./measure.mjs").Command} command @returns {import("./measure.mjs").Command} */
const tuned = ({ argv: [program, option, script] }) => ({ argv: [program, `${option}`, `${LFTP_TUNED}; ${script}`] })

/** @type {TreeClient} */
const rcloneTree = {
  name: "rclone copy",
  get: (server, remote, local, parallel) => rclone("copy", server, `:ftp:${remote}`, local, parallel),
  put: (server, local, remote, parallel) => rclone("copy", server, local, `:ftp:${remote}`, parallel)
}

/** It has one connection. @type {TreeClient} */
const basicFtpTree = {
  name: "basic-ftp",
  isSlow: true,
  get: (server, remote, local) => basicFtpCommand("getTree", server, remote, local),
  put: (server, local, remote) => basicFtpCommand("putTree", server, remote, local)
}

/**
 * @param {RunningServer} server
 * @param {number} parallel
 * @param {[string, ...Array<string>]} words
 * @param {Array<string>} names
 * @returns {import("./measure.mjs").Command}
 */
const ftpEffectCopy = (server, parallel, [verb, ...words], names) => ({
  argv: [process.execPath, launcher, verb, "-r", "-P", `${parallel}`, "--quiet", ...words, ...trust(server), ...names],
  env: secret(server)
})

/** @type {TreeClient} */
const ftpEffectTree = {
  name: "ftp-effect -r",
  get: (server, remote, local, parallel) =>
    ftpEffectCopy(server, parallel, ["get"], [`${user(server)}/${remote}`, local]),
  put: (server, local, remote, parallel) =>
    ftpEffectCopy(server, parallel, ["put"], [local, `${user(server)}/${remote}`])
}

/** The same work as that of the others, which don't wait for the disk. @type {TreeClient} */
const ftpEffectTreeWithoutFsync = {
  ...ftpEffectTree,
  name: "ftp-effect -r --no-fsync",
  isDownOnly: true,
  get: (server, remote, local, parallel) =>
    ftpEffectCopy(server, parallel, ["get", "--no-fsync"], [`${user(server)}/${remote}`, local])
}

/** What Node itself takes: see `floor.mjs`. @type {TreeClient} */
const floorTree = {
  name: BARE,
  get: (server, remote, local, parallel) => bareCopy("get", server, remote, local, parallel),
  put: (server, local, remote, parallel) => bareCopy("put", server, remote, local, parallel)
}

/**
 * For trees of small files; the first is what the others are compared with. The last one has no TLS.
 *
 * @param {{ readonly tls: boolean }} on
 */
export const treeClients = ({ tls }) => [
  lftpTree,
  lftpTreeTuned,
  tls ? { ...rcloneTree, name: "rclone copy, TLS 1.2" } : rcloneTree,
  basicFtpTree,
  ftpEffectTree,
  ftpEffectTreeWithoutFsync,
  ...(tls ? [] : [floorTree])
]

/** The same on a line with delay. @type {ReadonlyArray<TreeClient>} */
export const lineClients = [lftpTreeTuned, lftpTree, { ...rcloneTree, isSlow: true }, basicFtpTree, ftpEffectTree]
