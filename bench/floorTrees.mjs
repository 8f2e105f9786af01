/**
 * The least that Node takes for what reads or removes whole trees: `floorTrees.mjs VERB URL REMOTE PARALLEL [LOCAL]`.
 *
 *     list      one folder is listed; its lines are split
 *     walk      a folder and those in it are listed; their lines are split
 *     remove    the same, and all in it is removed: the files of a folder in one burst
 *     compare   the same tree as the local one LOCAL, by size: both are read, each file asked for by `lstat`
 *
 * As in `floor.mjs`, on bare sockets, for vsftpd.
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import { entriesOf, Session } from "./floorSession.mjs"

const [, , verb, url = "", remote = "", parallel = "1", local = ""] = process.argv
const address = new URL(url)

/** Each session takes the next folder, until there is none. @param {Array<string>} folders @param {Use} use */
const share = (folders, use) => {
  for (let count = 0; count < Math.min(Number(parallel), folders.length); count += 1) {
    const session = new Session(address, () => {
      const next = () => {
        const folder = folders.shift()
        if (folder === undefined) {
          session.socket.destroy()
        } else {
          session.collect(`LIST ${remote}/${folder}`, (listing) =>
            use(session, folder, entriesOf(listing.toString()), next)
          )
        }
      }
      next()
    })
  }
}

/**
 * @typedef {ReturnType<typeof entriesOf>} Entries
 * @typedef {(session: Session, folder: string, entries: Entries, next: () => void) => void} Use
 */

/** @type {Use} */
const remove = (session, folder, entries, next) => {
  const words = entries.map(({ name }) => `DELE ${remote}/${folder}/${name}\r\n`)
  const nothing = () => {}
  session.send(`${words.join("")}RMD ${remote}/${folder}\r\n`, ...entries.map(() => nothing), next)
}

/** @type {Use} */
const compare = (_, folder, entries, next) => {
  const sizes = new Map(entries.map(({ name, size }) => [name, size]))
  for (const name of Fs.readdirSync(join(local, folder))) {
    const { size } = Fs.lstatSync(join(local, folder, name))
    if (sizes.get(name) !== size) throw new Error(`${folder}/${name} has ${size} bytes, there ${sizes.get(name)}`)
  }
  next()
}

const session = new Session(address, () => {
  session.collect(`LIST ${remote}`, (listing) => {
    const folders = entriesOf(listing.toString()).flatMap(({ isFolder, name }) => (isFolder ? [name] : []))
    const last = () => session.send(`RMD ${remote}\r\n`, () => session.socket.destroy())
    if (verb === "remove") {
      let left = folders.length
      share(folders, (of, folder, entries, next) =>
        remove(of, folder, entries, () => {
          left -= 1
          if (left === 0) last()
          next()
        })
      )
      return
    }
    session.socket.destroy()
    share(folders, verb === "compare" ? compare : (_session, _folder, _entries, next) => next())
  })
})
