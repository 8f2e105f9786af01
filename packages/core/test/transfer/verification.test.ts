import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as HashReply from "@ftp-effect/core/protocol/HashReply"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { MIB } from "../support/bytes.ts"
import { layer } from "../support/embedded.ts"
import { hasher, hashOf, liar } from "../support/hasher.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { nothingInUse } from "../support/pool.ts"
import { commandsLike, withFault } from "../support/server.ts"

const CONTENT = Uint8Array.from({ length: 2 * MIB }, (_, at) => (at * 7) ^ (at >> 9))
const NOTHING = FtpSource.fromBytes(new Uint8Array(0))
/** In ProFTPD's words. */
const NONE_OF_NOTHING = {
  _tag: "Refuse",
  verb: "XSHA256",
  reply: "501 XSHA256 requires end (0) greater than start (0)"
} as const
const SHA256 = { _tag: "Hash", algorithm: "SHA-256", value: hashOf("SHA-256", CONTENT) }

const stage = (
  server: FtpTestServer.Options = {},
  { local = hasher, sessions = 1 }: { readonly local?: FtpHasher | undefined; readonly sessions?: number } = {}
) =>
  // One session: a proof that asked for a second one while it holds the first would hang.
  layer({ server: { root: { a: CONTENT }, hasher, ...server }, pool: { maxPerHost: sessions } }).pipe(
    Layer.provideMerge(MemoryFiles.layer),
    Layer.provideMerge(Layer.succeed(FtpHasher, local))
  )

const names = Effect.map(MemoryFiles.MemoryFiles, ({ files }) => [...files.keys()].sort())

const toFile = (options: FtpTransfer.ToFileOptions = {}) => inTime(FtpTransfer.toFile("a", "a", options))

const fetched = (options: FtpTransfer.TransferOptions) =>
  Effect.flatMap(FtpClient.FtpClient, (client) =>
    inTime(Stream.runFold(client.download("a", options), 0, (sum, bytes) => sum + bytes.byteLength))
  )

const upload = (options: FtpTransfer.UploadOptions = {}, source: FtpSource.FtpSource = FtpSource.fromBytes(CONTENT)) =>
  Effect.flatMap(FtpClient.FtpClient, (client) => inTime(client.upload("b", source, options)))

/** Files in memory, of which something is another. */
const withStore = (
  change: (store: FtpTestServer.FileStore) => Partial<FtpTestServer.FileStore>,
  tree: FtpTestServer.Tree = { a: CONTENT }
) =>
  Layer.unwrapEffect(Effect.map(FtpTestServer.memory(tree), (store) => stage({ root: { ...store, ...change(store) } })))

