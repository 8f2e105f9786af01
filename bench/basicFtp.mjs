/**
 * basic-ftp as a command: `basicFtp.mjs get|put|getTree|putTree URL REMOTE LOCAL [AUTHORITY]`, as its README shows it; TLS with an
 * authority.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

const { Client } = createRequire(new URL("../.cache/bench/package.json", import.meta.url))("basic-ftp")

const [, , verb = "", address = "", remote = "", local = "", authority = ""] = process.argv
const { hostname, password, port, username } = new URL(address)
const client = new Client()
/** @type {Readonly<Record<string, () => Promise<unknown>>>} */
const VERBS = {
  get: () => client.downloadTo(local, remote),
  put: () => client.uploadFrom(local, remote),
  getTree: () => client.downloadToDir(local, remote),
  putTree: () => client.uploadFromDir(local, remote)
}
try {
  const secure = authority === "" ? {} : { secure: true, secureOptions: { ca: readFileSync(authority) } }
  await client.access({ host: hostname, port: Number(port), user: username, password, ...secure })
  const move = VERBS[verb]
  if (move === undefined) throw new Error(`there is no ${verb}`)
  await move()
} catch (error) {
  process.stderr.write(`${error}\n`)
  process.exitCode = 1
} finally {
  client.close()
}
