/**
 * How each client is told to fetch and send, with its default settings: what a reader would type. Where the server has
 * a certificate, each trusts its authority and insists on TLS.
 *
 * curl, lftp and GNU time are the reader's (`apt-get install curl lftp time`); basic-ftp comes from npm into the
 * benchmark's own folder below `.cache`; ftp-effect is the bundled command of this clone.
 */
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const cache = join(root, ".cache/bench")
export const launcher = join(root, "packages/cli/dist/launch.cjs")
const basicFtpClient = fileURLToPath(new URL("basicFtp.mjs", import.meta.url))
const floorClient = fileURLToPath(new URL("floor.mjs", import.meta.url))

/** Pinned, so that two runs compare the same thing. */
const BASIC_FTP = "6.2.6"

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
 */

/** @param {RunningServer} server */
export const login = ({ host, password, port, user }) => `ftp://${user}:${password}@${host}:${port}`

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

/** @type {Client} */
const lftp = {
  name: "lftp",
  // What lftp closes only after a while, and so waits for, is not part of the transfer.
  get: (server, remote, local) => ({ argv: ["lftp", "-c", `${lftpOpen(server)} && get ${remote} -o ${local}`] }),
  put: (server, local, remote) => ({ argv: ["lftp", "-c", `${lftpOpen(server)} && put ${local} -o ${remote}`] })
}

/** @type {Client} */
const basicFtp = {
  name: "basic-ftp",
  get: (server, remote, local) => ({
    argv: [process.execPath, basicFtpClient, "get", login(server), remote, local, server.authority ?? ""]
  }),
  put: (server, local, remote) => ({
    argv: [process.execPath, basicFtpClient, "put", login(server), remote, local, server.authority ?? ""]
  })
}

/** @param {RunningServer} server @param {string} remote @param {string} local @param {ReadonlyArray<string>} words */
const ftpEffectGet = (server, remote, local, words) => ({
  argv: /** @type {[string, ...Array<string>]} */ ([
    process.execPath,
    launcher,
    "get",
    "--quiet",
    ...words,
    ...trust(server),
    `${user(server)}/${remote}`,
    local
  ]),
  env: secret(server)
})

/** @type {Client} */
const ftpEffect = {
  name: "ftp-effect",
  get: (server, remote, local) => ftpEffectGet(server, remote, local, []),
  put: (server, local, remote) => ({
    argv: [process.execPath, launcher, "put", "--quiet", ...trust(server), local, `${user(server)}/${remote}`],
    env: secret(server)
  })
}

/** The same work as curl's. @type {Client} */
const ftpEffectWithoutFsync = {
  name: "ftp-effect --no-fsync",
  get: (server, remote, local) => ftpEffectGet(server, remote, local, ["--no-fsync"]),
  put: undefined
}

/** For one large file; the first is what the others are compared with. */
export const clients = [curl, curlThenFsync, curlThenSize, lftp, basicFtp, ftpEffect, ftpEffectWithoutFsync]

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

/**
 * What it can do at best on a line with delay: it asks for nothing that the listing has told, and sends commands ahead.
 *
 * @type {TreeClient}
 */
const lftpTreeTuned = {
  name: "lftp mirror, tuned",
  get: (server, remote, local, parallel) => tuned(lftpTree.get(server, remote, local, parallel)),
  put: (server, local, remote, parallel) => tuned(lftpTree.put(server, local, remote, parallel))
}

/** @param {import("./measure.mjs").Command} command @returns {import("./measure.mjs").Command} */
const tuned = ({ argv: [program, option, script] }) => ({
  argv: [
    program,
    `${option}`,
    `set ftp:sync-mode off; set ftp:use-mdtm off; set ftp:use-size off; set ftp:use-feat off; ${script}`
  ]
})

/** @type {TreeClient} */
const ftpEffectTree = {
  name: "ftp-effect -r",
  get: (server, remote, local, parallel) => ({
    argv: [
      process.execPath,
      launcher,
      "get",
      "-r",
      "-P",
      `${parallel}`,
      "--quiet",
      ...trust(server),
      `${user(server)}/${remote}`,
      local
    ],
    env: secret(server)
  }),
  put: (server, local, remote, parallel) => ({
    argv: [
      process.execPath,
      launcher,
      "put",
      "-r",
      "-P",
      `${parallel}`,
      "--quiet",
      ...trust(server),
      local,
      `${user(server)}/${remote}`
    ],
    env: secret(server)
  })
}

/** What Node itself takes: see `floor.mjs`. @type {TreeClient} */
const floorTree = {
  name: "bare node:net",
  get: (server, remote, local, parallel) => ({
    argv: [process.execPath, floorClient, "get", login(server), remote, local, `${parallel}`]
  }),
  put: (server, local, remote, parallel) => ({
    argv: [process.execPath, floorClient, "put", login(server), remote, local, `${parallel}`]
  })
}