describe("the evidence of a transfer", () => {
  it.effect("is what is there without another question, by default", () =>
    Effect.gen(function* () {
      expect(yield* toFile()).toEqual({ bytes: CONTENT.length, evidence: { _tag: "Size" } })
      expect(yield* upload()).toEqual({ bytes: CONTENT.length, evidence: { _tag: "Size" } })
      expect(yield* commandsLike(/HASH|XSHA/)).toEqual([])
      expect((yield* commandsLike(/^MDTM a/)).length).toBe(1)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is the reply alone where the server tells no sizes", () =>
    Effect.gen(function* () {
      expect(yield* toFile()).toMatchObject({ evidence: { _tag: "Reply" } })
      expect(yield* upload()).toMatchObject({ evidence: { _tag: "Reply" } })
      expect(yield* Effect.flip(toFile({ verify: "Size" }))).toMatchObject({
        _tag: "FtpIntegrityError",
        reason: "Unverified",
        expected: "proof by Size",
        actual: "Reply"
      })
      expect(yield* Effect.flip(upload({ verify: "Size" }))).toMatchObject({ reason: "Unverified" })
    }).pipe(Effect.provide(stage({ denied: ["SIZE"] })))
  )

  it.effect("is size and time when the server tells the same ones after the download", () =>
    Effect.gen(function* () {
      expect(yield* toFile({ verify: "SizeAndTime" })).toMatchObject({ evidence: { _tag: "SizeAndTime" } })
      expect(yield* fetched({ verify: "SizeAndTime" })).toBe(CONTENT.length)
      expect((yield* commandsLike(/^MDTM/)).length).toBe(4)
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is size and time when a local file was not written while it was sent", () =>
    Effect.gen(function* () {
      const modified = Effect.succeedSome(DateTime.unsafeMake(0))
      const result = yield* upload({ verify: "SizeAndTime" }, { ...FtpSource.fromBytes(CONTENT), modified })
      expect(result).toMatchObject({ evidence: { _tag: "SizeAndTime" } })
      expect(yield* Effect.flip(upload({ verify: "SizeAndTime" }))).toMatchObject({ reason: "Unverified" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is the best hash that both sides know", () =>
    Effect.gen(function* () {
      expect(yield* toFile({ verify: "Hash" })).toEqual({ bytes: CONTENT.length, evidence: SHA256 })
      expect(yield* upload({ verify: "Hash" })).toEqual({ bytes: CONTENT.length, evidence: SHA256 })
      expect(yield* fetched({ verify: "Hash" })).toBe(CONTENT.length)
      expect(yield* commandsLike(/HASH|XSHA/)).toEqual(["XSHA256 a", "XSHA256 b", "XSHA256 a"])
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is a weaker hash where the server has no better one", () =>
    Effect.gen(function* () {
      expect(yield* toFile({ verify: "Hash" })).toMatchObject({
        evidence: { _tag: "Hash", algorithm: "CRC32", value: hashOf("CRC32", CONTENT) }
      })
    }).pipe(Effect.provide(stage({ denied: ["HASH", "MD5", "XMD5", "XSHA", "XSHA1", "XSHA256", "XSHA512"] })))
  )

  it.effect("is by HASH where there is nothing else, and leaves the session as it was", () =>
    Effect.gen(function* () {
      expect(yield* toFile({ verify: "Hash" })).toMatchObject({ evidence: SHA256 })
      expect(yield* commandsLike(/HASH/)).toEqual(["OPTS HASH SHA-256", "HASH a", "OPTS HASH SHA-1"])
      const { connections } = yield* FtpTestServer.FtpTestServer
      yield* toFile()
      expect((yield* connections).total).toBe(1)
    }).pipe(Effect.provide(stage({ denied: ["XSHA256", "XSHA512", "XSHA1", "XSHA", "XMD5", "MD5", "XCRC"] })))
  )

  it.effect("covers the bytes of every attempt", () =>
    Effect.gen(function* () {
      yield* withFault(
        { _tag: "DropData", verb: "RETR", afterBytes: MIB },
        { _tag: "DropData", verb: "STOR", afterBytes: MIB }
      )
      expect(yield* fetched({ verify: "Hash" })).toBe(CONTENT.length)
      expect(yield* upload({ verify: "Hash" })).toMatchObject({ evidence: SHA256 })
      expect((yield* commandsLike(/^REST/)).length).toBe(2)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is of a stream that can be read once, too", () =>
    Effect.gen(function* () {
      const source = FtpSource.fromStream(Stream.make(CONTENT.slice(0, MIB), CONTENT.slice(MIB)))
      expect(yield* upload({ verify: "Hash" }, source)).toMatchObject({ evidence: SHA256 })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is the hash of an empty file by HASH, where XSHA256 takes none, as on ProFTPD", () =>
    Effect.gen(function* () {
      yield* withFault({ ...NONE_OF_NOTHING, times: 4 })
      const evidence = { _tag: "Hash", algorithm: "SHA-256", value: hashOf("SHA-256", "") }
      expect(yield* toFile({ verify: "Hash" })).toEqual({ bytes: 0, evidence })
      expect(yield* commandsLike(/HASH|XSHA/)).toEqual(["XSHA256 a", "OPTS HASH SHA-256", "HASH a", "OPTS HASH SHA-1"])
      expect(yield* fetched({ verify: "Hash" })).toBe(0)
      expect(yield* upload({ verify: "Hash" }, NOTHING)).toEqual({ bytes: 0, evidence })
      const client = yield* FtpClient.FtpClient
      expect(yield* client.hash("a")).toEqual({ algorithm: "SHA-256", value: hashOf("SHA-256", "") })
    }).pipe(Effect.provide(stage({ root: { a: "" } })))
  )

  it.effect("is the size of an empty file where the server hashes none in any way: nothing else has 0 bytes", () =>
    Effect.gen(function* () {
      yield* withFault({ ...NONE_OF_NOTHING, times: 4 })
      const proven = { bytes: 0, evidence: { _tag: "Size" } }
      expect(yield* toFile({ verify: "Hash" })).toEqual(proven)
      expect(yield* names).toEqual(["a"])
      expect(yield* fetched({ verify: "Hash" })).toBe(0)
      for (const atomic of [false, true]) {
        expect(yield* upload({ verify: "Hash", atomic }, NOTHING)).toEqual(proven)
      }
      yield* nothingInUse
    }).pipe(Effect.provide(stage({ root: { a: "" }, denied: ["HASH"] })))
  )

  it.effect("is asked for again when the connection is lost over the hash", () =>
    Effect.gen(function* () {
      yield* withFault(
        { _tag: "CloseControl", verb: "XSHA256", at: "FinalReply" },
        { _tag: "CloseControl", verb: "XSHA256" }
      )
      expect(yield* toFile({ verify: "Hash" })).toMatchObject({ evidence: SHA256 })
      expect((yield* commandsLike(/^RETR/)).length).toBe(1)
      yield* withFault({ _tag: "CloseControl", verb: "XSHA256" })
      expect(yield* upload({ verify: "Hash" })).toMatchObject({ evidence: SHA256 })
      expect((yield* commandsLike(/^(STOR|APPE)/)).length).toBe(1)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("may take a server longer than any other reply, but not for ever", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Delay", verb: "XSHA256", duration: "9 minutes" })
      expect(yield* toFile({ verify: "Hash" })).toMatchObject({ evidence: SHA256 })
      yield* withFault({ _tag: "Delay", verb: "XSHA256", duration: "11 minutes", times: 5 })
      const client = yield* FtpClient.FtpClient
      expect(yield* inTime(Effect.flip(client.hash("a")), "1 hour")).toMatchObject({
        _tag: "FtpConnectionLost",
        reason: "TimedOut"
      })
      expect(Duration.toMinutes(FtpTimeouts.defaults.hash)).toBe(10)
    }).pipe(Effect.provide(stage()))
  )
})

describe("a transfer that can't be proven", () => {
  it.effect("by hash is told before its first byte where the server has none", () =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(toFile({ verify: "Hash" }))).toMatchObject({
        reason: "Unverified",
        actual: "no hash, as the server lists none"
      })
      expect(yield* Effect.flip(fetched({ verify: "Hash" }))).toMatchObject({ reason: "Unverified" })
      expect(yield* Effect.flip(upload({ verify: "Hash" }))).toMatchObject({ reason: "Unverified" })
      expect(yield* commandsLike(/^(RETR|STOR)/)).toEqual([])
      expect(yield* names).toEqual([])
      yield* nothingInUse
    }).pipe(Effect.provide(stage({ hasher: undefined })))
  )

  it.effect("by hash is told where nothing here computes one", () =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(upload({ verify: "Hash" }))).toMatchObject({
        reason: "Unverified",
        actual: "no hash, as no FtpHasher is provided here"
      })
    }).pipe(Effect.provide(layer({ server: { hasher } })))
  )

  it.effect("by hash keeps what is here when the server refuses to compute it", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Refuse", verb: "XSHA256", reply: "556 Not for you.", times: 2 })
      expect(yield* Effect.flip(toFile({ verify: "Hash" }))).toMatchObject({
        reason: "Unverified",
        actual: "no hash: 556 Not for you."
      })
      expect((yield* names).filter((name) => !name.endsWith(".json"))).toEqual(["a.ftp-effect.part"])
      expect(yield* Effect.flip(fetched({ verify: "Hash" }))).toMatchObject({ reason: "Unverified" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("by hash is told of an empty file, too, where the server tells no sizes", () =>
    Effect.gen(function* () {
      yield* withFault({ ...NONE_OF_NOTHING, times: 2 })
      const refused = { reason: "Unverified", actual: `no hash: ${NONE_OF_NOTHING.reply}` }
      expect(yield* Effect.flip(fetched({ verify: "Hash" }))).toMatchObject(refused)
      expect(yield* Effect.flip(upload({ verify: "Hash" }, NOTHING))).toMatchObject(refused)
    }).pipe(Effect.provide(stage({ root: { a: "" }, denied: ["SIZE", "HASH"] })))
  )

  it.effect("by time is told where the server tells none", () =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(toFile({ verify: "SizeAndTime" }))).toMatchObject({
        reason: "Unverified",
        actual: "Size"
      })
    }).pipe(Effect.provide(stage({ denied: ["MDTM"] })))
  )
})

describe("a transfer that is proven to be wrong", () => {
  it.effect("by its hash fails, and nothing of it stays here", () =>
    Effect.gen(function* () {
      const wrong = { _tag: "FtpIntegrityError", reason: "Hash" }
      expect(yield* Effect.flip(toFile({ verify: "Hash" }))).toMatchObject(wrong)
      expect(yield* names).toEqual([])
      expect(yield* Effect.flip(fetched({ verify: "Hash" }))).toMatchObject(wrong)
      expect(yield* Effect.flip(upload({ verify: "Hash" }))).toMatchObject(wrong)
      yield* nothingInUse
    }).pipe(Effect.provide(stage({ hasher: liar })))
  )

  it.effect("by its time fails: somebody writes the file meanwhile", () =>
    Effect.gen(function* () {
      const changed = { _tag: "FtpIntegrityError", reason: "Changed", direction: "Download" }
      expect(yield* Effect.flip(toFile({ verify: "SizeAndTime" }))).toMatchObject(changed)
      expect(yield* names).toEqual([])
      expect(yield* Effect.flip(fetched({ verify: "SizeAndTime" }))).toMatchObject(changed)
      yield* nothingInUse
    }).pipe(
      Effect.provide(
        withStore(({ stat }) => {
          let seconds = 0
          return { stat: (path) => Effect.map(stat(path), (info) => ({ ...info, modified: seconds++ * 1000 })) }
        })
      )
    )
  )

  it.effect("as the source was written while it was sent", () =>
    Effect.gen(function* () {
      let looks = 0
      const modified = Effect.sync(() => Option.some(DateTime.unsafeMake(looks++ < 2 ? 1000 : 2000)))
      const error = yield* Effect.flip(upload({}, { ...FtpSource.fromBytes(CONTENT), modified }))
      expect(error).toMatchObject({ _tag: "FtpIntegrityError", reason: "Changed", direction: "Upload" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is never spliced of two versions of the source", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "DropData", verb: "STOR", afterBytes: MIB })
      let looks = 0
      const modified = Effect.sync(() => Option.some(DateTime.unsafeMake(looks++ < 2 ? 1000 : 2000)))
      const error = yield* Effect.flip(upload({}, { ...FtpSource.fromBytes(CONTENT), modified }))
      expect(error).toMatchObject({ _tag: "FtpIntegrityError", reason: "Changed" })
      expect((yield* commandsLike(/^(STOR|APPE)/)).length).toBe(1)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not taken for whole by the size of the file that was there before", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "CloseControl", verb: "STOR", at: "FinalReply" })
      expect(yield* upload()).toMatchObject({ evidence: { _tag: "Size" } })
      const { read } = yield* FtpTestServer.FtpTestServer
      expect(Buffer.compare(yield* read("/b"), CONTENT)).toBe(0)
    }).pipe(
      Effect.provide(
        withStore(
          ({ openWriter }) => {
            let uploads = 0
            // It stores under a hidden name first, and forgets about that one when the upload breaks.
            return {
              openWriter: (path, from) => openWriter(path === "/b" && uploads++ === 0 ? "/.hidden" : path, from)
            }
          },
          // The same size, and the same end.
          { a: CONTENT, b: CONTENT.slice().fill(1, 0, MIB) }
        )
      )
    )
  )
})

describe("local and remote trouble in mid-upload", () => {
  it.effect("a quota that is used up ends it at once, says so, and where it stood", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(upload())
      expect(error).toMatchObject({
        _tag: "FtpTransferInterrupted",
        direction: "Upload",
        isRetryable: false,
        cause: { _tag: "FtpRejected", reason: "StorageFull", outcome: "Unknown" }
      })
      expect((yield* commandsLike(/^STOR/)).length).toBe(1)
      yield* nothingInUse
    }).pipe(Effect.provide(stage({ root: {}, quota: MIB })))
  )

  it.effect("a server that breaks every upload is given up on, though each attempt sends something", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "DropData", verb: ["STOR", "APPE"], afterBytes: 0, times: Number.POSITIVE_INFINITY })
      expect(yield* Effect.flip(upload())).toMatchObject({ _tag: "FtpTransferInterrupted", transferred: 0 })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("a local file that vanishes before it can go on is a FtpLocalFileError", () =>
    Effect.gen(function* () {
      const { files } = yield* MemoryFiles.MemoryFiles
      files.set("here", CONTENT)
      yield* withFault({ _tag: "DropData", verb: "STOR", afterBytes: MIB })
      const local = yield* FtpLocalFile
      const onProgress = () => void files.delete("here")
      const error = yield* inTime(Effect.flip(FtpTransfer.fromFile("here", "b", { onProgress }))).pipe(
        Effect.provideService(FtpLocalFile, local)
      )
      expect(error).toMatchObject({ _tag: "FtpLocalFileError", reason: "NotFound", path: "here" })
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.effect("a local file that is not there is told before the server is asked", () =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(FtpTransfer.fromFile("nowhere", "b"))).toMatchObject({
        _tag: "FtpLocalFileError",
        reason: "NotFound"
      })
      const { connections } = yield* FtpTestServer.FtpTestServer
      expect((yield* connections).total).toBe(0)
    }).pipe(Effect.provide(stage()))
  )
})

describe("FtpClient.hash", () => {
  it.effect("asks for the algorithm that it is given, or for the best", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      for (const algorithm of HashReply.algorithms) {
        expect(yield* client.hash("a", algorithm)).toEqual({ algorithm, value: hashOf(algorithm, CONTENT) })
      }
      expect((yield* client.hash("a")).algorithm).toBe("SHA-256")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("takes names with spaces and quotes", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      for (const name of ["a b", 'a"b', "n 1 2"]) {
        expect((yield* client.hash(name)).value).toBe(hashOf("SHA-256", name))
      }
    }).pipe(Effect.provide(stage({ root: { "a b": "a b", 'a"b': 'a"b', "n 1 2": "n 1 2" } })))
  )

  it.effect("fails as every question does", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* Effect.flip(client.hash("nowhere"))).toMatchObject({ _tag: "FtpRejected", reason: "NotFound" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is Unsupported where the server has no hashes", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* Effect.flip(client.hash("a"))).toMatchObject({ _tag: "FtpRejected", reason: "Unsupported" })
    }).pipe(Effect.provide(stage({ hasher: undefined })))
  )
})
