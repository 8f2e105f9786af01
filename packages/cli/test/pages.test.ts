/** The pages about the command have all that it has, and nothing else. */
import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import * as Commands from "../src/commands/all.ts"
import * as JsonLine from "../src/output/JsonLine.ts"

const commands = await Effect.runPromise(Commands.all)

const pageOf = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8")

const guide = pageOf("cli.md")
const scripts = pageOf("cli-scripts.md")
const both = `${guide}\n${scripts}`

/** Not options of a command. */
const OTHERS = ["help", "completions", "cacert"]

const flags = new Set(commands.flatMap((command) => command.flags.map(({ name }) => name)))

describe("the pages about the command", () => {
  it("have every command", () => {
    const missing = commands.filter(({ name }) => !new RegExp(`^\\| \`${name}[ \`]`, "m").test(guide))
    expect(missing.map(({ name }) => name)).toEqual([])
  })

  it("have every option", () => {
    const missing = [...flags].filter((name) => !new RegExp(`--${name}(?![\\w-])`).test(both))
    expect(missing).toEqual([])
  })

  it("have no option that no command has", () => {
    const named = new Set([...both.matchAll(/(?<![\w-])--([a-z][a-z0-9-]*)/g)].map(([, name]) => name))
    expect([...named].filter((name) => name !== undefined && !flags.has(name) && !OTHERS.includes(name))).toEqual([])
  })

  it("have every kind of JSON line, with its fields", () => {
    const missing = JsonLine.JsonLine.members.flatMap(({ fields }) => {
      const { kind, ...others } = fields
      const names = [String(kind.literals[0]), ...Object.keys(others)]
      return names.filter((name) => !scripts.includes(`\`${name}\``)).map((name) => `${kind.literals[0]}: ${name}`)
    })
    expect(missing).toEqual([])
  })
})
