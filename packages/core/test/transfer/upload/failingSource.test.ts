/** Sources that can't be read: the file that is there stays. */
import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Embedded from "../../support/embedded.ts"
import { inTime } from "../../support/inTime.ts"
import { nothingInUse } from "../../support/pool.ts"
import { commandsLike, textOnServer, withFault } from "../../support/server.ts"

const stage = Embedded.layer({ server: { root: { a: "hello" } } })

const failing = Stream.fail("the disk is on fire")
const source = FtpSource.fromStream(failing)
const replayable = FtpSource.fromReplayable(3, () => failing)

type Use = (client: FtpClient.FtpClient) => Effect.Effect<unknown, unknown>

const USES: ReadonlyArray<readonly [string, Use]> = [
  ["a stream", (client) => client.upload("a", failing)],
  ["a stream of empty chunks", (client) => client.upload("a", Stream.concat(Stream.make(new Uint8Array(0)), failing))],
  ["a source", (client) => client.upload("a", source)],
  ["a source that can be read again", (client) => client.upload("a", replayable)],
  ["an atomic upload", (client) => client.upload("a", source, { atomic: true })],
  ["an append", (client) => client.append("a", source)],
  ["a sink", (client) => Stream.run(failing, client.sink("a"))]
]

describe("a source that fails before its first byte changes nothing on the server", () => {
  for (const [what, use] of USES) {
    it.effect(what, () =>
      Effect.gen(function* () {
        const client = yield* FtpClient.FtpClient
        assert.strictEqual(yield* Effect.flip(inTime(use(client))), "the disk is on fire")
        assert.strictEqual(yield* textOnServer("/a"), "hello")
        assert.deepStrictEqual(yield* commandsLike(/^(STOR|APPE)/), [])
        const { tree } = yield* FtpTestServer.FtpTestServer
        assert.deepStrictEqual(
          (yield* tree).map(({ path }) => path),
          ["/a"]
        )
        yield* nothingInUse
      }).pipe(Effect.provide(stage))
    )
  }

  it.effect("one that is empty is an empty file", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      yield* inTime(client.upload("a", Stream.empty))
      assert.strictEqual(yield* textOnServer("/a"), "")
    }).pipe(Effect.provide(stage))
  )

  it.effect("what was read of one is sent by the next attempt if the session was dead, once", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      yield* withFault({ _tag: "CloseControl", verb: "EPSV" })
      const bytes = Stream.encodeText(Stream.make("n", "e", "w"))
      assert.deepInclude(yield* inTime(client.upload("a", bytes)), { bytes: 3 })
      assert.strictEqual(yield* textOnServer("/a"), "new")
    }).pipe(Effect.provide(stage))
  )
})
