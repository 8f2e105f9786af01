/**
 * Many small files, as trees, through lftp (as it is, and tuned for a line with delay), rclone, basic-ftp and ftp-effect, from
 * and to a local vsftpd:
 *
 *     node bench/smallFiles.mjs [--tls] [--rounds 5] [--files 2000] [--parallel 8] [--folder DIR]
 *
 * The trees are compared after each run. At the end each client runs once more against a server that logs, and the
 * commands it sent are counted: on a line with delay they are what takes the time.
 */
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { treeClients } from "./clients.mjs"
import { measure, median } from "./measure.mjs"
import { optionsOf } from "./options.mjs"
import { prepare, versions } from "./prepare.mjs"
import { print, run } from "./program.mjs"
import { rcloneVersion } from "./rclone.mjs"
import { giveToServer, makeFile, onStage, say, setAside } from "./stage.mjs"
import { seconds, table, times } from "./table.mjs"

const KIB = 1024
const FILES_PER_FOLDER = 100
const LARGEST_KIB = 8

/** @typedef {"get" | "put"} Verb @typedef {import("./measure.mjs").Run} Run */

const main = async () => {
  const { files, folder, parallel, rounds, tls } = optionsOf({
    numbers: { rounds: 5, files: 2000, parallel: 8 },
    flags: ["tls"]
  })
  prepare(["rclone"])
  print(
    `${[...versions(), rcloneVersion()].join(", ")}; vsftpd on loopback${tls ? ", explicit TLS" : ""}; ${files} files of 1 to ${LARGEST_KIB} KiB, ${parallel} at once.\n`
  )
  await onStage({ folder, tls }, async (stage) => {
    for (const verb of /** @type {const} */ (["get", "put"])) {
      const results = await compare(stage, verb, files, parallel, rounds)
      print(`### ${verb === "get" ? "Download" : "Upload"}, medians of ${rounds} rounds\n`)
      print(comparison(results, files))
      print("")
    }
  })
  print("### Commands on the wire\n")
  for (const verb of /** @type {const} */ (["get", "put"]))
    print(`${await commands({ folder, tls }, verb, files, parallel)}\n`)
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {Verb} verb
 * @param {number} files
 * @param {number} parallel
 * @param {number} rounds
 */
const compare = async (stage, verb, files, parallel, rounds) => {
  place(stage, verb, files)
  /** @type {ReadonlyArray<{ readonly client: import("./clients.mjs").TreeClient, readonly runs: Array<Run> }>} */
  const results = treeClients({ tls: stage.server.authority !== undefined }).map((client) => ({ client, runs: [] }))
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < results.length; turn += 1) {
      const { client, runs } = /** @type {(typeof results)[number]} */ (results[(round + turn) % results.length])
      say(`${verb}: ${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}, ${client.name}`)
      const run = await move(stage, client, verb, parallel)
      if (round > 0) runs.push(run)
    }
  }
  return results
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
  setAside(stage, verb === "get" ? local : remote)
  execFileSync("sync", ["-f", stage.home])
  const command =
    verb === "get"
      ? client.get(stage.server, "tree", local, parallel)
      : client.put(stage.server, local, "tree", parallel)
  const run = await measure(command, stage.home)
  execFileSync("diff", ["-r", remote, local])
  return run
}

/**
 * @param {Awaited<ReturnType<typeof compare>>} results
 * @param {number} files
 */
const comparison = (results, files) =>
  table(
    ["client", "wall s", "to lftp", "files/s", "cpu s", "cpu ms/file", "peak RSS MiB"],
    results.map(({ client, runs }) => {
      const wall = median(runs.map((run) => run.wall))
      const cpu = median(runs.map(({ system, user }) => user + system))
      const toFirst = runs.map((run, round) => run.wall / (results[0]?.runs[round]?.wall ?? Number.NaN))
      return [
        client.name,
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
 * Commands by verb, for each file and in all, from vsftpd's own log of the dialogue.
 *
 * @param {{ readonly folder: string, readonly tls: boolean }} on
 * @param {Verb} verb
 * @param {number} files
 * @param {number} parallel
 */
const commands = async ({ folder, tls }, verb, files, parallel) => {
  /** @type {Array<ReadonlyArray<string>>} */
  const rows = []
  for (const client of treeClients({ tls })) {
    const logFolder = join(folder, `ftp-effect-bench-log-${process.pid}`)
    const log = join(logFolder, "vsftpd.log")
    mkdirSync(logFolder, { recursive: true })
    chmodSync(logFolder, 0o755)
    writeFileSync(log, "")
    const extra = ["xferlog_enable=YES", "log_ftp_protocol=YES", "xferlog_std_format=NO", `vsftpd_log_file=${log}`]
    try {
      await onStage({ folder, extra, tls }, async (stage) => {
        say(`commands: ${verb}, ${client.name}`)
        place(stage, verb, files)
        await move(stage, client, verb, parallel)
      })
      const counts = new Map()
      for (const [, word = ""] of readFileSync(log, "utf8").matchAll(/FTP command: Client "[^"]*", "([A-Z]+)/g)) {
        counts.set(word, (counts.get(word) ?? 0) + 1)
      }
      const all = [...counts.values()].reduce((sum, count) => sum + count, 0)
      const listed = [...counts].sort((a, b) => b[1] - a[1]).map(([word, count]) => `${word} ${count}`)
      rows.push([`${client.name}, ${verb}`, (all / files).toFixed(2), listed.join(", ")])
    } finally {
      rmSync(logFolder, { recursive: true, force: true })
    }
  }
  return table(["client", "commands/file", "in all"], rows)
}

await run(main)
