/** Empty projects that install the tarballs as their users do. */
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import { join } from "node:path"
import { commandOf, type Folder, type Manager, manifestOf, readJson, root, run, tarballOf, work } from "./packed.ts"

export interface Project {
  readonly folder: string
  readonly manager: Manager
}

/** The version that the repository has. */
export const installed = (name: string): string => readJson(join(root, "node_modules", name, "package.json")).version

/** The types of Node.js that the repository is compiled with. */
export const NODE_TYPES = { "@types/node": installed("@types/node") }

/** The path of core for npm and pnpm, as it is in no registry. */
const overridesOf = (manager: Manager) => ({ "@ftp-effect/core": `file:${tarballOf(manager, "core")}` })

export const install = async (
  manager: Manager,
  name: string,
  packages: ReadonlyArray<Folder>,
  others: Readonly<Record<string, string>>
): Promise<Project> => {
  const folder = join(work, "projects", `${manager}-${name}`)
  Fs.rmSync(folder, { recursive: true, force: true })
  Fs.mkdirSync(join(folder, "src"), { recursive: true })
  const tarballs = packages.map((name) => [manifestOf(name).name, `file:${tarballOf(manager, name)}`] as const)
  const manifest = {
    private: true,
    type: "module",
    dependencies: { ...Object.fromEntries(tarballs), ...others },
    overrides: manager === "npm" ? overridesOf(manager) : undefined
  }
  Fs.writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, null, 2))
  // A project of its own, not one of the workspace that it lies in.
  if (manager === "pnpm") {
    const overrides = Object.entries(overridesOf(manager)).map(([name, spec]) => `  "${name}": "${spec}"\n`)
    Fs.writeFileSync(join(folder, "pnpm-workspace.yaml"), `packages: []\noverrides:\n${overrides.join("")}`)
  }
  const words =
    manager === "npm"
      ? ["install", "--no-audit", "--no-fund", "--prefer-offline", "--strict-peer-deps"]
      : ["install", "--no-frozen-lockfile", "--prefer-offline", "--strict-peer-dependencies"]
  await run(folder, [...commandOf(manager), ...words] as [string, ...Array<string>], { CI: undefined })
  return { folder, manager }
}

/** Sources of the project's program, from files of the repository. */
export const addSources = (project: Project, files: ReadonlyArray<string>) => {
  for (const file of files) {
    Fs.copyFileSync(join(root, file), join(project.folder, "src", file.slice(file.lastIndexOf("/") + 1)))
  }
}

/** A program that imports every module of a package. */
export const importEverything = (project: Project, packages: ReadonlyArray<Folder>) => {
  const specifiers = packages.flatMap((folder) => {
    const { exports, name } = manifestOf(folder)
    return Object.keys(exports)
      .filter((entry) => !entry.endsWith(".json"))
      .map((entry) => name + entry.slice(1))
  })
  const lines = specifiers.map((specifier, index) => `export * as M${index} from "${specifier}"\n`)
  Fs.writeFileSync(join(project.folder, "src/everything.ts"), lines.join(""))
}

export const compilers = { oldest: "typescript-oldest", newest: "typescript" } as const

const OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  target: "es2022",
  lib: ["es2023", "esnext.disposable"],
  types: ["node"],
  rootDir: "src",
  outDir: "out"
}

/** With `nodenext` the program is written to `out`, and the declarations that it imports are checked too. */
const MODES = {
  nodenext: { module: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler", skipLibCheck: true, noEmit: true }
}

/** Compiles `src`, strictly. */
export const compile = async (project: Project, compiler: keyof typeof compilers, mode: keyof typeof MODES) => {
  const config = { compilerOptions: { ...OPTIONS, ...MODES[mode] }, include: ["src"] }
  const name = `tsconfig.${compiler}.${mode}.json`
  Fs.writeFileSync(join(project.folder, name), JSON.stringify(config, null, 2))
  const tsc = join(root, "node_modules", compilers[compiler], "bin/tsc")
  await run(project.folder, [process.execPath, tsc, "-p", name])
}

/** The command that the project has installed. */
export const commandIn = (project: Project) => join(project.folder, "node_modules/.bin/ftp-effect")

/** Serves a folder by the installed command, and stops it after `use`. */
export const serving = async <A>(project: Project, use: (url: string) => Promise<A>): Promise<A> => {
  const served = join(project.folder, "served")
  Fs.mkdirSync(served, { recursive: true })
  const words = ["serve", "--json", "--write", "--port", "0", served]
  const server = spawn(commandIn(project), words, { stdio: ["ignore", "pipe", "inherit"] })
  try {
    let text = ""
    for await (const chunk of server.stdout) {
      text += chunk
      const url = /"url":"([^"]+)"/.exec(text)?.[1]
      if (url !== undefined) return await use(url)
    }
    throw new Error(`serve ended: ${text}`)
  } finally {
    server.kill("SIGKILL")
  }
}
