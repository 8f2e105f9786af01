/** The schemas of what travels, and the JSON Schema files that are published of them: `vitest -u` writes these. */
import { assert, describe, expect, it } from "@effect/vitest"
import * as FtpEntry from "@ftp-effect/core/FtpEntry"
import * as FtpEvidence from "@ftp-effect/core/FtpEvidence"
import * as DateTime from "effect/DateTime"
import * as JSONSchema from "effect/JSONSchema"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { expectTypeOf } from "vitest"

const textOf = <A, I>(schema: Schema.Schema<A, I>) => `${JSON.stringify(JSONSchema.make(schema), undefined, 2)}\n`

const ENTRY: FtpEntry.FtpEntry = {
  ...FtpEntry.noFacts,
  name: "caf\udce9",
  path: "pub/caf\udce9",
  type: "File",
  size: Option.some(4711),
  modified: Option.some({ at: DateTime.unsafeMake(0), precision: "Second", zone: "Utc" }),
  raw: "type=file; caf"
}

describe("entries and evidence as JSON", () => {
  it("come back as they were, without the facts that are not known", () => {
    const schema = Schema.parseJson(FtpEntry.schema)
    const text = Schema.encodeSync(schema)(ENTRY)
    assert.deepStrictEqual(JSON.parse(text), {
      name: "caf\udce9",
      path: "pub/caf\udce9",
      type: "File",
      size: 4711,
      modified: { at: "1970-01-01T00:00:00.000Z", precision: "Second", zone: "Utc" },
      raw: "type=file; caf"
    })
    assert.deepStrictEqual(Schema.decodeSync(schema)(text), ENTRY)
  })

  it("are of the types of the library", () => {
    expectTypeOf<typeof FtpEntry.schema.Type>().toEqualTypeOf<FtpEntry.FtpEntry>()
    expectTypeOf<typeof FtpEvidence.schema.Type>().toEqualTypeOf<FtpEvidence.FtpEvidence>()
  })

  it("are as the published files say", async () => {
    await expect(textOf(FtpEntry.schema)).toMatchFileSnapshot("../../schema/entry.schema.json")
    await expect(textOf(FtpEvidence.schema)).toMatchFileSnapshot("../../schema/evidence.schema.json")
  })
})
