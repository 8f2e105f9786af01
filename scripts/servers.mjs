/**
 * The real FTP servers, for people:
 *
 *     node scripts/servers.mjs                                        installs them below .cache/servers
 *     node scripts/servers.mjs start vsftpd --root DIR [--port N]     runs one until Ctrl-C; also proftpd, pure-ftpd
 *
 * The tests start theirs through `packages/node/test/support/RealServer.ts`.
 */
import { parseArgs } from "node:util"
import { installServers } from "./servers/install.mjs"
import { serverNames, startServer, titleOf } from "./servers/start.mjs"

const usage = `usage: node scripts/servers.mjs
       node scripts/servers.mjs start ${serverNames.join("|")} --root DIR [--port N] [--ipv6]`

/** @param {string} line */
const say = (line) => process.stderr.write(`ftp-effect: ${line}\n`)

const main = async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { root: { type: "string" }, port: { type: "string" }, ipv6: { type: "boolean" } }
  })
  const [verb, name] = positionals
  await installServers(say)
  if (verb === undefined) {
    say("vsftpd, ProFTPD and Pure-FTPd are ready")
    return
  }

  const known = serverNames.find((candidate) => candidate === name)
  const port = values.port === undefined ? undefined : Number(values.port)
  if (verb !== "start" || known === undefined || values.root === undefined || Number.isNaN(port)) throw new Error(usage)
  const server = await startServer(known, { root: values.root, port, family: values.ipv6 ? "IPv6" : "IPv4" })
  const host = server.host.includes(":") ? `[${server.host}]` : server.host
  process.stdout.write(`ftp://${server.user}:${server.password}@${host}:${server.port}/\n`)
  say(`${titleOf(known)} serves ${server.home}; Ctrl-C stops it`)
  for (const name of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.once(name, () => void server.stop())
  await server.ended
  if (server.log() !== "") say(server.log().trim())
}

try {
  await main()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
