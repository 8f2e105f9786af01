/** Commands that a server need not know: refused for whatever reason, never answered, or followed by a hang-up. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { layer } from "../support/embedded.ts"
import { seconds } from "../support/seconds.ts"

const ALWAYS = Number.POSITIVE_INFINITY

const VERBS = ["FEAT", "OPTS", "EPSV", "MLSD", "MLST", "SIZE", "MDTM"]

/** The commands after it are answered: OPTS by a refusal, and none of their answers must be taken for its own. */
const swallowed = (verb: string): readonly [string, ...ReadonlyArray<Fault>] => [
  `${verb} that alone is never answered`,
  { _tag: "WithholdFinal", verb, times: ALWAYS },
  ...(verb === "OPTS" ? [] : [{ _tag: "Refuse", verb: "OPTS", reply: "501 no", times: ALWAYS } as const])
]

const manners: ReadonlyArray<readonly [name: string, ...faults: ReadonlyArray<Fault>]> = [
  ...VERBS.flatMap(
    (verb): ReadonlyArray<readonly [string, ...ReadonlyArray<Fault>]> => [
      [`${verb} that is never answered`, { _tag: "Silence", verb, times: ALWAYS }],
      ...(verb === "MLSD" ? [] : [swallowed(verb)]),
      [`${verb} that makes the server hang up`, { _tag: "CloseControl", verb, times: ALWAYS, how: "Reset" }]
    ]
  ),
  ...["202 Superfluous", "425 Can't", "450 Not now", "501 What", "504 Not so"].map(
    (reply) => [`any that is answered ${reply}`, { _tag: "Refuse", verb: VERBS, reply, times: ALWAYS }] as const
  )
]

/** A listing, a question about a file, and a download. */
const work = Effect.gen(function* () {
  const client = yield* FtpClient.FtpClient
  const entries = yield* client.list("")
  const { size } = yield* client.stat("a")
  const text = yield* client.download("a").pipe(Stream.decodeText(), Stream.mkString)
  return { names: entries.map(({ name }) => name).sort(), size: Option.getOrNull(size), text }
})

const EXPECTED = { names: ["a", "d"], size: 5, text: "hello" }

/** Three limits of 10 s for the silence, or two in bursts, and what they are dialled and retried with. */
const LIMIT = 40

describe("an optional command", () => {
  for (const [name, ...faults] of manners) {
    it.effect(`${name} costs no operation, and a second time nothing at all`, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* Effect.forEach(faults, server.fault)
        expect(
          yield* seconds(
            Effect.map(work, (done) => expect(done).toEqual(EXPECTED)),
            LIMIT,
            1
          )
        ).toBeLessThan(LIMIT)
        const { total } = yield* server.connections
        expect(yield* seconds(work)).toBe(0)
        expect((yield* server.connections).total).toBe(total)
      }).pipe(Effect.provide(layer({ server: { root: { a: "hello", "d/b": "" } } })))
    )
  }
})

describe("NOOP that is never answered", () => {
  it.effect("costs one idle session, as the next ones are asked by PWD", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "WithholdFinal", verb: "NOOP", times: ALWAYS })
      const client = yield* FtpClient.FtpClient
      const later = Effect.zipRight(TestClock.adjust("10 seconds"), client.workingDirectory)
      yield* client.workingDirectory
      expect(yield* seconds(later)).toBeGreaterThan(10)
      const { total } = yield* server.connections
      expect(total).toBe(2)
      expect(yield* seconds(later)).toBe(10)
      expect((yield* server.connections).total).toBe(total)
    }).pipe(Effect.provide(layer({ pool: { probeAfter: "5 seconds" } })))
  )
})
