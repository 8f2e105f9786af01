import { parseArgs } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type * as Flag from "../src/arguments/Flag.ts"
import { split } from "../src/arguments/words.ts"

const flags: ReadonlyArray<Flag.Description> = [
  { name: "recursive", alias: "r", value: undefined, help: "" },
  { name: "parallel", alias: "P", value: "N", help: "" },
  { name: "pin", alias: undefined, value: "PIN", help: "" },
  { name: "json", alias: undefined, value: undefined, help: "" }
]

type Read = { kind: string; rawName?: string; value: string | undefined; inlineValue?: boolean }

/** What Node makes of them, without what is not read here. */
const byNode = (words: ReadonlyArray<string>): ReadonlyArray<Read> =>
  parseArgs({
    args: [...words],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      flags.map(({ alias, name, value }) => [
        name,
        {
          type: value === undefined ? ("boolean" as const) : ("string" as const),
          multiple: true,
          ...(alias === undefined ? {} : { short: alias })
        }
      ])
    )
  }).tokens.flatMap(
    (token): ReadonlyArray<Read> =>
      token.kind === "option"
        ? [{ kind: token.kind, rawName: token.rawName, value: token.value, inlineValue: token.inlineValue === true }]
        : token.kind === "positional"
          ? [{ kind: token.kind, value: token.value }]
          : []
  )

const ours = (words: ReadonlyArray<string>): ReadonlyArray<Read> =>
  split(words, flags).map((token) =>
    token.kind === "option"
      ? { kind: token.kind, rawName: token.rawName, value: token.value, inlineValue: token.inlineValue === true }
      : token
  )

const word = FastCheck.oneof(
  FastCheck.constantFrom(
    ...["-", "--", "-r", "-P", "-rP2", "-P=2", "-rrP", "-x", "-xP", "-rx2", "--pin", "--pin=", "--pin=a=b", "--json=1"],
    ...["--no-json", "--x", "--=", "--=a", "---", "--p=", "", "a", "a=b", "-1", "--parallel", "--recursive", "-é"]
  ),
  // A dash among joined options ends them all in Node.
  FastCheck.string({ unit: FastCheck.constantFrom("r", "P", "x", "=", "2"), maxLength: 4 }).map((end) => `-${end}`),
  // An option without a name, which is refused, has another text in Node.
  FastCheck.string({ unit: FastCheck.constantFrom("-", "j", "=", "a"), maxLength: 3 }).map((end) => `--j${end}`)
)

describe("the words of the command line", () => {
  it("are split as Node splits them", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(word, { maxLength: 6 }), (words) => {
        expect(ours(words)).toEqual(byNode(words))
      }),
      { numRuns: 5000 }
    )
  })
})
