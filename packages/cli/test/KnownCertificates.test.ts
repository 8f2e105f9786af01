import * as Fs from "node:fs"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { describe, expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as KnownCertificates from "../src/connection/KnownCertificates.ts"
import { folder } from "./support/cli.ts"

const PIN = `sha256:${"ab".repeat(32)}`
const OTHER = `sha256:${"cd".repeat(32)}`

describe("the text of known certificates", () => {
  it("known certificates are lines of server, pin and day; comments and empty lines are ignored", () => {
    const text = `# mine\n\n  Files.Example:21   ${PIN}  2026-01-02 \n[::1]:990 ${OTHER}\n`
    expect(KnownCertificates.parse(text)).toEqual([
      { number: 3, server: "files.example:21", pin: PIN, since: "2026-01-02" },
      { number: 4, server: "[::1]:990", pin: OTHER, since: "" }
    ])
  })

  it("adding a known certificate keeps the existing lines", () => {
    const line = { server: "Host:21", pin: PIN, since: "2026-01-02" }
    expect(KnownCertificates.append("# mine", line)).toBe(`# mine\nhost:21 ${PIN} 2026-01-02\n`)
    expect(KnownCertificates.append("", line)).toBe(`host:21 ${PIN} 2026-01-02\n`)
  })
})

describe("the file of known certificates", () => {
  const within = <A, E, R>(effect: Effect.Effect<A, E, R>, home: string) =>
    effect.pipe(
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["XDG_CONFIG_HOME", home]]))),
      Effect.provide(NodeFileSystem.layer)
    )

  it.scopedLive("the file of known certificates is readable by its owner only, and searched by server", () =>
    Effect.gen(function* () {
      const home = yield* folder
      const line = { server: "Host:21", pin: PIN, since: "2026-01-02" }
      expect(yield* within(KnownCertificates.find("host:21"), home)).toEqual([])
      const path = yield* within(KnownCertificates.add(line), home)
      yield* within(KnownCertificates.add({ ...line, server: "host:990", pin: OTHER }), home)
      expect(path).toBe(join(home, "ftp-effect/known_certificates"))
      expect(Fs.statSync(path).mode & 0o777).toBe(0o600)
      expect(Fs.readdirSync(join(home, "ftp-effect"))).toEqual(["known_certificates"])
      expect((yield* within(KnownCertificates.find("HOST:21"), home)).map(({ pin }) => pin)).toEqual([PIN])
      expect((yield* within(KnownCertificates.find("host:990"), home)).map(({ pin }) => pin)).toEqual([OTHER])
    })
  )

  it.scopedLive("a known certificate with a malformed pin is an error for its server only", () =>
    Effect.gen(function* () {
      const home = yield* folder
      Fs.mkdirSync(join(home, "ftp-effect"))
      Fs.writeFileSync(join(home, "ftp-effect/known_certificates"), `# x\nhost:21 sha256:zz\nother:21 ${PIN}\n`)
      const error = yield* Effect.flip(within(KnownCertificates.find("host:21"), home))
      expect(error).toMatchObject({ kind: "Untrusted", message: expect.stringContaining("line 2") })
      expect(yield* within(KnownCertificates.find("other:21"), home)).toHaveLength(1)
    })
  )

  it.scopedLive("an unreadable file of known certificates is an error, as it may forbid the connection", () =>
    Effect.gen(function* () {
      const home = yield* folder
      Fs.mkdirSync(join(home, "ftp-effect/known_certificates"), { recursive: true })
      expect(yield* Effect.flip(within(KnownCertificates.find("host:21"), home))).toMatchObject({ kind: "Untrusted" })
    })
  )
})
