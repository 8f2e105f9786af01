/** Counts the calls of node:fs. */
import Fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { vi } from "@effect/vitest"
import * as Effect from "effect/Effect"

/** Of node:fs, whatever the transfer of a file may use. */
const CALLS = [
  "open",
  "openSync",
  "stat",
  "lstat",
  "fstat",
  "statSync",
  "lstatSync",
  "fstatSync",
  "read",
  "readSync",
  "write",
  "writeSync",
  "fchmod",
  "fchmodSync",
  "futimes",
  "futimesSync",
  "fsync",
  "close",
  "closeSync",
  "link",
  "linkSync",
  "rename",
  "renameSync",
  "unlink",
  "unlinkSync",
  "readFile",
  "writeFile"
] as const

/** How many of them have been made since then. They are counted until the scope closes. */
export const counting = Effect.gen(function* () {
  const spies = CALLS.map((name) => vi.spyOn(Fs, name))
  syncBuiltinESMExports()
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      vi.restoreAllMocks()
      syncBuiltinESMExports()
    })
  )
  return (): number => spies.reduce((sum, { mock }) => sum + mock.calls.length, 0)
})
