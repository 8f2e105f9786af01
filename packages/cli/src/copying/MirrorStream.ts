/**
 * A mirror in a terminal that copies while it reads, where nothing needs the whole plan first. All else is as with a plan:
 *
 *     a directory ──read on both sides──► what is left as it is, said once ──► its files, with progress ──► summary
 *
 * The plan is known in pieces: what an interrupted run is summed up with is what was found by then.
 */
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { CliError } from "../errors/CliError.ts"
import * as MirrorEvents from "./MirrorEvents.ts"
import { type End, report, reportEnded, secondsSince } from "./MirrorReport.ts"
import * as MirrorTally from "./MirrorTally.ts"

/** The mirror, given who hears of it. */
export type Mirror = (
  onEvent: (event: FtpMirror.MirrorEvent) => void
) => Effect.Effect<FtpMirror.MirrorResult, FtpMirror.MirrorError | CliError>

/** `inPlace`: whether files are sent to a server under their final names. */
export const run = (mirror: Mirror, inPlace: boolean) =>
  Effect.scoped(
    Effect.gen(function* () {
      const seconds = secondsSince(yield* Clock.currentTimeMillis)
      const tally = MirrorTally.make([])
      const skipped: Array<MirrorPlan.Skip> = []
      let unchanged = 0
      const follow = (event: FtpMirror.MirrorEvent) => {
        tally.follow(event)
        if (event._tag === "Found") {
          unchanged += event.unchanged
          for (const skip of event.skipped) {
            skipped.push(skip)
          }
        }
      }
      // Before the first step a run that ends has only read, and a mirror with a plan says nothing of that either.
      const ended = (end: End) =>
        Effect.suspend(() =>
          tally.isBegun()
            ? Effect.flatMap(seconds, (seconds) =>
                Effect.ignore(
                  reportEnded(
                    { steps: [], skipped, unchanged, withheld: undefined, fate: "Deleted" },
                    tally,
                    seconds,
                    end
                  )
                )
              )
            : Effect.void
        )
      const result = yield* MirrorEvents.show([], (onEvent) =>
        mirror((event) => {
          follow(event)
          onEvent(event)
        })
      ).pipe(
        Effect.onInterrupt(() => ended({ how: "Interrupted", inPlace, next: "; the same command continues" })),
        Effect.tapError((error) => ended({ how: "Error", error, inPlace, next: "" }))
      )
      yield* report(result.plan, result, yield* seconds)
    })
  )
