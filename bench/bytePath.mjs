/**
 * One large file through curl, lftp, basic-ftp and ftp-effect, side by side, from and to a local vsftpd:
 *
 *     node bench/bytePath.mjs [--rounds 5] [--size 1024] [--folder DIR] [--tls] [--before LAUNCHER]
 *
 * `--before` is `packages/cli/dist/launch.cjs` of another clone: how its build does in the same rounds. `--size` is in MiB. `--tls` does all of it over explicit TLS. `--folder` is where the files are, on both sides;
 * default the system's temporary folder. Every file that was moved is compared byte for byte. The report goes to
 * standard output, in Markdown; what is going on to standard error.
 */
import { execFileSync } from "node:child_process"
import { rmSync } from "node:fs"
import { cpus } from "node:os"
import { BEFORE, clientsWith, ftpEffect } from "./clients.mjs"
import { measure, median } from "./measure.mjs"
import { optionsOf } from "./options.mjs"
import { prepare, versions } from "./prepare.mjs"
import { print, run } from "./program.mjs"
import { giveToServer, hasRoom, MIB, makeFile, makeTinyFile, onStage, say } from "./stage.mjs"
import { ofRounds, seconds, table, times } from "./table.mjs"

/** What ftp-effect promises, as parts of the figures, in the same rounds, of another that does the same work. */
const TARGETS = {
  get: [
    { ours: "ftp-effect --no-fsync", client: "curl", wall: 1, cpu: 1 },
    { ours: "ftp-effect", client: "curl, then fsync", wall: 1, cpu: 1 }
  ],
  put: [{ ours: "ftp-effect", client: "curl, then SIZE", wall: 1.2, cpu: undefined }]
}
const RSS_TARGET_MIB = 120

/** Sizes in MiB that show whether memory grows with the file. */
const MEMORY_SIZES = [64, 1024, 4096]

/** One copy for the server, one for the client, and as much as the disk should have left over. */
const COPIES = 3

const TINY = "tiny"

/** @typedef {"get" | "put"} Verb @typedef {import("./measure.mjs").Run} Run */

const main = async () => {
  const { before, folder, rounds, size, tls } = optionsOf({
    numbers: { rounds: 5, size: 1024 },
    words: ["before"],
    flags: ["tls"]
  })
  const clients = clientsWith(before)
  prepare()
  await onStage({ folder, tls }, async (stage) => {
    if (!hasRoom(folder, COPIES * size * MIB))
      throw new Error(`${folder} has no room for ${COPIES} files of ${size} MiB`)
    print(`${versions().join(", ")}; vsftpd on loopback${tls ? ", explicit TLS" : ""}; ${cpus().length} processors.\n`)
    for (const verb of /** @type {const} */ (["get", "put"])) {
      const results = await compare(stage, clients, verb, `${size}.bin`, size * MIB, rounds)
      print(`### ${verb === "get" ? "Download" : "Upload"} of ${size} MiB, ${ofRounds(rounds)}\n`)
      print(comparison(results, size))
      print(verdict(verb, results))
    }
    const results = await compare(stage, clients, "get", TINY, 0, rounds)
    print(`### Start and login: download of a file of 5 bytes, ${ofRounds(rounds)}\n`)
    print(comparison(results, undefined))
    await memory(stage, folder)
  })
}

/**
 * Every client once in each round, each time another one first. The first round is not counted.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @param {ReadonlyArray<import("./clients.mjs").Client>} clients
 * @param {Verb} verb
 * @param {string} name
 * @param {number} bytes
 * @param {number} rounds
 */
const compare = async (stage, clients, verb, name, bytes, rounds) => {
  place(stage, verb, name, bytes)
  /** @type {ReadonlyArray<{ readonly client: import("./clients.mjs").Client, readonly runs: Array<Run> }>} */
  const results = clients.filter((client) => client[verb] !== undefined).map((client) => ({ client, runs: [] }))
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < results.length; turn += 1) {
      const { client, runs } = /** @type {(typeof results)[number]} */ (results[(round + turn) % results.length])
      say(`${verb} ${name}: ${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}, ${client.name}`)
      const run = await move(stage, client, verb, name)
      if (round > 0) runs.push(run)
    }
  }
  rmSync(stage.local(name), { force: true })
  rmSync(stage.remote(name), { force: true })
  return results
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {Verb} verb
 * @param {string} name
 * @param {number} bytes
 */
