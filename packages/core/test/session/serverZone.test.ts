/** The zone of the times of LIST: what one MDTM shows, or the caller's. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type * as FtpSession from "@ftp-effect/core/FtpSession"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { layer, services } from "../support/embedded.ts"
import { begun, login, ready } from "../support/scripted.ts"
import { commandsLike } from "../support/server.ts"

const line = (date: string, name = "a") => `-rw-r--r--   1 ann staff  3 ${date} ${name}`
const listing = (...lines: ReadonlyArray<string>): string =>
  `${begun("LIST")}${lines.map((line) => `D: send ${line}\\r\\n\n`).join("")}D: end\nS: 226 done\n`

/** The times of each listing of one server. */
const times = (dialogue: string, listings: number, options: Pick<FtpSession.Options, "zone"> = {}) =>
  Effect.gen(function* () {
    const capabilities = ServerCapabilities.make()
    capabilities.set("LIST -a", false)
    const script = yield* FtpScript.make(`${ready("MDTM")}${dialogue}C: QUIT\nS: 221 bye`)
    const session = yield* login(script, undefined, capabilities, options)
    return yield* Effect.forEach(Array.from({ length: listings }), () =>
      Effect.map(session.list(""), ({ entries }) =>
        entries.map(({ modified }) =>
          Option.match(modified, {
            onNone: () => "none",
            onSome: ({ at, zone }) => `${DateTime.formatIso(at).slice(0, 16)} ${zone}`
          })
        )
      )
    )
  }).pipe(Effect.scoped, Effect.provide(services))

describe("the zone of LIST", () => {
  it.effect.each([
    ["an hour ahead of UTC", "20230309064159", "2023-03-09T06:41 Inferred"],
    ["UTC, as far as MDTM shows", "20230309074100.123", "2023-03-09T07:41 Inferred"],
    ["half past three hours behind, over midnight", "20230309111100", "2023-03-09T11:11 Inferred"],
    ["14 hours ahead", "20230308174100", "2023-03-08T17:41 Inferred"],
    ["not known if no zone is so far from UTC", "20230308164100", "2023-03-09T07:41 Assumed"],
    ["not known if no zone has such an offset", "20230309063300", "2023-03-09T07:41 Assumed"],
    ["not known if the file has another year", "20220309064100", "2023-03-09T07:41 Assumed"]
  ])("is %s", ([_, mdtm, expected]) =>
    Effect.gen(function* () {
      const dialogue = `${listing(line("2023-03-09 07:41"))}C: MDTM a\nS: 213 ${mdtm}\n`
      expect(yield* times(dialogue, 1)).toEqual([[expected]])
    })
  )

  it.effect("is asked for once for each server, by its newest file, and holds for later listings", () =>
    Effect.gen(function* () {
      const first = [line("2023-03-09 07:41", "old"), line("2023-03-10 07:41"), line("2020-01-01", "day")]
      const dialogue = `${listing(...first)}C: MDTM a\nS: 213 20230310054100\n${listing(...first)}`
      const expected = ["2023-03-09T05:41 Inferred", "2023-03-10T05:41 Inferred", "2020-01-01T00:00 Assumed"]
      expect(yield* times(dialogue, 2)).toEqual([expected, expected])
    })
  )

  it.effect("stays unknown, and is not asked for again, if MDTM is refused", () =>
    Effect.gen(function* () {
      const one = listing(line("2023-03-09 07:41"))
      const dialogue = `${one}C: MDTM a\nS: 550 no\n${one}`
      expect(yield* times(dialogue, 2)).toEqual([["2023-03-09T07:41 Assumed"], ["2023-03-09T07:41 Assumed"]])
    })
  )

  it.effect("is not asked for without the time of a file, nor if the caller names it", () =>
    Effect.gen(function* () {
      const days = listing(line("2023-03-09"), `d${line("2023-03-09 07:41", "dir").slice(1)}`)
      expect(yield* times(days, 1)).toEqual([["2023-03-09T00:00 Assumed", "2023-03-09T07:41 Assumed"]])
      const zone = DateTime.zoneUnsafeMakeNamed("Europe/Berlin")
      const both = listing(line("2023-03-09 07:41"), line("2023-08-09 07:41", "b"))
      expect(yield* times(both, 1, { zone })).toEqual([["2023-03-09T06:41 Configured", "2023-08-09T05:41 Configured"]])
    })
  )

  it.effect.each([0, 120])("agrees with MDTM on a server whose clock is %i minutes ahead in both", (minutesAhead) =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const [entry] = yield* client.list("")
      const { at } = yield* client.modified("a")
      const listed = Option.map(entry?.modified ?? Option.none(), (time) => time.at.epochMillis)
      expect(listed).toEqual(Option.some(Math.floor(at.epochMillis / 60_000) * 60_000))
      yield* client.list("")
      expect(yield* commandsLike(/^MDTM/)).toHaveLength(2)
    }).pipe(
      Effect.provide(layer({ server: { minutesAhead, listing: "Dos", denied: ["MLST", "MLSD"], root: { a: "a" } } }))
    )
  )
})
