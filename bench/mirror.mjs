/**
 * One tree made equal to another, up and down, by lftp (as it is; tuned for a line with delay; with each file under its name only
 * when it is whole, as ftp-effect does), rclone and ftp-effect; and by basic-ftp, which copies but does not compare, in
 * so many rounds as `--slow-rounds` says:
 *
 *     node bench/mirror.mjs [--rounds 5] [--slow-rounds 1] [--files 10000] [--parallel 8] [--server vsftpd] [--folder DIR]
 *     ip netns exec SERVER node bench/mirror.mjs --clients CLIENT --address 10.0.0.2 --files 500 --rounds 3
 *
 * The second one is over a line that is there already: see `line.mjs`. There rclone is one of the slow ones, and nothing is counted.
 *
 *     an empty target ──first──► equal ──nothing to do──► equal ──3 files changed, a folder moved──► equal
 *
 * Beside "first" and "nothing to do" stands the least that Node takes to copy the tree, whole files of the same promise but
 * without fsync (`floor.mjs`), and to read and compare both (`floorTrees.mjs`).
 *
 * Each client has a target of its own. The trees are compared after each run; a client that fails has that as its row. At the end
 * each other client runs twice more against a vsftpd that logs, and its commands are counted.
 */
import { execFileSync } from "node:child_process"
import { readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { BARE, bare, bareCopy } from "./clients.mjs"
import { listed, onLoggedStage } from "./commandLog.mjs"
import { ClientFailed, checkTree } from "./failure.mjs"
import { measure, median } from "./measure.mjs"
import { lineMirrorClients, mirrorClients } from "./mirrorClients.mjs"
import { optionsOf } from "./options.mjs"
import { prepare, versions } from "./prepare.mjs"
import { print, run } from "./program.mjs"
import { rcloneVersion } from "./rclone.mjs"
import { giveToServer, makeFile, onStage, say, setAside } from "./stage.mjs"
import { FAILED, ofRounds, seconds, table, times } from "./table.mjs"
import { failuresOf, inTurns, roundsFor, titleWith, withFailures } from "./turns.mjs"

const KIB = 1024
const FILES_PER_FOLDER = 100

/** When the source was written: long before any run, so that no target's time is that of its transfer by chance. */
const WRITTEN = new Date("2024-05-06T07:08:09Z")

const MANIFEST = ".ftp-effect-manifest.json"

const WORK = /** @type {const} */ (["first", "nothing", "changes"])

/** Of which the commands are counted. */
const COUNTED = /** @type {const} */ (["first", "nothing"])

/**
 * @typedef {{ readonly clients: string, readonly address: string }} Line
 * @typedef {import("./measure.mjs").Run} Run
 * @typedef {import("./mirrorClients.mjs").MirrorClient} MirrorClient
 * @typedef {"up" | "down"} Direction
 * @typedef {(typeof WORK)[number]} Work
 * @typedef {{ readonly [W in Work]?: Run }} Done
 * @typedef {Done & { readonly least?: Done }} Runs what was done in one round, and by the bare program after it
 * @typedef {import("./turns.mjs").Result<MirrorClient, Runs>} Result
 */

const TITLES = {
  first: "the first time",
  nothing: "again, with nothing to do",
  changes: "after 3 files were changed and a folder was moved"
}

const main = async () => {
  const options = optionsOf({
    numbers: { rounds: 5, "slow-rounds": 1, files: 10_000, parallel: 8 },
    words: ["server", "clients", "address"]
  })
  const { address, clients: inNamespace, files, folder, parallel, rounds, server } = options
  const line = inNamespace !== undefined && address !== undefined ? { clients: inNamespace, address } : undefined
  const compared = line === undefined ? mirrorClients : lineMirrorClients
  const roundsOf = roundsFor(rounds, options["slow-rounds"])
  const name = serverOf(server ?? "vsftpd")
  prepare(["rclone"])
  print(
    `${[...versions(), rcloneVersion()].join(", ")}; ${name} ${line === undefined ? "on loopback" : "over a line of 50 ms and 100 Mbit/s"}; ${files} files of 1 KiB in folders of ${FILES_PER_FOLDER}, ${parallel} at once.\n`
  )
  /** @type {Array<readonly [Direction, ReadonlyArray<MirrorClient>]>} */
  const able = []
  for (const direction of /** @type {const} */ (["up", "down"])) {
    await onStage({ folder, name, host: line?.address }, async (stage) => {
      const source = makeSource(stage, direction, files)
      const once = (/** @type {MirrorClient} */ client) => threeTimes(stage, line, client, direction, source, parallel)
      const clients = compared.filter(({ isDownOnly }) => direction === "down" || isDownOnly !== true)
      const results = await inTurns(direction, clients, roundsOf, once, { warmUp: line === undefined })
      for (const work of WORK) {
        print(`### ${direction === "up" ? "Up" : "Down"}, ${TITLES[work]}, ${ofRounds(rounds)}\n`)
        print(`${withFailures(comparison(results, work, rounds, roundsOf), failuresOf(results))}\n`)
      }
      able.push([direction, results.flatMap(({ client, failure }) => (failure === undefined ? [client] : []))])
    })
  }
  if (line !== undefined) return
  const counts = []
  for (const [direction, clients] of able) counts.push(...(await commands(folder, direction, clients, files, parallel)))
  for (const work of COUNTED) {
    print(`### Commands on the wire, ${TITLES[work]}, vsftpd\n`)
    print(
      `${table(
        ["client", "commands", "which"],
        counts.flatMap((count) => (count.work === work ? [count.row] : []))
      )}\n`
    )
  }
}

/** @param {string} name */
const serverOf = (name) => {
  if (name === "vsftpd" || name === "proftpd" || name === "pure-ftpd") return name
  throw new Error(`--server takes vsftpd, proftpd or pure-ftpd, not ${name}`)
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
 * @param {Line | undefined} line
 * @param {MirrorClient} client
 * @param {Direction} direction
 * @param {ReturnType<typeof makeSource>} source
 * @param {number} parallel
 * @returns {Promise<Runs>}
 */
const threeTimes = async (stage, line, client, direction, source, parallel) => {
  const target = direction === "up" ? stage.remote("target") : stage.local("target")
  setAside(stage, target)
  const once = async () => {
    execFileSync("sync", ["-f", stage.home])
    const run = await measure(over(line, commandOf(stage, client, direction, source.root, parallel)), stage.home)
    checkTree(source.root, target, [MANIFEST])
    return run
  }
  const first = await once()
  if (client.isCopier === true) return { first }
  const before = whenOf(target)
  const nothing = await once()
  if (whenOf(target) !== before) throw new ClientFailed(client.name, "it copied something that had not changed")
  const least =
    client === mirrorClients[0] ? { least: await theLeast(stage, line, direction, source.root, parallel) } : {}
  source.change()
  try {
    return { ...least, first, nothing, changes: await once() }
  } finally {
    source.restore()
  }
}

/**
 * The same by the bare program, which has a target of its own.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @param {Line | undefined} line
 * @param {Direction} direction
 * @param {string} root
 * @param {number} parallel
 * @returns {Promise<Done>}
 */
const theLeast = async (stage, line, direction, root, parallel) => {
  const { home, local, remote, server } = stage
  const target = direction === "up" ? remote("least") : local("least")
  setAside(stage, target)
  execFileSync("sync", ["-f", home])
  const [copy, compared] =
    direction === "up"
      ? [bareCopy("publish", server, "least", root, parallel), bare("compare", server, "least", `${parallel}`, root)]
      : [bareCopy("get", server, "source", target, parallel), bare("compare", server, "source", `${parallel}`, target)]
  const first = await measure(over(line, copy), home)
  checkTree(root, target, [])
  return { first, nothing: await measure(over(line, compared), home) }
}

/**
 * From the other end of the line.
 *
 * @param {Line | undefined} line
 * @param {import("./measure.mjs").Command} command
 * @returns {import("./measure.mjs").Command}
 */
const over = (line, { argv, env }) => ({
  argv: line === undefined ? argv : ["ip", "netns", "exec", line.clients, ...argv],
  env
})

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {MirrorClient} client
 * @param {Direction} direction
 * @param {string} root
 * @param {number} parallel
 */
const commandOf = ({ local, server }, client, direction, root, parallel) =>
  direction === "up"
    ? client.up(server, root, "target", parallel)
    : client.down(server, "source", local("target"), parallel)

/** When a file of the target was written or renamed, which no client can set. @param {string} target */
const whenOf = (target) => statSync(join(target, "d0/f0")).ctimeMs

/**
 * @param {ReadonlyArray<Result>} results
 * @param {Work} work
 * @param {number} rounds
 * @param {ReturnType<typeof roundsFor>} roundsOf
 */
const comparison = (results, work, rounds, roundsOf) => {
  const doing = results.filter(({ client }) => work === "first" || client.isCopier !== true)
  const rows = doing.map(({ client, failure, runs }) => ({
    name: titleWith(client.name, roundsOf(client), rounds),
    failure,
    own: runsOf(runs, work)
  }))
  const least = results.flatMap(({ runs }) =>
    runs.flatMap(({ least }) => runsOf(least === undefined ? [] : [least], work))
  )
  const all = least.length === 0 ? rows : [...rows, { name: BARE, failure: undefined, own: least }]
  const theFirst = rows[0]?.own ?? []
  return table(
    ["client", "wall s", "to lftp", "cpu s", "peak RSS MiB"],
    all.map(({ failure, name, own }) => {
      if (failure !== undefined) return [name, FAILED, "–", "–", "–"]
      const toFirst = own.map((run, round) => run.wall / (theFirst[round]?.wall ?? Number.NaN))
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

/** @param {ReadonlyArray<Done>} runs @param {Work} work */
const runsOf = (runs, work) => runs.flatMap(({ [work]: run }) => (run === undefined ? [] : [run]))

/**
 * What each client sends, the first time and with nothing to do.
 *
 * @param {string} folder
 * @param {Direction} direction
 * @param {ReadonlyArray<MirrorClient>} clients
 * @param {number} files
 * @param {number} parallel
 */
const commands = async (folder, direction, clients, files, parallel) => {
  /** @type {Array<{ readonly work: Work, readonly row: ReadonlyArray<string> }>} */
  const counts = []
  await onLoggedStage({ folder }, async (stage, sent) => {
    const { root } = makeSource(stage, direction, files)
    for (const client of clients) {
      say(`commands: ${direction}, ${client.name}`)
      setAside(stage, direction === "up" ? stage.remote("target") : stage.local("target"))
      for (const work of client.isCopier === true ? /** @type {const} */ (["first"]) : COUNTED) {
        const before = sent().length
        await measure(commandOf(stage, client, direction, root, parallel), stage.home)
        const own = sent().slice(before)
        counts.push({ work, row: [`${direction}, ${client.name}`, `${own.length}`, listed(own)] })
      }
    }
  })
  return counts
}

await run(main)
