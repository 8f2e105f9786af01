/** Completions for zsh, by its own `_arguments`. */
import { programFlags } from "../Argv.ts"
import type { Completes, Description } from "../Flag.ts"
import { beforeCommand, brief, quote, type Subject, spellings } from "./subject.ts"

/** The script that zsh loads. */
export const script = (subjects: ReadonlyArray<Subject>): string => `#compdef ftp-effect
# Completions of ftp-effect for zsh.

_ftp_effect_commands() {
  local -a commands=(
${subjects.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`).join("\n")}
  )
  _describe command commands
}

# A message would keep zsh from inserting the only option that matches.
_ftp_effect_url() {
  [[ $PREFIX == -* ]] || _message URL
}

_ftp-effect() {
  # Where the command is: some options before it have a value.
  local -i at=2
  while ((at < CURRENT)); do
    case $words[at] in
      ${valuedBefore(subjects)}) at+=2 ;;
      -*) at+=1 ;;
      *) break ;;
    esac
  done
  if ((at >= CURRENT)); then
    local -i from=$((at > CURRENT ? CURRENT - 1 : CURRENT))
    words=($words[1] "\${(@)words[from,-1]}")
    ((CURRENT += 2 - from))
    _arguments -s -S \\
${lines([
  ...programFlags.flatMap((flag) => flagSpecs(flag, "")),
  // They may stand before the command, but are offered after it.
  ...beforeCommand(subjects)
    .filter((flag) => !programFlags.includes(flag))
    .flatMap((flag) => flagSpecs(flag, "!")),
  "1:command:_ftp_effect_commands"
])}
    return
  fi
  words=("\${(@)words[at,-1]}")
  ((CURRENT -= at - 1))
  case $words[1] in
${subjects.map(commandCase).join("\n")}
  esac
}

# Loaded by compinit, the file is the function; read by \`source\`, it registers the function.
if [[ $funcstack[1] == _ftp-effect ]]; then
  _ftp-effect "$@"
else
  compdef _ftp-effect ftp-effect
fi
`

/** The spellings of the options before the command that have a value, as a pattern. */
const valuedBefore = (subjects: ReadonlyArray<Subject>): string =>
  [...beforeCommand(subjects), ...programFlags]
    .filter(({ value }) => value !== undefined)
    .flatMap(spellings)
    .join(" | ")

const lines = (specs: ReadonlyArray<string>): string => specs.map((spec) => `    ${quote(spec)}`).join(" \\\n")

const commandCase = ({ flags, name, operands = {} }: Subject): string =>
  `    ${name}) _arguments -s -S \\\n${lines([
    ...flags.flatMap((flag) => flagSpecs(flag, "")),
    `1:${operand(operands.first)}`,
    `*:${operand(operands.others)}`
  ])} ;;`

/** One specification for each spelling; they exclude each other. `prefix` is `!` for what is known but not offered. */
const flagSpecs = (flag: Description, prefix: "" | "!"): ReadonlyArray<string> => {
  const names = spellings(flag)
  const excluded = flag.repeated === true ? "*" : names.length > 1 ? `(${names.join(" ")})` : ""
  return names.map((name) =>
    flag.value === undefined
      ? `${prefix}${excluded}${name}${explanation(flag)}`
      : `${prefix}${excluded}${name}${name.startsWith("--") ? "=" : "+"}${explanation(flag)}:${flag.value}:${action(flag.completes)}`
  )
}

const explanation = (flag: Description): string => `[${brief(flag).replace(/[[\]\\]/g, "\\$&")}]`

const operand = (completes: Completes | undefined): string =>
  completes === undefined ? "URL:_ftp_effect_url" : `${TITLES.get(completes) ?? "command"}:${action(completes)}`

const TITLES: ReadonlyMap<Completes, string> = new Map([
  ["File", "file"],
  ["Directory", "folder"]
])

/** A space: the name of the value is shown, and nothing is offered. */
const action = (completes: Completes | undefined): string =>
  completes === "File"
    ? "_files"
    : completes === "Directory"
      ? "_files -/"
      : completes === undefined
        ? " "
        : `(${completes.join(" ")})`
