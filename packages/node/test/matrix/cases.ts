/**
 * What each combination of the matrix runs: the part of the client suite in which the way that bytes travel can make a
 * difference, and transfers in a row and side by side. The whole suite takes half a minute for a server; there are
 * nearly a hundred combinations. The names are in `scripts/servers/combinations.mjs`.
 *
 * A name that the client suite no longer has is an error.
 */
import { assert } from "@effect/vitest"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { atOnceName, inARowName, together, togetherName } from "../../../../scripts/servers/combinations.mjs"
import { type Check, digestOf, expected } from "../../../core/test/suites/client/Check.ts"
import { downloadCases } from "../../../core/test/suites/client/download.ts"
import { fileCases } from "../../../core/test/suites/client/files.ts"
import { listingCases } from "../../../core/test/suites/client/listing.ts"
import { sessionCases } from "../../../core/test/suites/client/sessions.ts"
import { statCases } from "../../../core/test/suites/client/stat.ts"
import { uploadCases } from "../../../core/test/suites/client/upload.ts"
import { noise } from "../../../core/test/support/bytes.ts"

const suite = new Map<string, Parameters<Check>[1]>()
for (const cases of [listingCases, statCases, downloadCases, uploadCases, sessionCases, fileCases]) {
  cases((name, body) => suite.set(name, body))
}

const caseNamed = (name: string): Parameters<Check>[1] => {
  const found = suite.get(name)
  if (found === undefined) {
    throw new Error(`the client suite has no case "${name}"`)
  }
  return found
}

export const matrixCases = (check: Check): void => {
  const parts = [...together.map((name) => ({ name, body: caseNamed(name) })), { name: inARowName, body: inARow }]
  check(
    togetherName,
    (on) =>
      Effect.forEach(
        parts,
        ({ body, name }, index) =>
          Effect.gen(function* () {
            const root = on.at(`part${index}`)
            yield* on.server.makeDirectory(root)
            yield* body({ ...on, root, at: (path) => `${root}/${path}` }).pipe(Effect.scoped, saying(name))
          }),
        { discard: true }
      ),
    { sessions: 1 }
  )
  check(atOnceName, atOnce, { sessions: AT_ONCE })
}

/** Which of the parts it was that failed. */
const saying =
  (name: string) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.catchAllCause(self, (cause) =>
      Cause.isInterruptedOnly(cause)
        ? Effect.failCause(cause)
        : Effect.die(new Error(`"${name}": ${Cause.pretty(cause, { renderErrorCause: true })}`))
    )

/** Up, down and a listing for each of the sizes, on one control connection. */
const rounds = (session: FtpSession.FtpSession, path: string, directory: string, sizes: ReadonlyArray<number>) =>
  Effect.forEach(
    sizes.map((size) => noise(size, size + 1)),
    (content) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* session.transmit(Command.stor(path), onePull(content)), content.byteLength)
        const found = yield* Effect.scoped(
          Effect.flatMap(session.receive(Command.retr(path)), (incoming) => digestOf(FtpSession.toStream(incoming)))
        )
        assert.deepStrictEqual(found, expected(content))
        assert.isAbove((yield* session.list(directory)).entries.length, 0)
      }),
    { discard: true }
  )

const onePull = (content: Uint8Array) => {
  let left = Option.liftPredicate(content, ({ byteLength }) => byteLength > 0)
  return Effect.sync(() => {
    const next = left
    left = Option.none()
    return next
  })
}

const inARow: Parameters<Check>[1] = ({ at, client, root }) =>
  client.withSession((session) =>
    Effect.gen(function* () {
      yield* rounds(session, at("file"), root, [0, 100_000, 1])
      assert.isTrue(yield* session.reusable)
    })
  )

const AT_ONCE = 8

const atOnce: Parameters<Check>[1] = ({ at, client, pool, root }) =>
  Effect.gen(function* () {
    const all = yield* Deferred.make<void>()
    let open = 0
    yield* Effect.forEach(
      Array.from({ length: AT_ONCE }, (_, index) => index),
      (index) =>
        client.withSession((session) =>
          Effect.gen(function* () {
            open++
            if (open === AT_ONCE) {
              yield* Deferred.succeed(all, undefined)
            }
            yield* Deferred.await(all)
            yield* rounds(session, at(`file ${index}`), root, [100_000 + index])
            assert.isTrue(yield* session.reusable)
          })
        ),
      { concurrency: "unbounded", discard: true }
    )
    assert.strictEqual((yield* pool.status)[0]?.live, AT_ONCE)
  })
