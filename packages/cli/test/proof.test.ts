/** What `--verify` and `--atomic` promise. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import * as NodeFtpHasher from "@ftp-effect/node/NodeFtpHasher"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"

const CONTENT = "what is to be proven"

/** A server that knows hashes, or none. */
const stage = (knows: "Hash" | "NoHash", denied: ReadonlyArray<string> = []) =>
  Effect.gen(function* () {
    const hasher = knows === "Hash" ? yield* Effect.provide(FtpHasher, NodeFtpHasher.layer) : undefined
    const { server, url } = yield* serve({ root: { "a.txt": CONTENT }, hasher, denied })
    const here = yield* folder
    Fs.writeFileSync(join(here, "b.txt"), CONTENT)
    return {
      server,
      here,
      get: (...flags: ReadonlyArray<string>) => run(["get", ...flags, `${url}a.txt`, here]),
      put: (...flags: ReadonlyArray<string>) => run(["put", ...flags, join(here, "b.txt"), url])
    }
  })

const transfers = (out: string) => jsonLines(out).filter((line) => line.kind === "transfer")

describe("--verify", () => {
  it.scopedLive("--verify hash compares the server's hash, of downloads and uploads, and reports it", () =>
    Effect.gen(function* () {
      const { get, put, server } = yield* stage("Hash")
      for (const ran of [yield* get("--json", "--verify", "hash"), yield* put("--json", "--verify=hash")]) {
        expect(ran).toMatchObject({ code: 0, error: "" })
        expect(transfers(ran.out)).toMatchObject([
          {
            evidence: "Hash",
            hash: { algorithm: expect.stringMatching(/^SHA/), value: expect.stringMatching(/^[0-9a-f]+$/) }
          }
        ])
      }
      expect((yield* server.commands).filter((line) => /^(HASH|XSHA)/.test(line))).toHaveLength(2)
    })
  )

  it.scopedLive("--verify hash exits with 13 before the first byte if the server has no hash, with a hint", () =>
    Effect.gen(function* () {
      const { get, here, put, server } = yield* stage("NoHash")
      for (const ran of [yield* get("--verify", "hash"), yield* put("--verify", "hash")]) {
        expect(ran).toMatchObject({ code: 13, out: "", error: expect.stringContaining("ask for less with --verify") })
      }
      expect((yield* server.commands).filter((line) => /^(RETR|STOR)/.test(line))).toEqual([])
      expect(Fs.readdirSync(here)).toEqual(["b.txt"])
    })
  )

  it.scopedLive("--verify time and size require that much, and stronger evidence is reported if known", () =>
    Effect.gen(function* () {
      const { get, put } = yield* stage("NoHash")
      expect(transfers((yield* get("--json", "--verify", "time")).out)).toMatchObject([
        { evidence: "SizeAndTime", hash: null }
      ])
      expect(transfers((yield* get("--json")).out)).toMatchObject([{ evidence: "Size" }])
      expect(transfers((yield* put("--json", "--verify", "size")).out)).toMatchObject([{ evidence: "SizeAndTime" }])
      const silent = yield* stage("NoHash", ["SIZE", "MDTM", "MLST", "MLSD"])
      expect((yield* silent.get("--verify", "size")).code).toBe(13)
      expect((yield* silent.put("--verify", "size")).code).toBe(13)
      expect(transfers((yield* silent.get("--json")).out)).toMatchObject([{ evidence: "Reply" }])
    })
  )

  it.scopedLive(
    "--verify reply and --ignore-size take a file whose size is wrong for good; the error names the flag",
    () =>
      Effect.gen(function* () {
        const { get, put, server } = yield* stage("NoHash")
        yield* server.fault({ _tag: "WrongSize", verb: "SIZE", by: 100, times: Number.POSITIVE_INFINITY })
        expect(yield* get()).toMatchObject({ code: 8, error: expect.stringContaining("--ignore-size") })
        for (const flags of [["--verify", "reply"], ["--ignore-size"]]) {
          for (const move of [get, put]) {
            const ran = yield* move("--json", ...flags)
            expect(ran).toMatchObject({ code: 0, error: "" })
            expect(transfers(ran.out)).toMatchObject([{ evidence: "Reply", bytes: CONTENT.length }])
          }
        }
        expect(yield* get("--ignore-size", "--verify", "size")).toMatchObject({ code: 2 })
      })
  )

  it.scopedLive("--verify accepts no other word", () =>
    Effect.gen(function* () {
      const { get } = yield* stage("NoHash")
      expect(yield* get("--verify", "sha")).toMatchObject({
        code: 2,
        error: expect.stringContaining('"sha" is not hash, time, size or reply')
      })
    })
  )
})

