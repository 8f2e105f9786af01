/**
 * Trees of small files over a line with delay, through lftp (tuned for it) and ftp-effect:
 *
 *     node bench/line.mjs [--rounds 3] [--rows 1,2]
 *
 * The line is made of two network namespaces and `tc netem`: 50 ms there and back, 100 Mbit/s. It takes root, and the
 * kernel's module sch_netem. A line that is emulated otherwise is named by the namespace of the clients and the address
 * of the server on it, and the benchmark is started in the namespace of the server:
 *
 *     ip netns exec SERVER node bench/line.mjs --clients CLIENT --address 10.0.0.2
 *
 * A relay of user space would not do: it would accept connections at once, and take the last bytes before they have
 * crossed the line; both are round trips. Each tree is compared with its source after each run.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { lineClients } from "./clients.mjs"
import { measure, median } from "./measure.mjs"
import { optionsOf } from "./options.mjs"
import { prepare, versions } from "./prepare.mjs"
import { print, run, wholeNumber } from "./program.mjs"
import { giveToServer, makeFile, onStage, say, setAside } from "./stage.mjs"
import { seconds, table, times } from "./table.mjs"

const DELAY_MILLIS = 25
const MEGABITS = 100
const PARALLEL = 8

/** Packets in netem's queue: twice what is on the line at that rate. */
const QUEUE = 1000

const KB = 1000
const KIB = 1024
const LARGEST_KIB = 8

/** @param {number} index 1 to 8 KiB */
const small = (index) => KIB + ((index * 1021) % (LARGEST_KIB * KIB - KIB))

/**
 * @typedef {object} Row
 * @property {"vsftpd" | "pure-ftpd"} server
 * @property {boolean} tls
 * @property {"get" | "put"} verb
 * @property {string} what
 * @property {number} files
 * @property {number} inFolder
 * @property {(index: number) => number} bytes
 */

/** @param {boolean} tls @returns {ReadonlyArray<Row>} */
const rowsOf = (tls) => [
  { server: "vsftpd", tls, verb: "get", what: "500 files of 1 to 8 KiB", files: 500, inFolder: 500, bytes: small },
  { server: "pure-ftpd", tls, verb: "get", what: "500 files of 1 to 8 KiB", files: 500, inFolder: 500, bytes: small },
  { server: "vsftpd", tls, verb: "get", what: "500 files in 50 folders", files: 500, inFolder: 10, bytes: small },
  { server: "vsftpd", tls, verb: "get", what: "100 files of 100 kB", files: 100, inFolder: 100, bytes: () => 100 * KB },
  { server: "vsftpd", tls, verb: "put", what: "500 files of 1 to 8 KiB", files: 500, inFolder: 500, bytes: small },
  { server: "vsftpd", tls, verb: "put", what: "500 files in 50 folders", files: 500, inFolder: 10, bytes: small }
]

const rows = [...rowsOf(false), ...rowsOf(true)]

const main = async () => {
  const { address, clients, folder, rounds, ...given } = optionsOf({
    numbers: { rounds: 3 },
    words: ["rows", "clients", "address"]
  })
  if (clients === undefined || address === undefined) {
    onOwnLine(process.argv.slice(2))
    return
  }
  const chosen = given.rows?.split(",").map((number) => wholeNumber("rows", number)) ?? rows.map((_, at) => at + 1)
  const line = { clients, address, folder }
  prepare()
  print(`${versions().join(", ")}; a line of 50 ms and 100 Mbit/s, ${PARALLEL} connections.\n`)
  const results = []
  for (const number of chosen) {
    const row = rows[number - 1]
    if (row === undefined) throw new Error(`--rows takes numbers from 1 to ${rows.length}, not ${number}`)
    results.push({ row, runs: await compare(line, row, rounds) })
  }
  print(comparison(results))
}

/** @typedef {{ readonly clients: string, readonly address: string, readonly folder: string }} Line */

/**
 * The runs of each client.
 *
 * @param {Line} line
 * @param {Row} row
 * @param {number} rounds
 */
const compare = async (line, row, rounds) => {
  /** @type {ReadonlyArray<{ readonly client: string, readonly runs: Array<import("./measure.mjs").Run> }>} */
  const results = lineClients.map(({ name }) => ({ client: name, runs: [] }))
  const { folder, address: host } = line
  await onStage({ folder, host, name: row.server, tls: row.tls }, async (stage) => {
    place(stage, row)
    for (let round = 0; round < rounds; round += 1) {
      for (let turn = 0; turn < lineClients.length; turn += 1) {
        const at = (round + turn) % lineClients.length
        const client = /** @type {import("./clients.mjs").TreeClient} */ (lineClients[at])
        say(`${titleOf(row)}: round ${round + 1} of ${rounds}, ${client.name}`)
        results[at]?.runs.push(await move(stage, line, client, row))
      }
    }
  })
  return results
}

