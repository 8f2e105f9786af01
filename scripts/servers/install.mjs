/**
 * The real FTP servers and shells of the tests, unpacked from Debian's packages below `.cache/servers`: no maintainer
 * script runs, no service starts, and nothing of the machine changes.
 */
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { withLock } from "../lock.mjs"

const cache = fileURLToPath(new URL("../../.cache/servers", import.meta.url))
/** The packages laid out as Debian lays them out. */
export const installRoot = join(cache, "root")
const stamp = join(installRoot, "installed.json")
const aptState = join(cache, "apt")

const packages = [
  ...["vsftpd", "proftpd-core", "proftpd-mod-crypto", "pure-ftpd", "pure-ftpd-common"],
  "inetutils-ftpd",
  ...["python3-pyftpdlib", "python3-openssl", "python3-cffi-backend"],
  ...["zsh", "zsh-common", "fish", "fish-common"]
]

/** What we run or load, and so what must find its shared libraries. */
const programs = [
  "usr/sbin/vsftpd",
  "usr/sbin/proftpd",
  "usr/sbin/pure-ftpd",
  "usr/bin/pure-pw",
  "usr/sbin/ftpd",
  ...["copy", "deflate", "digest", "site_misc", "tls", "tls_shmcache"].map((name) => `usr/lib/proftpd/mod_${name}.so`),
  "usr/lib/python3/dist-packages/pyftpdlib/servers.py",
  "usr/bin/fish"
]

/** Where zsh is: Debian moved it. */
const zshPlaces = ["usr/bin/zsh", "bin/zsh"]

/** Packages of packages of packages: Debian's servers need five rounds, so more than this many is a mistake. */
const MAX_ROUNDS = 8

/**
 * Why there are no servers here, or `undefined` when there are.
 *
 * @returns {string | undefined}
 */
export const whyMissing = () =>
  isInstalled()
    ? undefined
    : "the real FTP servers are not installed: run `node scripts/servers.mjs` (Debian or Ubuntu)"

const isInstalled = () => {
  try {
    return JSON.stringify(JSON.parse(readFileSync(stamp, "utf8")).programs) === JSON.stringify(programs)
  } catch {
    return false
  }
}

/**
 * Installs what is missing. Does nothing, in a millisecond, when all is there.
 *
 * @param {(line: string) => void} say
 */
export const installServers = async (say) => {
  if (isInstalled()) return
  if (process.platform !== "linux" || !hasCommand("apt-get") || !hasCommand("dpkg")) {
    throw new Error("the real FTP servers come from Debian's packages, and this machine has no apt-get and dpkg")
  }
  await withLock(
    join(cache, "lock"),
    () => {
      if (!isInstalled()) install(say)
    },
    (owner) => say(`waiting for process ${owner}, which installs the test servers`)
  )
}

/** @param {(line: string) => void} say */
const install = (say) => {
  say(
    "installing the test servers vsftpd, ProFTPD, Pure-FTPd, pyftpdlib and inetutils, zsh and fish into .cache/servers"
  )
  const debs = join(cache, "debs")
  const draft = join(cache, "draft")
  rmSync(debs, { recursive: true, force: true })
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(debs, { recursive: true })
  mkdirSync(draft, { recursive: true })

  /** @type {ReadonlyArray<string>} */
  let apt = []
  /** @param {ReadonlyArray<string>} names */
  const fetch = (names) => {
    try {
      download(debs, names, apt)
    } catch (error) {
      if (apt.length > 0) throw error
      say("fetching Debian's package lists, as the machine's are missing or too old")
      apt = privateLists()
      download(debs, names, apt)
    }
  }

  fetch(packages)
  const seen = new Set(packages)
  unpack(debs, draft)
  for (let round = 0; ; round += 1) {
    const missing = missingLibraries(draft)
    const names = dependencies(debs).filter(
      (name) =>
        !seen.has(name) && (isOfPython(name) || (missing.length > 0 && name.startsWith("lib") && !isOnMachine(name)))
    )
    if (names.length === 0 && missing.length === 0) break
    if (names.length === 0 || round === MAX_ROUNDS) {
      throw new Error(`no package brings the shared libraries ${missing.join(", ")}`)
    }
    say(`adding ${names.join(" ")}`)
    fetch(names)
    for (const name of names) seen.add(name)
    unpack(debs, draft)
  }
  writeFileSync(join(draft, "installed.json"), JSON.stringify({ programs, packages: [...seen] }))
  rmSync(installRoot, { recursive: true, force: true })
  renameSync(draft, installRoot)
  rmSync(debs, { recursive: true, force: true })
  rmSync(aptState, { recursive: true, force: true })
}

