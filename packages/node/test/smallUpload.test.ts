// Real time: sockets don't run by the TestClock.
import { describe, expect, it } from "@effect/vitest"
import type * as FtpSession from "@ftp-effect/core/FtpSession"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Effect from "effect/Effect"
import { BYTES, DONE, PORT, play, RECEIVED, SIZE, SIZE_AND_PORT, STOR } from "./support/smallUploads.ts"

describe("small files that are stored on one session", () => {
  it.scopedLive("are sent before the 150, and the port for the next one is asked for with SIZE", () =>
    Effect.gen(function* () {
      const { order, script, session } = yield* play((sent150) => [
        `${PORT} ${STOR("a")} ${RECEIVED}`,
        sent150,
        `${DONE} ${SIZE("a")} ${PORT} ${STOR("b")} ${RECEIVED} ${DONE} ${SIZE_AND_PORT("b")}`,
        `${STOR("c")} ${RECEIVED} ${DONE} ${SIZE_AND_PORT("c")}`
      ])
      for (const name of ["a", "b", "c"]) {
        expect(yield* session.storeSmall({ path: name, bytes: BYTES })).toMatchObject({ size: { code: 213 } })
        expect(yield* session.reusable).toBe(true)
      }
      yield* script.done
      expect(order).toEqual(["bytes", "150", "bytes", "bytes"])
    })
  )

  it.scopedLive.each([
    ["another command", "C: NOOP\nS: 200 ok", "NOOP"],
    ["nothing but a refused port", "", undefined]
  ] as const)("ask for a port again after %s", ([, between, verb]) =>
    Effect.gen(function* () {
      const second = verb === undefined ? `C: SIZE b\nC: EPSV\nS: 213 5\nS: 425 no port` : SIZE_AND_PORT("b")
      const { script, session } = yield* play(() => [
        `${PORT} ${STOR("a")} ${RECEIVED} ${DONE} ${SIZE("a")}`,
        `${PORT} ${STOR("b")} ${RECEIVED} ${DONE}\n${second}\n${between}`,
        `${PORT} ${STOR("c")} ${RECEIVED} ${DONE} ${verb === undefined ? SIZE_AND_PORT("c") : SIZE("c")}`
      ])
      expect(yield* session.storeSmall({ path: "a", bytes: BYTES })).not.toBe("Long")
      expect(yield* session.storeSmall({ path: "b", bytes: BYTES })).not.toBe("Long")
      if (verb !== undefined) {
        yield* session.run(Command.noop)
      }
      expect(yield* session.storeSmall({ path: "c", bytes: BYTES })).not.toBe("Long")
      yield* script.done
    })
  )

  it.scopedLive.each([
    ["a 426 in answer to STOR", "S: 426 too early"],
    ["a 226 without a 150", "S: 226 done"],
    ["a smaller size", `S: 150 here\nS: 226 done\nC: SIZE a\nS: 213 0`]
  ])("wait for the 150 after %s", ([, answer]) =>
    Effect.gen(function* () {
      const { order, script, session } = yield* play((sent150) => [
        `${PORT} ${STOR("a")} ${RECEIVED}\n${answer}\n${PORT} ${STOR("b")}`,
        sent150,
        `S: 150 here\n${RECEIVED}\nS: 226 done\n${SIZE("b")}`
      ])
      expect(yield* session.storeSmall({ path: "a", bytes: BYTES })).toBe("Long")
      order.length = 0
      expect(yield* session.storeSmall({ path: "b", bytes: BYTES })).toMatchObject({ size: { code: 213 } })
      yield* script.done
      expect(order).toEqual(["150", "bytes"])
    })
  )

  it.scopedLive("wait for the 150 after a server that has lost those before it waits for others", () =>
    Effect.gen(function* () {
      const { capabilities, session } = yield* play(() => [`${PORT} ${STOR("a")} ${RECEIVED}\nS: 150 go on`]).pipe(
        Effect.provide(FtpTimeouts.layer({ finalReply: "50 millis", settle: "50 millis" }))
      )
      expect(yield* session.storeSmall({ path: "a", bytes: BYTES })).toBe("Long")
      expect(capabilities.get("Early bytes")).toBe("Fails")
      expect(capabilities.get("Express")).toBe("Unknown")
    })
  )

  it.scopedLive("are sent before the 150 still after one whose name is refused", () =>
    Effect.gen(function* () {
      const { order, script, session } = yield* play((sent150) => [
        `${PORT} ${STOR("a")}\nS: 553 not allowed\n${PORT} ${STOR("b")} ${RECEIVED}`,
        sent150,
        `${DONE} ${SIZE("b")}`
      ])
      expect(yield* session.storeSmall({ path: "a", bytes: BYTES })).toBe("Long")
      order.length = 0
      expect(yield* session.storeSmall({ path: "b", bytes: BYTES })).toMatchObject({ size: { code: 213 } })
      yield* script.done
      expect(order).toEqual(["bytes", "150"])
    })
  )

  it.scopedLive("are there if the server resets its end of the connection after all bytes", () =>
    Effect.gen(function* () {
      const { script, session } = yield* play(() => [
        `${PORT} ${STOR("a")} ${RECEIVED}\nS: 150 here\nD: reset\nS: 226 done\n${SIZE("a")} C: QUIT\nS: 221 bye`
      ])
      expect(yield* session.storeSmall({ path: "a", bytes: BYTES })).toMatchObject({ size: { code: 213 } })
      yield* session.run(Command.quit)
      yield* script.done
    })
  )

  it.scopedLive.each([
    ["reset", "before"],
    ["end", "before"],
    ["reset", "after"]
  ])("take the long way if the server ends the connection by %s %s the bytes, and reports it", ([how, when]) =>
    Effect.gen(function* () {
      const data = when === "before" ? `D: ${how}` : `${RECEIVED}\nD: ${how}`
      const { script, session } = yield* play(() => [
        `${PORT} ${STOR("a")}\n${data}\nS: 150 here\nS: 426 broken\nC: QUIT\nS: 221 bye`
      ])
      expect(yield* session.storeSmall({ path: "a", bytes: BYTES })).toBe("Long")
      expect(yield* session.reusable).toBe(true)
      yield* session.run(Command.quit)
      yield* script.done
    })
  )

  it.scopedLive("take the long way if they are confirmed before the system has taken all bytes", () =>
    Effect.gen(function* () {
      const { script, session } = yield* play(() => [`${PORT} ${STOR("a")} ${RECEIVED} ${DONE} C: QUIT\nS: 221 bye`], {
        takesBytes: false
      })
      expect(yield* session.storeSmall({ path: "a", bytes: BYTES })).toBe("Long")
      expect(yield* session.reusable).toBe(true)
      yield* session.run(Command.quit)
      yield* script.done
    })
  )
})

