/** The client's calls on servers that send too many replies, or replies without their end. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { nothingInUse } from "../support/pool.ts"
import { commandsLike, connections, textOnServer, withFault } from "../support/server.ts"

/** Each of them at least once, on the sessions of one pool. */
const work = Effect.gen(function* () {
  const client = yield* FtpClient.FtpClient
  expect((yield* client.list("sub")).map(({ name }) => name)).toEqual(["b"])
  expect((yield* client.list("")).map(({ name }) => name).sort()).toEqual(["a", "sub"])
  yield* client.upload("sub/c", FtpSource.fromString("new"))
  expect(yield* textOnServer("sub/c")).toBe("new")
  const chunks = Chunk.toReadonlyArray(yield* Stream.runCollect(client.download("a")))
  expect(chunks.map((bytes) => new TextDecoder().decode(bytes)).join("")).toBe("hello")
  yield* client.rename("sub/c", "sub/d")
  yield* client.remove("sub/d")
  expect(yield* client.exists("sub/d")).toBe(false)
  yield* nothingInUse
})

const always = { times: Number.POSITIVE_INFINITY } as const

const files = { root: { a: "hello", "sub/b": "world" } }

const servers = [
  ["with MLSD", layer({ server: files })],
  ["with LIST alone", layer({ server: { ...files, denied: ["MLSD", "MLST"] } })]
] as const

/** These are sent in one burst, out of which such a server falls: it costs one session, and then they go one by one. */
const TWICE_IN_BURSTS = "answers CWD and PWD twice"

const manners: ReadonlyArray<readonly [string, Fault]> = [
  [
    "greets with three 220s in one packet",
    { _tag: "ManyGreetings", verb: "CONNECT", after: ["220 b", "220 c"], ...always }
  ],
  [
    "greets with 220s that come by and by",
    { _tag: "ManyGreetings", verb: "CONNECT", after: ["220 b", "220 c"], apart: "1 milli", ...always }
  ],
  [
    "greets with lines without a code around its 220",
    { _tag: "ManyGreetings", verb: "CONNECT", before: ["Hello", "there"], after: ["Enjoy"], ...always }
  ],
  ["answers PASS twice", { _tag: "DoubleFinal", verb: "PASS", ...always }],
  ["answers USER twice in one packet", { _tag: "Behind", verb: "USER", text: "331 Password, please.\r\n", ...always }],
  ["ends each transfer twice", { _tag: "DoubleFinal", verb: ["RETR", "STOR", "LIST", "MLSD"], ...always }],
  [TWICE_IN_BURSTS, { _tag: "DoubleFinal", verb: ["CWD", "PWD"], ...always }],
  ["answers SIZE and MDTM twice", { _tag: "DoubleFinal", verb: ["SIZE", "MDTM"], ...always }],
  ["ends FEAT with 221", { _tag: "ForeignEnd", verb: "FEAT", line: "221 End", ...always }],
  ["ends FEAT with 211 and no space", { _tag: "ForeignEnd", verb: "FEAT", line: "211End", ...always }],
  ["greets with a reply that another code ends", { _tag: "ForeignEnd", verb: "CONNECT", line: "200 ready", ...always }],
  ["begins a refusal and opens the file (glftpd)", { _tag: "NoEnd", verb: "STOR", ...always }],
  [
    "begins its answer to PASS with a reply that has no end",
    { _tag: "NoEnd", verb: "PASS", lines: ["220-"], ...always }
  ]
]

for (const [kind, server] of servers) {
  describe(`a server ${kind}`, () => {
    for (const [manner, fault] of manners) {
      const sessions = manner === TWICE_IN_BURSTS ? 2 : 1
      it.effect(
        `that ${manner} is used as any other, in ${sessions === 1 ? "one session" : "two sessions"}, and nothing is sent twice`,
        () =>
          Effect.gen(function* () {
            yield* withFault(fault)
            yield* inTime(work, "2 minutes")
            expect((yield* connections).total).toBe(sessions)
            expect(yield* commandsLike(/^(STOR|DELE|RNTO)/)).toHaveLength(3)
          }).pipe(Effect.provide(server))
      )
    }
  })
}
