import { describe, expect, it } from "@effect/vitest"
import * as FtpProfile from "@ftp-effect/core/FtpProfile"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const bySchema = Schema.decodeUnknownOption(Schema.parseJson(FtpProfile.FtpProfile))

/** What a field may hold by mistake, beside values that only just fit and those that only just don't. */
const strange = FastCheck.oneof(
  FastCheck.constantFrom(
    ...[
      null,
      "",
      "EPSV",
      "MLSD",
      "unix",
      "utf-8",
      "2026-11-30",
      "2026-02-30T00:00:00.000Z",
      "2026-11-30T08:00:00.000Z"
    ],
    ...[0, 1, 2, 3, -1, 1.5, 65_535, 65_536, 10_000, 10_001, -720, -721, 840, 841, 1e300, true],
    ...["x".repeat(500), "x".repeat(501), "x".repeat(1000), "x".repeat(1001)],
    ...[[], ["EPSV"], ["EPSV", "EPSV"], ["epsv"], ["NOOP"], Array.from({ length: 15 }, () => "EPSV"), {}],
    ...[
      { minutes: 60, at: "2026-11-30T08:00:00.000Z" },
      { minutes: 60, at: "2026-11-30T08:00:00.000Z", more: 1 }
    ],
    ...[
      { minutes: 841, at: "2026-11-30T08:00:00.000Z" },
      { minutes: 60 },
      { limit: 3, at: "2026-11-30T08:00:00.000Z" }
    ],
    { limit: 3, at: "soon" }
  ),
  FastCheck.jsonValue()
)

const fields = [...Object.keys(FtpProfile.FtpProfile.fields), "more"]

/** Texts of profiles, of which none, one or some fields are wrong or missing. */
const texts = FastCheck.tuple(
  Arbitrary.make(FtpProfile.FtpProfile),
  FastCheck.array(FastCheck.tuple(FastCheck.constantFrom(...fields), FastCheck.option(strange, { nil: undefined })), {
    maxLength: 2
  })
).map(([profile, changes]) =>
  JSON.stringify({ ...JSON.parse(FtpProfile.toJson(profile)), ...Object.fromEntries(changes) })
)

const fieldsOf = (profile: FtpProfile.FtpProfile) => Object.keys(profile).sort()

describe("the text of a profile", () => {
  it("is read as the schema reads it, whatever is in it", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.oneof(texts, FastCheck.json()), (text) => {
        const [read, expected] = [FtpProfile.fromJson(text), bySchema(text)]
        expect(Option.map(read, FtpProfile.toJson)).toEqual(Option.map(expected, FtpProfile.toJson))
        expect(Option.map(read, fieldsOf)).toEqual(Option.map(expected, fieldsOf))
        expect(Option.map(read, (profile) => profile instanceof FtpProfile.FtpProfile)).toEqual(
          Option.map(expected, () => true)
        )
      }),
      { numRuns: 2000 }
    )
  })
})
