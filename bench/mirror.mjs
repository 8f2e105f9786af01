/**
 * One tree made equal to another, up and down, by lftp, rclone and ftp-effect:
 *
 *     node bench/mirror.mjs [--rounds 5] [--files 10000] [--parallel 8] [--server vsftpd] [--folder DIR]
 *
 *     an empty target ──first──► equal ──nothing to do──► equal ──3 files changed, a folder moved──► equal
 *
 * Beside "nothing to do", up, stands the least that Node takes to read and compare both trees (`floorTrees.mjs`).
 *
 * Each client has a target of its own. The trees are compared after each run. At the end each client runs once more
 * against a vsftpd that logs, with nothing to do, and its commands are counted.
 */
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { BARE, bare } from "./clients.mjs"
import { measure, median } from "./measure.mjs"
import { mirrorClients } from "./mirrorClients.mjs"
import { optionsOf } from "./options.mjs"
import { prepare, versions } from "./prepare.mjs"
import { print, run } from "./program.mjs"
import { rcloneVersion } from "./rclone.mjs"
import { giveToServer, makeFile, onStage, say, setAside } from "./stage.mjs"
import { seconds, table, times } from "./table.mjs"

const KIB = 1024
const FILES_PER_FOLDER = 100

/** When the source was written: long before any run, so that no target's time is that of its transfer by chance. */
const WRITTEN = new Date("2024-05-06T07:08:09Z")

const MANIFEST = ".ftp-effect-manifest.json"

const WORK = /** @type {const} */ (["first", "nothing", "changes"])

/**
 * @typedef {import("./measure.mjs").Run} Run
 * @typedef {import("./mirrorClients.mjs").MirrorClient} MirrorClient
 * @typedef {"up" | "down"} Direction
 * @typedef {(typeof WORK)[number]} Work
 * @typedef {{ readonly client: MirrorClient, readonly runs: Record<Work | "least", Array<Run>> }} Result
 */

const TITLES = {
  first: "the first time",
  nothing: "again, with nothing to do",
  changes: "after 3 files were changed and a folder was moved"
}

const main = async () => {
  const { files, folder, parallel, rounds, server } = optionsOf({
    numbers: { rounds: 5, files: 10_000, parallel: 8 },
    words: ["server"]
  })
  const name = serverOf(server ?? "vsftpd")
  prepare(["rclone"])
  print(
    `${[...versions(), rcloneVersion()].join(", ")}; ${name} on loopback; ${files} files of 1 KiB in folders of ${FILES_PER_FOLDER}, ${parallel} at once.\n`
  )
  for (const direction of /** @type {const} */ (["up", "down"])) {
    await onStage({ folder, name }, async (stage) => {
      const results = await compare(stage, direction, files, parallel, rounds)
      for (const work of WORK) {
        print(`### ${direction === "up" ? "Up" : "Down"}, ${TITLES[work]}, medians of ${rounds} rounds\n`)
        print(`${comparison(results, work)}\n`)
      }
    })
  }
  print("### Commands on the wire, with nothing to do, vsftpd\n")
  print(await commands(folder, files, parallel))
}

/** @param {string} name */
const serverOf = (name) => {
  if (name === "vsftpd" || name === "proftpd" || name === "pure-ftpd") return name
  throw new Error(`--server takes vsftpd, proftpd or pure-ftpd, not ${name}`)
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {Direction} direction
 * @param {number} files
 * @param {number} parallel
 * @param {number} rounds
 */
const compare = async (stage, direction, files, parallel, rounds) => {
  const source = makeSource(stage, direction, files)
  /** @type {ReadonlyArray<Result>} */
  const results = mirrorClients.map((client) => ({ client, runs: { first: [], nothing: [], changes: [], least: [] } }))
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < results.length; turn += 1) {
      const { client, runs } = /** @type {Result} */ (results[(round + turn) % results.length])
      say(`${direction}: ${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}, ${client.name}`)
      for (const [work, run] of await threeTimes(stage, client, direction, source, parallel)) {
        if (round > 0) runs[work].push(run)
      }
    }
  }
  return results
}

/**
 * The tree that is copied, and what changes in it.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @param {Direction} direction
 * @param {number} files
 */