const place = (stage, verb, name, bytes) => {
  const source = verb === "get" ? stage.remote(name) : stage.local(name)
  if (name === TINY) makeTinyFile(source)
  else makeFile(source, bytes)
  if (verb === "get") giveToServer([source])
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {import("./clients.mjs").Client} client
 * @param {Verb} verb
 * @param {string} name
 */
const move = async (stage, client, verb, name) => {
  const [remote, local] = [stage.remote(name), stage.local(name)]
  rmSync(verb === "get" ? local : remote, { force: true })
  // What the run before left to be written must not slow this one.
  execFileSync("sync", ["-f", stage.home])
  const command = verb === "get" ? client.get?.(stage.server, name, local) : client.put?.(stage.server, local, name)
  if (command === undefined) throw new Error(`${client.name} has no ${verb}`)
  const run = await measure(command, stage.home)
  execFileSync("cmp", [remote, local])
  return run
}

/** @param {Run} run */
const cpu = ({ system, user }) => user + system

/**
 * The median of the rounds' own ratios to another client: what slows a whole round does not count.
 *
 * @param {Awaited<ReturnType<typeof compare>>} results
 * @param {ReadonlyArray<Run>} runs
 * @param {(run: Run) => number} figure
 * @param {string} [to]
 */
const ratio = (results, runs, figure, to = "curl") => {
  const others = results.find(({ client }) => client.name === to)?.runs ?? []
  return median(runs.map((run, round) => figure(run) / figure(/** @type {Run} */ (others[round]))))
}

/**
 * @param {Awaited<ReturnType<typeof compare>>} results
 * @param {number | undefined} size in MiB
 */
const comparison = (results, size) =>
  table(
    [
      "client",
      "wall s",
      "to curl",
      ...(size === undefined ? [] : ["MiB/s"]),
      "cpu s",
      "to curl",
      "user s",
      "system s",
      "peak RSS MiB"
    ],
    results.map(({ client, runs }) => {
      const wall = median(runs.map((run) => run.wall))
      return [
        client.name,
        seconds(wall),
        times(ratio(results, runs, (run) => run.wall)),
        ...(size === undefined ? [] : [(size / wall).toFixed(0)]),
        seconds(median(runs.map(cpu))),
        times(ratio(results, runs, cpu)),
        seconds(median(runs.map((run) => run.user))),
        seconds(median(runs.map((run) => run.system))),
        median(runs.map((run) => run.rss)).toFixed(0)
      ]
    })
  )

/**
 * @param {Verb} verb
 * @param {Awaited<ReturnType<typeof compare>>} results
 */
const verdict = (verb, results) => {
  /** @param {string} what @param {number} actual @param {number} limit @param {string} unit */
  const line = (what, actual, limit, unit) =>
    `- ${what}: ${actual.toFixed(2)}${unit}, target at most ${limit}${unit}: ${actual <= limit ? "met" : "MISSED"}`
  /** @param {Run} run */
  const wall = (run) => run.wall
  /** @param {string} name */
  const runsOf = (name) => results.find(({ client }) => client.name === name)?.runs ?? []
  const ours = results.flatMap(({ client, runs }) => (client.name.startsWith("ftp-effect") ? runs : []))
  return [
    "",
    ...TARGETS[verb].flatMap(({ client, cpu: most, ours, wall: longest }) => {
      const runs = runsOf(ours)
      return [
        line(`${ours}, wall to "${client}"`, ratio(results, runs, wall, client), longest, ""),
        ...(most === undefined
          ? [`- ${ours}, wall to "curl": ${ratio(results, runs, wall).toFixed(2)}`]
          : [line(`${ours}, processor time to "${client}"`, ratio(results, runs, cpu, client), most, "")])
      ]
    }),
    ...besideBefore(verb, results),
    line("peak RSS", Math.max(...ours.map((run) => run.rss)), RSS_TARGET_MIB, " MiB"),
    ""
  ].join("\n")
}

/**
 * How this build does beside the other one, if there is one.
 *
 * @param {Verb} verb
 * @param {Awaited<ReturnType<typeof compare>>} results
 */
const besideBefore = (verb, results) => {
  if (!results.some(({ client }) => client.name === BEFORE)) return []
  const ours = verb === "get" ? "ftp-effect --no-fsync" : "ftp-effect"
  const runs = results.find(({ client }) => client.name === ours)?.runs ?? []
  const wall = ratio(results, runs, (run) => run.wall, BEFORE)
  return [
    `- ${ours} to ${BEFORE}: wall ${wall.toFixed(2)}, processor time ${ratio(results, runs, cpu, BEFORE).toFixed(2)}`
  ]
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {string} folder
 */
const memory = async (stage, folder) => {
  /** @type {Array<ReadonlyArray<string>>} */
  const rows = []
  for (const size of MEMORY_SIZES) {
    if (!hasRoom(folder, COPIES * size * MIB)) {
      rows.push([`${size} MiB`, "no room on this disk", ""])
      continue
    }
    const figures = []
    for (const verb of /** @type {const} */ (["get", "put"])) {
      const name = `${size}.bin`
      say(`memory: ${verb} of ${size} MiB`)
      place(stage, verb, name, size * MIB)
      const run = await move(stage, ftpEffect, verb, name)
      figures.push(run.rss.toFixed(0))
      rmSync(stage.local(name), { force: true })
      rmSync(stage.remote(name), { force: true })
    }
    rows.push([`${size} MiB`, ...figures])
  }
  print("\n### Peak RSS of ftp-effect in MiB, by the size of the file\n")
  print(table(["file", "get", "put"], rows))
}

await run(main)
