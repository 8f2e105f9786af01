import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Argv from "../src/arguments/Argv.ts"
import * as OtherClients from "../src/arguments/otherClients.ts"
import * as Commands from "../src/commands/all.ts"

const commands = await Effect.runPromise(Commands.all)

const read = (line: string) => Argv.read(line === "" ? [] : line.split(" "), commands)
/** What was read, in one line: the command, its flags and their values, its operands. */
const words = (line: string): string => {
  const request = Either.getOrThrow(read(line))
  switch (request._tag) {
    case "Version":
      return "Version"
    case "Help":
      return `Help ${request.command?.name}`
    case "Completions":
      return `Completions ${request.shell}`
    case "Run": {
      const given = [...request.given].flatMap(([name, values]) =>
        values.length === 0 ? [`--${name}`] : values.flatMap((value) => [`--${name}`, value])
      )
      return [request.command.name, ...given, "--", ...request.operands].join(" ")
    }
  }
}
const refusal = (line: string): string => Either.getOrThrow(Either.flip(read(line))).message

describe("the command line", () => {
  it.each([
    ["get -r ftp://h/a dir", "get --recursive -- ftp://h/a dir"],
    ["get ftp://h/a dir -r", "get --recursive -- ftp://h/a dir"],
    ["get ftp://h/a -rP2 dir", "get --recursive --parallel 2 -- ftp://h/a dir"],
    ["get -P=2 a", "get --parallel 2 -- a"],
    ["get --parallel=2 a", "get --parallel 2 -- a"],
    ["get --parallel 2 a", "get --parallel 2 -- a"],
    ["--json ls ftp://h/", "ls --json -- ftp://h/"],
    ["--timeout 5 ls ftp://h/ -v", "ls --timeout 5 --verbose -- ftp://h/"],
    ["put -- -odd ftp://h/", "put -- -odd ftp://h/"],
    ["get -r a -rv --verbose", "get --recursive --verbose -- a"],
    ["ls --pin a --pin b c", "ls --pin a --pin b -- c"],
    ["rm -rf ftp://h/x", "rm --recursive --force -- ftp://h/x"],
    ["get ftp://h/a -", "get -- ftp://h/a -"],
    ["--completions bash", "Completions bash"],
    ["--completions=zsh", "Completions zsh"],
    ["-p 2200 serve .", "serve --port 2200 -- ."],
    ["-p mkdir ftp://h/x", "mkdir --parents -- ftp://h/x"],
    ["--timeout 5 get ftp://h/get", "get --timeout 5 -- ftp://h/get"]
  ])("%s", (typed, expected) => {
    expect(words(typed)).toBe(expected)
  })

  it.each([
    ["", "Help undefined"],
    ["--help", "Help undefined"],
    ["-h", "Help undefined"],
    ["help", "Help undefined"],
    ["help get", "Help get"],
    ["get --help", "Help get"],
    ["get ftp://h/a -rh", "Help get"],
    ["--help get", "Help get"],
    ["--version", "Version"],
    ["-V", "Version"]
  ])("%s asks for help or the version", (typed, expected) => {
    expect(words(typed)).toBe(expected)
  })

  it.each([
    ["gte ftp://h/", 'there is no command "gte"; did you mean get?'],
    ["download x", 'there is no command "download"; did you mean get?'],
    ["cp a b", 'there is no command "cp"; did you mean get, put or mirror?'],
    ["ftp.example.com/pub", 'there is no command "ftp.example.com/pub"; did you mean ls ftp://ftp.example.com/pub?'],
    ["open ftp://h/", 'there is no command "open"'],
    ["ftp://h/", "a command is missing before the URL"],
    ["--json", "a command is missing"],
    ["get --recursve x", "get has no option --recursve; did you mean --recursive?"],
    ["get --ver x", "get has no option --ver; did you mean --verify?"],
    ["mk ftp://h/", 'there is no command "mk"; did you mean mkdir?'],
    ["ls -r x", "ls has no option -r (it belongs to get, put, rm)"],
    ["get x -P", "--parallel needs a value: --parallel N"],
    ["get x --segments", "--segments needs a value: --segments N"],
    ["mirror a ftp://h/ --delete", "--delete needs a value: ours or extra"],
    ["mirror --checksum a ftp://h/", "mirror has no option --checksum; did you mean --compare hash?"],
    ["get --checksum ftp://h/", "get has no option --checksum; did you mean --verify hash?"],
    ["mirror -u a ftp://h/", "mirror has no option -u; did you mean --only newer?"],
    ["ls --only-newer ftp://h/", "ls has no option --only-newer"],
    ["rm --no-check-certificate ftp://h/", "did you mean --pin?"],
    ["get -P 2 --parallel=3 x", "--parallel was given twice"],
    ["get --recursive=yes x", "--recursive takes no value"],
    ["--completions tcsh", "there are completions for bash, zsh, fish"],
    ["--wizard", "a command is missing"],
    ["get --log-level debug x", "get has no option --log-level"],
    ["help gte", 'there is no command "gte"; did you mean get?']
  ])("%s is refused in words that help", (typed, expected) => {
    expect(refusal(typed)).toContain(expected)
  })

  it.each([
    ["open ftp://h/", "each command names its URL; more: ftp-effect --help"],
    ["mirror -R a ftp://h/", "SOURCE comes first"],
    ["get -c ftp://h/a", "the same command resumes what was interrupted; more: ftp-effect get --help"],
    ["ls -u ann ftp://h/a", "the user stands in the URL"],
    ["ls --user=ann ftp://h/a", "the user stands in the URL"]
  ])("%s, which another client has, is explained", (typed, expected) => {
    const refused = Either.getOrThrow(Either.flip(read(typed)))
    expect(refused.hint).toContain(expected)
    expect(refused.message).not.toContain("it belongs to")
  })

  it.each(["get --ignore-time ftp://h/a", "rm --retry ftp://h/a"])("%s is no typo of an option of ours", (typed) => {
    expect(refusal(typed)).not.toContain("did you mean")
  })

  it("every option that another client's is compared with is one of a command, with its value", () => {
    for (const meant of [...OtherClients.options.values()].flat()) {
      const [first = "", ...more] = meant.replaceAll("'", "").split(" ")
      const having = commands.filter(({ flags }) => flags.some(({ name }) => `--${name}` === first))
      expect(having, meant).not.toEqual([])
      for (const { flags, name } of having) {
        const needsValue =
          more.length === 0 && flags.some((flag) => `--${flag.name}` === first && flag.value !== undefined)
        const request = Either.getOrThrow(
          Argv.read([name, first, ...(needsValue ? ["1"] : more), "ftp://h/"], commands)
        )
        expect(request, meant).toMatchObject({ _tag: "Run", operands: ["ftp://h/"] })
        for (const { name, words } of flags.filter(({ words }) => words !== undefined)) {
          const [value] = (request._tag === "Run" && request.given.get(name)) || []
          expect([undefined, ...(words ?? [])], meant).toContain(value)
        }
      }
    }
  })
})
