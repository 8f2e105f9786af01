import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { localFileSuite } from "../../core/test/suites/localFileSuite.ts"

localFileSuite("NodeFtpFile", NodeFtpFile.layer)

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-file-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

// The system gives the lowest free number to the next file that is opened.
it.scoped("a file that was closed before its scope does not close the next one that has its number", () =>
  Effect.gen(function* () {
    const root = yield* folder
    const files = yield* FtpLocalFile
    const early = yield* Scope.make()
    const first = yield* Scope.extend(files.openWriter(Path.join(root, "first"), "Exclusive"), early)
    yield* first.close
    const second = yield* files.openWriter(Path.join(root, "second"), "Exclusive")
    yield* first.close
    yield* Scope.close(early, Exit.void)
    yield* second.write(new Uint8Array([1, 2, 3]), 0)
    assert.strictEqual(Fs.statSync(Path.join(root, "second")).size, 3)
    assert.strictEqual(Fs.statSync(Path.join(root, "first")).size, 0)
  }).pipe(Effect.provide(NodeFtpFile.layer))
)
