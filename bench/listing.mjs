/**
 * Listings from a local vsftpd, through lftp and ftp-effect: a folder of many files, with the memory that each entry
 * takes; a tree; and a small folder, which shows what the start of a program takes:
 *
 *     node bench/listing.mjs [--rounds 5] [--entries 100000] [--folder DIR]
 *
 * The memory of an entry is the difference in peak memory between a folder of that many entries and one of a tenth. The
 * tree has as many files, in 100 folders.
 */
import { briefListers, listingClients, treeListers } from "./listers.mjs"
import { measure, median } from "./measure.mjs"
import { optionsOf } from "./options.mjs"
import { prepare, versions } from "./prepare.mjs"
import { print, run } from "./program.mjs"
import { fill, giveToServer, onStage, say } from "./stage.mjs"
import { seconds, table } from "./table.mjs"

const MIB = 1024 * 1024

/** @typedef {import("./measure.mjs").Run} Run */

const main = async () => {
  const { entries, folder, rounds } = optionsOf({ numbers: { rounds: 5, entries: 100_000 } })
  const few = Math.ceil(entries / 10)
  prepare()
  print(`${versions().join(", ")}; vsftpd on loopback; a folder of ${entries} empty files, medians of ${rounds}.\n`)
  await onStage({ folder }, async (stage) => {
    fill(stage.remote("few"), few)
    fill(stage.remote("many"), entries)
    for (let folder = 0; folder < FOLDERS; folder += 1) fill(stage.remote(`tree/folder${folder}`), entries / FOLDERS)
    giveToServer([stage.remote("tree")])
    fill(stage.remote("small"), SMALL)
    const lists = listsOf(stage, rounds)
    const some = await lists(listingClients, "few")
    const many = await lists(listingClients, "many")
    const rows = listingClients.map(({ name }, at) => {
      const [before, after] = [some, many].map((all) => median((all[at] ?? []).map(({ rss }) => rss)))
      const bytes = (((after ?? 0) - (before ?? 0)) * MIB) / (entries - few)
      return [name, ...timesOf(many[at]), (after ?? 0).toFixed(0), bytes.toFixed(0)]
    })
    print(table(["client", "wall s", "cpu s", "peak RSS MiB", "bytes/entry"], rows))
    print(`\n### ${entries} files in ${FOLDERS} folders\n`)
    print(tableOf(treeListers, await lists(treeListers, "tree")))
    print(`\n### ${SMALL} files in one folder\n`)
    print(tableOf(briefListers, await lists(briefListers, "small")))
  })
}

const FOLDERS = 100
const SMALL = 10

/**
 * The runs of each client, in turns.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @param {number} rounds
 * @returns {(clients: ReadonlyArray<import("./listers.mjs").Lister>, name: string) => Promise<Array<Array<Run>>>}
 */
const listsOf = (stage, rounds) => async (clients, name) => {
  /** @type {Array<Array<Run>>} */
  const runs = clients.map(() => [])
  for (let round = 0; round <= rounds; round += 1) {
    for (const [at, client] of clients.entries()) {
      say(`${client.name}, ${name}: ${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}`)
      const once = await measure(client.list(stage.server, name), stage.home)
      if (round > 0) runs[at]?.push(once)
    }
  }
  return runs
}

/** @param {ReadonlyArray<Run>} [runs] */
const timesOf = (runs = []) => [
  seconds(median(runs.map(({ wall }) => wall))),
  seconds(median(runs.map(({ system, user }) => system + user)))
]

/** @param {ReadonlyArray<import("./listers.mjs").Lister>} clients @param {ReadonlyArray<ReadonlyArray<Run>>} runs */
const tableOf = (clients, runs) =>
  table(
    ["client", "wall s", "cpu s", "peak RSS MiB"],
    clients.map(({ name }, at) => [
      name,
      ...timesOf(runs[at]),
      median((runs[at] ?? []).map(({ rss }) => rss)).toFixed(0)
    ])
  )

await run(main)
