/** `doctor` against the embedded server, over sockets: real time. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"

const root = { "a.txt": "12345", "b.txt": "22" }

/** A day that is no month: its date is clear on whatever day this runs. */
const modified = new Date("2026-05-20T10:00:00Z")

/** Without what differs from run to run. */
const settled = (text: string) => text.replace(/[\d.]+ ms/g, "N ms").trimEnd()

const PAGE = "https://github.com/ftp-effect/ftp-effect/blob/main/docs/servers.md"

const report = (system: string, features: string, dialect: string, list: string, mlst: string, facts: string) => `\
  ok   address      127.0.0.1 (IPv4), connected in N ms
  ok   greeting     220 Service ready.
! warn TLS          nothing is encrypted, and the server offers no TLS (AUTH
                    TLS: 500)
  ok   login        logged in anonymously, home is /
  note software     the server does not say which one it is, SYST: ${system}
  ok   FEAT         ${features}
  ok   pipelining   commands that are sent together are all answered
  ok   latency      N ms for a command and its answer
  ok   EPSV         works
  ok   PASV         works, and names 127.0.0.1
  ok   listing      2 entries by ${list}
  ok   names        UTF-8, says FEAT; no name here shows it
  ok   LIST         format ${dialect}
  ok   time zone    LIST has times in UTC, as MDTM has
  ok   SIZE         works, and says the same as the listing
  ok   MDTM         works
${mlst}
  ok   REST         works: an interrupted download is resumed
  note hash         the server computes none: transfers are verified by size
  ok   sessions     2 at once; more were not tried
  note throughput   not measured: a.txt is below 256 KiB

Tell the server's administrator
  - set up TLS: without it, passwords and files can be read and changed on their
    way
    ${PAGE}#encryption

More about
  - ${facts}
    ${PAGE}#facts-about-files

0 errors, 1 warning.`

