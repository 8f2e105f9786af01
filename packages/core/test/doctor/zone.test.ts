/** The zone of LIST, as its difference to MDTM shows it. */
import { describe, expect, it } from "@effect/vitest"
import * as Listing from "#core/doctor/listing"

describe("the finding about the zone of LIST", () => {
  for (const [minutes, text] of [
    [0, "LIST has times in UTC, as MDTM has"],
    [120, "LIST has times of UTC+02:00"],
    [-210, "LIST has times of UTC-03:30"]
  ] as const) {
    it(`of ${minutes} minutes is: ${text}`, () => {
      expect(Listing.zoneFinding({ minutes, files: 1 }).text).toBe(text)
    })
  }
})
