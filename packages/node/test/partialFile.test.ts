/** Downloads on a real disk that others may write to as well. */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { MIB, noise } from "../../core/test/support/bytes.ts"
import * as Embedded from "../../core/test/support/embedded.ts"
import { withFault } from "../../core/test/support/server.ts"

const CONTENT = Buffer.from(noise(2 * MIB))

const stage = Layer.merge(Embedded.layer({ server: { root: { a: CONTENT } } }), NodeFtpFile.layer)

const folder = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-partial-"))),
    (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
  ),
  (root) => (name: string) => Path.join(root, name)
)

const modeOf = (path: string) => Fs.statSync(path).mode & 0o777

// Disks answer in real time.
describe.skipIf(process.platform === "win32")("a download on a real disk", () => {
  for (const [what, plant] of [
    ["symbolic", Fs.symlinkSync],
    ["hard", Fs.linkSync]
  ] as const) {
    it.scopedLive(`does not write through a ${what} link that has the name of its partial file`, () =>
      Effect.gen(function* () {
        const at = yield* folder
        Fs.writeFileSync(at("victim"), "precious")
        Fs.chmodSync(at("victim"), 0o600)
        plant(at("victim"), at("b.ftp-effect.part"))
        plant(at("victim"), at("b.ftp-effect.part.json.new"))
        yield* FtpTransfer.toFile("a", at("b"))
        expect(Fs.readFileSync(at("victim"), "utf8")).toBe("precious")
        expect(modeOf(at("victim"))).toBe(0o600)
        expect(Fs.readFileSync(at("b")).equals(CONTENT)).toBe(true)
        expect(Fs.lstatSync(at("b")).isFile()).toBe(true)
      }).pipe(Effect.provide(stage))
    )
  }

  it.scopedLive("does not believe a journal that is a link, and begins anew", () =>
    Effect.gen(function* () {
      const at = yield* folder
      const [partialFile, journal] = [at("b.ftp-effect.part"), at("b.ftp-effect.part.json")]
      yield* withFault({ _tag: "DropData", afterBytes: (3 * MIB) / 2 })
      yield* Effect.flip(FtpTransfer.toFile("a", at("b"), { retry: Schedule.stop }))
      Fs.renameSync(journal, at("elsewhere"))
      Fs.symlinkSync(at("elsewhere"), journal)
      // In place, and not the last bytes, which are compared.
      Fs.writeFileSync(partialFile, noise(MIB, 2), { flag: "r+" })
      yield* FtpTransfer.toFile("a", at("b"))
      expect(Fs.readFileSync(at("b")).equals(CONTENT)).toBe(true)
      expect(Fs.readdirSync(at(".")).sort()).toEqual(["b", "elsewhere"])
    }).pipe(Effect.provide(stage))
  )

  it.scopedLive("keeps the permissions of the file that it replaces; meanwhile no other user can read it", () =>
    Effect.gen(function* () {
      const at = yield* folder
      Fs.writeFileSync(at("b"), "old")
      Fs.chmodSync(at("b"), 0o640)
      const meanwhile = new Set<number>()
      const onProgress = () => void meanwhile.add(modeOf(at("b.ftp-effect.part")))
      yield* FtpTransfer.toFile("a", at("b"), { onProgress })
      expect([...meanwhile]).toEqual([0o600])
      expect(modeOf(at("b"))).toBe(0o640)
      yield* FtpTransfer.toFile("a", at("c"))
      expect(modeOf(at("c"))).toBe(0o666 & ~process.umask())
    }).pipe(Effect.provide(stage))
  )

  it.scopedLive.each([231, 255])("gets a name of %s bytes", (length) =>
    Effect.gen(function* () {
      const at = yield* folder
      const name = "n".repeat(length)
      yield* FtpTransfer.toFile("a", at(name))
      expect(Fs.readFileSync(at(name)).equals(CONTENT)).toBe(true)
      expect(Fs.readdirSync(at("."))).toEqual([name])
    }).pipe(Effect.provide(stage))
  )
})