describe("doctor", () => {
  it.scopedLive("prints what it finds and what to do, in 80 columns", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root })
      const ran = yield* run(["doctor", "--sessions", "2", url])
      expect(ran).toMatchObject({ code: 0, error: "" })
      const features = "EPRT EPSV MDTM MFMT MLST REST SITE SIZE TVFS UTF8"
      expect(settled(ran.out)).toBe(
        report("UNIX Type: L8", features, "Unix", "MLSD", "  ok   MLST         works", "hash")
      )
      const lines = ran.out.split("\n").filter((line) => !line.includes("https://"))
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    })
  )

  it.scopedLive("prints the same of a server that lists as DOS does", () =>
    Effect.gen(function* () {
      const dated = { "a.txt": { content: "12345", modified }, "b.txt": { content: "22", modified } }
      const { url } = yield* serve({ root: dated, listing: "Dos", denied: ["MLST", "MLSD"] })
      const ran = yield* run(["doctor", "--sessions", "2", url])
      expect(ran).toMatchObject({ code: 0, error: "" })
      const features = "EPRT EPSV MDTM MFMT REST SITE SIZE TVFS UTF8"
      const mlst = "  note MLST         the server has none (MLST: 500)"
      expect(settled(ran.out)).toBe(
        report("Windows_NT", features, "Dos", "LIST, as FEAT lists no MLSD", mlst, "MLST, hash")
      )
    })
  )

  it.scopedLive("prints a JSON line for each finding, and keeps a profile with --save", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root, denied: ["EPSV"] })
      const cache = yield* folder
      const words = ["doctor", "--json", "--save", "--sessions", "1", url]
      const ran = yield* run(words, { environment: { XDG_CACHE_HOME: cache } })
      const lines = jsonLines(ran.out)
      expect(lines.slice(0, -1).map(({ kind }) => kind)).toEqual(lines.slice(0, -1).map(() => "finding"))
      expect(lines.at(-1)).toMatchObject({ kind: "examined", errors: 0, warnings: 1, profile: { fails: ["EPSV"] } })
      expect(Fs.readdirSync(join(cache, "ftp-effect", "profiles"))).toHaveLength(1)
    })
  )

  it.scopedLive("says that --save has kept something, and that it has not", () =>
    Effect.gen(function* () {
      const { url, urlOf } = yield* serve({ root, users: { ann: "secret" } })
      const words = ["doctor", "--save", "--sessions", "1"]
      const cache = yield* folder
      const refused = yield* run([...words, url], { environment: { XDG_CACHE_HOME: cache } })
      expect(refused.error).toContain("--save: nothing was learned about the server, so nothing is kept")
      const environment = { XDG_CACHE_HOME: cache, FTP_PASSWORD: "secret" }
      const kept = yield* run([...words, urlOf("ann")], { environment })
      expect(kept.out + kept.error).toContain("Kept: other commands start with what was learned.")
      const unwritable = { ...environment, XDG_CACHE_HOME: "/dev/null" }
      const failed = yield* run([...words, urlOf("ann")], { environment: unwritable })
      expect(failed.error).toContain("--save: what was learned could not be kept: ")
    })
  )

  it.scopedLive("says once that a name is not known, and what to do", () =>
    Effect.gen(function* () {
      const ran = yield* run(["doctor", "ftp://nohost.invalid/"])
      expect(ran.code).toBe(3)
      expect(ran.out.split("\n").filter((line) => line.startsWith("X FAIL"))).toHaveLength(1)
      expect(ran.out).toMatch(/^X FAIL address {6}the host can't be reached: /)
      expect(ran.out).toContain("  - is the host's name right, and is this machine connected to its network?")
    })
  )

  it.scopedLive("says whether --zone and --charset fit the server", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({
        root: { "Gr\u00fc\u00dfe": { content: "1", modified } },
        charset: "latin1",
        listing: "Dos",
        listMinutesAhead: 120,
        denied: ["MLST", "MLSD"]
      })
      const examine = (...flags: ReadonlyArray<string>) =>
        Effect.map(run(["doctor", "--sessions", "1", ...flags, url]), ({ out }) => out)
      const right = yield* examine("--zone", "+02:00", "--charset", "latin1", "--date-order", "day-first")
      expect(right).toContain("  ok   time zone    LIST has times of UTC+02:00, as --zone says")
      expect(right).toContain("  ok   names        latin1, seen in 1 name")
      const wrong = yield* examine("--zone", "Asia/Tokyo")
      expect(wrong).toContain("! warn time zone    LIST has times of UTC+02:00, which --zone does not say")
      expect(wrong).toContain("! warn names        1 name not in UTF-8")
    })
  )

  it.scopedLive("tries uploads with --write, and ends with 1 if something is broken", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "in/": {} } })
      const ran = yield* run(["doctor", "--sessions", "1", "--write", "in", url])
      expect(ran.code).toBe(0)
      expect(ran.out).toContain("  ok   removal      all of it was removed again")
      expect((yield* server.tree).map(({ path }) => path)).not.toContainEqual(expect.stringContaining("doctor"))
      const broken = yield* serve({ root, readOnly: true })
      const failed = yield* run(["doctor", "--sessions", "1", "--write", ".", broken.url])
      expect(failed.code).toBe(1)
      expect(failed.out).toMatch(/^X FAIL upload {7}nothing can be written/m)
    })
  )

  it.scopedLive("ends with the exit code of what keeps it from logging in", () =>
    Effect.gen(function* () {
      const { urlOf } = yield* serve({ root, users: { ann: "secret" } })
      const words = ["doctor", urlOf("ann")]
      expect((yield* run(words, { environment: { FTP_PASSWORD: "wrong" } })).code).toBe(4)
      expect((yield* run(["doctor", "ftp://127.0.0.1:1/"])).code).toBe(3)
      expect((yield* run(["doctor", "ftp://a/", "ftp://b/"])).code).toBe(2)
    })
  )
})
