/**
 * Trees of small files over a line with delay, through lftp (tuned for it, and as it is), rclone, basic-ftp and ftp-effect:
 *
 *     node bench/line.mjs [--rounds 3] [--slow-rounds 1] [--rows 1,2]
 *
 * rclone and basic-ftp, which take up to minutes for a row, run in the first round only, or in as many as `--slow-rounds` says. The
 * rows from 7 on are over TLS.
 *
 * The line is made of two network namespaces and `tc netem`: 50 ms there and back, 100 Mbit/s. It takes root, and the
 * kernel's module sch_netem. A line that is emulated otherwise is named by the namespace of the clients and the address
 * of the server on it, and the benchmark is started in the namespace of the server:
 *
 *     ip netns exec SERVER node bench/line.mjs --clients CLIENT --address 10.0.0.2
 *
 * A relay of user space would not do: it would accept connections at once, and take the last bytes before they have
 * crossed the line; both are round trips. Each tree is compared with its source after each run; a client that fails is said
 * to have failed, and how.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { lineClients } from "./clients.mjs"
import { checkTree } from "./failure.mjs"
import { measure, median } from "./measure.mjs"
import { optionsOf } from "./options.mjs"
import { prepare, versions } from "./prepare.mjs"
import { print, run, wholeNumber } from "./program.mjs"
import { rcloneVersion } from "./rclone.mjs"
import { giveToServer, makeFile, onStage, setAside } from "./stage.mjs"
import { FAILED, ofRounds, seconds, table, times } from "./table.mjs"
import { failuresOf, inTurns, roundsFor, titleWith, withFailures } from "./turns.mjs"

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

/** @typedef {{ readonly clients: string, readonly address: string, readonly folder: string }} Line */

/** @typedef {import("./clients.mjs").TreeClient} TreeClient */

const main = async () => {
  const {
    address,
    clients,
    folder,
    rounds,
    rows: given,
    "slow-rounds": ofSlow
  } = optionsOf({
    numbers: { rounds: 3, "slow-rounds": 1 },
    words: ["rows", "clients", "address"]
  })
  if (clients === undefined || address === undefined) {
    onOwnLine(process.argv.slice(2))
    return
  }
  const chosen = given?.split(",").map((number) => wholeNumber("rows", number)) ?? rows.map((_, at) => at + 1)
  const line = { clients, address, folder }
  const roundsOf = roundsFor(rounds, ofSlow)
  prepare(["rclone"])
  print(
    `${[...versions(), rcloneVersion()].join(", ")}; a line of 50 ms and 100 Mbit/s, ${PARALLEL} connections, basic-ftp one; ${ofRounds(rounds)}.\n`
  )
  const results = []
  for (const number of chosen) {
    const row = rows[number - 1]
    if (row === undefined) throw new Error(`--rows takes numbers from 1 to ${rows.length}, not ${number}`)
    results.push({ row, of: await compare(line, row, roundsOf) })
  }
  const failures = results.flatMap(({ of, row }) => failuresOf(of, titleOf(row)))
  const titles = lineClients.map((client) => titleWith(client.name, roundsOf(client), rounds))
  print(withFailures(comparison(results, titles), failures))
}

/**
 * The runs of each client.
 *
 * @param {Line} line
 * @param {Row} row
 * @param {ReturnType<typeof roundsFor>} roundsOf
 */
const compare = async (line, row, roundsOf) => {
  /** @type {Awaited<ReturnType<typeof inTurns<TreeClient, import("./measure.mjs").Run>>>} */
  let results = []
  const { folder, address: host } = line
  await onStage({ folder, host, name: row.server, tls: row.tls }, async (stage) => {
    place(stage, row)
    const once = (/** @type {TreeClient} */ client) => move(stage, line, client, row)
    results = await inTurns(titleOf(row), lineClients, roundsOf, once, { warmUp: false })
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
  const [source, target] = verb === "get" ? [remote, local] : [local, remote]
  setAside(stage, target)
  const { argv, env } =
    verb === "get"
      ? client.get(stage.server, "tree", local, PARALLEL)
      : client.put(stage.server, local, "tree", PARALLEL)
  const run = await measure({ argv: ["ip", "netns", "exec", clients, ...argv], env }, stage.home)
  checkTree(source, target)
  return run
}

/** @param {Row} row */
const titleOf = ({ server, tls, verb, what }) =>
  `${what} ${verb === "get" ? "down" : "up"}, ${server === "vsftpd" ? "vsftpd" : "Pure-FTPd"}${tls ? ", TLS" : ""}`

/**
 * @param {ReadonlyArray<{ readonly row: Row, readonly of: Awaited<ReturnType<typeof compare>> }>} results
 * @param {ReadonlyArray<string>} titles of the clients
 */
const comparison = (results, titles) =>
  table(
    ["", ...titles.map((title) => `${title}, s`), "ours to lftp, tuned", "cpu s"],
    results.map(({ of, row }) => {
      const [tuned, ours] = [of[0], of.at(-1)].map((result) => result?.runs ?? [])
      const ratios = (ours ?? []).map(({ wall }, round) => wall / (tuned?.[round]?.wall ?? Number.NaN))
      const walls = of.map(({ failure, runs }) => (failure === undefined ? seconds(median(wallsOf(runs))) : FAILED))
      const cpu = (ours ?? []).map(({ system, user }) => system + user)
      return [
        titleOf(row),
        ...walls,
        ...(ratios.length === 0 ? ["–", "–"] : [times(median(ratios)), seconds(median(cpu))])
      ]
    })
  )

/** @param {ReadonlyArray<import("./measure.mjs").Run>} runs */
const wallsOf = (runs) => runs.map(({ wall }) => wall)

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
