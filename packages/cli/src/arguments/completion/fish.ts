/** Completions for fish 3 and newer. */
import { programFlags } from "../Argv.ts"
import type { Completes, Description } from "../Flag.ts"
import { brief, type Subject, shared, spellings, valued } from "./subject.ts"

/** The script that fish loads. */
export const script = (subjects: ReadonlyArray<Subject>): string => `# Completions of ftp-effect for fish.

# __ftp_effect_has_value COMMAND OPTION
function __ftp_effect_has_value
    switch $argv[2]
${valueCases(subjects)}
    end
    return 1
end

# The command, if it is there, and its operands; fails if the value of an option is next.
function __ftp_effect_words
    set -l words (commandline -opc)
    set -l command
    set -l is_value 0
    set -l is_ended 0
    for word in $words[2..]
        if test $is_value = 1
            set is_value 0
        else if test $is_ended = 0; and test "$word" = --
            set is_ended 1
        else if test $is_ended = 0; and string match -q -- '--*' "$word"
            __ftp_effect_has_value "$command" "$word"; and set is_value 1
        else if test $is_ended = 0; and string match -q -- '-?*' "$word"
            set -l letters (string split '' -- (string sub -s 2 -- "$word"))
            for index in (seq (count $letters))
                if __ftp_effect_has_value "$command" "-$letters[$index]"
                    # The letters after it are its value.
                    test $index = (count $letters); and set is_value 1
                    break
                end
            end
        else
            test -z "$command"; and set command $word
            echo -- $word
        end
    end
    test $is_value = 0
end

function __ftp_effect_no_command
    test (count (__ftp_effect_words)) = 0
end

function __ftp_effect_command_next
    set -l words (__ftp_effect_words); and test (count $words) = 0
end

# __ftp_effect_in COMMAND...
function __ftp_effect_in
    set -l words (__ftp_effect_words)
    contains -- "$words[1]" $argv
end

# Whether the first operand of a command is next, or one of the others. fish would complete paths within a URL.
function __ftp_effect_first
    string match -q -- '*://*' (commandline -ct); and return 1
    set -l words (__ftp_effect_words)
    test (count $words) = 1; and test "$words[1]" = $argv[1]
end

function __ftp_effect_others
    string match -q -- '*://*' (commandline -ct); and return 1
    set -l words (__ftp_effect_words)
    test (count $words) -gt 1; and test "$words[1]" = $argv[1]
end

complete -c ftp-effect -e
complete -c ftp-effect -f
${[
  ...subjects.map(
    ({ name, summary }) => `complete -c ftp-effect -n __ftp_effect_command_next -a ${name} -d ${quote(summary)}`
  ),
  ...programFlags.map((flag) => flagLine("__ftp_effect_no_command", flag)),
  ...shared(subjects).map(({ commands, flag }) => flagLine(`__ftp_effect_in ${commands.join(" ")}`, flag)),
  ...subjects.flatMap(({ name, operands = {} }) => [
    ...operandLine(`__ftp_effect_first ${name}`, operands.first),
    ...operandLine(`__ftp_effect_others ${name}`, operands.others)
  ])
].join("\n")}
`

const valueCases = (subjects: ReadonlyArray<Subject>): string =>
  valued(subjects)
    .map(({ commands, flag }) =>
      [
        `        case ${spellings(flag).join(" ")}`,
        `            contains -- "$argv[1]" ${commands.join(" ")}; and return 0`
      ].join("\n")
    )
    .join("\n")

const flagLine = (condition: string, flag: Description): string =>
  [
    "complete -c ftp-effect",
    `-n ${quote(condition)}`,
    `-l ${flag.name}`,
    ...(flag.alias === undefined ? [] : [`-s ${flag.alias}`]),
    ...(flag.value === undefined ? [] : [offered(flag.completes)]),
    `-d ${quote(brief(flag))}`
  ].join(" ")

const operandLine = (condition: string, completes: Completes | undefined): ReadonlyArray<string> =>
  completes === undefined
    ? []
    : [`complete -c ftp-effect -n ${quote(condition)} ${offered(completes).replace(/^-[rx] /, "")}`]

/** What a value that must be given is completed with. */
const offered = (completes: Completes | undefined): string =>
  completes === "File"
    ? "-r -F"
    : completes === "Directory"
      ? "-x -a '(__fish_complete_directories (commandline -ct))'"
      : completes === undefined
        ? "-x"
        : `-x -a ${quote(completes.join(" "))}`

const quote = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`
