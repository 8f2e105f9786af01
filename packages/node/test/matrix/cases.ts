/**
 * What each combination of the matrix runs: the part of the client suite in which the way that bytes travel can make a
 * difference, and transfers in a row and side by side. The whole suite takes half a minute for a server; there are
 * nearly a hundred combinations.
 *
 * A name that the client suite no longer has is an error. It does NOT hold cases of its own that say what FTP means.
 */
import { assert } from "@effect/vitest"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Check, digestOf, expected, noise } from "../../../core/test/suites/client/Check.ts"
import { downloadCases } from "../../../core/test/suites/client/download.ts"
import { fileCases } from "../../../core/test/suites/client/files.ts"
import { listingCases } from "../../../core/test/suites/client/listing.ts"
import { sessionCases } from "../../../core/test/suites/client/sessions.ts"
import { statCases } from "../../../core/test/suites/client/stat.ts"
import { uploadCases } from "../../../core/test/suites/client/upload.ts"

const chosen: ReadonlyArray<readonly [cases: (check: Check) => void, names: ReadonlyArray<string>]> = [
  [listingCases, ["an empty directory is an empty list", "entries tell type, size, time and mode"]],
  [statCases, ["stat tells type, size and time of a file"]],
  [
    downloadCases,
    [
      "a file of 0 bytes arrives as it is",
      "a file of 1 bytes arrives as it is",
      "a missing file is NotFound, and the session lives on",
      "interrupting a download in full flow is prompt, and the pool goes on"
    ]
  ],
  [
    uploadCases,
    [
      "0 bytes are stored as they are, with evidence",
      "1 bytes are stored as they are, with evidence",
      "interrupting an upload that waits for its source is prompt, and the pool goes on"
    ]
  ],
  [sessionCases, ["all operations of the client are there on one session"]],
  [
    fileCases,
    ["toFile brings a file of 10485760 bytes, and leaves nothing else", "fromFile stores a file of 10485760 bytes"]
  ]
]

export const matrixCases = (check: Check): void => {
  for (const [cases, names] of chosen) {
    const missing = new Set(names)
    cases((name, body, options) => {
      if (missing.delete(name)) {
        check(name, body, options)
      }
    })
    if (missing.size > 0) {
      throw new Error(`the client suite has no ${[...missing].map((name) => `"${name}"`).join(", ")}`)
    }
  }
  transferCases(check)
}

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

const AT_ONCE = 8

const transferCases = (check: Check): void => {
  check(
    "nine transfers in a row on one session",
    ({ at, client, root }) =>
      client.withSession((session) =>
        Effect.gen(function* () {
          yield* rounds(session, at("file"), root, [0, 100_000, 1])
          assert.isTrue(yield* session.reusable)
        })
      ),
    { sessions: 1 }
  )

  check(
    "eight sessions at once, each with three transfers",
    ({ at, client, pool, root }) =>
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
      }),
    { sessions: AT_ONCE }
  )
}
