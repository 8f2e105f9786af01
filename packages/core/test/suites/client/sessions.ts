/** One session, lent out for raw commands, and the state in which the next borrower gets it. */
import { assert } from "@effect/vitest"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { noise } from "../../support/bytes.ts"
import { type Check, failureOf, nothingLent, refuses, stored, text } from "./Check.ts"

/** What vsftpd's `553 Could not create file.` is taken for: it says it for whatever reason. */
const VAGUE = ["PermissionDenied", "Other"]

/** A pull of these bytes, then the end. */
const pullOf = (content: string) => {
  let left = content === "" ? [] : [Buffer.from(content)]
  return Effect.sync(() => {
    const [next] = left
    left = []
    return Option.fromNullable(next)
  })
}

const received = (incoming: FtpSession.Incoming) => text(FtpSession.toStream(incoming))

export const sessionCases = (check: Check): void => {
  check("raw commands are answered, and refusals are typed", ({ client, pool }) =>
    Effect.gen(function* () {
      yield* client.withSession((session) =>
        Effect.gen(function* () {
          assert.isTrue(Reply.isCompletion(session.greeting))
          assert.isTrue(Reply.isCompletion(yield* session.run(Command.noop)))
          assert.isTrue(Reply.isCompletion(yield* session.run(Command.pwd)))
          yield* refuses(session.run(Command.raw("XYZZY")), "Unsupported")
          assert.isFalse(yield* session.reusable)
          assert.strictEqual(yield* session.workingDirectory, "/")
        })
      )
      yield* nothingLent(pool)
    })
  )

  check("the features are those of FEAT", ({ client, server }) =>
    Effect.gen(function* () {
      const names = yield* client.withSession((session) => Effect.succeed(session.features.map(({ name }) => name)))
      assert.strictEqual(names.includes("MLST"), server.traits.mlsx)
      assert.strictEqual(names.includes("SIZE"), server.traits.sizes)
    })
  )

  check("the caller's failure comes through, and the session is given back", ({ client, pool }) =>
    Effect.gen(function* () {
      const error = yield* failureOf(client.withSession(() => Effect.fail({ _tag: "Mine" } as const)))
      assert.strictEqual(error._tag, "Mine")
      yield* nothingLent(pool)
      assert.strictEqual((yield* pool.status)[0]?.live, 1)
    })
  )

  const disturbances: ReadonlyArray<{
    readonly what: string
    readonly commands: (root: string) => ReadonlyArray<Command.Command>
  }> = [
    { what: "TYPE A", commands: () => [Command.type("A")] },
    { what: "another directory", commands: (root) => [Command.cwd(root)] },
    { what: "a REST pending", commands: () => [Command.rest(3)] },
    { what: "an RNFR pending", commands: (root) => [Command.rnfr(root)] },
    { what: "an EPSV pending", commands: () => [Command.raw("EPSV")] }
  ]
  for (const { commands, what } of disturbances) {
    check(
      `a session left with ${what} does not spoil the next borrower`,
      ({ at, client, root, server }) =>
        Effect.gen(function* () {
          const content = "a\nb\r\nc"
          yield* server.write(at("lines"), content)
          yield* client.withSession((session) =>
            Effect.forEach(commands(root), (command) => Effect.either(session.run(command)), { discard: true })
          )
          assert.strictEqual(yield* text(client.download(at("lines"))), content)
          assert.strictEqual(yield* text(client.download(at("lines").slice(1))), content)
          assert.strictEqual(yield* client.workingDirectory, "/")
        }),
      { sessions: 1 }
    )
  }

  check("a session put right again is kept", ({ client, pool, root }) =>
    Effect.gen(function* () {
      yield* client.withSession((session) =>
        Effect.gen(function* () {
          yield* session.run(Command.type("A"))
          assert.isFalse(yield* session.reusable)
          yield* session.run(Command.type("I"))
          assert.isTrue(yield* session.reusable)
          assert.isTrue(yield* session.isDirectory(root))
          assert.isFalse(yield* session.isDirectory(`${root}/missing`))
          assert.isTrue(yield* session.reusable)
        })
      )
      assert.strictEqual((yield* pool.status)[0]?.live, 1)
    })
  )

  check("RETR in two phases: the first reply, the bytes, the final reply", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "content")
      yield* client.withSession((session) =>
        Effect.gen(function* () {
          const content = yield* Effect.scoped(
            Effect.gen(function* () {
              const incoming = yield* session.receive(Command.retr(at("file")), { beside: [Command.noop] })
              // 125 from a server that accepted the data connection before the command came (RFC 959 §4.2).
              assert.include([125, 150], Option.getOrUndefined(Option.map(incoming.first, ({ code }) => code)))
              assert.deepStrictEqual(
                incoming.beside.map(({ code }) => code),
                [200]
              )
              return yield* received(incoming)
            })
          )
          assert.strictEqual(content, "content")
          assert.isTrue(yield* session.reusable)
        })
      )
    })
  )

  check("RETR resumes at an offset, to the end and beyond it", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "0123456789")
      const from = (offset: number) =>
        client.withSession((session) =>
          Effect.flatMap(session.receive(Command.retr(at("file")), { offset, path: at("file") }), received)
        )
      assert.strictEqual(yield* from(0), "0123456789")
      assert.strictEqual(yield* from(4), "456789")
      assert.strictEqual(yield* from(10), "")
      const beyond = yield* Effect.either(from(11))
      assert.isTrue(beyond._tag === "Left" ? beyond.left._tag === "FtpRejected" : beyond.right === "")
      assert.strictEqual(yield* from(9), "9")
    })
  )

  check("STOR resumes at an offset, APPE at the end", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "0123456789")
      yield* client.withSession((session) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* session.transmit(Command.stor(at("file")), pullOf("XY"), { offset: 8 }), 2)
          assert.strictEqual(yield* stored(server, at("file")), "01234567XY")
          assert.strictEqual(yield* session.transmit(Command.appe(at("file")), pullOf("+more")), 5)
          assert.strictEqual(yield* stored(server, at("file")), "01234567XY+more")
          assert.strictEqual(yield* session.transmit(Command.appe(at("new")), pullOf("made")), 4)
          assert.strictEqual(yield* stored(server, at("new")), "made")
        })
      )
    })
  )

  check("NLST gives names", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("one"), "")
      yield* server.write(at("two"), "")
      // From inside, as some servers list the current directory, whatever NLST names.
      const lines = yield* client.withSession((session) =>
        Effect.zipRight(session.run(Command.cwd(root)), Effect.flatMap(session.receive(Command.nlst()), received))
      )
      assert.deepStrictEqual(
        lines
          .trim()
          .split("\r\n")
          .map((line) => line.slice(line.lastIndexOf("/") + 1))
          .filter((name) => name !== "." && name !== "..")
          .sort(),
        ["one", "two"]
      )
    })
  )

  check("a command in mid-transfer is the caller's mistake, and harms nothing", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "content")
      const content = yield* client.withSession((session) =>
        Effect.gen(function* () {
          const incoming = yield* session.receive(Command.retr(at("file")))
          assert.strictEqual((yield* failureOf(session.run(Command.noop)))._tag, "FtpUsageError")
          assert.strictEqual((yield* failureOf(session.list("")))._tag, "FtpUsageError")
          assert.strictEqual((yield* failureOf(session.size(at("file"))))._tag, "FtpUsageError")
          const second = yield* failureOf(Effect.scoped(session.receive(Command.retr(at("file")))))
          assert.strictEqual(second._tag, "FtpUsageError")
          return yield* received(incoming)
        })
      )
      assert.strictEqual(content, "content")
    })
  )

  check(
    "a session left in mid-transfer is not lent again as it is",
    ({ at, client, server }) =>
      Effect.gen(function* () {
        yield* server.write(at("large"), noise(20 * 1024 * 1024))
        yield* server.write(at("small"), "small")
        yield* client.withSession((session) => Effect.asVoid(session.receive(Command.retr(at("large")))))
        assert.strictEqual(yield* text(client.download(at("small"))), "small")
      }),
    { sessions: 1 }
  )

  check("after a refused transfer the same session stays usable", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "content")
      yield* client.withSession((session) =>
        Effect.gen(function* () {
          for (let round = 0; round < 3; round++) {
            yield* refuses(
              Effect.scoped(Effect.flatMap(session.receive(Command.retr(at("missing"))), received)),
              "NotFound"
            )
            const stor = session.transmit(Command.stor(at("missing/file")), pullOf("x"))
            yield* refuses(stor, "NotFound", ...VAGUE)
          }
          const content = yield* Effect.scoped(Effect.flatMap(session.receive(Command.retr(at("file"))), received))
          assert.strictEqual(content, "content")
          assert.isTrue(yield* session.reusable)
        })
      )
    })
  )

  check("all operations of the client are there on one session", ({ at, client, root, server }) =>
    client.withSession((session) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* session.makeDirectory(at("made")), at("made"))
        yield* session.transmit(Command.stor(at("made/a")), pullOf("abc"))
        assert.strictEqual((yield* session.stat(at("made/a"))).type, "File")
        assert.deepStrictEqual(
          (yield* session.list(at("made"))).entries.map(({ name }) => name),
          ["a"]
        )
        yield* session.rename(at("made/a"), at("b"))
        assert.deepStrictEqual(
          yield* Effect.either(session.size(at("b"))).pipe(Effect.map((size) => size._tag === "Right" && size.right)),
          server.traits.sizes ? 3 : false
        )
        yield* session.removeFile(at("b"))
        yield* session.removeDirectory(at("made"))
        assert.deepStrictEqual(yield* server.names(root), [])
        yield* refuses(session.removeFile(at("b")), "NotFound", "Other")
        yield* refuses(session.removeDirectory(at("made")), "NotFound", "Other")
        assert.isTrue(yield* session.reusable)
      })
    )
  )

  check("a long-lived stream of a session ends with its scope", ({ at, client, pool, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), noise(1_000_000))
      const bytes = client.withSession((session) =>
        Effect.flatMap(session.receive(Command.retr(at("file"))), (incoming) =>
          Stream.runFold(FtpSession.toStream(incoming), 0, (sum, chunk) => sum + chunk.byteLength)
        )
      )
      assert.strictEqual(yield* bytes, 1_000_000)
      yield* nothingLent(pool)
    })
  )
}
