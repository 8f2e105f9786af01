/**
 * The real FTP servers, for people:
 *
 *     node scripts/servers.mjs                                        installs them below .cache/servers
 *     node scripts/servers.mjs start vsftpd --root DIR [--port N]     runs one until Ctrl-C; also the others: see usage
 *            --ipv6                        on ::1 rather than 127.0.0.1
 *            --tls explicit|implicit       protected, with a certificate that `openssl` makes in DIR
 *            --reuse                       data connections must go on with the control connection's TLS session
 *            --tls-version 1.2|1.3         default both
 *            --active-only                 without EPSV and PASV
 *
 * The tests start theirs through `packages/node/test/support/RealServer.ts`.
 */
import { join } from "node:path"
import { parseArgs } from "node:util"
import { installServers } from "./servers/install.mjs"
import { serverNames, startServer, titleOf } from "./servers/start.mjs"
import { makeCertificate } from "./servers/tls.mjs"

const usage = `usage: node scripts/servers.mjs
       node scripts/servers.mjs start ${serverNames.join("|")} --root DIR [--port N] [--ipv6] [--active-only]
            [--tls explicit|implicit [--reuse] [--tls-version 1.2|1.3]]`

const kinds = new Map([
  ["explicit", /** @type {const} */ ({ mode: "Explicit", scheme: "ftpes" })],
  ["implicit", /** @type {const} */ ({ mode: "Implicit", scheme: "ftps" })]
])
const versionChoices = /** @type {const} */ (["1.2", "1.3", "Both"])

/** @param {string} line */
const say = (line) => process.stderr.write(`ftp-effect: ${line}\n`)

const main = async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      root: { type: "string" },
      port: { type: "string" },
      ipv6: { type: "boolean" },
      tls: { type: "string" },
      reuse: { type: "boolean" },
      "tls-version": { type: "string" },
      "active-only": { type: "boolean" }
    }
  })
  const [verb, name] = positionals
  await installServers(say)
  if (verb === undefined) {
    say("vsftpd, ProFTPD, Pure-FTPd, pyftpdlib, inetutils, zsh and fish are ready")
    return
  }

  const known = serverNames.find((candidate) => candidate === name)
  const port = values.port === undefined ? undefined : Number(values.port)
  if (verb !== "start" || known === undefined || values.root === undefined || Number.isNaN(port)) throw new Error(usage)
  const kind = values.tls === undefined ? undefined : kinds.get(values.tls)
  const versions = versionChoices.find((choice) => choice === (values["tls-version"] ?? "Both"))
  if (versions === undefined || (kind === undefined && (values.tls ?? values.reuse ?? values["tls-version"]))) {
    throw new Error(usage)
  }
  const made = kind === undefined ? undefined : makeCertificate(join(values.root, "tls"))
  const server = await startServer(known, {
    root: values.root,
    port,
    family: values.ipv6 ? "IPv6" : "IPv4",
    activeOnly: values["active-only"],
    tls: kind && made && { mode: kind.mode, requireReuse: values.reuse, versions, ...made }
  })
  const host = server.host.includes(":") ? `[${server.host}]` : server.host
  process.stdout.write(`${kind?.scheme ?? "ftp"}://${server.user}:${server.password}@${host}:${server.port}/\n`)
  if (made !== undefined) say(`its certificate's authority is ${made.path}`)
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