/**
 * Package lists of our own, so that neither root nor a change to the machine's is needed.
 *
 * @returns {ReadonlyArray<string>} options for apt-get
 */
const privateLists = () => {
  for (const folder of ["lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(aptState, folder), { recursive: true })
  }
  const options = ["-o", `Dir::State::lists=${aptState}/lists`, "-o", `Dir::Cache=${aptState}/cache`]
  aptGet([...options, "update"], aptState)
  return options
}

/**
 * @param {string} folder
 * @param {ReadonlyArray<string>} names
 * @param {ReadonlyArray<string>} options
 */
const download = (folder, names, options) => aptGet([...options, "download", ...names], folder)

/**
 * @param {ReadonlyArray<string>} args
 * @param {string} cwd
 */
const aptGet = (args, cwd) => {
  // The sandbox user `_apt` may not write below a private home, and apt says so on every file.
  const options = ["-q", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3"]
  try {
    execFileSync("apt-get", [...options, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" })
  } catch (error) {
    const { stderr, message } = /** @type {Error & { stderr?: string }} */ (error)
    throw new Error(`apt-get ${args.at(0) === "-o" ? "update" : args.join(" ")} failed: ${(stderr || message).trim()}`)
  }
}

/**
 * @param {string} debs
 * @param {string} into
 */
const unpack = (debs, into) => {
  for (const deb of readdirSync(debs)) execFileSync("dpkg", ["-x", join(debs, deb), into])
}

/**
 * The names in the Depends lines of what was downloaded; of alternatives the first.
 *
 * @param {string} debs
 */
const dependencies = (debs) => {
  const fields = readdirSync(debs).map((deb) =>
    execFileSync("dpkg-deb", ["-f", join(debs, deb), "Depends"], { encoding: "utf8" })
  )
  return [...new Set(fields.flatMap((field) => field.split(",").map((item) => item.trim().split(/[ :|(]/)[0] ?? "")))]
}

/**
 * Python and its modules come along even where the machine has them: its Python may be another, or have none of them.
 * Names with `-api-` are provided by other packages.
 *
 * @param {string} name
 */
const isOfPython = (name) => /^(lib)?python3/.test(name) && !name.includes("-api-")

/** @param {string} name */
const isOnMachine = (name) => {
  try {
    const status = execFileSync("dpkg-query", ["-W", "-f", "$" + "{db:Status-Status}\n", name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"]
    })
    return status.split("\n").includes("installed")
  } catch {
    return false
  }
}

/** @param {string} root */
const missingLibraries = (root) => {
  const env = { ...process.env, LC_ALL: "C", LD_LIBRARY_PATH: libraryPath(root) }
  const zsh = zshPlaces.filter((place) => existsSync(join(root, place)))
  const text = [...programs.filter((program) => !program.endsWith(".py")), ...zsh, ...pythonObjects(root)]
    .map((program) => execFileSync("ldd", [join(root, program)], { env, encoding: "utf8" }))
    .join("")
  return [...new Set([...text.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] ?? ""))]
}

/**
 * Python itself and what it loads, which depends on its version.
 *
 * @param {string} root
 */
const pythonObjects = (root) =>
  ["usr/bin", "usr/lib/python3/dist-packages"]
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name))
    )
    .filter((path) => /bin\/python3\.\d+$|\.so$/.test(path))

/**
 * The folders of the shared libraries that came along, for LD_LIBRARY_PATH.
 *
 * @param {string} root
 */
export const libraryPath = (root = installRoot) =>
  ["usr/lib", "lib"]
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.includes("-linux-"))
        .map((name) => join(folder, name))
    )
    .join(":")

/** @param {string} name */
const hasCommand = (name) => (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, name)))
