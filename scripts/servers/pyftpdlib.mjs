/**
 * How pyftpdlib 1.5 is configured: as it is shipped, by `servePyftpdlib.py`, with a Python of its own from the same
 * Debian release. In a listing it shows the target of a link in the link's place, so a link to a directory is a
 * directory.
 */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { makeAccount, password, uid, user, write } from "./account.mjs"
import { withVersions, writeCertificate } from "./tls.mjs"

const program = fileURLToPath(new URL("servePyftpdlib.py", import.meta.url))

/** @type {import("./start.mjs").Recipe} */
export const recipe = {
  title: "pyftpdlib",
  prepare: ({ install, root, host, port, deny, maxPerClient, anonymous, activeOnly, tls, extra }) => {
    if (tls?.mode === "Implicit") throw new Error("pyftpdlib has no implicit TLS")
    if (tls?.requireReuse) throw new Error("pyftpdlib has no setting that demands TLS session reuse")
    if (extra.length > 1) throw new Error("pyftpdlib takes one more line of configuration, its banner")
    const account = makeAccount(root)
    const conf = join(root, "pyftpdlib.json")
    write(conf, [
      JSON.stringify({
        host,
        port,
        user,
        password,
        uid,
        home: account.home,
        banner: extra[0] ?? null,
        anonymous: anonymous ? account.anonymous : null,
        deny: [...deny, ...(activeOnly ? ["EPSV", "PASV"] : [])],
        maxPerClient: maxPerClient ?? 0,
        tls: tls === undefined ? null : writeCertificate(root, tls, uid).together
      })
    ])
    const command = ["env", ...environment(install), pythonOf(install), "-s", program, conf]
    return /** @type {[string, ...Array<string>]} */ (tls === undefined ? command : withVersions(root, tls, command))
  }
}

/**
 * Python looks for its library beside its program, and for Debian's packages where they are on a Debian machine.
 *
 * @param {string} install
 */
export const environment = (install) => [
  "PYTHONDONTWRITEBYTECODE=1",
  `PYTHONHOME=${join(install, "usr")}`,
  `PYTHONPATH=${join(install, "usr/lib/python3/dist-packages")}`
]

/** @param {string} install */
export const pythonOf = (install) => {
  const folder = join(install, "usr/bin")
  const name = readdirSync(folder).find((file) => /^python3\.\d+$/.test(file))
  if (name === undefined) throw new Error("no Python came with pyftpdlib: remove .cache/servers and install again")
  return join(folder, name)
}
