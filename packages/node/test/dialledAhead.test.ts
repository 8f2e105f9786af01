// Real time: sockets don't run by the TestClock.
import { describe, expect, it } from "@effect/vitest"
import type * as FtpSession from "@ftp-effect/core/FtpSession"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { BYTES, DONE, PORT, play, RECEIVED, SIZE, SIZE_AND_PORT, STOR } from "./support/smallUploads.ts"

const DIALLED = `
  C: EPSV
  C: SIZE b.tmp
  C: RNFR b.tmp
  S: 229 ok (|||{port}|)
  S: 213 5
  S: 350 ready
  C: RNTO b
`

const next = { newName: { path: "b", isDeserved: () => true } }

describe("a connection that is dialled while the file before gets its name", () => {
  const FIRST = `${PORT} ${STOR("a")} ${RECEIVED} ${DONE} ${SIZE("a")}`
  const SECOND = `${PORT} ${STOR("b.tmp")} ${RECEIVED} ${DONE}`

  it.scopedLive.each([
    [
      "another command",
      (session: FtpSession.FtpSession) => Effect.asVoid(session.run(Command.noop)),
      "C: NOOP\nS: 200 ok"
    ],
    [
      "a file that is fetched",
      (session: FtpSession.FtpSession) =>
        Effect.asVoid(session.retrieveSmall({ path: "c", size: BYTES.byteLength, wantsTime: false })),
      `${PORT} C: RETR c\nD: accept\nS: 150 here\nD: send hello\nD: end\nC: EPSV\nS: 226 done\nS: 229 ok (|||{port}|)`
    ],
    ["the end of the session", () => Effect.void, ""]
  ] as const)("is reset by %s", ([, then, dialogue]) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { order, script, session } = yield* Scope.extend(
        play(() => [`${FIRST} ${SECOND} ${DIALLED}\nD: accept\nS: 250 done\n${dialogue}`]),
        scope
      )
      yield* session.storeSmall({ path: "a", bytes: BYTES })
      expect(yield* session.storeSmall({ path: "b.tmp", bytes: BYTES, ...next })).toMatchObject({ rename: "Done" })
      expect(order).toEqual(["bytes", "bytes"])
      yield* then(session)
      yield* script.done
      yield* Scope.close(scope, Exit.void)
      expect(order).toEqual(["bytes", "bytes", "reset"])
    })
  )

  it.scopedLive("is reset if the name is not given", () =>
    Effect.gen(function* () {
      const { order, script, session } = yield* play(() => [
        `${FIRST} ${SECOND} C: EPSV\nC: SIZE b.tmp\nC: RNFR b.tmp\nS: 229 ok (|||{port}|)\nS: 213 4\nS: 350 ready`
      ])
      yield* session.storeSmall({ path: "a", bytes: BYTES })
      expect(yield* session.storeSmall({ path: "b.tmp", bytes: BYTES, ...next })).toBe("Long")
      expect(order).toEqual(["bytes", "bytes", "reset"])
      yield* script.done
    })
  )

  it.scopedLive("is reset if the file before is interrupted", () =>
    Effect.gen(function* () {
      const [isAsked, goOn] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const { order, script, session } = yield* play(() => [
        `${FIRST} ${SECOND} ${DIALLED}\nD: accept`,
        FtpScript.run(Effect.zipRight(Deferred.succeed(isAsked, undefined), Deferred.await(goOn))),
        "S: 250 done"
      ])
      yield* session.storeSmall({ path: "a", bytes: BYTES })
      const storing = yield* Effect.fork(session.storeSmall({ path: "b.tmp", bytes: BYTES, ...next }))
      yield* Deferred.await(isAsked)
      yield* Fiber.interruptFork(storing)
      yield* Deferred.succeed(goOn, undefined)
      expect(yield* Fiber.await(storing)).toSatisfy(Exit.isInterrupted)
      expect(order).toEqual(["bytes", "bytes", "reset"])
      yield* script.done
    })
  )

  it.scopedLive.each(["end", "reset"])(
    "is not used if the server has ended it by %s, and no other one is dialled",
    (how) =>
      Effect.gen(function* () {
        const { capabilities, script, session } = yield* play(() => [
          `${FIRST} ${SECOND} ${DIALLED}\nD: accept\nD: ${how}\nS: 250 done`,
          `${PORT} ${STOR("c")} ${RECEIVED} ${DONE} ${SIZE_AND_PORT("c")}`
        ])
        yield* session.storeSmall({ path: "a", bytes: BYTES })
        expect(yield* session.storeSmall({ path: "b.tmp", bytes: BYTES, ...next })).toMatchObject({ rename: "Done" })
        expect(yield* session.storeSmall({ path: "c", bytes: BYTES })).toMatchObject({ size: { code: 213 } })
        expect(capabilities.get("Dialled port")).toBe("Fails")
        yield* script.done
      })
  )

  it.scopedLive("that the server has ended is not blamed for bytes that came too early over another one", () =>
    Effect.gen(function* () {
      const { capabilities, script, session } = yield* play(() => [
        `${FIRST} ${SECOND} ${DIALLED}\nD: accept\nD: end\nS: 250 done`,
        `${PORT} ${STOR("c")} ${RECEIVED}\nS: 426 too early`
      ])
      yield* session.storeSmall({ path: "a", bytes: BYTES })
      expect(yield* session.storeSmall({ path: "b.tmp", bytes: BYTES, ...next })).toMatchObject({ rename: "Done" })
      expect(yield* session.storeSmall({ path: "c", bytes: BYTES })).toBe("Long")
      expect(capabilities.get("Early bytes")).toBe("Fails")
      yield* script.done
    })
  )

  it.scopedLive.each(["425 no connection", "503 PASV or EPSV first"])(
    "is not dialled any more on a server that has refused the file over one by %s",
    (refusal) =>
      Effect.gen(function* () {
        const { capabilities, script, session } = yield* play(() => [
          `${FIRST} ${SECOND} ${DIALLED}\nD: accept\nS: 250 done\nC: STOR c\nS: ${refusal}`
        ])
        yield* session.storeSmall({ path: "a", bytes: BYTES })
        expect(yield* session.storeSmall({ path: "b.tmp", bytes: BYTES, ...next })).toMatchObject({ rename: "Done" })
        expect(yield* session.storeSmall({ path: "c", bytes: BYTES })).toBe("Long")
        expect(capabilities.get("Dialled port")).toBe("Fails")
        expect(capabilities.get("Early bytes")).toBe("Unknown")
        yield* script.done
      })
  )
})
