/**
 * What every `FtpTransport` must do, run over each of them. Sockets live in real time, so all of it runs on the live
 * clock, though nothing waits for time; limits of time are in the transports' own tests.
 */
import { describe, it } from "@effect/vitest"
import type { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { carrying } from "./transport/carrying.ts"
import { opening } from "./transport/opening.ts"
import type { SuiteOptions, Test } from "./transport/wire.ts"

export const transportSuite = <R, E>(
  name: string,
  layer: Layer.Layer<FtpTransport | R, E>,
  options: SuiteOptions<R>
): void => {
  const test: Test = (title, body) =>
    it.live(title, () =>
      Effect.scoped(body).pipe(Effect.zipRight(options.nothingOpen), Effect.provide(layer), Effect.orDie)
    )
  describe(name, () => {
    carrying(layer, options, test)
    opening(options, test)
  })
}
