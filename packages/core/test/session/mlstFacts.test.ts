/** Facts of listings that a server sends only if it is asked for them: RFC 3659 §7.9. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { services } from "../support/embedded.ts"
import { begun, login, ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

/** pyftpdlib's. */
const OFFERED = "MLST type*;perm*;size*;modify*;unique*;unix.mode;unix.uid;unix.gid;"

describe("facts that FEAT lists without a star", () => {
  it.scoped("are asked for without waiting for the answer, and listings have them", () =>
    Effect.gen(function* () {
      const { script, session: made } = yield* session(`
        ${ready(OFFERED)}
        C: OPTS MLST type;perm;size;modify;unique;unix.mode;unix.uid;unix.gid;
        C: EPSV
        S: 200 MLST OPTS type;perm;size;modify;unique;unix.mode;unix.uid;unix.gid;
        S: 229 ok (|||{port}|)
        C: MLSD
        D: accept
        S: 150 here
        D: send type=file;perm=r;size=1;modify=20260101000000;unique=1;unix.gid=7;unix.mode=0o640;unix.uid=5; a\\r\\n
        D: end
        S: 226 done
      `)
      const {
        entries: [entry]
      } = yield* made.list("")
      expect(entry).toMatchObject({ owner: Option.some("5"), group: Option.some("7"), mode: Option.some(0o640) })
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("are done without if the server refuses that", () =>
    Effect.gen(function* () {
      const { script, session: made } = yield* session(`
        ${ready("MLST Type;Size;Modify;x y;")}
        C: OPTS MLST Type;Size;Modify;
        S: 501 no
        ${begun("MLSD")}
        D: send type=file;size=1; a\\r\\n
        D: end
        S: 226 done
      `)
      expect((yield* made.list("")).entries.map(({ name }) => name)).toEqual(["a"])
      expect(yield* made.reusable).toBe(true)
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("are not asked for if no listing would tell more, or if that would take a round trip", () =>
    Effect.gen(function* () {
      const { script, session: made } = yield* session(
        `${ready("MLST type*;size*;modify*;lang;charset;")}C: SIZE a\nS: 213 5`
      )
      expect(yield* made.size("a")).toBe(5)
      yield* script.done
      const capabilities = ServerCapabilities.make()
      capabilities.set("Pipelining", false)
      const slow = yield* FtpScript.make(`
        S: 220 hi
        C: USER ann
        S: 230 in
        C: FEAT
        S: 211-Features:
        S:  ${OFFERED}
        S: 211 End
        C: TYPE I
        S: 200 ok
        C: OPTS UTF8 ON
        S: 200 ok
        C: SIZE a
        S: 213 5
      `)
      expect(yield* (yield* login(slow, undefined, capabilities)).size("a")).toBe(5)
      yield* slow.done
    }).pipe(inMemory)
  )
})
