import { describe, expect, it } from "@effect/vitest"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as RealServer from "../support/RealServer.ts"

describe.skipIf(RealServer.isSkipped)("a client that closes while a fiber of the program still uses it", () => {
  it.live.each(RealServer.configurableNames)(
    "leaves no session on %s, though vsftpd ends no transfer for the end of its control connection",
    (name) =>
      Effect.gen(function* () {
        const server = yield* RealServer.RealServer
        const scope = yield* Scope.make()
        const ftp = yield* Scope.extend(
          NodeFtp.make(`ftp://${server.user}:${server.password}@${server.host}:${server.port}`),
          scope
        )
        const begun = yield* Deferred.make<void>()
        const endless = Stream.repeatValue(new Uint8Array(1000)).pipe(
          Stream.schedule(Schedule.spaced("10 millis")),
          Stream.tap(() => Deferred.succeed(begun, undefined))
        )
        const uploading = yield* Effect.fork(ftp.upload("endless", endless))
        yield* Deferred.await(begun)
        yield* Scope.close(scope, Exit.void)
        expect(Exit.isFailure(yield* Fiber.await(uploading))).toBe(true)
        yield* Effect.repeat(Effect.delay(server.sessionCount, "20 millis"), { until: (count) => count === 0 })
      }).pipe(Effect.provide(RealServer.layer(name))),
    { timeout: 20_000 }
  )
})
