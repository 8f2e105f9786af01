/**
 * One large file over one connection and over several, from a local vsftpd:
 *
 *     node bench/segments.mjs [--rounds 5] [--size 1024] [--folder DIR]
 *
 * `--size` is in MiB, `--folder` where the files are, on both sides; default the system's temporary folder. On loopback
 * segments can't win: this shows what they cost. Where they win is on a line with delay. To measure one, name a command
 * that runs what follows it behind the line, and a file on a server there:
 *
 *     BENCH_LINK="ip netns exec client" BENCH_LINK_URL=ftp://10.0.0.2/big.bin node bench/segments.mjs
 *
 * lftp's pget is measured beside it where there is one. Every file that came over loopback is compared with its source,
 * those of a line with each other. The report goes to standard output, in Markdown; what is going on to standard error.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { cpus } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { measure, median } from "./measure.mjs"
import { optionsOf } from "./options.mjs"
import { print, run } from "./program.mjs"
import { giveToServer, hasRoom, MIB, makeFile, onStage, say } from "./stage.mjs"
import { ofRounds, seconds, table, times } from "./table.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const launcher = join(root, "packages/cli/dist/launch.cjs")

/** How many segments are compared: the first is what the others are compared with. */
const MOST = "8"
const WAYS = ["1", MOST, "auto"]

/** What ftp-effect promises of segments on loopback, as a part of the wall clock of one stream. */
const TARGET = 1.1

/** One copy for the server, one for the client, and as much as the disk should have left over. */
const COPIES = 3

/** @typedef {import("./measure.mjs").Command} Command @typedef {import("./measure.mjs").Run} Run */

const main = async () => {
  const { folder, rounds, size } = optionsOf({ numbers: { rounds: 5, size: 1024 } })
  execFileSync(process.execPath, [join(root, "scripts/bootstrap.mjs"), "--bundle"], { stdio: "inherit" })
  const { BENCH_LINK: link, BENCH_LINK_URL: url } = process.env
  print(`Node ${process.version}; ${cpus().length} processors.\n`)
  if (link !== undefined && url !== undefined) await overLink(link.split(" "), url, folder, rounds)
  else await overLoopback(folder, size, rounds)
}

/**
 * @param {string} folder
 * @param {number} size in MiB
 * @param {number} rounds
 */
const overLoopback = (folder, size, rounds) =>
  onStage({ folder }, async (stage) => {
    if (!hasRoom(folder, COPIES * size * MIB))
      throw new Error(`${folder} has no room for ${COPIES} files of ${size} MiB`)
    const [remote, local] = [stage.remote("large"), stage.local("large")]
    makeFile(remote, size * MIB)
    giveToServer([remote])
    const { host, password, port, user } = stage.server
    const results = await compare(
      rounds,
      stage.home,
      WAYS.map((way) => ({ way, command: get(way, `ftp://${user}@${host}:${port}/large`, local, password) })),
      {
        before: () => {
          rmSync(local, { force: true })
          execFileSync("sync", ["-f", stage.home])
        },
        after: () => execFileSync("cmp", [remote, local])
      }
    )
    print(`### Download of ${size} MiB from vsftpd on loopback, ${ofRounds(rounds)}\n`)
    print(comparison(results, size))
    for (const { ratio, way } of ratios(results).slice(1)) {
      const met = ratio <= TARGET ? "met" : "MISSED"
      print(`\n- ${way} segments, wall to one stream: ${ratio.toFixed(2)}, target at most ${TARGET}: ${met}`)
    }
  })

/**
 * @param {ReadonlyArray<string>} link
 * @param {string} url
 * @param {string} folder
 * @param {number} rounds
 */
const overLink = async (link, url, folder, rounds) => {
  const home = mkdtempSync(join(folder, "ftp-effect-bench-"))
  process.once("exit", () => rmSync(home, { recursive: true, force: true }))
  const [local, first] = [join(home, "large"), join(home, "first")]
  const ours = WAYS.map((way) => ({ way, command: behind(link, get(way, url, local, undefined)) }))
  const lftp = {
    way: `lftp pget -n ${MOST}`,
    command: behind(link, { argv: ["lftp", "-c", `set xfer:use-temp-file no; pget -n ${MOST} ${url} -o ${local}`] })
  }
  const results = await compare(rounds, home, hasLftp() ? [...ours, lftp] : ours, {
    before: () => {},
    after: () => {
      execFileSync("sh", ["-c", 'if [ -e "$1" ]; then cmp "$0" "$1" && rm "$0"; else mv "$0" "$1"; fi', local, first])
    }
  })
  const size = statSync(first).size / MIB
  print(`### Download of ${size.toFixed(0)} MiB from ${new URL(url).host}, ${ofRounds(rounds)}\n`)
  print(comparison(results, size))
}

const hasLftp = () => spawnSync("lftp", ["--version"], { stdio: "ignore" }).status === 0

/**
 * @param {ReadonlyArray<string>} link
 * @param {Command} command
 * @returns {Command}
 */
const behind = ([program = "", ...words], { argv, env }) => ({ argv: [program, ...words, ...argv], env })

/**
 * @param {string} way
 * @param {string} url
 * @param {string} local
 * @param {string | undefined} password
 * @returns {Command}
 */
const get = (way, url, local, password) => ({
  argv: [process.execPath, launcher, "get", "--quiet", "--segments", way, url, local],
  env: password === undefined ? {} : { FTP_PASSWORD: password }
})

/**
 * Every way once in each round, each time another one first. The first round is not counted.
 *
 * @param {number} rounds
 * @param {string} home
 * @param {ReadonlyArray<{ readonly way: string, readonly command: Command }>} entries
 * @param {{ readonly before: () => void, readonly after: () => void }} around
 */
const compare = async (rounds, home, entries, { after, before }) => {
  /** @type {ReadonlyArray<{ readonly way: string, readonly command: Command, readonly runs: Array<Run> }>} */
  const results = entries.map((entry) => ({ ...entry, runs: [] }))
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < results.length; turn += 1) {
      const { command, runs, way } = /** @type {(typeof results)[number]} */ (results[(round + turn) % results.length])
      say(`${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}, segments ${way}`)
      before()
      const run = await measure(command, home)
      after()
      if (round > 0) runs.push(run)
    }
  }
  return results
}

/** The medians of the rounds' own ratios to one stream. @param {Awaited<ReturnType<typeof compare>>} results */
const ratios = (results) => {
  const ones = results[0]?.runs ?? []
  return results.map(({ runs, way }) => ({
    way,
    ratio: median(runs.map(({ wall }, round) => wall / (ones[round]?.wall ?? Number.NaN)))
  }))
}

/**
 * @param {Awaited<ReturnType<typeof compare>>} results
 * @param {number} size in MiB
 */
const comparison = (results, size) =>
  table(
    ["segments", "wall s", "to one", "MiB/s", "cpu s", "peak RSS MiB"],
    ratios(results).map(({ ratio, way }, index) => {
      const { runs } = /** @type {(typeof results)[number]} */ (results[index])
      const wall = median(runs.map((run) => run.wall))
      return [
        way,
        seconds(wall),
        times(ratio),
        (size / wall).toFixed(0),
        seconds(median(runs.map(({ system, user }) => user + system))),
        median(runs.map(({ rss }) => rss)).toFixed(0)
      ]
    })
  )

await run(main)
