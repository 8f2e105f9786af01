/** Servers that take seconds for a file, so that a test can interrupt a transfer in its middle. */
import { randomBytes } from "node:crypto"
import * as Fs from "node:fs"
import * as Effect from "effect/Effect"
import { folder, serve } from "./cli.ts"
import { start } from "./process.ts"
import * as SlowStore from "./slowStore.ts"

/** Two files, each in about four seconds. */
export const slow = Effect.flatMap(
  SlowStore.make(
    { "a.bin": new Uint8Array(5_000_000), "b.bin": new Uint8Array(5_000_000) },
    { bytes: 64 * 1024, pauseMillis: 50 }
  ),
  (root) => serve({ root })
)

export const MIB = 1024 * 1024
/** What the tests transfer. */
export const large = randomBytes(8 * MIB)

/** Serves it in about three seconds. */
export const serveLarge = Effect.gen(function* () {
  const root = yield* SlowStore.make({ "large.bin": large }, { bytes: 64 * 1024, pauseMillis: 20 })
  const { server, url } = yield* serve({ root })
  const here = yield* folder
  const get = () => start(["get", `${url}large.bin`, here])
  const files = () => Fs.readdirSync(here).sort()
  return { server, here, get, files, isKept: () => files().includes("large.bin.ftp-effect.part.json") }
})

/** The offsets at which transfers were resumed. */
export const restarts = (commands: ReadonlyArray<string>) =>
  commands.flatMap((line) => (line.startsWith("REST ") ? [Number(line.slice("REST ".length))] : []))
