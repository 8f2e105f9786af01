/** The schemas of the bundle, which are made when they are first used, beside those of the sources. */
import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as JSONSchema from "effect/JSONSchema"
import * as Schema from "effect/Schema"
import { build } from "esbuild"
import { lazyModules } from "../../../scripts/lazyModules.mjs"
import * as Sources from "./support/everySchema.ts"

const directory = mkdtempSync(join(tmpdir(), "ftp-effect-schema-"))
let bundled: typeof Sources

beforeAll(async () => {
  const outfile = join(directory, "every.cjs")
  await build({
    entryPoints: [new URL("./support/everySchema.ts", import.meta.url).pathname],
    outfile,
    bundle: true,
    platform: "node",
    conditions: ["@ftp-effect/source", "module"],
    format: "cjs",
    plugins: [lazyModules],
    logLevel: "error"
  })
  bundled = createRequire(import.meta.url)(outfile)
}, 60_000)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

type Any = Schema.Schema<unknown, unknown>

/** Each schema that the modules export, by its name. */
const schemasOf = (modules: typeof Sources): ReadonlyMap<string, Any> =>
  new Map(
    Object.entries(modules).flatMap(([module, exported]) =>
      Object.entries(exported).flatMap(([name, value]: [string, unknown]) =>
        Schema.isSchema(value) ? [[`${module}.${name}`, value as Any] as const] : []
      )
    )
  )

const schemas = [...schemasOf(Sources)]

/** Of a schema that has none, why. */
const jsonSchemaOf = (schema: Any) =>
  Exit.getOrElse(Effect.runSyncExit(Effect.try(() => JSONSchema.make(schema))), String)

const RUNS = { numRuns: 20 }

describe("a schema of the bundle", () => {
  const same = (name: string): Any => {
    const schema = schemasOf(bundled).get(name)
    expect(schema, name).toBeDefined()
    return schema as Any
  }

  it("is there for each schema of the sources", () => {
    expect([...schemasOf(bundled).keys()].sort()).toEqual([...schemasOf(Sources).keys()].sort())
    expect(schemas.length).toBeGreaterThan(20)
  })

  it.each(schemas)("has the JSON Schema of the sources: %s", (name, schema) => {
    expect(jsonSchemaOf(same(name))).toEqual(jsonSchemaOf(schema))
  })

  it.each(schemas)("reads and writes what the sources write: %s", (name, schema) => {
    const other = same(name)
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(schema), (value) => {
        const encoded = Schema.encodeEither(schema)(value)
        // Of what can't be written, such as a URL with an account, nothing can be read.
        FastCheck.pre(Either.isRight(encoded))
        const written = Either.getOrThrow(encoded)
        const read = Schema.decodeUnknownSync(other)(written)
        expect(Schema.encodeSync(other)(read)).toEqual(written)
        expect(JSON.stringify(read)).toBe(JSON.stringify(Schema.decodeUnknownSync(schema)(written)))
        expect(String(read)).toBe(String(Schema.decodeUnknownSync(schema)(written)))
      }),
      RUNS
    )
  })
  it.each(schemas)("refuses what the sources refuse, in the same words: %s", (name, schema) => {
    const said = (either: Either.Either<unknown, unknown>) =>
      Either.mapBoth(either, { onLeft: String, onRight: String })
    const other = same(name)
    for (const value of ["no such thing", "", -1, null, {}, [{}]]) {
      expect(said(Schema.decodeUnknownEither(other)(value))).toEqual(said(Schema.decodeUnknownEither(schema)(value)))
    }
  })
})
