/**
 * Shows which server the command waits for, on a terminal:
 *
 *     begun ──a moment──► "waiting for ftp.example.com ..." ──it is there, or the scope ends──► gone
 *
 * A server may take half a minute for its greeting, and a silent terminal looks like a command that hangs. The timeouts
 * limit the wait.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Measure from "../output/Measure.ts"
import { Output } from "../output/Output.ts"
import { Screen } from "../output/Screen.ts"

/** Most servers have greeted us by then. */
const DELAY = Duration.seconds(1)
const INTERVAL = Duration.millis(200)

/** Shows the notice until `isThere`, which is asked at intervals. */
export const until = (
  server: string,
  isThere: Effect.Effect<boolean>
): Effect.Effect<void, never, Screen | Output | Scope.Scope> =>
  Effect.gen(function* () {
    const screen = yield* Screen
    const { style } = yield* Output
    if (!screen.errorIsTerminal || style.json || style.quiet) {
      return
    }
    const watch = Effect.repeat(Effect.delay(isThere, INTERVAL), { until: (there) => there })
    const notice = Effect.flatMap(screen.size, ({ columns }) =>
      screen.notice(Measure.shorten(`waiting for ${server} ...`, columns - 1))
    )
    const show = Effect.ensuring(Effect.zipRight(notice, watch), screen.notice(""))
    yield* Effect.forkScoped(
      Effect.interruptible(
        Effect.delay(
          Effect.flatMap(isThere, (there) => (there ? Effect.void : show)),
          DELAY
        )
      )
    )
  })
