/**
 * The completions of a shell, as a script that it loads. The script holds all that is offered: completing starts no
 * command and asks no server.
 */
import type { Shell } from "./Argv.ts"
import * as Bash from "./completion/bash.ts"
import * as Fish from "./completion/fish.ts"
import * as Subject from "./completion/subject.ts"
import * as Zsh from "./completion/zsh.ts"

const scripts: { readonly [S in Shell]: (subjects: ReadonlyArray<Subject.Subject>) => string } = {
  bash: Bash.script,
  zsh: Zsh.script,
  fish: Fish.script
}

/** The script for a shell. */
export const script = (shell: Shell, commands: ReadonlyArray<Subject.Subject>): string =>
  scripts[shell](Subject.withHelp(commands))
