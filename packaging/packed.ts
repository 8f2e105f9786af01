/** The three tarballs, as `npm pack` and `pnpm pack` make them, packed once for each run of the tests. */
import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

export const root = fileURLToPath(new URL("..", import.meta.url))
export const work = join(root, ".cache/packaging")

export const folders = ["core", "node", "cli"] as const
export type Folder = (typeof folders)[number]

export const managers = ["npm", "pnpm"] as const
export type Manager = (typeof managers)[number]

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly packageManager: string
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

export const readJson = (file: string): Manifest => JSON.parse(Fs.readFileSync(file, "utf8"))

const pnpm = readJson(join(root, "package.json")).packageManager.split("+")[0] ?? "pnpm"

/** The words that run a package manager: pnpm in the version of the repository. */
export const commandOf = (manager: Manager): readonly [string, ...Array<string>] =>
  manager === "npm" ? ["npm"] : ["npx", "--yes", pnpm]

const exec = promisify(execFile)

/** Runs a command to its end; its output is part of the error if it fails. */
export const run = async (
  folder: string,
  [command, ...words]: readonly [string, ...Array<string>],
  env: Readonly<Record<string, string | undefined>> = {}
): Promise<string> => {
  try {
    const { stdout } = await exec(command, words, {
      cwd: folder,
      env: { ...process.env, npm_config_update_notifier: "false", ...env },
      maxBuffer: 1 << 26,
      shell: process.platform === "win32"
    })
    return stdout
  } catch (error) {
    const { stderr, stdout } = error as { stdout?: string; stderr?: string }
    throw new Error(`${[command, ...words].join(" ")} failed in ${folder}\n${stdout ?? ""}${stderr ?? ""}`, {
      cause: error
    })
  }
}

const tarballName = ({ name, version }: Manifest) => `${name.replace("@", "").replace("/", "-")}-${version}.tgz`

export const manifestOf = (folder: Folder): Manifest => readJson(join(root, "packages", folder, "package.json"))

export const tarballOf = (manager: Manager, folder: Folder): string =>
  join(work, manager, tarballName(manifestOf(folder)))

/** The unpacked content of a tarball. */
export const contentOf = (manager: Manager, folder: Folder): string => join(work, manager, folder)

/** For vitest: runs before the tests. With `FTP_EFFECT_PACKED=1` the tarballs of an earlier run are tested. */
export const setup = async () => {
  if (process.env.FTP_EFFECT_PACKED === "1") return
  Fs.rmSync(work, { recursive: true, force: true })
  for (const manager of managers) {
    Fs.mkdirSync(join(work, manager), { recursive: true })
    for (const folder of folders) {
      const words = [...commandOf(manager), "pack", "--pack-destination", join(work, manager)] as const
      await run(join(root, "packages", folder), words as readonly [string, ...Array<string>])
      Fs.mkdirSync(contentOf(manager, folder))
      const tar = ["tar", "xzf", tarballOf(manager, folder), "--strip-components=1", "-C"] as const
      await run(root, [...tar, contentOf(manager, folder)])
    }
  }
}
