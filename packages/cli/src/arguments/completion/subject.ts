/** What the scripts of all shells are made from. */
import { HELP_COMMAND, help, programFlags, type Vocabulary } from "../Argv.ts"
import type { Operands } from "../Command.ts"
import type * as Flag from "../Flag.ts"

/** A command as far as shells complete it. */
export interface Subject extends Vocabulary {
  readonly summary: string
  readonly operands?: Operands | undefined
}

/** The commands with their `--help`, and the one that prints help. */
export const withHelp = (commands: ReadonlyArray<Subject>): ReadonlyArray<Subject> => [
  ...commands.map((command) => ({ ...command, flags: [...command.flags, help] })),
  {
    name: HELP_COMMAND,
    summary: "Show the help of a command",
    flags: [],
    operands: { first: commands.map(({ name }) => name) }
  }
]

/** `--parallel` and `-P`. */
export const spellings = ({ alias, name }: Flag.Description): ReadonlyArray<string> => [
  `--${name}`,
  ...(alias === undefined ? [] : [`-${alias}`])
]

/** The first sentence of the help. */
export const brief = ({ help }: Flag.Description): string => (help.split(". ")[0] ?? "").replace(/\.$/, "")

/** A flag, and the commands that have it. */
export interface Shared {
  readonly flag: Flag.Description
  readonly commands: ReadonlyArray<string>
}

/** Each flag once, with the commands that have it. `sameness` is equal for flags that count as one. */
export const shared = (
  subjects: ReadonlyArray<Pick<Subject, "name" | "flags">>,
  sameness: (flag: Flag.Description) => string = (flag) => JSON.stringify(flag)
): ReadonlyArray<Shared> => {
  const found = new Map<string, { readonly flag: Flag.Description; readonly commands: Array<string> }>()
  for (const subject of subjects) {
    for (const flag of subject.flags) {
      const key = sameness(flag)
      const known = found.get(key)
      if (known === undefined) {
        found.set(key, { flag, commands: [subject.name] })
      } else {
        known.commands.push(subject.name)
      }
    }
  }
  return [...found.values()]
}

/** The flags that can be read before the command is known: those whose spellings mean the same to every command. */
export const beforeCommand = (subjects: ReadonlyArray<Subject>): ReadonlyArray<Flag.Description> => {
  const flags = subjects.flatMap((subject) => subject.flags)
  const isClear = (flag: Flag.Description) =>
    spellings(flag).every((spelling) =>
      flags.every(
        (other) => !spellings(other).includes(spelling) || (other.name === flag.name && other.value === flag.value)
      )
    )
  return [...new Map(flags.filter(isClear).map((flag) => [flag.name, flag])).values()]
}

/** The empty name stands for the time before the command is known. */
export const NOT_KNOWN_YET = "''"

/**
 * The flags with a value, each once, with the commands for which they have one: one flag for each spelling and what
 * completes it, whatever its help.
 */
export const valued = (subjects: ReadonlyArray<Subject>): ReadonlyArray<Shared> =>
  shared(
    [{ name: NOT_KNOWN_YET, flags: [...beforeCommand(subjects), ...programFlags] }, ...subjects],
    ({ completes, name }) => JSON.stringify([name, completes])
  ).filter(({ flag }) => flag.value !== undefined)

/** A text in single quotes, as bash and zsh read it. */
export const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
