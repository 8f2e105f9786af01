/**
 * The text of `launch.cjs`, which starts the bundled command. It is plain text rather than a bundled module: it must
 * load nothing but what it needs.
 *
 *     --version                 answered at once
 *     Bun, Deno                 the bundle is required as it is
 *     Node                      V8's code cache, which saves compiling the bundle: 0.1 s a start
 *       beside the bundle       made when a clone bundles (scripts/train.mjs); read only
 *       the user's cache folder else: written by the first run of each command that succeeds
 *
 * Each command has its own, with the functions that it compiled: what others need takes as long to read, 10 ms for all.
 * V8 only compares the source's length with its cache, so the cache's name holds the hash that the bundle begins with.
 * A code cache is code: in the user's folder it is read only if it is the user's own file, and no one else can write it.
 * V8 does not notice that bytes in it are others, and ends the process over them: a sum behind the cache shows that.
 * Without a folder to write to, the command works without a cache.
 */

/** Length of the bundle's own name for itself, enough that two bundles never share a cache. */
export const HASH_CHARACTERS = 16

/**
 * Words of the cache between two that the sum takes: each block of a disk, of which some may be zeros or those of another
 * cache, has many. Odd, as a cache has tables whose records are zero at the same places. To take all of them costs a start
 * 5 ms.
 */
const STRIDE = 63

/** Caches of other bundles and Node versions are removed when they are this old. */
const KEEP_DAYS = 30

/**
 * @param {string} version
 * @param {"Trainer" | "Command"} role a trainer always writes the cache beside the bundle
 */
export const launcherSource = (version, role) => `#!/usr/bin/env node
"use strict"
if (process.argv.length === 3 && process.argv[2] === "--version") {
  process.stdout.on("error", (error) => {
    process.exitCode = error.code === "EPIPE" ? 141 : 7
    if (error.code !== "EPIPE") process.stderr.write("ftp-effect: Write of standard output failed: " + error.message + "\\n")
  })
  process.stdout.write(${JSON.stringify(`${version}\n`)})
} else if (process.versions.bun || process.versions.deno) {
  require("./ftp-effect.cjs")
} else {
  start()
}

function start() {
  const fs = require("node:fs")
  const path = require("node:path")
  const vm = require("node:vm")
  const bundle = path.join(__dirname, "ftp-effect.cjs")
  const source = fs.readFileSync(bundle, "latin1") // esbuild writes ASCII, which is read the faster for it
  const key = source.slice(2, ${2 + HASH_CHARACTERS}) + "." + process.version + "." + process.arch
  const [, , first = ""] = process.argv
  const word = /^[a-z]{1,16}$/.test(first) ? first : "-"
  const beside = path.join(__dirname, "ftp-effect." + key + "." + word + ".cache")
  let cachedData = read(fs, beside, false)
${role === "Trainer" ? "" : LOOKUP}  const script = new vm.Script("(function (exports, require, module, __filename, __dirname) {" + source + "\\n})", {
    filename: bundle,
    cachedData
  })
${role === "Trainer" ? TRAINER : COMMAND}
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module, bundle, __dirname)
}

function read(fs, file, owned) {
  let descriptor
  try {
    descriptor = fs.openSync(file, "r")
    if (owned && process.getuid) {
      const { uid, mode } = fs.fstatSync(descriptor)
      if (uid !== process.getuid() || (mode & 0o022) !== 0) return undefined
    }
    const all = fs.readFileSync(descriptor)
    const data = all.subarray(0, -4)
    return all.length > 4 && all.readInt32LE(data.length) === sumOf(data) ? data : undefined
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor)
  }
}

function sumOf(data) {
  const words = new Int32Array(data.buffer, data.byteOffset, data.length >> 2)
  let sum = data.length
  for (let at = 0; at < words.length; at += ${STRIDE}) sum = (Math.imul(sum, 31) + words[at]) | 0
  return sum
}

function write(fs, file, data) {
  // Processes of two containers can have the same number.
  const draft = file + "." + process.pid + "." + process.hrtime.bigint()
  const sum = Buffer.alloc(4)
  sum.writeInt32LE(sumOf(data))
  try {
    const descriptor = fs.openSync(draft, "wx", ${role === "Trainer" ? "0o644" : "0o600"})
    try {
      fs.writeFileSync(descriptor, data)
      fs.writeFileSync(descriptor, sum)
      fs.fsyncSync(descriptor)
    } finally {
      fs.closeSync(descriptor)
    }
    fs.renameSync(draft, file)
  } catch {
    try {
      fs.rmSync(draft, { force: true })
    } catch {}
  }
}
${role === "Trainer" ? "" : FOLDERS}`

const LOOKUP = `  const folder = cachedData === undefined ? cacheFolder(path, key) : undefined
  if (folder !== undefined) cachedData = read(fs, path.join(folder, word), true)
`

const TRAINER = `  process.once("exit", () => write(fs, beside, script.createCachedData()))`

const COMMAND = `  if (folder !== undefined && (cachedData === undefined || script.cachedDataRejected)) {
    // The functions of a command are compiled once it has run to its end.
    process.once("exit", (code) => {
      if (code !== 0) return
      try {
        make(fs, path, folder)
      } catch {
        return
      }
      write(fs, path.join(folder, word), script.createCachedData())
      prune(fs, path, folder)
    })
  }`

// As in packages/cli/src/connection/StateFolder.ts.
const FOLDERS = `
// As in packages/node/src/files/folders.ts: with recursive, below /proc this would never end.
function make(fs, path, folder) {
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (error.code === "EEXIST") return
    const parent = path.dirname(folder)
    if (error.code !== "ENOENT" || parent === folder) throw error
    make(fs, path, parent)
    fs.mkdirSync(folder, { mode: 0o700 })
  }
}

function cacheFolder(path, key) {
  try {
    const env = process.env
    const home = require("node:os").homedir()
    const chosen = env.XDG_CACHE_HOME
    const base =
      chosen && path.isAbsolute(chosen)
        ? [chosen, "ftp-effect"]
        : process.platform === "darwin"
          ? [home, "Library/Caches/ftp-effect"]
          : process.platform === "win32"
            ? [env.LOCALAPPDATA || path.join(home, "AppData/Local"), "ftp-effect/Cache"]
            : [home, ".cache/ftp-effect"]
    return path.isAbsolute(base[0]) ? path.join(...base, "code", key) : undefined
  } catch {
    return undefined
  }
}

function prune(fs, path, folder) {
  const all = path.dirname(folder)
  const oldest = Date.now() - ${KEEP_DAYS} * 86400000
  try {
    for (const name of fs.readdirSync(all)) {
      const other = path.join(all, name)
      if (/^[0-9a-f]{${HASH_CHARACTERS}}\\.v/.test(name) && other !== folder && fs.statSync(other).mtimeMs < oldest)
        fs.rmSync(other, { recursive: true, force: true })
    }
  } catch {}
}
`
