/** A site in a folder of this machine, and what files a folder has. */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Effect from "effect/Effect"

/** An empty folder, until the scope closes. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-site-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
)

/** Makes a folder of these files alone. */
export const put = (root: string, files: Readonly<Record<string, string>>) => {
  Fs.rmSync(root, { recursive: true, force: true })
  for (const [name, content] of Object.entries(files)) {
    Fs.mkdirSync(Path.dirname(Path.join(root, name)), { recursive: true })
    Fs.writeFileSync(Path.join(root, name), content)
  }
}

/** What it has, but for a manifest. */
export const files = (root: string): Record<string, string> =>
  Object.fromEntries(
    Fs.readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((name) => Fs.statSync(Path.join(root, name)).isFile() && !name.endsWith("manifest.json"))
      .map((name) => [name, Fs.readFileSync(Path.join(root, name), "utf8")])
  )