const makeSource = (stage, direction, files) => {
  const place = direction === "up" ? stage.local : stage.remote
  const root = place("source")
  const paths = Array.from({ length: files }, (_, index) =>
    join(root, `d${Math.floor(index / FILES_PER_FOLDER)}`, `f${index}`)
  )
  const own = (/** @type {ReadonlyArray<string>} */ these) => (direction === "down" ? giveToServer(these) : undefined)
  for (const path of paths) {
    makeFile(path, KIB)
    utimesSync(path, WRITTEN, WRITTEN)
  }
  own([root, ...new Set(paths.map(dirname)), ...paths])
  const changed = paths.slice(0, 3).map((path) => ({ path, before: readFileSync(path) }))
  const moved = join(root, `d${Math.floor((files - 1) / FILES_PER_FOLDER)}`)
  return {
    root,
    change: () => {
      for (const { before, path } of changed) writeFileSync(path, Buffer.concat([before, Buffer.from("more")]))
      renameSync(moved, `${moved}-moved`)
    },
    restore: () => {
      for (const { before, path } of changed) {
        writeFileSync(path, before)
        utimesSync(path, WRITTEN, WRITTEN)
      }
      renameSync(`${moved}-moved`, moved)
    }
  }
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {MirrorClient} client
 * @param {Direction} direction
 * @param {ReturnType<typeof makeSource>} source
 * @param {number} parallel
 * @returns {Promise<ReadonlyArray<readonly [Work | "least", Run]>>}
 */
const threeTimes = async (stage, client, direction, source, parallel) => {
  const target = direction === "up" ? stage.remote("target") : stage.local("target")
  setAside(stage, target)
  const once = async () => {
    execFileSync("sync", ["-f", stage.home])
    const run = await measure(
      direction === "up"
        ? client.up(stage.server, source.root, "target", parallel)
        : client.down(stage.server, "source", target, parallel),
      stage.home
    )
    execFileSync("diff", ["-r", "--exclude", MANIFEST, source.root, target])
    return run
  }
  const first = await once()
  const before = whenOf(target)
  const nothing = await once()
  if (whenOf(target) !== before) throw new Error(`${client.name} has copied something that had not changed`)
  // Any client's target will do.
  const bareRun = () => measure(bare("compare", stage.server, "target", `${parallel}`, source.root), stage.home)
  /** @type {ReadonlyArray<Run>} */
  const least = direction === "up" && client === mirrorClients[0] ? [await bareRun()] : []
  source.change()
  try {
    return [
      ...least.map((run) => /** @type {const} */ (["least", run])),
      ["first", first],
      ["nothing", nothing],
      ["changes", await once()]
    ]
  } finally {
    source.restore()
  }
}

/** When a file of the target was written or renamed, which no client can set. @param {string} target */
const whenOf = (target) => statSync(join(target, "d0/f0")).ctimeMs

/**
 * @param {ReadonlyArray<Result>} results
 * @param {Work} work
 */
const comparison = (results, work) => {
  const rows = results.map(({ client, runs }) => ({ name: client.name, own: runs[work] }))
  const least = results.flatMap(({ runs }) => (work === "nothing" ? runs.least : []))
  const all = least.length === 0 ? rows : [...rows, { name: BARE, own: least }]
  return table(
    ["client", "wall s", "to lftp", "cpu s", "peak RSS MiB"],
    all.map(({ name, own }) => {
      const toFirst = own.map((run, round) => run.wall / (results[0]?.runs[work][round]?.wall ?? Number.NaN))
      return [
        name,
        seconds(median(own.map(({ wall }) => wall))),
        times(median(toFirst)),
        seconds(median(own.map(({ system, user }) => user + system))),
        median(own.map(({ rss }) => rss)).toFixed(0)
      ]
    })
  )
}

/**
 * @param {string} folder
 * @param {number} files
 * @param {number} parallel
 */
const commands = async (folder, files, parallel) => {
  /** @type {Array<ReadonlyArray<string>>} */
  const rows = []
  const logFolder = join(folder, `ftp-effect-bench-log-${process.pid}`)
  const log = join(logFolder, "vsftpd.log")
  mkdirSync(logFolder, { recursive: true })
  chmodSync(logFolder, 0o755)
  writeFileSync(log, "")
  const extra = ["xferlog_enable=YES", "log_ftp_protocol=YES", "xferlog_std_format=NO", `vsftpd_log_file=${log}`]
  try {
    for (const direction of /** @type {const} */ (["up", "down"])) {
      await onStage({ folder, extra }, async (stage) => {
        const { root } = makeSource(stage, direction, files)
        for (const client of mirrorClients) {
          say(`commands: ${direction}, ${client.name}`)
          const target = direction === "up" ? stage.remote("target") : stage.local("target")
          setAside(stage, target)
          const command =
            direction === "up"
              ? client.up(stage.server, root, "target", parallel)
              : client.down(stage.server, "source", target, parallel)
          await measure(command, stage.home)
          const before = commandsIn(log).length
          await measure(command, stage.home)
          rows.push([`${direction}, ${client.name}`, ...countsOf(commandsIn(log).slice(before))])
        }
      })
    }
  } finally {
    rmSync(logFolder, { recursive: true, force: true })
  }
  return table(["client", "commands", "which"], rows)
}

/** @param {string} log */
const commandsIn = (log) =>
  Array.from(readFileSync(log, "utf8").matchAll(/FTP command: Client "[^"]*", "([A-Z]+)/g), ([, word = ""]) => word)

/** @param {ReadonlyArray<string>} words */
const countsOf = (words) => {
  const counts = new Map()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  const listed = [...counts].sort((a, b) => b[1] - a[1]).map(([word, count]) => `${word} ${count}`)
  return [`${words.length}`, listed.join(", ")]
}

await run(main)
