/**
 * What every `FtpLocalFile` on a real disk must do. Disks answer in real time, so all of it runs on the live clock. The
 * cases are in `localFile/`, a file for each subject.
 */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { describe, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { nameCases } from "./localFile/names.ts"
import { readingCases } from "./localFile/reading.ts"
import type { Test } from "./localFile/Test.ts"
import { writingCases } from "./localFile/writing.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-local-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

export const localFileSuite = <E>(name: string, layer: Layer.Layer<FtpLocalFile, E>): void => {
  const test: Test = (title, body) =>
    it.live(title, () =>
      Effect.gen(function* () {
        const root = yield* folder
        yield* body(yield* FtpLocalFile, (name) => Path.join(root, name))
      }).pipe(Effect.scoped, Effect.provide(layer), Effect.orDie)
    )

  describe(name, () => {
    readingCases(test)
    writingCases(test)
    nameCases(test)
  })
}
