/** What the caller names, compared with what the server shows: zone, charset, dialect and order of dates. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpCharset from "@ftp-effect/core/FtpCharset"
import type * as FtpDoctor from "@ftp-effect/core/FtpDoctor"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { examine, findingOf, server } from "../support/doctor.ts"

describe("an examination", () => {
  const GREETINGS = "Gr\u00fc\u00dfe"
  const LATIN1 = Either.getOrThrow(FtpCharset.make("latin1"))
  const long = { denied: ["MLST", "MLSD"], root: { a: "12345" } }
  for (const [what, options, asked, check, expected] of [
    [
      "the zone that is named",
      { ...long, listMinutesAhead: 120 },
      { zone: DateTime.zoneMakeOffset(120 * 60_000) },
      "Zone",
      { severity: "Ok", text: "LIST has times of UTC+02:00, as --zone says", facts: { minutes: 120, fits: true } }
    ],
    [
      "a zone of places that has the offset at the time of the file",
      { ...long, listMinutesAhead: 60 },
      { zone: DateTime.zoneUnsafeMakeNamed("Europe/Berlin") },
      "Zone",
      { severity: "Ok", facts: { minutes: 60, fits: true } }
    ],
    [
      "another zone than the one that is named",
      { ...long, listMinutesAhead: 120 },
      { zone: DateTime.zoneMakeOffset(0) },
      "Zone",
      { severity: "Warning", text: "LIST has times of UTC+02:00, which --zone does not say", facts: { fits: false } }
    ],
    [
      "UTC where a zone is named",
      long,
      { zone: DateTime.zoneUnsafeMakeNamed("Asia/Tokyo") },
      "Zone",
      { severity: "Warning", facts: { minutes: 0, fits: false } }
    ],
    [
      "the charset that is named",
      { charset: "latin1", root: { [GREETINGS]: "1" } },
      { charset: LATIN1 },
      "Names",
      { severity: "Ok", text: "latin1, seen in 1 name", facts: { charset: "latin1", broken: 0 } }
    ],
    [
      "UTF-8 where a charset is named",
      { root: { [GREETINGS]: "1" } },
      { charset: LATIN1 },
      "Names",
      { severity: "Warning", text: "UTF-8, seen in 1 name, not latin1", advice: [{ text: "leave out --charset" }] }
    ],
    [
      "another charset than UTF-8",
      { charset: "latin1", root: { [GREETINGS]: "1" } },
      {},
      "Names",
      { severity: "Warning", text: "1 name not in UTF-8", facts: { broken: 1 } }
    ],
    [
      "dates of numbers in the order that is named",
      { denied: ["MLST", "MLSD"], listing: "Dos", root: { a: "12345" } },
      { dialect: "Dos", dateOrder: "DayFirst" },
      "List",
      { facts: { dialect: "Dos" } }
    ]
  ] as ReadonlyArray<readonly [string, FtpTestServer.Options, Partial<FtpDoctor.Options>, FtpDoctor.Check, object]>) {
    it.effect(`finds out about ${what}`, () =>
      Effect.gen(function* () {
        const report = yield* examine({ sessions: 1, ...asked })
        expect(findingOf(report, check)).toMatchObject(expected)
      }).pipe(Effect.provide(server(options)))
    )
  }
})
