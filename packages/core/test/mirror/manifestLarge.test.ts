/** A manifest that is larger than is read counts as none, and a warning says so. */
import { expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as MirrorManifest from "#core/mirror/MirrorManifest"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { kinds, onDisk, up, withHasher } from "./stage.ts"

const LARGE = Buffer.alloc(MirrorManifest.MAX_BYTES + 1, " ")

const inTree = Effect.flatMap(FtpTestServer.FtpTestServer, ({ write }) =>
  write(`/www/${MirrorManifest.DEFAULT_NAME}`, LARGE)
)

const onThisMachine = Effect.map(MemoryFiles.MemoryFiles, ({ files }) => void files.set("/kept.json", LARGE))

for (const [where, put, manifest] of [
  ["the target", inTree, true],
  ["a local file", onThisMachine, { localFile: "/kept.json" }]
] as const) {
  it.effect(`a manifest in ${where} that is too large counts as none, with a warning`, () => {
    const warnings: Array<unknown> = []
    const logger = Logger.make(({ logLevel, message }) => void (logLevel._tag === "Warning" && warnings.push(message)))
    return Effect.gen(function* () {
      yield* onDisk({ a: "a" })
      yield* put
      expect(kinds(yield* up({ manifest }))).toEqual(["Copy a"])
      expect(warnings).toEqual([[expect.stringMatching(/^the manifest of ftp:.*\/www is larger than 64 MiB, so/)]])
    }).pipe(Effect.provide(Layer.merge(withHasher(), Logger.replace(Logger.defaultLogger, logger))))
  })
}
