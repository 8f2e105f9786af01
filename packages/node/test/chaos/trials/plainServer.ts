/**
 * A small server on a socket, for answers that no honest server gives. It trusts nothing of the library.
 *
 *     C: any command      S: what the script answers, else what an honest server would
 *     C: EPSV, PASV       S: the port of a listener; its one connection carries the next transfer
 *     C: RETR, MLSD, …    S: 150, the script's data, 226
 */
import * as Net from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface Answer {
  readonly bytes: string | Uint8Array
  /** Millis between two bytes. Default all at once. */
  readonly drip?: number | undefined
  /** Whether the connection ends after it. */
  readonly ends?: boolean | undefined
}

export interface Script {
  /** `undefined`: an honest answer. */
  readonly answer: (verb: string) => Answer | undefined
  /** What a transfer to the client sends, piece by piece. */
  readonly data: (verb: string) => Iterable<Uint8Array>
}

/** The port; the server and its connections end with the scope. */
export const serve = (script: Script): Effect.Effect<number, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => start(script)),
      ({ stop }) => Effect.promise(stop)
    ),
    ({ port }) => port
  )

const HOST = "127.0.0.1"

const start = async (script: Script) => {
  const open = new Set<Net.Socket | Net.Server>()
  const keep = <S extends Net.Socket | Net.Server>(socket: S): S => {
    open.add(socket)
    // A client that resets its connection is none of the campaign's faults.
    socket.on("error", () => {})
    socket.on("close", () => open.delete(socket))
    return socket
  }
  const listen = (onConnection: (socket: Net.Socket) => void) =>
    new Promise<Net.Server>((resolve) => {
      const server = keep(Net.createServer((socket) => onConnection(keep(socket))))
      server.listen(0, HOST, () => resolve(server))
    })
  const server = await listen((control) => void converse(control, script, listen))
  return {
    port: portOf(server),
    stop: async () => {
      const closed = [...open].map((socket) => new Promise<void>((resolve) => socket.once("close", () => resolve())))
      for (const socket of open) {
        "destroy" in socket ? socket.destroy() : socket.close()
      }
      await Promise.all(closed)
    }
  }
}

const portOf = (server: Net.Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

type Listen = (onConnection: (socket: Net.Socket) => void) => Promise<Net.Server>

const converse = async (control: Net.Socket, script: Script, listen: Listen): Promise<void> => {
  let data: Promise<Net.Socket> | undefined
  const say = (answer: Answer) => write(control, answer)
  const passive = async (): Promise<number> => {
    let connected: (socket: Net.Socket) => void = () => {}
    data = new Promise((resolve) => {
      connected = resolve
    })
    const listener = await listen((socket) => {
      listener.close()
      connected(socket)
    })
    control.once("close", () => listener.close())
    return portOf(listener)
  }
  const transfer = async (verb: string): Promise<void> => {
    const socket = await data
    data = undefined
    await say({ bytes: "150 Here it comes.\r\n" })
    if (socket !== undefined) {
      await (UPLOADS.has(verb) ? drain(socket) : pour(socket, script.data(verb)))
    }
    await say({ bytes: "226 Done.\r\n" })
  }
  await say(script.answer("CONNECT") ?? { bytes: "220 Welcome.\r\n" })
  let text = ""
  try {
    for await (const chunk of control) {
      text += String(chunk)
      for (let end = text.indexOf("\r\n"); end >= 0; end = text.indexOf("\r\n")) {
        const verb = text.slice(0, end).split(" ", 1)[0] ?? ""
        text = text.slice(end + 2)
        const answer = script.answer(verb)
        if (answer !== undefined) {
          await say(answer)
        } else if (verb === "EPSV") {
          await say({ bytes: `229 Entering (|||${await passive()}|)\r\n` })
        } else if (verb === "PASV") {
          const port = await passive()
          await say({ bytes: `227 Entering (127,0,0,1,${port >> 8},${port & 0xff})\r\n` })
        } else if (DOWNLOADS.has(verb) || UPLOADS.has(verb)) {
          await transfer(verb)
        } else {
          await say({ bytes: HONEST[verb] ?? "500 Unknown.\r\n" })
        }
      }
    }
  } catch {
    // The client has reset the connection.
  }
  control.destroy()
}

const DOWNLOADS: ReadonlySet<string> = new Set(["RETR", "MLSD", "LIST", "NLST"])
const UPLOADS: ReadonlySet<string> = new Set(["STOR", "APPE"])

/** The size that SIZE reports. */
export const SIZE = 20_000

const HONEST: { readonly [verb: string]: string } = {
  USER: "331 Password?\r\n",
  PASS: "230 In.\r\n",
  FEAT: "211-Features:\r\n SIZE\r\n MDTM\r\n MLST type*;size*;modify*;unique*;\r\n REST STREAM\r\n UTF8\r\n211 End\r\n",
  OPTS: "200 Yes.\r\n",
  TYPE: "200 Yes.\r\n",
  NOOP: "200 Yes.\r\n",
  PWD: '257 "/"\r\n',
  CWD: "250 Yes.\r\n",
  DELE: "250 Gone.\r\n",
  RMD: "250 Gone.\r\n",
  MKD: '257 "/new"\r\n',
  RNFR: "350 To?\r\n",
  RNTO: "250 Yes.\r\n",
  REST: "350 From there.\r\n",
  SIZE: `213 ${SIZE}\r\n`,
  MDTM: "213 20200202020202\r\n",
  MLST: "250-Here:\r\n type=file;size=20000;modify=20200202020202; file\r\n250 End\r\n",
  QUIT: "221 Bye.\r\n"
}

const write = async (socket: Net.Socket, { bytes, drip, ends }: Answer): Promise<void> => {
  const all = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes
  if (drip === undefined) {
    await pour(socket, [all], false)
  } else {
    for (let at = 0; at < all.byteLength && socket.writable; at++) {
      socket.write(all.subarray(at, at + 1))
      await new Promise((resolve) => setTimeout(resolve, drip))
    }
  }
  if (ends === true) {
    socket.destroy()
  }
}

/** Waits for the client to take what was sent; ends early when it is gone. */
const pour = async (socket: Net.Socket, pieces: Iterable<Uint8Array>, ends = true): Promise<void> => {
  for (const piece of pieces) {
    if (!socket.writable) {
      return
    }
    if (!socket.write(piece)) {
      await new Promise<void>((resolve) => {
        const go = () => {
          socket.off("drain", go).off("close", go)
          resolve()
        }
        socket.on("drain", go).on("close", go)
      })
    }
  }
  if (ends) {
    socket.end()
  }
}

const drain = (socket: Net.Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on("close", () => resolve())
    socket.on("end", () => socket.end())
    socket.resume()
  })
