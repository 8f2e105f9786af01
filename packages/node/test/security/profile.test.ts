// Real time: sockets don't run by the TestClock.
import { assert, describe, it } from "@effect/vitest"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpProfile from "@ftp-effect/core/FtpProfile"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as Effect from "effect/Effect"
import * as Certificates from "../support/Certificates.ts"
import { download, endpointOf, HELLO, serve, services } from "../support/secured.ts"

describe("a profile whose facts are all wrong", () => {
  it.scopedLive("neither turns TLS off nor opens an unprotected data connection", () =>
    Effect.gen(function* () {
      const { authority } = yield* Certificates.make
      const server = yield* serve(() => ({ mode: "Explicit", required: true }))
      const use = (profile?: FtpProfile.FtpProfile) =>
        Effect.gen(function* () {
          const pool = yield* FtpPool.make({ endpoints: [endpointOf(server)], profile })
          assert.strictEqual(yield* download(yield* pool.borrow()), HELLO)
          return yield* pool.profiles
        }).pipe(Effect.scoped, Effect.provide(services(FtpSecurity.layerExplicit({ authorities: [authority] }))))
      const [learned] = yield* use()
      assert.isDefined(learned)
      const before = (yield* server.commands).length
      yield* use(
        new FtpProfile.FtpProfile({ ...learned, works: [], fails: FtpProfile.Fact.literals, avoided: ["OPTS", "NOOP"] })
      )
      const commands = (yield* server.commands).slice(before)
      assert.strictEqual(commands[0], "AUTH TLS")
      assert.include(commands, "PROT P")
      assert.isBelow(commands.indexOf("PROT P"), commands.indexOf("RETR a.txt"))
    })
  )

  it.scopedLive("does not make a wrong certificate good", () =>
    Effect.gen(function* () {
      const { otherAuthority } = yield* Certificates.make
      const server = yield* serve()
      const profile = FtpProfile.fromJson(
        JSON.stringify({
          version: FtpProfile.VERSION,
          host: "files.test",
          port: server.address.port,
          user: "ann",
          learnedAt: new Date().toISOString(),
          greeting: "Service ready.",
          features: "",
          works: FtpProfile.Fact.literals,
          fails: [],
          avoided: FtpProfile.avoidable
        })
      )
      const pool = FtpPool.make({
        endpoints: [endpointOf(server)],
        profile: profile._tag === "Some" ? profile.value : undefined
      })
      const error = yield* Effect.flip(Effect.flatMap(pool, (pool) => pool.borrow())).pipe(
        Effect.provide(services(FtpSecurity.layerExplicit({ authorities: [otherAuthority] })))
      )
      assert.deepInclude(error, { _tag: "FtpConnectError", reason: "Tls" })
      assert.notInclude(yield* server.commands, "USER ann")
    })
  )
})
