/** Flags that say how LIST is to be read. */
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { jsonLines, run, serve } from "./support/cli.ts"

const WITHOUT_MLSD = { denied: ["MLST", "MLSD"] }

it.scopedLive("--date-order and --zone say how dates of LIST are read that can be read in several ways", () =>
  Effect.gen(function* () {
    const at = new Date("2023-04-05T17:20:00Z")
    const { url } = yield* serve({ ...WITHOUT_MLSD, listing: "Dos", root: { a: { content: "a", modified: at } } })
    const modified = (...flags: ReadonlyArray<string>) =>
      Effect.map(run(["ls", "--json", ...flags, url]), ({ out }) =>
        jsonLines(out).map((line) => "modified" in line && line.modified)
      )
    expect(yield* modified()).toEqual(["2023-04-05T17:20:00.000Z"])
    expect(yield* modified("--date-order", "day-first")).toEqual(["2023-05-04T17:20:00.000Z"])
    expect(yield* modified("--zone", "+02:00")).toEqual(["2023-04-05T15:20:00.000Z"])
    expect(yield* modified("--zone", "America/New_York")).toEqual(["2023-04-05T21:20:00.000Z"])
    expect(yield* run(["ls", "--zone", "Nowhere/Else", url])).toMatchObject({
      code: 2,
      error: expect.stringContaining('--zone: "Nowhere/Else" is not a time zone')
    })
  })
)
