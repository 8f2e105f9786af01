// Real time: sockets don't run by the TestClock.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { stage } from "./support/smallFiles.ts"

const WHOLE = "0123456789abcdef".repeat(1033)
const ARRIVED = 3675
const OLD = "the good old file"

/** Whole uploads before it: with none, the long way is taken. */
const WAYS = { long: 0, short: 3 } as const

/** What the server says of the size of what it has stored in part: nothing, if it was removed. */
const SIZES = {
  "that SIZE tells": [],
  "of which nothing is left": [
    { _tag: "Refuse", verb: "SIZE", reply: "550 No such file", times: Number.POSITIVE_INFINITY }
  ],
  "of which it never tells a size": [
    { _tag: "Refuse", verb: "SIZE", reply: "502 Not implemented", times: Number.POSITIVE_INFINITY }
  ]
} satisfies Record<string, ReadonlyArray<FtpTestServer.Fault>>

/** A success that comes too early, and the failure behind it. */
const CASES = [
  ["226 Transfer complete", "426 Connection closed; transfer aborted"],
  ["226 Transfer complete", "451 Local error in processing"],
  ["226 Transfer complete", "452 Insufficient storage space"],
  ["226 Transfer complete", "550 The scanner has found something"],
  ["226 Transfer complete", "552 Quota exceeded"],
  ["250 Done", "451 Local error in processing"],
  ["250 Done", "552 Quota exceeded"]
] as const

const late = (success: string, failure: string): ReadonlyArray<FtpTestServer.Fault> => [
  { _tag: "DropData", verb: "STOR", afterBytes: ARRIVED, how: "End", reply: failure },
  { _tag: "Behind", verb: "STOR", text: `${success}\r\n`, apart: true }
]

describe.each(Object.entries(SIZES))("an upload that fails behind a success that was told too early, %s", (_, size) => {
  for (const way of ["long", "short"] as const) {
    for (const atomic of [false, true]) {
      it.live.each(CASES)(
        `is no success, on the ${way} way, ${atomic ? "with" : "without"} a temporary name: %s, then %s`,
        ([success, failure]) =>
          stage(
            (server, folder) =>
              FtpPool.keepSession(
                Effect.gen(function* () {
                  const local = join(folder, "whole")
                  writeFileSync(local, WHOLE)
                  for (const fault of size) {
                    yield* server.fault(fault)
                  }
                  for (let count = 0; count < WAYS[way]; count++) {
                    yield* FtpTransfer.fromFile(local, `up/${count}`, { atomic })
                  }
                  for (const fault of late(success, failure)) {
                    yield* server.fault(fault)
                  }
                  const sent = yield* Effect.either(FtpTransfer.fromFile(local, "up/y", { atomic }))
                  const there = new TextDecoder().decode(yield* server.read("up/y"))
                  if (Either.isRight(sent)) {
                    expect(there).toBe(WHOLE)
                  } else if (atomic) {
                    expect(there).toBe(OLD)
                  }
                })
              ),
            { root: { "up/y": OLD, "b.txt": "before" } }
          )
      )
    }
  }
})
