/**
 * The least that Node takes for a tree of small files: `floor.mjs get|put|publish URL REMOTE LOCAL PARALLEL`.
 *
 *     get      C: EPSV, with the end of the file before ──► dial ──► MDTM, RETR ──► bytes ──► NAME.part, times, NAME
 *     put      C: EPSV, with the SIZE of the file before ─► dial ──► STOR ──► bytes, FIN ──► 226 ──► SIZE
 *     publish  the same to another name ──► 226 ──► SIZE, RNFR, RNTO
 *
 * The commands and the system calls that ftp-effect makes of a file without `fsync`, on bare sockets of Node: no limit of
 * time, no second try, no error but the end of the process. It knows vsftpd only. What a client takes beyond it is the
 * client's own.
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import { entriesOf, Session } from "./floorSession.mjs"

const [, , verb, url = "", remote = "", local = "", parallel = "1"] = process.argv
const address = new URL(url)

/** @typedef {{ folder: string, name: string, size: number }} File */

/** @type {Array<File>} */
const files = []
let taken = 0

/** One login. */
class Worker extends Session {
  /** @param {() => void} ready */
  constructor(ready) {
    super(address, ready)
  }

  next() {
    const file = files[taken++]
    if (file === undefined) {
      this.socket.destroy()
    } else if (verb === "get") {
      this.get(file)
    } else {
      this.put(file)
    }
  }

  /** @param {File} file */
  get({ folder, name, size }) {
    const path = `${remote}/${folder}/${name}`
    let modified = 0
    const take = (/** @type {Buffer} */ bytes) => {
      if (bytes.byteLength !== size) throw new Error(`${path} has ${bytes.byteLength} bytes`)
      const target = join(local, folder, name)
      const opened = Fs.openSync(`${target}.part`, "wx")
      Fs.writeSync(opened, bytes)
      Fs.futimesSync(opened, modified, modified)
      Fs.closeSync(opened)
      Fs.renameSync(`${target}.part`, target)
      this.next()
    }
    const onTime = (/** @type {string} */ line) => {
      modified = secondsOf(line)
    }
    this.collect(`RETR ${path}`, take, `MDTM ${path}\r\n`, onTime)
  }

  /** @param {File} file */
  put({ folder, name, size }) {
    const opened = Fs.openSync(join(local, folder, name), "r")
    const bytes = Buffer.allocUnsafeSlow(size)
    Fs.readSync(opened, bytes)
    Fs.fstatSync(opened)
    Fs.closeSync(opened)
    const final = `${remote}/${folder}/${name}`
    const path = verb === "publish" ? `${remote}/${folder}/.${name}.part` : final
    const renames = verb === "publish" ? [`RNFR ${path}`, `RNTO ${final}`] : []
    const after = [`SIZE ${path}`, ...renames, "EPSV"].map((line) => `${line}\r\n`).join("")
    const check = (/** @type {string} */ line) => {
      if (Number(line.slice("213 ".length)) !== size) throw new Error(`${path}: ${line}`)
    }
    this.withPort((port) => {
      const socket = this.dial(port, () => true)
      socket.on("connect", () => {
        this.send(`STOR ${path}\r\n`, () => {
          socket.destroySoon()
          this.send(after, check, ...renames.map(() => () => {}), (line) => {
            this.keepPort(line)
            this.next()
          })
        })
        socket.end(bytes)
      })
    })
  }
}

/** @param {string} reply `213 20240131235959` */
const secondsOf = (reply) => {
  const digits = /^213 (\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(reply)?.slice(1).map(Number) ?? []
  const [year = 0, month = 1, day, hour, minute, second] = digits
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000
}

const startAll = () => {
  for (let count = 0; count < Number(parallel); count += 1) {
    const session = new Worker(() => session.next())
  }
}

if (verb === "get") {
  const session = new Worker(() => {
    session.collect(`LIST ${remote}`, (listing) => {
      const folders = entriesOf(listing.toString()).filter(({ isFolder }) => isFolder)
      const list = () => {
        const folder = folders.shift()?.name
        if (folder === undefined) {
          session.socket.destroy()
          startAll()
          return
        }
        Fs.mkdirSync(join(local, folder), { recursive: true })
        session.collect(`LIST ${remote}/${folder}`, (listing) => {
          for (const { name, size } of entriesOf(listing.toString())) files.push({ folder, name, size })
          list()
        })
      }
      list()
    })
  })
} else {
  const folders = Fs.readdirSync(local)
  for (const folder of folders) {
    for (const name of Fs.readdirSync(join(local, folder))) {
      files.push({ folder, name, size: Fs.statSync(join(local, folder, name)).size })
    }
  }
  const session = new Worker(() => {
    const paths = [remote, ...folders.map((folder) => `${remote}/${folder}`)]
    const make = () => {
      const path = paths.shift()
      if (path === undefined) {
        session.socket.destroy()
        startAll()
      } else {
        session.send(`MKD ${path}\r\n`, make)
      }
    }
    make()
  })
}
