/**
 * Starts a real FTP server as a child on a high loopback port, with a private configuration below a folder of its own,
 * and ends it with all its sessions.
 *
 *     startServer ──► listening ──killSessions──► listening
 *                         └─stop, or our process exits ──► gone, children first
 */
import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { createServer } from "node:net"
import { resolve } from "node:path"
import { homeOf, password, user } from "./account.mjs"
import { recipe as inetutils } from "./inetutils.mjs"
import { installRoot, libraryPath, whyMissing } from "./install.mjs"
import { childrenOf, descendantsOf, isRunning, processOf, signal, socketsOf } from "./processes.mjs"
import { recipe as proftpd } from "./proftpd.mjs"
import { recipe as pureftpd } from "./pureftpd.mjs"
import { recipe as pyftpdlib } from "./pyftpdlib.mjs"
import { recipe as vsftpd } from "./vsftpd.mjs"

/** @typedef {"vsftpd" | "proftpd" | "pure-ftpd" | "pyftpdlib" | "inetutils"} ServerName */

/**
 * How one server differs from the plain one. What a server has no setting for is refused, never ignored.
 *
 * @typedef {object} Variant
 * @property {"IPv4" | "IPv6" | undefined} [family] Which loopback address; default IPv4.
 * @property {string | undefined} [host] An address of this machine in place of the loopback one.
 * @property {ReadonlyArray<string> | undefined} [deny] Verbs that the server refuses, as `["EPSV", "EPRT"]`; not on
 *   Pure-FTPd.
 * @property {number | undefined} [maxPerClient] How many sessions one address may have; default no limit.
 * @property {boolean | undefined} [anonymous] Whether `anonymous` may log in; default no.
 * @property {boolean | undefined} [activeOnly] Whether EPSV and PASV are refused; default no; not on Pure-FTPd.
 * @property {Tls | undefined} [tls] Control and data protected, both demanded; default plain FTP.
 * @property {string | undefined} [zone] The zone of the server's machine, as `TZ` has it: `JST-9`; default this one's.
 * @property {ReadonlyArray<string> | undefined} [extra] More lines of configuration (Pure-FTPd: arguments; pyftpdlib:
 *   its banner), after ours.
 */

/**
 * TLS on a server. Its certificates come from the caller, as no test may depend on `openssl`.
 *
 * @typedef {object} Tls
 * @property {"Explicit" | "Implicit"} mode Pure-FTPd has explicit TLS only.
 * @property {string} certificate As PEM, for the server's host; certificates between it and its authority follow.
 * @property {string} key Its private key as PEM.
 * @property {boolean | undefined} [requireReuse] Whether a data connection must go on with the control connection's TLS
 *   session; default no; Pure-FTPd can't demand it.
 * @property {"1.2" | "1.3" | "Both" | undefined} [versions] Default both.
 */

/**
 * @typedef {object} RunningServer
 * @property {ServerName} name
 * @property {string} host
 * @property {number} port
 * @property {string} user
 * @property {string} password
 * @property {string} home The user's `/`, on this disk.
 * @property {number} pid
 * @property {() => ReadonlyArray<import("./processes.mjs").Process>} sessions The processes of the open sessions.
 * @property {() => number} sessionCount How many sessions are open; some servers have several processes for one.
 * @property {() => void} killSessions Ends every open session by SIGKILL, as a crash would.
 * @property {() => Promise<void>} stop Ends the sessions and then the server. May be called twice.
 * @property {Promise<void>} ended When the server has ended, by `stop` or by itself.
 * @property {() => string} log What the server wrote to its standard output and error.
 */

/**
 * What a recipe gets: the variant with its defaults, and where to listen.
 *
 * @typedef {object} Setting
 * @property {string} install
 * @property {string} root
 * @property {string} host
 * @property {number} port
 * @property {"IPv4" | "IPv6"} family
 * @property {ReadonlyArray<string>} deny
 * @property {number | undefined} maxPerClient
 * @property {boolean} anonymous
 * @property {boolean} activeOnly
 * @property {Tls | undefined} tls
 * @property {ReadonlyArray<string>} extra
 *
 * @typedef {object} Recipe
 * @property {string} title
 * @property {(setting: Setting) => [string, ...Array<string>]} prepare Writes the configuration; answers with the
 *   command.
 */

/** @type {Readonly<Record<ServerName, Recipe>>} */
const recipes = { vsftpd, proftpd, "pure-ftpd": pureftpd, pyftpdlib, inetutils }

export const serverNames = /** @type {ReadonlyArray<ServerName>} */ (Object.keys(recipes))

/** The servers that have the settings of the compatibility table: TLS, limits, denied commands. */
export const configurableNames = /** @type {ReadonlyArray<Exclude<ServerName, "inetutils">>} */ (
  serverNames.filter((name) => name !== "inetutils")
)

/** The name as its makers write it. @param {ServerName} name */
export const titleOf = (name) => recipes[name].title

const hosts = { IPv4: "127.0.0.1", IPv6: "::1" }

/** Below Linux' range of ports for outgoing connections (from 32768 on), so that no connection takes one by chance. */
const PORTS = { from: 20_000, to: 32_000 }
/** Two of ours may choose the same free port at the same time. */
const MAX_PORT_TRIES = 10
const START_MILLIS = 10_000
const STOP_MILLIS = 2_000
const POLL_MILLIS = 10
const MAX_LOG_CHARACTERS = 64 * 1024

/**
 * @param {ServerName} name
 * @param {Variant & { readonly root: string, readonly port?: number | undefined }} options `root` is made if missing,
 *   and kept
 * @returns {Promise<RunningServer>}
 */
