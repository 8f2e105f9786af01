/** Spellings of the login directory that a server expands, and questions about it that fail. */
import { describe, expect, it } from "@effect/vitest"
import { FtpProtocolViolation, FtpRejected } from "@ftp-effect/core/FtpError"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { holdsLoginDirectory } from "#core/client/loginDirectory"
import { removeTree } from "#core/client/removeTree"

type Asked = Parameters<typeof holdsLoginDirectory>[0]
type Answer = string | FtpRejected | FtpProtocolViolation

const HOME = "/home/ann"

const facts = { endpoint: "ftp://host", transcript: [], outcome: "NotApplied" } as const

const rejected = (verb: string, code: number, reason: FtpRejected["reason"]) =>
  new FtpRejected({ ...facts, verb, command: verb, reason, reply: Reply.make(code, "no") })

const answering = (answer: Answer) => (typeof answer === "string" ? Effect.succeed(answer) : Effect.fail(answer))

/** A server by where it is after CWD. */
const server = (cwd: (path: string) => Answer, pwd: Answer = HOME) => {
  const session = { resolveDirectory: (path: string) => answering(cwd(path)) }
  return {
    stat: () => Effect.die("not asked"),
    withSession: ((use: (session: unknown) => Effect.Effect<unknown>) =>
      use(session)) as unknown as Asked["withSession"],
    workingDirectory: answering(pwd)
  } satisfies Asked
}

describe("whether a path holds the login directory", () => {
  it.effect.each([
    ["~", HOME],
    ["~ann", HOME],
    ["~ann/", HOME],
    ["./~", HOME],
    ["\\", "/"],
    ["..\\..", "/"],
    ["/\\", "/"],
    ["/home\\ann", HOME],
    ["{.,}", HOME],
    [".. ", "/home"],
    ["/home/ann.", HOME],
    ["/home/ann ", HOME]
  ] as const)("is asked of the server for %j, which leads to %s", ([path, at]) =>
    Effect.gen(function* () {
      expect(
        yield* holdsLoginDirectory(
          server((asked) => (asked === path ? at : "/other")),
          path
        )
      ).toBe(true)
      expect(
        yield* holdsLoginDirectory(
          server(() => `${HOME}/x`),
          path
        )
      ).toBe(false)
    })
  )

  it.effect("is not asked for a usual relative path", () =>
    Effect.gen(function* () {
      const unasked = server(() => rejected("CWD", 450, "Busy"), rejected("PWD", 450, "Busy"))
      for (const path of ["a", "a/b.txt", "a b", ".config", "a/..b"]) {
        expect(yield* holdsLoginDirectory(unasked, path)).toBe(false)
      }
    })
  )

  it.effect.each([
    ["PWD is refused for now", HOME, rejected("PWD", 450, "Busy")],
    ["PWD is refused", HOME, rejected("PWD", 550, "PermissionDenied")],
    ["the reply to PWD can't be read", HOME, new FtpProtocolViolation({ ...facts, expected: "a path", received: "" })],
    ["CWD is refused for now", rejected("CWD", 450, "Busy"), HOME],
    ["PWD is refused inside", rejected("PWD", 550, "Other"), HOME]
  ] as const)("is not known if %s: that is the failure of the call", ([, cwd, pwd]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        holdsLoginDirectory(
          server(() => cwd, pwd),
          "/home/x/y"
        )
      )
      expect(error).toBe(typeof cwd === "string" ? pwd : cwd)
    })
  )

  it.effect.each([
    ["without PWD", HOME, rejected("PWD", 502, "Unsupported")],
    ["where the directory above is missing", rejected("CWD", 550, "NotFound"), HOME]
  ] as const)("is denied on a server %s", ([, cwd, pwd]) =>
    Effect.gen(function* () {
      expect(
        yield* holdsLoginDirectory(
          server(() => cwd, pwd),
          "/home/x/y"
        )
      ).toBe(false)
    })
  )
})

describe("a recursive removal of a relative path that the server takes for the login directory", () => {
  it.effect("is refused before anything is listed or removed, however that is spelt", () =>
    Effect.gen(function* () {
      const never = () => Effect.die("no step is taken")
      const error = yield* Effect.flip(
        removeTree("odd", {
          operations: {
            list: never,
            exists: never,
            removeFile: never,
            removeDirectory: never,
            removeFirst: never,
            resolveDirectory: never,
            resolveDirectories: never,
            whereabouts: () => Effect.succeed({ home: HOME, directory: Either.right("/home") }),
            identify: () => Effect.succeedNone
          },
          keeping: never,
          endpoint: "ftp://host",
          concurrency: 1,
          home: false,
          onFailure: never
        })
      )
      expect(error).toMatchObject({ _tag: "FtpUsageError", argument: "path" })
    })
  )
})
