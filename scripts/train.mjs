/**
 * Makes the bundle's code caches from what real runs compile: functions that one lacks are compiled anew at each start,
 * which took a transfer 40 ms.
 *
 *     serve FOLDER ◄── put, get, mirror, rm, ls …: each has its own cache; its second run adds to what the first one left
 *
 * A run that fails is no failure here: without a cache the command works, and its first run makes one for its user.
 */
import { spawn, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const LIMIT_MILLIS = 10_000

/** @param {string} trainer a launcher that always writes the cache */
export const train = async (trainer) => {
  const folder = mkdtempSync(join(tmpdir(), "ftp-effect-train-"))
  // Killed, it leaves no cache: that would be one of a server.
  const served = join(folder, "served")
  mkdirSync(served)
  const server = spawn(process.execPath, [trainer, "serve", "--json", "--write", "--port", "0", served], {
    stdio: ["ignore", "pipe", "ignore"],
    timeout: LIMIT_MILLIS,
    killSignal: "SIGKILL"
  })
  server.on("error", () => {})
  // The user's own netrc is not read, nor are records of uploads kept with theirs.
  const env = { ...process.env, HOME: folder, XDG_CACHE_HOME: folder, XDG_STATE_HOME: folder }
  try {
    const url = await urlOf(server.stdout)
    if (url === undefined) return
    const local = join(folder, "local")
    writeFileSync(local, "trained\n")
    const runs = [
      ["put", local, `${url}remote`],
      ["get", `${url}remote`, local],
      ["get", "-r", `${url}.`, join(folder, "copy")],
      ["put", "-r", join(folder, "copy"), `${url}copy`],
      ["mirror", `${url}copy`, join(folder, "mirror")],
      ["mirror", join(folder, "mirror"), `${url}mirror`],
      ["mirror", join(folder, "mirror"), `${url}mirror`],
      ["cat", `${url}remote`],
      ["stat", `${url}remote`],
      ["ls", url],
      ["ls", "-lR", url],
      ["mkdir", `${url}made`],
      ["mv", `${url}made`, `${url}moved`],
      ["rm", "-r", `${url}mirror`],
      ["--help"]
    ]
    for (const words of runs) {
      spawnSync(process.execPath, [trainer, ...words], { stdio: "ignore", timeout: LIMIT_MILLIS, env })
    }
  } finally {
    server.kill("SIGKILL")
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What `serve --json` says first. @param {import("node:stream").Readable} output */
const urlOf = async (output) => {
  let text = ""
  for await (const chunk of output) {
    text += chunk
    const url = /"url":"([^"]+)"/.exec(text)
    if (url !== null) return url[1]
  }
  return undefined
}
