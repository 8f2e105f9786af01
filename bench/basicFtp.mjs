/**
 * basic-ftp as a command: `basicFtp.mjs get|put URL REMOTE LOCAL [AUTHORITY]`, as its README shows it; TLS with an
 * authority.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

const { Client } = createRequire(new URL("../.cache/bench/package.json", import.meta.url))("basic-ftp")

const [, , verb, address = "", remote = "", local = "", authority = ""] = process.argv
const { hostname, password, port, username } = new URL(address)
const client = new Client()
try {
  const secure = authority === "" ? {} : { secure: true, secureOptions: { ca: readFileSync(authority) } }
  await client.access({ host: hostname, port: Number(port), user: username, password, ...secure })
  await (verb === "get" ? client.downloadTo(local, remote) : client.uploadFrom(local, remote))
} finally {
  client.close()
}
