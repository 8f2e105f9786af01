/**
 * A folder of many files listed, through lftp and ftp-effect, from a local vsftpd, and the memory that each entry takes:
 *
 *     node bench/listing.mjs [--rounds 5] [--entries 100000] [--folder DIR]
 *
 * The memory of an entry is the difference in peak memory between a folder of that many entries and one of a tenth.
 */
import { closeSync, mkdirSync, openSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { listingClients, prepare, versions } from "./clients.mjs"
import { measure, median } from "./measure.mjs"
import { print, run, wholeNumber } from "./program.mjs"
import { giveToServer, onStage, say } from "./stage.mjs"
import { seconds, table } from "./table.mjs"

const MIB = 1024 * 1024

/** @typedef {import("./measure.mjs").Run} Run */

const main = async () => {
  const { values } = parseArgs({
    options: { rounds: { type: "string" }, entries: { type: "string" }, folder: { type: "string" } }
  })
  const rounds = wholeNumber("rounds", values.rounds ?? "5")
  const entries = wholeNumber("entries", values.entries ?? "100000")
  const few = Math.ceil(entries / 10)
  prepare()
  print(`${versions().join(", ")}; vsftpd on loopback; a folder of ${entries} empty files, medians of ${rounds}.\n`)
  await onStage({ folder: values.folder ?? tmpdir() }, async (stage) => {
    fill(stage.remote("few"), few)
    fill(stage.remote("many"), entries)
    /** @type {Array<ReadonlyArray<string>>} */
    const rows = []
    for (const client of listingClients) {
      /** @param {string} name */
      const listed = async (name) => {
        /** @type {Array<Run>} */
        const runs = []
        for (let round = 0; round <= rounds; round += 1) {
          say(`${client.name}, ${name}: ${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}`)
          const once = await measure(client.list(stage.server, name), stage.home)
          if (round > 0) runs.push(once)
        }
        return runs
      }
      const [small, large] = [await listed("few"), await listed("many")]
      const [before, after] = [small, large].map((runs) => median(runs.map(({ rss }) => rss)))
      rows.push([
        client.name,
        seconds(median(large.map(({ wall }) => wall))),
        seconds(median(large.map(({ system, user }) => system + user))),
        (after ?? 0).toFixed(0),
        ((((after ?? 0) - (before ?? 0)) * MIB) / (entries - few)).toFixed(0)
      ])
    }
    print(table(["client", "wall s", "cpu s", "peak RSS MiB", "bytes/entry"], rows))
  })
}

/** @param {string} folder @param {number} entries */
const fill = (folder, entries) => {
  mkdirSync(folder, { recursive: true })
  const paths = Array.from({ length: entries }, (_, index) => join(folder, `a file of some name ${index}.dat`))
  for (const path of paths) closeSync(openSync(path, "w"))
  giveToServer([folder, ...paths])
}

await run(main)
