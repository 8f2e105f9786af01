/**
 * Real shells that complete. bash and zsh run on a terminal of their own and are typed into: a key inserts all that
 * they offer, and a function in place of the command prints the resulting words. fish answers by `complete -C`.
 */
import { execFile, spawn } from "node:child_process"
import * as Fs from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { findShell, type ShellName } from "../../../../scripts/servers/shells.mjs"
import { run } from "./cli.ts"

/** A shell that has loaded the completions. */
export interface Shell {
  /** What it offers in place of the last word that was typed after `ftp-effect `. */
  readonly offers: (typed: string) => Promise<ReadonlyArray<string>>
}

/** What our prompt begins with: the shell reads from then on. */
const PROMPT = "\x05"
const BEGIN = "\x01"
const BETWEEN = "\x02"
const END = "\x03"

/** What takes longer hangs. */
const LIMIT_MILLIS = 20_000

/**
 * A shell whose current directory is `folder`, and whose own files are in `home`. zsh finds the completions in its
 * `fpath`, the others read them with `source`, which zsh can too.
 */
export const start = (name: ShellName, home: string, folder: string, way: "Usual" | "Source" = "Usual") =>
  Effect.gen(function* () {
    const shell = findShell(name)
    const { out } = yield* run(["--completions", name])
    const file = join(home, "_ftp-effect")
    Fs.writeFileSync(file, name === "fish" ? `${shell.setup}\n${out}` : out)
    const environment = {
      ...process.env,
      ...shell.environment,
      HOME: home,
      ZDOTDIR: home,
      TERM: "dumb",
      LC_ALL: "C.UTF-8"
    }
    return name === "fish"
      ? fish(shell.program, file, folder, environment)
      : yield* Effect.acquireRelease(
          Effect.promise(() => interactive(name, shell, way, home, folder, environment)),
          ({ close }) => Effect.sync(close)
        )
  })

const fish = (program: string, script: string, folder: string, environment: NodeJS.ProcessEnv): Shell => ({
  offers: (typed) =>
    new Promise((resolve, reject) => {
      execFile(
        program,
        ["--no-config", "-c", `source $argv[1]; complete -C "ftp-effect $argv[2]"`, script, typed],
        { cwd: folder, env: environment, timeout: LIMIT_MILLIS },
        (error, out, problems) =>
          error === null && problems === ""
            ? resolve(
                out
                  .split("\n")
                  .filter((line) => line !== "")
                  .map((line) => line.split("\t")[0] ?? "")
              )
            : reject(error ?? new Error(problems))
      )
    })
})

/** In place of the command: prints the words that it is given. */
const STAND_IN = `ftp-effect() { printf '${octal(BEGIN)}'; printf '%s${octal(BETWEEN)}' "$@"; printf '${octal(END)}'; }`

const SETTINGS = {
  bash: {
    file: ".bashrc",
    words: ["--noprofile", "-i"],
    settings: `PS1=$'${octal(PROMPT)}'; bind 'set enable-bracketed-paste off'`,
    insertAll: "\x1b*"
  },
  zsh: {
    file: ".zshrc",
    words: ["-d", "-i"],
    settings: `PS1=$'${octal(PROMPT)}'; unsetopt prompt_sp prompt_cr
autoload -Uz compinit; compinit -u -D
zle -C all-matches complete-word _generic; bindkey '^T' all-matches
zstyle ':completion:all-matches::::' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true`,
    insertAll: "\x14"
  }
}

const interactive = async (
  name: keyof typeof SETTINGS,
  { program, setup }: ReturnType<typeof findShell>,
  way: "Usual" | "Source",
  home: string,
  folder: string,
  environment: NodeJS.ProcessEnv
): Promise<Shell & { readonly close: () => void }> => {
  const { file, insertAll, settings, words } = SETTINGS[name]
  const load =
    name === "zsh" && way === "Usual" ? [`fpath=(${home} $fpath)`, settings] : [settings, `. ${home}/_ftp-effect`]
  Fs.writeFileSync(join(home, file), [setup, ...load, STAND_IN].join("\n"))
  // `script` gives it a terminal.
  const child = spawn("script", ["-qfec", [program, ...words].join(" "), "/dev/null"], {
    cwd: folder,
    env: environment,
    stdio: ["pipe", "pipe", "inherit"]
  })
  let printed = ""
  child.stdout.on("data", (bytes) => {
    printed += bytes
  })
  const until = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (const deadline = Date.now() + LIMIT_MILLIS; Date.now() < deadline; ) {
      const found = pattern.exec(printed)
      if (found !== null) {
        printed = printed.slice(found.index + found[0].length)
        return found
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS))
    }
    throw new Error(`${name} printed ${JSON.stringify(printed)}`)
  }
  await until(AT_PROMPT)
  return {
    offers: async (typed) => {
      child.stdin.write(`ftp-effect ${typed}${insertAll}\r`)
      const [, text = ""] = await until(ARGUMENTS)
      await until(AT_PROMPT)
      const before = typed.split(" ")
      const words = text.split(BETWEEN).slice(before.length - 1, -1)
      // If nothing is offered, the word stays.
      return words.length === 1 && words[0] === before[before.length - 1] ? [] : words
    },
    close: () => void child.kill("SIGKILL")
  }
}

const POLL_MILLIS = 10
const AT_PROMPT = new RegExp(PROMPT)
const ARGUMENTS = new RegExp(`${BEGIN}([^${END}]*)${END}`)

/** As bash's and zsh's `printf` and `$'…'` read it. */
function octal(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`
}
