/** Temporary names of uploads in the forms of OpenVMS and z/OS. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { plan } from "#core/mirror/plan"
import * as Rules from "#core/mirror/rules"
import * as Tree from "#core/mirror/Tree"
import { kinds, onDisk, served, stage, up } from "./stage.ts"

const NAMES = ["x.@#123456", "@#2B3C4D", "SITE_1A2B3C4D.FTP-EFFECT"]
const USUAL = ".site.1a2b3c4d.ftp-effect"

describe("a file of the source whose name is a temporary one of OpenVMS or z/OS", () => {
  for (const options of [{}, { delete: "Extra" }] as const) {
    it.effect(`is copied between other systems (${JSON.stringify(options)})`, () =>
      Effect.gen(function* () {
        yield* onDisk(Object.fromEntries([...NAMES, USUAL].map((name) => [name, "mine"])))
        const result = yield* up(options)
        expect(kinds(result).sort()).toEqual(NAMES.map((name) => `Copy ${name}`).sort())
        expect(result.plan.skipped.map(({ path, reason }) => `${reason} ${path}`)).toEqual([`Reserved ${USUAL}`])
        expect(Object.keys(yield* served("/www/")).sort()).toEqual([...NAMES].sort())
      }).pipe(Effect.provide(stage()))
    )
  }

  const tree = Tree.snapshot(NAMES.map((name) => Tree.entry(name, "File")))
  const empty = Tree.snapshot([])
  const native: Rules.Rules = { ...Rules.defaults, names: { ...Rules.defaults.names, isNative: () => true } }
  const cases: ReadonlyArray<readonly [which: string, source: Tree.Snapshot, rules: Rules.Rules]> = [
    ["the source", { ...tree, isNative: true }, Rules.defaults],
    ["the target", tree, native]
  ]
  it.each(cases)("is left out if %s is such a system", (_, source, rules) => {
    const { skipped, steps } = plan({ source, target: empty, ours: new Map() }, rules)
    expect([steps, skipped.map(({ reason }) => reason)]).toEqual([[], NAMES.map(() => "Reserved")])
  })
})
