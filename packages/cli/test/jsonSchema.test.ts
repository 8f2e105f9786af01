/** The JSON Schema that is published of what `--json` prints: `vitest -u` writes it. */
import * as JSONSchema from "effect/JSONSchema"
import { describe, expect, it } from "vitest"
import { JsonLine } from "../src/output/JsonLine.ts"
import { problems } from "./support/jsonSchema.ts"

describe("the JSON Schema of the lines", () => {
  it("is that of the code", async () => {
    const text = `${JSON.stringify(JSONSchema.make(JsonLine), undefined, 2)}\n`
    await expect(text).toMatchFileSnapshot("../schema/lines.schema.json")
  })

  it("refuses what no command prints", () => {
    const schema = { ...JSONSchema.make(JsonLine) }
    expect(problems(schema, { kind: "warning", message: "x" })).toEqual([])
    for (const wrong of [{ kind: "warning" }, { kind: "warning", message: 1 }, { kind: "other" }, []]) {
      expect(problems(schema, wrong)).not.toEqual([])
    }
  })
})