/** @param {import("./stage.mjs").Stage} stage @param {Row} row */
const place = (stage, { bytes, files, inFolder, verb }) => {
  const root = verb === "get" ? stage.remote("tree") : stage.local("tree")
  const paths = Array.from({ length: files }, (_, index) =>
    join(root, ...(inFolder < files ? [`d${Math.floor(index / inFolder)}`] : []), `f${index}`)
  )
  paths.forEach((path, index) => {
    makeFile(path, bytes(index))
  })
  if (verb === "get") giveToServer([...new Set([root, ...paths.map(dirname)]), ...paths])
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {Line} line
 * @param {import("./clients.mjs").TreeClient} client
 * @param {Row} row
 */
const move = async (stage, { clients }, client, { verb }) => {
  const [remote, local] = [stage.remote("tree"), stage.local("tree")]
  setAside(stage, verb === "get" ? local : remote)
  const { argv, env } =
    verb === "get"
      ? client.get(stage.server, "tree", local, PARALLEL)
      : client.put(stage.server, local, "tree", PARALLEL)
  const run = await measure({ argv: ["ip", "netns", "exec", clients, ...argv], env }, stage.home)
  execFileSync("diff", ["-r", remote, local])
  return run
}

/** @param {Row} row */
const titleOf = ({ server, tls, verb, what }) =>
  `${what} ${verb === "get" ? "down" : "up"}, ${server === "vsftpd" ? "vsftpd" : "Pure-FTPd"}${tls ? ", TLS" : ""}`

/** @param {ReadonlyArray<{ readonly row: Row, readonly runs: Awaited<ReturnType<typeof compare>> }>} results */
const comparison = (results) =>
  table(
    ["", ...lineClients.map(({ name }) => `${name}, s`), "to lftp", "cpu s"],
    results.map(({ row, runs }) => {
      const [theirs = [], ours = []] = runs.map(({ runs }) => runs)
      const ratios = ours.map(({ wall }, round) => wall / (theirs[round]?.wall ?? Number.NaN))
      const walls = runs.map(({ runs }) => seconds(median(runs.map(({ wall }) => wall))))
      const cpu = seconds(median(ours.map(({ system, user }) => system + user)))
      return [titleOf(row), ...walls, times(median(ratios)), cpu]
    })
  )

/** Makes the line, and starts this program again in the namespace of its server. @param {ReadonlyArray<string>} args */
const onOwnLine = (args) => {
  const [clients, server] = [`ftpb${process.pid}c`, `ftpb${process.pid}s`]
  const [theirs, ours] = ["10.211.0.1", "10.211.0.2"]
  /** @param {ReadonlyArray<string>} words */
  const ip = (...words) => execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] })
  // What is in a namespace goes with it.
  process.once("exit", () => {
    for (const each of [clients, server]) spawnSync("ip", ["netns", "del", each], { stdio: "ignore" })
  })
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.once(signal, () => process.exit(1))
  for (const each of [clients, server]) ip("netns", "add", each)
  ip("link", "add", "line", "netns", clients, "type", "veth", "peer", "name", "line", "netns", server)
  for (const [each, address] of /** @type {const} */ ([
    [clients, theirs],
    [server, ours]
  ])) {
    ip("-n", each, "address", "add", `${address}/24`, "dev", "line")
    for (const device of ["lo", "line"]) ip("-n", each, "link", "set", device, "up")
    const netem = ["delay", `${DELAY_MILLIS}ms`, "rate", `${MEGABITS}mbit`, "limit", `${QUEUE}`]
    const made = spawnSync("tc", ["-n", each, "qdisc", "add", "dev", "line", "root", "netem", ...netem])
    if (made.status !== 0) {
      throw new Error(`tc can't emulate a line here (${made.stderr ?? made.error}): see the head of bench/line.mjs`)
    }
  }
  const again = [process.execPath, fileURLToPath(import.meta.url), ...args, "--clients", clients, "--address", ours]
  process.exitCode = spawnSync("ip", ["netns", "exec", server, ...again], { stdio: "inherit" }).status ?? 1
}

await run(main)
