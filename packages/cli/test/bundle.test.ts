import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { bundleCli } from "../../../scripts/bundle.mjs"

it("a bundle that is not ASCII is refused, as the launcher would read it as latin1", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"))
  try {
    const entry = join(folder, "entry.js")
    writeFileSync(entry, "console.log(/\u65e5/.test('\u65e5'))")
    await expect(bundleCli({ entry, out: join(folder, "out") })).rejects.toThrow("is not ASCII")
    expect(readdirSync(folder)).toEqual(["entry.js"])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it("a bundle that needs more of Schema than the module in its place has is refused", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"))
  try {
    const entry = join(folder, "entry.js")
    writeFileSync(entry, 'import * as Schema from "effect/Schema"\nconsole.log(Schema.Struct, Schema.Duration)')
    await expect(bundleCli({ entry, out: join(folder, "out") })).rejects.toThrow("Duration")
    expect(readdirSync(folder)).toEqual(["entry.js"])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
