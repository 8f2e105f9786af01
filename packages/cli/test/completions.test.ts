/**
 * What bash, zsh and fish offer while a command is typed: real shells, on real time.
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Subject from "../src/arguments/completion/subject.ts"
import * as Commands from "../src/commands/all.ts"
import { folder } from "./support/cli.ts"
import * as Shells from "./support/shells.ts"

const commands = await Effect.runPromise(Commands.all)

/** In a folder that has a file `my file.txt` and a folder `holiday`. */
const cases: ReadonlyArray<readonly [what: string, typed: string, offered: ReadonlyArray<string>]> = [
  ["the commands", "", [...commands.map(({ name }) => name), "help"]],
  ["a command by its first letter", "r", ["rm"]],
  ["the options of the command that was typed", "get --ver", ["--verbose", "--verify"]],
  ["no command in place of a file", "put r", []],
  ["the one option that matches", "serve --wr", ["--write"]],
  ["no option that the command does not take", "ls --wr", []],
  ["no option that is refused", "get --log", []],
  ["the program's own options before a command", "--v", ["--version"]],
  ["the words that an option can have", "put --verify ", ["hash", "time", "size", "reply"]],
  ["the orders of dates", "ls --date-order ", ["month-first", "day-first", "year-first"]],
  ["the same after =", "put --verify=s", ["--verify=size"]],
  ["the shells that there are completions for", "--completions ", ["bash", "zsh", "fish"]],
  ["nothing for a value that can be anything", "get --timeout ", []],
  ["nothing for the value of the last of joined options", "get -rP ", []],
  ["a command after an option whose help differs between commands", "--parallel 2 g", ["get"]],
  ["local files as sources of put", "put m", ["my file.txt"]],
  ["local files as the target of get", "get ftp://h/a m", ["my file.txt"]],
  ["no local file in place of the URL of get", "get m", []],
  ["no local file in place of a remote one", "rm m", []],
  ["no local file for a URL", "put ftp:///et", []],
  ["local folders for serve", "serve ", ["holiday"]],
  ["local files as the value of an option", "ls --netrc m", ["my file.txt"]],
  ["local files as the value of an option after =", "ls --netrc=m", ["--netrc=my file.txt"]],
  ["no options after --", "put -- --ver", []],
  ["commands after an option", "--json ge", ["get"]],
  ["the options of a command that follows an option with a value", "--timeout 3 get --veri", ["--verify"]],
  ["the commands that there is help on", "help ge", ["get"]]
]

const TIMEOUT = 120_000

const stage = Effect.gen(function* () {
  const here = yield* folder
  Fs.writeFileSync(join(here, "my file.txt"), "")
  Fs.mkdirSync(join(here, "holiday"))
  return { here, home: yield* folder }
})

const isSkipped = process.env.FTP_EFFECT_SKIP_SERVERS === "1"

describe.skipIf(isSkipped).each(["bash", "zsh", "fish"] as const)("completion in %s", (name) => {
  it.scopedLive(
    "commands, their options, values and local files are offered",
    () =>
      Effect.gen(function* () {
        const { here, home } = yield* stage
        const shell = yield* Shells.start(name, home, here)
        for (const [what, typed, offered] of cases) {
          const found = yield* Effect.promise(() => shell.offers(typed))
          // A folder may come with a slash.
          expect({ what, typed, offered: found.map((word) => word.replace(/\/$/, "")).sort() }).toEqual({
            what,
            typed,
            offered: [...offered].sort()
          })
        }
      }),
    TIMEOUT
  )
})

describe("the scripts", () => {
  it("have one case for each spelling of an option with a value: a shell reads the first that matches", () => {
    const spelled = Subject.valued(Subject.withHelp(commands)).flatMap(({ flag }) => Subject.spellings(flag))
    expect(spelled).toContain("--parallel")
    expect(spelled.filter((spelling, index) => spelled.indexOf(spelling) !== index)).toEqual([])
  })

  it("know that the value of rm -P is no operand", () => {
    const parallel = Subject.valued(Subject.withHelp(commands)).find(({ flag }) => flag.name === "parallel")
    expect(parallel?.commands).toEqual(["''", "get", "put", "mirror", "apply", "rm", "demo"])
  })
})

describe.skipIf(isSkipped)("completion in zsh from a script that is read by source", () => {
  it.scopedLive(
    "options and local files are offered",
    () =>
      Effect.gen(function* () {
        const { here, home } = yield* stage
        const shell = yield* Shells.start("zsh", home, here, "Source")
        expect(yield* Effect.promise(() => shell.offers("serve --wr"))).toEqual(["--write"])
        expect(yield* Effect.promise(() => shell.offers("put m"))).toEqual(["my file.txt"])
      }),
    TIMEOUT
  )
})
