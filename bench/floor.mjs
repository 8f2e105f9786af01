/**
 * The least that Node takes for a tree of small files: `floor.mjs get|put URL REMOTE LOCAL PARALLEL`.
 *
 *     C: EPSV, with the end of the file before ──► dial ──► MDTM, RETR ──► bytes ──► NAME.part, times, NAME
 *     C: EPSV, with the SIZE of the file before ─► dial ──► STOR ──► bytes, FIN ──► 226 ──► SIZE
 *
 * The commands and the system calls that ftp-effect makes of a file without `fsync`, on bare sockets of Node: no limit of
 * time, no second try, no error but the end of the process. It knows vsftpd only. What a client takes beyond it is the
 * client's own.
 */
import * as Fs from "node:fs"
import * as Net from "node:net"
import { join } from "node:path"

const [, , verb, address = "", remote = "", local = "", parallel = "1"] = process.argv
const { hostname: host, password, port, username } = new URL(address)

/** @typedef {(line: string) => void} OnReply @typedef {{ folder: string, name: string, size: number }} File */

const settings = { host, autoSelectFamily: false, allowHalfOpen: true }
const scratch = Buffer.alloc(64 * 1024)

/** @type {Array<File>} */
const files = []
let taken = 0

/** One login. */
class Session {
  /** @type {Array<OnReply>} */
  pending = []
  text = ""
  /** The port of the next data connection; 0 if it is not known. */
  port = 0

  /** @param {() => void} ready */
  constructor(ready) {
    this.pending.push(() =>
      this.send(`USER ${username}\r\n`, () =>
        this.send(`PASS ${password}\r\n`, () => this.send("TYPE I\r\n", () => ready()))
      )
    )
    const callback = (/** @type {number} */ count, /** @type {Uint8Array} */ bytes) => {
      this.text += Buffer.from(bytes.buffer, bytes.byteOffset, count).toString()
      this.read()
      return true
    }
    this.socket = Net.connect({ ...settings, port: Number(port), noDelay: true, onread: { buffer: scratch, callback } })
  }

  read() {
    for (let end = this.text.indexOf("\r\n"); end >= 0; end = this.text.indexOf("\r\n")) {
      const line = this.text.slice(0, end)
      this.text = this.text.slice(end + 2)
      if (/^[45]/.test(line)) throw new Error(line)
      if (/^[23]\d\d /.test(line)) this.pending.shift()?.(line)
    }
  }

  /** @param {string} lines @param {Array<OnReply>} answers */
  send(lines, ...answers) {
    this.pending.push(...answers)
    this.socket.write(lines)
  }

  /** @param {string} line */
  keepPort(line) {
    this.port = Number(/\|\|\|(\d+)\|/.exec(line)?.[1])
  }

  /** @param {(port: number) => void} use */
  withPort(use) {
    if (this.port === 0) {
      this.send("EPSV\r\n", (line) => {
        this.keepPort(line)
        this.withPort(use)
      })
      return
    }
    const port = this.port
    this.port = 0
    use(port)
  }

  /**
   * All bytes of a transfer, once its final reply and the port for the next one are there. `ahead` is sent in one burst
   * with the command.
   *
   * @param {string} command
   * @param {(bytes: Buffer) => void} use
   * @param {string} [ahead]
   * @param {OnReply} [answered]
   */
  collect(command, use, ahead = "", answered = undefined) {
    this.withPort((port) => {
      /** @type {Array<Buffer>} */
      const parts = []
      let steps = 0
      const step = () => {
        steps += 1
        if (steps === 2) use(Buffer.concat(parts))
      }
      const callback = (/** @type {number} */ count, /** @type {Uint8Array} */ bytes) => {
        parts.push(Buffer.from(bytes.subarray(0, count)))
        return true
      }
      const socket = Net.connect({ ...settings, port, onread: { buffer: scratch, callback } })
      const answers = answered === undefined ? [step] : [answered, step]
      socket.on("connect", () => this.send(`${ahead}${command}\r\n`, ...answers))
      socket.on("end", () => {
        socket.destroySoon()
        // The next port: its answer comes behind the final reply.
        this.send("EPSV\r\n", (line) => {
          this.keepPort(line)
          step()
        })
      })
    })
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
    const path = `${remote}/${folder}/${name}`
    const check = (/** @type {string} */ line) => {
      if (Number(line.slice("213 ".length)) !== size) throw new Error(`${path}: ${line}`)
    }
    this.withPort((port) => {
      const socket = Net.connect({ ...settings, port, onread: { buffer: scratch, callback: () => true } })
      socket.on("connect", () => {
        this.send(`STOR ${path}\r\n`, () => {
          socket.destroySoon()
          this.send(`SIZE ${path}\r\nEPSV\r\n`, check, (line) => {
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

/** `-rw-r--r-- 1 1000 1000 4096 Jan 31 12:00 name` @param {string} listing */
const entriesOf = (listing) =>
  listing
    .split("\r\n")
    .filter((line) => line !== "")
    .map((line) => {
      const fields = line.split(/ +/)
      return { name: fields[8] ?? "", size: Number(fields[4]), isFolder: line.startsWith("d") }
    })

const startAll = () => {
  for (let count = 0; count < Number(parallel); count += 1) {
    const session = new Session(() => session.next())
  }
}

if (verb === "get") {
  const session = new Session(() => {
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
  const session = new Session(() => {
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