export const startServer = async (name, options) => {
  const missing = whyMissing()
  if (missing !== undefined) throw new Error(missing)
  if (process.getuid?.() !== 0)
    throw new Error(`${titleOf(name)} needs root here: it changes to the account of its user`)
  const host = options.host ?? hosts[options.family ?? "IPv4"]
  if (options.port !== undefined && !(await isFree(host, options.port))) {
    throw new Error(`port ${options.port} of ${host} is in use, or not for us`)
  }
  for (let tries = 1; ; tries += 1) {
    const port = options.port ?? (await freePort(host))
    const attempt = await launch(name, { ...options, port })
    if (typeof attempt !== "string") return attempt
    if (options.port !== undefined || tries === MAX_PORT_TRIES) {
      throw new Error(`${titleOf(name)} did not listen on port ${port}: ${attempt.trim() || "it ended without a word"}`)
    }
  }
}

/**
 * @param {ServerName} name
 * @param {Variant & { readonly root: string, readonly port: number }} options
 * @returns {Promise<RunningServer | string>} the log, if the server ended before it listened
 */
const launch = async (name, options) => {
  const family = options.family ?? "IPv4"
  const root = resolve(options.root)
  const host = options.host ?? hosts[family]
  const [program, ...args] = recipes[name].prepare({
    install: installRoot,
    root,
    host,
    port: options.port,
    family,
    deny: options.deny ?? [],
    maxPerClient: options.maxPerClient,
    anonymous: options.anonymous ?? false,
    activeOnly: options.activeOnly ?? false,
    tls: options.tls,
    extra: options.extra ?? []
  })
  const child = spawn(program, args, {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      LC_ALL: "C",
      LD_LIBRARY_PATH: libraryPath(),
      ...(options.zone === undefined ? {} : { TZ: options.zone })
    },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let log = ""
  /** @param {Buffer} bytes */
  const keep = (bytes) => {
    log = (log + bytes).slice(-MAX_LOG_CHARACTERS)
  }
  child.stdout.on("data", keep)
  child.stderr.on("data", keep)
  /** @type {Promise<void>} */
  const ended = new Promise((done) => {
    child.once("error", (error) => {
      log += error.message
      done()
    })
    child.once("exit", () => done())
  })
  let hasEnded = false
  void ended.then(() => {
    hasEnded = true
  })

  const pid = child.pid
  const self = pid === undefined ? undefined : processOf(pid)
  if (pid === undefined || self === undefined) {
    await ended
    return log
  }
  const killNow = () => {
    signal(self, "SIGSTOP")
    for (const session of descendantsOf(pid).reverse()) signal(session, "SIGKILL")
    signal(self, "SIGKILL")
  }
  process.once("exit", killNow)
  void ended.then(() => process.removeListener("exit", killNow))

  const stop = async () => {
    if (hasEnded) return
    // A stopped server forks no new session while its sessions are ended.
    signal(self, "SIGSTOP")
    const sessions = descendantsOf(pid)
    for (const session of sessions.reverse()) signal(session, "SIGKILL")
    signal(self, "SIGTERM")
    signal(self, "SIGCONT")
    await within(STOP_MILLIS, () => hasEnded)
    signal(self, "SIGKILL")
    await ended
    await within(STOP_MILLIS, () => !sessions.some(isRunning))
  }

  const listening = await within(START_MILLIS, () => hasEnded || isListening(pid, options.port))
  if (hasEnded || !listening) {
    await stop()
    return log
  }
  return {
    name,
    host,
    port: options.port,
    user,
    password,
    home: homeOf(root),
    pid,
    sessions: () => descendantsOf(pid).filter(isRunning),
    // Each server makes one child for a connection; what that one makes serves the same session.
    sessionCount: () => childrenOf(pid).filter(isRunning).length,
    killSessions: () => {
      for (const session of descendantsOf(pid).reverse()) signal(session, "SIGKILL")
    },
    stop,
    ended,
    log: () => log
  }
}

/**
 * @param {number} millis
 * @param {() => boolean} condition
 */
const within = async (millis, condition) => {
  const until = Date.now() + millis
  while (!condition()) {
    if (Date.now() > until) return false
    await new Promise((done) => setTimeout(done, POLL_MILLIS))
  }
  return true
}

/**
 * Looked up in the kernel's tables rather than by a connection, which would be a first session in the server's counts
 * and could reach somebody else's server.
 *
 * @param {number} pid
 * @param {number} port
 */
const isListening = (pid, port) => {
  const LISTEN = "0A"
  const ending = `:${port.toString(16).toUpperCase().padStart(4, "0")}`
  const inodes = ["/proc/net/tcp", "/proc/net/tcp6"]
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, "utf8").split("\n"))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(ending) && fields[3] === LISTEN)
    .map((fields) => `socket:[${fields[9]}]`)
  return inodes.length > 0 && socketsOf(pid).some((socket) => inodes.includes(socket))
}

/**
 * @param {string} host
 * @returns {Promise<number>}
 */
const freePort = async (host) => {
  const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from))
  return (await isFree(host, port)) ? port : freePort(host)
}

/**
 * @param {string} host
 * @param {number} port
 * @returns {Promise<boolean>}
 */
const isFree = async (host, port) => {
  const probe = createServer()
  const free = await new Promise((done) => {
    probe.once("error", () => done(false))
    probe.listen(port, host, () => done(true))
  })
  await new Promise((done) => probe.close(done))
  return free
}