/**
 * For trees of small files; the first is what the others are compared with. The last one has no TLS.
 *
 * @param {{ readonly tls: boolean }} on
 */
export const treeClients = ({ tls }) => [lftpTree, ftpEffectTree, ...(tls ? [] : [floorTree])]

/** The same on a line with delay. */
export const lineClients = [lftpTreeTuned, ftpEffectTree]

/**
 * For one large folder.
 *
 * @type {ReadonlyArray<{
 *   readonly name: string,
 *   readonly list: (server: RunningServer, remote: string) => import("./measure.mjs").Command
 * }>}
 */
export const listingClients = [
  {
    name: "lftp cls -l",
    list: (server, remote) => ({ argv: ["lftp", "-c", `${lftpOpen(server)} && cls -l ${remote}/`] })
  },
  {
    name: "ftp-effect ls -l",
    list: (server, remote) => ({
      argv: [process.execPath, launcher, "ls", "-l", ...trust(server), `${user(server)}/${remote}/`],
      env: secret(server)
    })
  }
]

/**
 * A command that lists, of a server and what is on it.
 *
 * @typedef {{
 *   readonly name: string,
 *   readonly list: (server: RunningServer, remote: string) => import("./measure.mjs").Command
 * }} Lister
 */

/** For a tree; of lftp's two ways the first lets the server go through it. @type {ReadonlyArray<Lister>} */
export const treeListers = [
  {
    name: "lftp ls -R",
    list: (server, remote) => ({ argv: ["lftp", "-c", `${lftpOpen(server)} && ls -R ${remote}/`] })
  },
  { name: "lftp find", list: (server, remote) => ({ argv: ["lftp", "-c", `${lftpOpen(server)} && find ${remote}/`] }) },
  {
    name: "ftp-effect ls -R",
    list: (server, remote) => ({
      argv: [process.execPath, launcher, "ls", "-R", ...trust(server), `${user(server)}/${remote}/`],
      env: secret(server)
    })
  }
]

/** For the start of a program: what it takes to list one small folder. @type {ReadonlyArray<Lister>} */
export const briefListers = [
  { name: "Node alone", list: () => ({ argv: [process.execPath, "--eval", "0"] }) },
  {
    name: "lftp cls",
    list: (server, remote) => ({ argv: ["lftp", "-c", `${lftpOpen(server)} && cls ${remote}/`] })
  },
  {
    name: "ftp-effect ls",
    list: (server, remote) => ({
      argv: [process.execPath, launcher, "ls", ...trust(server), `${user(server)}/${remote}/`],
      env: secret(server)
    })
  }
]

/**
 * Fails with what to type if a program is missing; installs basic-ftp and bundles ftp-effect where that is due.
 *
 * @param {ReadonlyArray<string>} more programs that this benchmark needs besides
 */
export const prepare = (more = []) => {
  const missing = ["curl", "lftp", "time", ...more].filter((program) => !isCommand(program))
  if (missing.length > 0) {
    throw new Error(`the benchmark needs ${missing.join(", ")}: apt-get install ${missing.join(" ")}`)
  }
  execFileSync(process.execPath, [join(root, "scripts/bootstrap.mjs"), "--bundle"], { stdio: "inherit" })
  if (installedBasicFtp() !== BASIC_FTP) {
    mkdirSync(cache, { recursive: true })
    // Without one of its own npm would install into the nearest package above: the workspace.
    writeFileSync(join(cache, "package.json"), '{ "private": true }\n')
    const npmArgs = ["install", "--prefix", cache, "--no-audit", "--no-fund", "--no-save", `basic-ftp@${BASIC_FTP}`]
    execFileSync("npm", npmArgs, { cwd: cache, stdio: ["ignore", "ignore", "inherit"] })
  }
}

/** Which versions are compared, for the report. */
export const versions = () => [
  firstLine("curl", ["--version"]).split(" ").slice(0, 2).join(" "),
  `lftp ${firstLine("lftp", ["--version"]).match(/Version ([\d.]+)/)?.[1] ?? "?"}`,
  `basic-ftp ${installedBasicFtp()}`,
  `ftp-effect ${firstLine(process.execPath, [launcher, "--version"])}`,
  `Node ${process.version}`
]

/**
 * @param {string} program
 * @param {ReadonlyArray<string>} args
 */
export const firstLine = (program, args) => execFileSync(program, args, { encoding: "utf8" }).split("\n")[0] ?? ""

const installedBasicFtp = () => {
  const path = join(cache, "node_modules/basic-ftp/package.json")
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).version : undefined
}

/** @param {string} name */
const isCommand = (name) => (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, name)))
