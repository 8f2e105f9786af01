/**
 * Many small files, as trees, through lftp (as it is, and tuned for a line with delay), rclone, basic-ftp and ftp-effect, from
 * and to a local vsftpd:
 *
 *     node bench/smallFiles.mjs [--tls] [--rounds 5] [--slow-rounds 5] [--files 2000] [--parallel 8] [--folder DIR]
 *
 * basic-ftp, which has one connection, has so many rounds as `--slow-rounds` says. The trees are compared after each run; a client
 * that fails has that as its row. At the end each other client runs once more against a server that logs, and the commands it
 * sent are counted: on a line with delay they are what takes the time.
 */
import { execFileSync } from "node:child_process"
import { dirname, join } from "node:path"
import { treeClients } from "./clients.mjs"
import { listed, onLoggedStage } from "./commandLog.mjs"
import { checkTree } from "./failure.mjs"
import { measure, median } from "./measure.mjs"
import { optionsOf } from "./options.mjs"
import { prepare, versions } from "./prepare.mjs"
import { print, run } from "./program.mjs"
import { rcloneVersion } from "./rclone.mjs"
import { giveToServer, makeFile, onStage, say, setAside } from "./stage.mjs"
import { FAILED, ofRounds, seconds, table, times } from "./table.mjs"
import { failuresOf, inTurns, roundsFor, titleWith, withFailures } from "./turns.mjs"

const KIB = 1024
const FILES_PER_FOLDER = 100
const LARGEST_KIB = 8

/** @typedef {"get" | "put"} Verb @typedef {import("./measure.mjs").Run} Run */

const main = async () => {
  const options = optionsOf({
    numbers: { rounds: 5, "slow-rounds": 5, files: 2000, parallel: 8 },
    flags: ["tls"]
  })
  const { files, folder, parallel, rounds, tls } = options
  const roundsOf = roundsFor(rounds, options["slow-rounds"])
  prepare(["rclone"])
  print(
    `${[...versions(), rcloneVersion()].join(", ")}; vsftpd on loopback${tls ? ", explicit TLS" : ""}; ${files} files of 1 to ${LARGEST_KIB} KiB, ${parallel} at once.\n`
  )
  /** @type {Array<readonly [Verb, Awaited<ReturnType<typeof compare>>]>} */
  const compared = []
  await onStage({ folder, tls }, async (stage) => {
    for (const verb of /** @type {const} */ (["get", "put"])) {
      const results = await compare(stage, verb, files, parallel, roundsOf)
      print(`### ${verb === "get" ? "Download" : "Upload"}, ${ofRounds(rounds)}\n`)
      print(`${withFailures(comparison(results, files, rounds, roundsOf), failuresOf(results))}\n`)
      compared.push([verb, results])
    }
  })
  print("### Commands on the wire\n")
  for (const [verb, results] of compared) {
    const clients = results.flatMap(({ client, failure }) => (failure === undefined ? [client] : []))
    print(`${await commands({ folder, tls }, verb, clients, files, parallel)}\n`)
  }
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {Verb} verb
 * @param {number} files
 * @param {number} parallel
 * @param {ReturnType<typeof roundsFor>} roundsOf
 */
const compare = async (stage, verb, files, parallel, roundsOf) => {
  place(stage, verb, files)
  const clients = treeClients({ tls: stage.server.authority !== undefined }).filter(
    ({ isDownOnly }) => verb === "get" || isDownOnly !== true
  )
  const once = (/** @type {(typeof clients)[number]} */ client) => move(stage, client, verb, parallel)
  return inTurns(verb, clients, roundsOf, once, { warmUp: true })
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {Verb} verb
 * @param {number} files
 */
const place = (stage, verb, files) => {
  for (const tree of [stage.local("tree"), stage.remote("tree")]) setAside(stage, tree)
  const root = verb === "get" ? stage.remote("tree") : stage.local("tree")
  const paths = Array.from({ length: files }, (_, index) =>
    join(root, `d${Math.floor(index / FILES_PER_FOLDER)}`, `f${index}`)
  )
  paths.forEach((path, index) => {
    makeFile(path, (1 + (index % LARGEST_KIB)) * KIB)
  })
  if (verb === "get") giveToServer([root, ...new Set(paths.map(dirname)), ...paths])
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {import("./clients.mjs").TreeClient} client
 * @param {Verb} verb
 * @param {number} parallel
 */
const move = async (stage, client, verb, parallel) => {
  const [remote, local] = [stage.remote("tree"), stage.local("tree")]
  const [source, target] = verb === "get" ? [remote, local] : [local, remote]
  setAside(stage, target)
  execFileSync("sync", ["-f", stage.home])
  const command =
    verb === "get"
      ? client.get(stage.server, "tree", local, parallel)
      : client.put(stage.server, local, "tree", parallel)
  const run = await measure(command, stage.home)
  checkTree(source, target)
  return run
}

/**
 * @param {Awaited<ReturnType<typeof compare>>} results
 * @param {number} files
 * @param {number} rounds
 * @param {ReturnType<typeof roundsFor>} roundsOf
 */
const comparison = (results, files, rounds, roundsOf) =>
  table(
    ["client", "wall s", "to lftp", "files/s", "cpu s", "cpu ms/file", "peak RSS MiB"],
    results.map(({ client, failure, runs }) => {
      const name = titleWith(client.name, roundsOf(client), rounds)
      if (failure !== undefined) return [name, FAILED, ...Array.from({ length: 5 }, () => "–")]
      const wall = median(runs.map((run) => run.wall))
      const cpu = median(runs.map(({ system, user }) => user + system))
      const toFirst = runs.map((run, round) => run.wall / (results[0]?.runs[round]?.wall ?? Number.NaN))
      return [
        name,
        seconds(wall),
        times(median(toFirst)),
        (files / wall).toFixed(0),
        seconds(cpu),
        ((cpu / files) * 1000).toFixed(2),
        median(runs.map((run) => run.rss)).toFixed(0)
      ]
    })
  )

/**
 * Commands by verb, for each file and in all.
 *
 * @param {{ readonly folder: string, readonly tls: boolean }} on
 * @param {Verb} verb
 * @param {ReadonlyArray<import("./clients.mjs").TreeClient>} clients
 * @param {number} files
 * @param {number} parallel
 */
const commands = async (on, verb, clients, files, parallel) => {
  /** @type {Array<ReadonlyArray<string>>} */
  const rows = []
  for (const client of clients) {
    await onLoggedStage(on, async (stage, commands) => {
      say(`commands: ${verb}, ${client.name}`)
      place(stage, verb, files)
      await move(stage, client, verb, parallel)
      rows.push([`${client.name}, ${verb}`, (commands().length / files).toFixed(2), listed(commands())])
    })
  }
  return table(["client", "commands/file", "in all"], rows)
}

await run(main)