const TEMPORARY = STOR("a.tmp") + RECEIVED + DONE

const stored = (options: Partial<FtpSession.StoreFile> = {}) => ({
  newName: { path: "a", isDeserved: ({ size }: Pick<FtpSession.Stored, "size">) => size?.code === 213 },
  ...options
})

describe("a small file that gets its name when it is verified", () => {
  it.scopedLive("takes two flights after its bytes, with its time, and the next one is dialled in the second", () =>
    Effect.gen(function* () {
      const { script, session } = yield* play(() => [
        `${PORT} ${TEMPORARY} C: SIZE a.tmp\nC: RNFR a.tmp\nS: 213 5\nS: 350 ready\nC: RNTO a\nS: 250 done`,
        `${PORT} ${TEMPORARY} C: EPSV\nC: MFMT 20260102030405 a.tmp\nC: SIZE a.tmp\nC: RNFR a.tmp`,
        `S: 229 ok (|||{port}|)\nS: 213 Modify=20260102030405; a.tmp\nS: 213 5\nS: 350 ready\nC: RNTO a\nD: accept`,
        `S: 250 done\nC: STOR b\n${RECEIVED} ${DONE} ${SIZE_AND_PORT("b")}`
      ])
      expect(yield* session.storeSmall({ path: "a.tmp", bytes: BYTES, ...stored() })).toMatchObject({ rename: "Done" })
      const setTime = Command.mfmt("20260102030405", "a.tmp")
      expect(yield* session.storeSmall({ path: "a.tmp", bytes: BYTES, ...stored({ setTime }) })).toMatchObject({
        rename: "Done",
        time: { code: 213 },
        size: { code: 213 }
      })
      expect(yield* session.storeSmall({ path: "b", bytes: BYTES })).toMatchObject({
        size: { code: 213 },
        rename: "None"
      })
      yield* script.done
    })
  )

  it.scopedLive("takes one command at a time where the server bears no bursts", () =>
    Effect.gen(function* () {
      const { capabilities, script, session } = yield* play(() => [
        `${PORT} ${TEMPORARY} C: SIZE a.tmp\nS: 213 5\nC: RNFR a.tmp\nS: 350 ready\nC: RNTO a\nS: 250 done`
      ])
      capabilities.set("Pipelining", false)
      expect(yield* session.storeSmall({ path: "a.tmp", bytes: BYTES, ...stored() })).toMatchObject({ rename: "Done" })
      yield* script.done
    })
  )

  it.scopedLive.each([
    ["an unknown size", "S: 550 no\nS: 350 ready", "None"],
    ["a refused RNFR", "S: 213 5\nS: 550 no such file", { _tag: "FtpRejected", verb: "RNFR" }],
    ["a refused RNTO", "S: 213 5\nS: 350 ready\nC: RNTO a\nS: 550 exists", { _tag: "FtpRejected", verb: "RNTO" }]
  ])("keeps its temporary name after %s", ([, answers, rename]) =>
    Effect.gen(function* () {
      const { script, session } = yield* play(() => [
        `${PORT} ${TEMPORARY} C: SIZE a.tmp\nC: RNFR a.tmp\n${answers}\nC: QUIT\nS: 221 bye`
      ])
      expect(yield* session.storeSmall({ path: "a.tmp", bytes: BYTES, ...stored() })).toMatchObject({
        rename: typeof rename === "string" ? rename : expect.objectContaining(rename)
      })
      // After an RNFR alone the server may take the next command for its RNTO.
      expect(yield* session.reusable).toBe(rename !== "None")
      yield* session.run(Command.quit)
      yield* script.done
    })
  )

  it.scopedLive("has an unknown name if the connection ends after RNTO", () =>
    Effect.gen(function* () {
      const { session } = yield* play(() => [
        `${PORT} ${TEMPORARY} C: SIZE a.tmp\nC: RNFR a.tmp\nS: 213 5\nS: 350 ready\nC: RNTO a\n-- close`
      ])
      expect(yield* session.storeSmall({ path: "a.tmp", bytes: BYTES, ...stored() })).toMatchObject({
        rename: { _tag: "FtpConnectionLost", reason: "Closed", outcome: "Unknown" }
      })
    })
  )
})

describe("a small file that is fetched from a server that answers one command at a time", () => {
  it.scopedLive("takes one data connection, whatever preliminary replies come to the question for its time", () =>
    Effect.gen(function* () {
      const { capabilities, script, session } = yield* play(() => [
        `C: MDTM a\nS: 150 wait\nS: 150 still\nS: 213 20260102030405\n${PORT}`,
        `C: RETR a\nD: accept\nS: 150 here\nD: send hello\nD: end\nS: 226 done`
      ])
      capabilities.set("Pipelining", false)
      expect(yield* session.retrieveSmall({ path: "a", size: BYTES.byteLength, wantsTime: true })).toMatchObject({
        bytes: BYTES,
        modified: { _tag: "Some" }
      })
      yield* script.done
    })
  )
})
