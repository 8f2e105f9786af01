/**
 * One login over bare sockets of Node, for programs that show the least that Node takes: no limit of time, no second try, no
 * error but the end of the process. It knows vsftpd only.
 */
import * as Net from "node:net"

/** @typedef {(line: string) => void} OnReply */

const scratch = Buffer.alloc(64 * 1024)

/** One login. */
export class Session {
  /** @type {Array<OnReply>} */
  pending = []
  text = ""
  /** The port of the next data connection; 0 if it is not known. */
  port = 0

  /** @param {URL} address with user and password @param {() => void} ready */
  constructor({ hostname, password, port, username }, ready) {
    this.host = hostname
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
    this.socket = this.dial(Number(port), callback)
    this.socket.setNoDelay()
  }

  /** @param {number} port @param {Net.OnReadOpts["callback"]} callback */
  dial(port, callback) {
    const onread = { buffer: scratch, callback }
    return Net.connect({ host: this.host, port, autoSelectFamily: false, allowHalfOpen: true, onread })
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
      const socket = this.dial(port, callback)
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
}

/** `-rw-r--r-- 1 1000 1000 4096 Jan 31 12:00 name` @param {string} listing */
export const entriesOf = (listing) =>
  listing
    .split("\r\n")
    .filter((line) => line !== "")
    .map((line) => {
      const fields = line.split(/ +/)
      return { name: fields.slice(8).join(" "), size: Number(fields[4]), isFolder: line.startsWith("d") }
    })
