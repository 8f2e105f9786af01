/** A client and an embedded server that both compute hashes, with one file to move. */
import * as FtpClient from "@ftp-effect/core/FtpClient"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { MIB } from "./bytes.ts"
import { layer } from "./embedded.ts"
import { hasher } from "./hasher.ts"
import { inTime } from "./inTime.ts"
import * as MemoryFiles from "./memoryFiles.ts"

export const CONTENT = Uint8Array.from({ length: 2 * MIB }, (_, at) => (at * 7) ^ (at >> 9))

export const NOTHING = FtpSource.fromBytes(new Uint8Array(0))

/** In ProFTPD's words. */
export const NONE_OF_NOTHING = {
  _tag: "Refuse",
  verb: "XSHA256",
  reply: "501 XSHA256 requires end (0) greater than start (0)"
} as const

export const stage = (
  server: FtpTestServer.Options = {},
  { local = hasher, sessions = 1 }: { readonly local?: FtpHasher | undefined; readonly sessions?: number } = {}
) =>
  // One session: a proof that asked for a second one while it holds the first would hang.
  layer({ server: { root: { a: CONTENT }, hasher, ...server }, pool: { maxPerHost: sessions } }).pipe(
    Layer.provideMerge(MemoryFiles.layer),
    Layer.provideMerge(Layer.succeed(FtpHasher, local))
  )

export const names = Effect.map(MemoryFiles.MemoryFiles, ({ files }) => [...files.keys()].sort())

export const toFile = (options: FtpTransfer.ToFileOptions = {}) => inTime(FtpTransfer.toFile("a", "a", options))

export const fetched = (options: FtpTransfer.TransferOptions) =>
  Effect.flatMap(FtpClient.FtpClient, (client) =>
    inTime(Stream.runFold(client.download("a", options), 0, (sum, bytes) => sum + bytes.byteLength))
  )

export const upload = (
  options: FtpTransfer.UploadOptions = {},
  source: FtpSource.FtpSource = FtpSource.fromBytes(CONTENT)
) => Effect.flatMap(FtpClient.FtpClient, (client) => inTime(client.upload("b", source, options)))
