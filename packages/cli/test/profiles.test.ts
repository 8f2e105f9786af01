/** What the command remembers of servers between runs. Sockets and disks are on real time. */
import * as Fs from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpProfile from "@ftp-effect/core/FtpProfile"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as StateFolder from "../src/connection/stateFolder.ts"
import { folder, run, serve } from "./support/cli.ts"

describe("the cache folder", () => {
  it.effect.each([
    ["linux", { XDG_CACHE_HOME: "/cache" }, "/cache/ftp-effect"],
    ["linux", { XDG_CACHE_HOME: "relative" }, join(homedir(), ".cache/ftp-effect")],
    ["linux", {}, join(homedir(), ".cache/ftp-effect")],
    ["darwin", {}, join(homedir(), "Library/Caches/ftp-effect")],
    ["win32", { LOCALAPPDATA: "/local" }, "/local/ftp-effect/Cache"]
  ] as const)("is on %s with %o: %s", ([platform, environment, expected]) =>
    Effect.gen(function* () {
      const provider = ConfigProvider.fromMap(new Map(Object.entries(environment)))
      expect(yield* Effect.withConfigProvider(StateFolder.cacheOn(platform), provider)).toBe(expected)
    })
  )
})

/** A server without EPSV and MLSD, a cache of its own, and how many commands a listing takes. */
const stage = Effect.gen(function* () {
  const { server, url } = yield* serve({
    root: { "pub/a": "1", "pub/b": "2" },
    denied: ["EPSV", "MLSD", "MLST", "MDTM"]
  })
  const cache = yield* folder
  const list = (...flags: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const before = (yield* server.commands).length
      const ran = yield* run(["ls", ...flags, `${url}pub`], { environment: { XDG_CACHE_HOME: cache } })
      expect(ran).toMatchObject({ code: 0, error: "", out: expect.stringMatching(/^a$/m) })
      return (yield* server.commands).slice(before).filter((line) => line !== "QUIT")
    })
  const profiles = join(cache, "ftp-effect", "profiles")
  const only = () => {
    const [name = "", ...others] = Fs.readdirSync(profiles)
    expect(others).toEqual([])
    return join(profiles, name)
  }
  return { server, url, cache, list, profiles, only }
})

const LOGIN = ["USER anonymous", "PASS ****", "FEAT", "TYPE I", "OPTS UTF8 ON"]

describe("the profile of a server", () => {
  it.scopedLive("saves the next run what this one tried, and is private", () =>
    Effect.gen(function* () {
      const { list, only, profiles } = yield* stage
      const first = yield* list()
      expect(first.length).toBeGreaterThan(10)
      expect(Fs.statSync(profiles).mode & 0o777).toBe(0o700)
      expect(Fs.statSync(only()).mode & 0o777).toBe(0o600)
      const text = Fs.readFileSync(only(), "utf8")
      expect(Option.isSome(FtpProfile.fromJson(text))).toBe(true)
      expect(text).not.toContain("****")
      const { mtimeMs } = Fs.statSync(only())
      expect(yield* list()).toEqual([...LOGIN, "PASV", "LIST -a pub"])
      // Nothing was learned, so nothing is written.
      expect(Fs.statSync(only()).mtimeMs).toBe(mtimeMs)
      expect(yield* list("--no-profile")).toEqual(first)
    })
  )

  it.scopedLive("knows the zone of LIST: MDTM asks for it in the first run that shows times", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({
        // A day that is no month: its date is clear on whatever day this runs.
        root: { "pub/a": { content: "1", modified: new Date("2026-05-20T10:00:00Z") } },
        denied: ["MLSD", "MLST"],
        listing: "Dos",
        listMinutesAhead: 120
      })
      const environment = { XDG_CACHE_HOME: yield* folder }
      const asked = (...flags: ReadonlyArray<string>) =>
        Effect.gen(function* () {
          const before = (yield* server.commands).length
          const ran = yield* run(["ls", ...flags, `${url}pub`], { environment })
          expect(ran).toMatchObject({ code: 0, error: "" })
          return (yield* server.commands).slice(before).filter((line) => line.startsWith("MDTM"))
        })
      expect(yield* asked()).toEqual([])
      expect(yield* asked("-l")).toEqual(["MDTM pub/a"])
      expect(yield* asked("-l")).toEqual([])
      expect(yield* asked("--json")).toEqual([])
      expect(yield* asked("--json", "--no-profile")).toEqual(["MDTM pub/a"])
    })
  )

  it.scopedLive("is neither read nor written with --no-profile", () =>
    Effect.gen(function* () {
      const { list, profiles } = yield* stage
      yield* list("--no-profile")
      expect(Fs.existsSync(profiles)).toBe(false)
    })
  )

  it.scopedLive.each([
    ["broken", (path: string) => Fs.writeFileSync(path, "{")],
    [
      "of another version",
      (path: string) => Fs.writeFileSync(path, String(Fs.readFileSync(path)).replace(/"version":\d+/, '"version":1'))
    ],
    ["open to others", (path: string) => Fs.chmodSync(path, 0o666)],
    [
      "a link",
      (path: string) => {
        Fs.renameSync(path, `${path}.elsewhere`)
        Fs.symlinkSync(`${path}.elsewhere`, path)
      }
    ]
  ] as const)("is ignored if its file is %s, and replaced", ([, spoil]) =>
    Effect.gen(function* () {
      const { list, profiles } = yield* stage
      const first = yield* list()
      const [name = ""] = Fs.readdirSync(profiles)
      spoil(join(profiles, name))
      expect(yield* list()).toEqual(first)
      expect((yield* list()).length).toBeLessThan(first.length)
    })
  )

  it.scopedLive("--no-epsv asks for PASV at once", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "pub/a": "1" } })
      expect((yield* run(["ls", "--no-epsv", `${url}pub`])).code).toBe(0)
      const commands = yield* server.commands
      expect(commands).toContain("PASV")
      expect(commands).not.toContain("EPSV")
    })
  )
})