describe("put --atomic", () => {
  it.scopedLive("put --atomic uploads to a temporary name, and renames it", () =>
    Effect.gen(function* () {
      const { put, server } = yield* stage("NoHash")
      expect(yield* put("--atomic")).toMatchObject({ code: 0 })
      const lines = (yield* server.commands).filter((line) => /^(STOR|RNFR|RNTO)/.test(line))
      expect(lines[0]).toMatch(/^STOR \.b\.txt\.[0-9a-f]{16}\.[0-9a-f]{8}\.ftp-effect$/)
      expect(lines.slice(1)).toEqual([lines[0]?.replace("STOR", "RNFR"), "RNTO b.txt"])
      expect((yield* server.tree).map(({ path }) => path)).toEqual(["/a.txt", "/b.txt"])
    })
  )

  it.scopedLive("is implied by --no-clobber, which keeps what has the name, unless --in-place is given", () =>
    Effect.gen(function* () {
      const stored = (...flags: ReadonlyArray<string>) =>
        Effect.gen(function* () {
          const { put, server } = yield* stage("NoHash")
          expect(yield* put(...flags)).toMatchObject({ code: 0 })
          return (yield* server.commands).filter((line) => line.startsWith("STOR")).join()
        })
      expect(yield* stored("--no-clobber")).toMatch(/^STOR \.b\.txt\..*\.ftp-effect$/)
      expect(yield* stored("--no-clobber", "--in-place")).toBe("STOR b.txt")
      const { put } = yield* stage("NoHash")
      const said = { code: 2, error: expect.stringContaining("--in-place takes back what --no-clobber implies") }
      expect(yield* put("--in-place")).toMatchObject(said)
      expect(yield* put("--in-place", "--no-clobber", "--atomic")).toMatchObject(said)
    })
  )
})

describe("mirror --no-fsync, and apply --no-fsync", () => {
  it.scopedLive("complete the files", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "a/a.txt": CONTENT } })
      const here = yield* folder
      expect(yield* run(["mirror", "--no-fsync", `${url}a`, here])).toMatchObject({ code: 0 })
      expect(Fs.readFileSync(join(here, "a.txt"), "utf8")).toBe(CONTENT)
      const plan = join(here, "plan")
      const into = join(here, "b")
      expect(yield* run(["mirror", "--plan", plan, `${url}a`, into])).toMatchObject({ code: 0 })
      expect(yield* run(["apply", "--no-fsync", plan])).toMatchObject({ code: 0 })
      expect(Fs.readFileSync(join(into, "a.txt"), "utf8")).toBe(CONTENT)
    })
  )
})

describe("get --no-fsync", () => {
  it.scopedLive("get --no-fsync completes the file", () =>
    Effect.gen(function* () {
      const { get, here } = yield* stage("NoHash")
      expect(yield* get("--no-fsync", "--min-rate", "1k")).toMatchObject({ code: 0 })
      expect(Fs.readFileSync(join(here, "a.txt"), "utf8")).toBe(CONTENT)
    })
  )
})

describe("the help", () => {
  it.scopedLive("get --help and put --help list the flags about verification and the final name", () =>
    Effect.gen(function* () {
      const get = (yield* run(["get", "--help"])).out
      expect(get).toContain("--verify PROOF")
      expect(get).toContain("--no-fsync")
      expect(get).toContain("--min-rate RATE")
      const put = (yield* run(["put", "--help"])).out
      expect(put).toContain("--verify PROOF")
      expect(put).toContain("--atomic")
      expect(put).toContain("-c, --continue")
    })
  )
})
