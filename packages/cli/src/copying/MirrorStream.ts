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
import * as MirrorEvents from "./MirrorEvents.ts"
import { report, reportEnded, secondsSince } from "./MirrorReport.ts"

/** The mirror, given who hears of it. */
export type Mirror = (
  onEvent: (event: FtpMirror.MirrorEvent) => void
) => Effect.Effect<FtpMirror.MirrorResult, FtpMirror.MirrorError>

export const run = (mirror: Mirror) =>
  Effect.scoped(
    Effect.gen(function* () {
      const seconds = secondsSince(yield* Clock.currentTimeMillis)
      const done: Array<MirrorPlan.Step> = []
      const skipped: Array<MirrorPlan.Skip> = []
      let unchanged = 0
      let isBegun = false
      const follow = (event: FtpMirror.MirrorEvent) => {
        if (event._tag === "Found") {
          unchanged += event.unchanged
          for (const skip of event.skipped) {
            skipped.push(skip)
          }
        } else if (event._tag === "Done") {
          done.push(event.step)
        }
        isBegun ||= event._tag === "Started"
      }
      // Before the first step a run that ends has only read, and a mirror with a plan says nothing of that either.
      const ended = (how: string, next: string) =>
        Effect.suspend(() =>
          isBegun
            ? Effect.flatMap(seconds, (seconds) =>
                Effect.ignore(
                  reportEnded({ steps: [], skipped, unchanged, withheld: undefined }, done, seconds, how, next)
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
        Effect.onInterrupt(() => ended("interrupted", "; the same command continues")),
        Effect.tapError(() => ended("stopped", ""))
      )
      yield* report(result.plan, result, yield* seconds)
    })
  )
