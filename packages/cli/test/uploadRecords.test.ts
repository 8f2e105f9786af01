/** What `put` remembers between runs. Sockets and disks are on real time. */
import * as Fs from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as StateFolder from "../src/connection/stateFolder.ts"
import { folder, jsonLines, run, serve } from "./support/cli.ts"
import { restarts } from "./support/largeFiles.ts"

const MIB = 1024 * 1024
const content = Buffer.from(Uint8Array.from({ length: 3 * MIB }, (_, at) => at ^ (at >> 8)))

describe("the state folder", () => {
  it.effect.each([
    ["linux", { XDG_STATE_HOME: "/state" }, "/state/ftp-effect"],
    ["linux", { XDG_STATE_HOME: "relative" }, join(homedir(), ".local/state/ftp-effect")],
    ["linux", {}, join(homedir(), ".local/state/ftp-effect")],
    ["darwin", {}, join(homedir(), "Library/Application Support/ftp-effect")],
    ["darwin", { XDG_STATE_HOME: "/state" }, "/state/ftp-effect"],
    ["win32", { LOCALAPPDATA: "/local" }, "/local/ftp-effect"],
    ["win32", {}, join(homedir(), "AppData/Local/ftp-effect")]
  ] as const)("is on %s with %o: %s", ([platform, environment, expected]) =>
    Effect.gen(function* () {
      const provider = ConfigProvider.fromMap(new Map(Object.entries(environment)))
      expect(yield* Effect.withConfigProvider(StateFolder.placeOn(platform), provider)).toBe(expected)
    })
  )
})

describe("put to a server that is full", () => {
  for (const [room, isKept] of [
    [2 * MIB, true],
    [MIB / 2, false]
  ] as const) {
    it.scopedLive(`says that the server keeps a part of 1 MiB or more, and that alone (${room} bytes of room)`, () =>
      Effect.gen(function* () {
        const { server, url } = yield* serve({ root: { big: Buffer.alloc(2 * MIB) }, quota: 2 * MIB + room })
        const here = yield* folder
        Fs.writeFileSync(join(here, "a"), content)
        const put = run(["put", "--atomic", join(here, "a"), url])
        const full = yield* put
        expect(full.code).toBe(11)
        expect(/is kept: the same command resumes it/.test(full.error)).toBe(isKept)
        expect((yield* server.tree).some(({ path }) => path.startsWith("/.a."))).toBe(isKept)
        yield* Effect.orDie(server.store.removeFile("/big"))
        if (isKept) {
          expect((yield* put).code).toBe(0)
          expect(restarts(yield* server.commands)).toContain(2 * MIB)
          expect(content.equals(yield* server.read("a"))).toBe(true)
        }
      })
    )
  }

  it.scopedLive("says of a plain upload that its part is resumed if it is large enough", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: {}, quota: MIB / 2 })
      const here = yield* folder
      Fs.writeFileSync(join(here, "a"), content)
      const full = yield* run(["put", join(here, "a"), url])
      expect(full.code).toBe(11)
      expect(full.error).toMatch(
        /a on the server may be incomplete.*; put -c resumes it, if that is 1\.0 MiB or more$/m
      )
    })
  )
})

describe("put -c", () => {
  it.scopedLive("resumes only what this command has sent there, and reports that it begins anew", () =>
    Effect.gen(function* () {
      // As another program left it, later than the local file was written.
      const edited = Buffer.from(content).fill(0x55, MIB, MIB + 1000)
      const { server, url } = yield* serve({ root: {}, minutesAhead: 120 })
      yield* server.write("a", content.subarray(0, 2 * MIB))
      const here = yield* folder
      Fs.writeFileSync(join(here, "a"), edited)
      const first = yield* run(["put", "-c", "--json", join(here, "a"), url])
      expect(first.code).toBe(0)
      expect(jsonLines(first.out)).toContainEqual({
        kind: "resuming",
        direction: "Upload",
        path: join(here, "a"),
        offset: 0,
        why: "nothing shows that the 2.0 MiB on the server are its beginning"
      })
      expect(edited.equals(yield* server.read("a"))).toBe(true)
    })
  )

  it.scopedLive("leaves no record of an upload that is done, and none of a small one", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: {} })
      const here = yield* folder
      const environment = { XDG_STATE_HOME: join(here, "state") }
      Fs.writeFileSync(join(here, "small"), "hello")
      yield* run(["put", join(here, "small"), url], { environment })
      expect(Fs.existsSync(join(here, "state"))).toBe(false)
      Fs.writeFileSync(join(here, "large"), content)
      yield* run(["put", join(here, "large"), url], { environment })
      expect(Fs.readdirSync(join(here, "state/ftp-effect/uploads"))).toEqual([])
    })
  )

  it.scopedLive("warns and succeeds if the state folder can't be written", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      const here = yield* folder
      Fs.writeFileSync(join(here, "a"), content)
      const environment = { XDG_STATE_HOME: join(here, "a") }
      const ran = yield* run(["put", "-c", join(here, "a"), url], { environment })
      expect(ran.code).toBe(0)
      expect(ran.error).toMatch(
        /^ftp-effect: warning: no record of uploads is kept, so they may not be resumed later: /m
      )
      expect(content.equals(yield* server.read("a"))).toBe(true)
    })
  )
})
