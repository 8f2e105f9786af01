/** Completions for bash 4 and newer. */
import { programFlags } from "../Argv.ts"
import type { Completes } from "../Flag.ts"
import { NOT_KNOWN_YET, quote, type Subject, spellings, valued } from "./subject.ts"

/** The script that bash loads. */
export const script = (subjects: ReadonlyArray<Subject>): string => `# Completions of ftp-effect for bash.

# _ftp_effect_value COMMAND OPTION: what the value of the option is, in "expected"; fails if it has none.
_ftp_effect_value() {
  case $2 in
${valueCases(subjects)}
    *) return 1 ;;
  esac
}

# _ftp_effect_letters COMMAND LETTERS: the same for short options that are joined.
_ftp_effect_letters() {
  local letters=$2
  while [[ -n $letters ]]; do
    if _ftp_effect_value "$1" "-\${letters:0:1}"; then
      # The letters after it are its value.
      [[ \${#letters} -gt 1 ]] && expected=
      return
    fi
    letters=\${letters:1}
  done
}

# _ftp_effect_options COMMAND
_ftp_effect_options() {
  case $1 in
${optionCases(subjects)}
  esac
}

# _ftp_effect_operand COMMAND OPERANDS: what is expected after so many operands.
_ftp_effect_operand() {
  case "$1 $2" in
${operandCases(subjects)}
  esac
}

_ftp_effect() {
  local IFS=$' \\t\\n' expected= command= ended= operands=0 word i
  # Readline splits words at = and : too: what has no space between it is one word.
  local words=("\${COMP_WORDS[0]}") line=\${COMP_LINE#*"\${COMP_WORDS[0]}"}
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if [[ $line == [[:space:]]* ]]; then
      words+=("\${COMP_WORDS[i]}")
      line=\${line#"\${line%%[![:space:]]*}"}
    else
      words[\${#words[@]} - 1]+=\${COMP_WORDS[i]}
    fi
    line=\${line#"\${COMP_WORDS[i]}"}
  done

  for ((i = 1; i < \${#words[@]} - 1; i++)); do
    word=\${words[i]}
    if [[ -n $expected ]]; then
      expected=
    elif [[ -z $ended && $word == -- ]]; then
      ended=1
    elif [[ -z $ended && $word == --* ]]; then
      _ftp_effect_value "$command" "$word"
    elif [[ -z $ended && $word == -?* ]]; then
      _ftp_effect_letters "$command" "\${word#-}"
    elif [[ -z $command ]]; then
      command=$word
    else
      operands=$((operands + 1))
    fi
  done

  local current=\${words[\${#words[@]} - 1]} piece=\${COMP_WORDS[COMP_CWORD]} option=
  local text=$current
  if [[ -n $expected ]]; then
    :
  elif [[ -z $ended && $current == --*=* ]]; then
    option=\${current%%=*}=
    text=\${current#*=}
    _ftp_effect_value "$command" "\${option%=}"
  elif [[ -z $ended && $current == -* ]]; then
    _ftp_effect_options "$command"
  elif [[ -z $command ]]; then
    expected=${quote(`words:${subjects.map(({ name }) => name).join(" ")}`)}
  else
    _ftp_effect_operand "$command" "$operands"
  fi
  [[ $text == *://* ]] && expected=

  COMPREPLY=()
  case $expected in
    file) compopt -o default ;;
    directory) compopt -o dirnames ;;
    words:*)
      # Readline replaces what follows the last = only.
      local kept=\${current%"$piece"}
      [[ $piece == *[!=:]* ]] || kept=$current
      for word in $(compgen -W "\${expected#words:}" -- "$text"); do
        word=$option$word
        COMPREPLY+=("\${word#"$kept"}")
      done
      ;;
  esac
}

complete -F _ftp_effect ftp-effect
`

/** For `expected` of the script. */
const expectation = (completes: Completes | undefined): string =>
  completes === "File"
    ? "file"
    : completes === "Directory"
      ? "directory"
      : completes === undefined
        ? "anything"
        : `words:${completes.join(" ")}`

const valueCases = (subjects: ReadonlyArray<Subject>): string =>
  valued(subjects)
    .map(({ commands, flag }) => {
      const known = `${commands.join(" | ")}) expected=${quote(expectation(flag.completes))}`
      return `    ${spellings(flag).join(" | ")}) case $1 in ${known} ;; *) return 1 ;; esac ;;`
    })
    .join("\n")

const optionCases = (subjects: ReadonlyArray<Subject>): string =>
  [{ name: NOT_KNOWN_YET, flags: programFlags }, ...subjects]
    .map(
      ({ flags, name }) =>
        `    ${name}) expected=${quote(`words:${flags.map((flag) => `--${flag.name}`).join(" ")}`)} ;;`
    )
    .join("\n")

const operandCases = (subjects: ReadonlyArray<Subject>): string =>
  subjects
    .flatMap(({ name, operands = {} }) => [
      ...(operands.first === undefined && operands.others === undefined
        ? []
        : [
            `    ${quote(`${name} 0`)}) ${operands.first === undefined ? "" : `expected=${quote(expectation(operands.first))} `};;`
          ]),
      ...(operands.others === undefined
        ? []
        : [`    ${quote(`${name} `)}*) expected=${quote(expectation(operands.others))} ;;`])
    ])
    .join("\n")
