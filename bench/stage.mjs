/**
 * Where a benchmark plays: a folder, a vsftpd that serves a part of it, and files of which no two places are alike.
 *
 *     FOLDER/server/home   what the server serves
 *     FOLDER/local         the client's side, and its HOME
 */
import { randomFillSync } from "node:crypto"
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { dirname, join } from "node:path"
import { uid } from "../scripts/servers/account.mjs"
import { installServers } from "../scripts/servers/install.mjs"
import { startServer } from "../scripts/servers/start.mjs"
import { makeCertificate } from "../scripts/servers/tls.mjs"

export const MIB = 1024 * 1024

/** @param {string} line */
export const say = (line) => process.stderr.write(`bench: ${line}\n`)

/**
 * A server, and where TLS is spoken the file with the authority of its certificate.
 *
 * @typedef {import("../scripts/servers/start.mjs").RunningServer & { readonly authority?: string | undefined }} Server
 *
 * @typedef {object} Stage
 * @property {Server} server
 * @property {(name: string) => string} remote the path on this disk of what the server calls `name`
 * @property {(name: string) => string} local
 * @property {string} home
 */

/**
 * Sets the stage, plays, and clears everything away, also after a failure or Ctrl-C.
 *
 * @param {object} options
 * @param {string} options.folder
 * @param {import("../scripts/servers/start.mjs").ServerName} [options.name] which server; default vsftpd
 * @param {string | undefined} [options.host] the address where it listens; default a loopback address
 * @param {ReadonlyArray<string>} [options.extra] more lines of the server's configuration
 * @param {boolean} [options.tls] whether the server demands explicit TLS; default it has none
 * @param {(stage: Stage) => Promise<void>} play
 */
export const onStage = async ({ extra, folder, host, name = "vsftpd", tls = false }, play) => {
  await installServers(say)
  mkdirSync(folder, { recursive: true })
  const root = mkdtempSync(join(folder, "ftp-effect-bench-"))
  // The server changes to an account of its own before it enters.
  chmodSync(root, 0o755)
  removeAtExit(root)
  const home = join(root, "local")
  mkdirSync(home)
  const made = tls ? makeCertificate(join(root, "authority"), host) : undefined
  const server = await startServer(name, {
    root: join(root, "server"),
    host,
    extra,
    tls: made === undefined ? undefined : { mode: "Explicit", certificate: made.certificate, key: made.key }
  })
  try {
    await play({
      server: { ...server, authority: made?.path },
      home,
      remote: (name) => join(server.home, name),
      local: (name) => join(home, name)
    })
  } finally {
    await server.stop()
  }
}

/** @type {Set<string>} */
const roots = new Set()

/** Also after Ctrl-C. @param {string} root */
const removeAtExit = (root) => {
  if (roots.size === 0) {
    process.once("exit", () => {
      for (const each of roots) rmSync(each, { recursive: true, force: true })
    })
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.once(signal, () => process.exit(1))
  }
  roots.add(root)
}

/**
 * Writes a file of that many bytes, none of which a disk could save by its zeros or repetitions.
 *
 * @param {string} path
 * @param {number} bytes
 */
export const makeFile = (path, bytes) => {
  mkdirSync(dirname(path), { recursive: true })
  const block = randomFillSync(Buffer.allocUnsafe(Math.min(bytes, 4 * MIB)))
  const file = openSync(path, "w")
  for (let at = 0; at < bytes; at += block.byteLength) {
    // A block at the wrong place must not go unnoticed.
    if (block.byteLength >= 8) block.writeDoubleLE(at)
    writeSync(file, block, 0, Math.min(block.byteLength, bytes - at))
  }
  closeSync(file)
}

/**
 * Makes a folder with so many empty files in it, the server's account's own.
 *
 * @param {string} folder
 * @param {number} entries
 */
export const fill = (folder, entries) => {
  mkdirSync(folder, { recursive: true })
  const paths = Array.from({ length: entries }, (_, index) => join(folder, `a file of some name ${index}.dat`))
  for (const path of paths) closeSync(openSync(path, "w"))
  giveToServer([folder, ...paths])
}

/**
 * Makes files and folders that we wrote the server's account's own.
 *
 * @param {ReadonlyArray<string>} paths
 */
export const giveToServer = (paths) => {
  for (const path of paths) chownSync(path, uid, uid)
}

let asideCount = 0

/**
 * Moves a tree to where no client looks, to be removed with the stage. Removed here it would cost the next client seconds:
 * ext4 looks at the inode of each file that was removed a moment ago before it takes another one.
 *
 * @param {Stage} stage
 * @param {string} path
 */
export const setAside = ({ home }, path) => {
  const aside = join(dirname(home), "aside")
  mkdirSync(aside, { recursive: true })
  if (existsSync(path)) renameSync(path, join(aside, `${asideCount++}`))
}

/** Whether the disk of a folder has room for that many bytes. @param {string} folder @param {number} bytes */
export const hasRoom = (folder, bytes) => {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize > bytes
}

/** A file of a few bytes, which makes a client pay for its start and nothing else. @param {string} path */
export const makeTinyFile = (path) => writeFileSync(path, "tiny\n")
