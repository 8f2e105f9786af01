/**
 * A tree of empty files on a local vsftpd, removed with all in it by lftp and ftp-effect:
 *
 *     node bench/removal.mjs [--rounds 5] [--files 10000] [--folder DIR]
 *
 * Each run has a tree of its own, and all are made before the first one: ext4 makes files slowly for some seconds after
 * many were removed.
 */
import { existsSync } from "node:fs"
import { BARE, bare, lftpOpen, secret, trust, user } from "./clients.mjs"
import { measure, median } from "./measure.mjs"
import { optionsOf } from "./options.mjs"
import { launcher, prepare, versions } from "./prepare.mjs"
import { print, run } from "./program.mjs"
import { fill, giveToServer, onStage, say } from "./stage.mjs"
import { seconds, table, times } from "./table.mjs"

const FOLDERS = 100

/** As many as `rm -r` uses. */
const SESSIONS = 4

/**
 * @typedef {import("./stage.mjs").Server} Server
 * @typedef {(server: Server, remote: string) => import("./measure.mjs").Command} Remove
 */

/** The first is what the others are compared with. @type {ReadonlyArray<{ readonly name: string, readonly remove: Remove }>} */
const removers = [
  {
    name: "lftp rm -r",
    remove: (server, remote) => ({ argv: ["lftp", "-c", `${lftpOpen(server)} && rm -r ${remote}`] })
  },
  {
    name: "ftp-effect rm -r",
    remove: (server, remote) => ({
      argv: [process.execPath, launcher, "rm", "-r", ...trust(server), `${user(server)}/${remote}`],
      env: secret(server)
    })
  },
  { name: BARE, remove: (server, remote) => bare("remove", server, remote, `${SESSIONS}`) }
]

const main = async () => {
  const { files, folder, rounds } = optionsOf({ numbers: { rounds: 5, files: 10_000 } })
  prepare()
  print(
    `${versions().join(", ")}; vsftpd on loopback; ${files} empty files in ${FOLDERS} folders, medians of ${rounds}.\n`
  )
  await onStage({ folder }, async (stage) => {
    for (let round = 0; round <= rounds; round += 1) {
      for (const index of removers.keys()) plant(stage, treeOf(round, index), files)
    }
    /** @type {Array<Array<import("./measure.mjs").Run>>} */
    const runs = removers.map(() => [])
    for (let round = 0; round <= rounds; round += 1) {
      for (let turn = 0; turn < removers.length; turn += 1) {
        const index = (round + turn) % removers.length
        const once = await removed(stage, index, round)
        if (round > 0) runs[index]?.push(once)
      }
    }
    print(tableOf(runs))
  })
}

/** @param {number} round @param {number} index */
const treeOf = (round, index) => `tree${round}-${index}`

/** @param {import("./stage.mjs").Stage} stage @param {string} name @param {number} files */
const plant = (stage, name, files) => {
  for (let folder = 0; folder < FOLDERS; folder += 1) {
    fill(stage.remote(`${name}/folder${folder}`), Math.ceil(files / FOLDERS))
  }
  giveToServer([stage.remote(name)])
}

/** @param {import("./stage.mjs").Stage} stage @param {number} index @param {number} round */
const removed = async (stage, index, round) => {
  const { name, remove } = /** @type {(typeof removers)[number]} */ (removers[index])
  say(`${name}: ${round === 0 ? "warm-up" : `round ${round}`}`)
  const tree = treeOf(round, index)
  const once = await measure(remove(stage.server, tree), stage.home)
  if (existsSync(stage.remote(tree))) throw new Error(`${name} has left something of ${tree}`)
  return once
}

/** @param {ReadonlyArray<ReadonlyArray<import("./measure.mjs").Run>>} runs */
const tableOf = (runs) =>
  table(
    ["client", "wall s", "to the first", "cpu s", "peak RSS MiB"],
    removers.map(({ name }, index) => {
      const own = runs[index] ?? []
      const ratios = own.map(({ wall }, round) => wall / (runs[0]?.[round]?.wall ?? Number.NaN))
      return [
        name,
        seconds(median(own.map(({ wall }) => wall))),
        times(median(ratios)),
        seconds(median(own.map(({ system, user }) => system + user))),
        median(own.map(({ rss }) => rss)).toFixed(0)
      ]
    })
  )

await run(main)
