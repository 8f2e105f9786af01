/**
 * A runner of GitHub Actions: `action.yml`'s own environment and its own line for the shell. An `npm` of the test installs
 * what runs the command of this repository, and keeps what both were called with.
 */
import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { NOWHERE } from "./cli.ts"
import { commandLine } from "./process.ts"

export const root = fileURLToPath(new URL("../../../..", import.meta.url))
export const action = Fs.readFileSync(join(root, "action.yml"), "utf8")

const section = (from: string, to: string) => action.slice(action.indexOf(`\n${from}:\n`), action.indexOf(`\n${to}:\n`))

/** Each input with its default. */
export const inputs = new Map(
  [...section("inputs", "outputs").matchAll(/^ {2}([\w-]+):\n((?: {4}.*\n)+)/gm)].map(([, name = "", fields = ""]) => [
    name,
    /^ {4}default: "(.*)"$/m.exec(fields)?.[1]
  ])
)

export const script = /^ +run: (.*)$/m.exec(action)?.[1] ?? ""

/** Which variable has which input. */
export const variables = [...action.matchAll(/^ {8}(INPUT_\w+): \$\{\{ inputs\.([\w-]+) \}\}$/gm)].map(
  ([, variable = "", name = ""]) => [variable, name] as const
)

interface Ran {
  readonly code: number
  readonly log: string
  readonly summary: string
  readonly outputs: string
  /** The words of npm and of the command, one a line. */
  readonly words: string
  /** The environment of npm. */
  readonly environment: string
}

/** Runs the step of the action in a folder, with these inputs. */
export const runner = (here: string, given: Readonly<Record<string, string>>) =>
  Effect.promise(async (): Promise<Ran> => {
    const bin = join(here, "bin")
    Fs.mkdirSync(bin, { recursive: true })
    Fs.writeFileSync(
      join(bin, "npm"),
      [
        "#!/bin/sh",
        `printf '%s\\n' "$@" >'${here}/words'`,
        `env >'${here}/environment'`,
        `[ ! -e '${here}/broken' ] || exit 1`,
        'mkdir -p "$4/node_modules/ftp-effect"',
        `cp '${bin}/package.json' '${bin}/bin.mjs' "$4/node_modules/ftp-effect"`,
        ""
      ].join("\n"),
      { mode: 0o755 }
    )
    Fs.writeFileSync(join(bin, "package.json"), JSON.stringify({ bin: { "ftp-effect": "bin.mjs" } }))
    const command = `printf '%s\\n' "$@" >>'${here}/words'; exec ${commandLine([])} "$@"`
    Fs.writeFileSync(
      join(bin, "bin.mjs"),
      `import { spawnSync } from "node:child_process"
const { status } = spawnSync("sh", ["-c", ${JSON.stringify(command)}, "sh", ...process.argv.slice(2)], { stdio: "inherit" })
process.exitCode = status ?? 1
`
    )
    const file = (name: string) => {
      Fs.writeFileSync(join(here, name), "")
      return join(here, name)
    }
    const env = {
      ...NOWHERE,
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      GITHUB_ACTION_PATH: root,
      RUNNER_TEMP: join(here, "temporary"),
      GITHUB_STEP_SUMMARY: file("summary"),
      GITHUB_OUTPUT: file("outputs"),
      ...Object.fromEntries(variables.map(([variable, name]) => [variable, given[name] ?? inputs.get(name) ?? ""]))
    }
    file("words")
    file("environment")
    const temporary = join(here, "temporary")
    Fs.mkdirSync(temporary, { recursive: true })
    const { code, log } = await new Promise<Pick<Ran, "code" | "log">>((resolve) => {
      execFile(
        "bash",
        ["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        { cwd: here, env },
        (error, out, wrong) => resolve({ code: error === null ? 0 : Number(error.code), log: out + wrong })
      )
    })
    const read = (name: string) => Fs.readFileSync(join(here, name), "utf8")
    // What was installed is gone.
    expect(Fs.readdirSync(temporary)).toEqual([])
    return {
      ...{ code, log, summary: read("summary"), outputs: read("outputs") },
      ...{ words: read("words"), environment: read("environment") }
    }
  })
