/** basic-ftp as a command: `basicFtp.mjs get|put URL REMOTE LOCAL`, as its README shows it. */
import { createRequire } from "node:module"

const { Client } = createRequire(new URL("../.cache/bench/package.json", import.meta.url))("basic-ftp")

const [, , verb, address = "", remote = "", local = ""] = process.argv
const { hostname, password, port, username } = new URL(address)
const client = new Client()
try {
  await client.access({ host: hostname, port: Number(port), user: username, password })
  await (verb === "get" ? client.downloadTo(local, remote) : client.uploadFrom(local, remote))
} finally {
  client.close()
}
