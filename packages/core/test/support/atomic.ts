/** An atomic upload of NEW over OLD, and a server whose renames a test has in its hands. */
import { expect } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { KIB } from "./bytes.ts"
import { layer } from "./embedded.ts"
import { hasher } from "./hasher.ts"
import { inTime } from "./inTime.ts"
import * as MemoryFiles from "./memoryFiles.ts"

export const NEW = Uint8Array.from({ length: 500 * KIB }, (_, at) => (at * 5) ^ (at >> 8))
export const OLD = "what was there before"
export const TEMPORARY = /^\/pub\/\.a\.txt\.[0-9a-f]{8}\.ftp-effect$/

export const stage = (server: FtpTestServer.Options = {}) =>
  layer({ server: { root: { "pub/a.txt": OLD }, ...server }, pool: { maxPerHost: 1 } }).pipe(
    Layer.provideMerge(MemoryFiles.layer),
    Layer.provideMerge(Layer.succeed(FtpHasher, hasher))
  )

/** The names in the directory, and which of the two versions has the final one. */
export const onServer = Effect.gen(function* () {
  const { read, tree } = yield* FtpTestServer.FtpTestServer
  const names = (yield* tree).flatMap(({ path }) => (path === "/pub" ? [] : [path]))
  const bytes = names.includes("/pub/a.txt") ? Buffer.from(yield* read("/pub/a.txt")) : undefined
  const content = bytes === undefined ? "None" : bytes.equals(NEW) ? "New" : bytes.toString() === OLD ? "Old" : "Other"
  return { names, content }
})

export const upload = (options: FtpTransfer.UploadOptions = {}) =>
  FtpTransfer.upload("pub/a.txt", FtpSource.fromBytes(NEW), { atomic: true, ...options })

/** Local files that tell when they were written. */
export const dated = Effect.map(FtpLocalFile, (files) =>
  FtpLocalFile.of({
    ...files,
    info: (path) =>
      Effect.map(
        files.info(path),
        Option.map((info) => ({ ...info, modified: Option.some(DateTime.unsafeMake(1_600_000_000_000)) }))
      )
  })
)

/** What the server does when it is to rename something for the nth time, instead of just doing it. */
export class Renaming extends Context.Tag("test/Renaming")<
  Renaming,
  {
    on: (
      nth: number,
      rename: Effect.Effect<void, FtpTestServer.StoreError>
    ) => Effect.Effect<void, FtpTestServer.StoreError>
    done: number
  }
>() {}

export const denied = new FtpTestServer.StoreError({ reason: "PermissionDenied", path: "/pub/a.txt" })

/** What `on` of `Renaming` says is done; without `replaces` no file takes another one's name. */
export const renaming = (options: { readonly replaces: boolean; readonly server?: FtpTestServer.Options }) =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const renaming: Renaming["Type"] = { on: (_, rename) => rename, done: 0 }
      const store = yield* FtpTestServer.memory({ "pub/a.txt": OLD })
      const root: FtpTestServer.FileStore = {
        ...store,
        rename: (from, to) =>
          Effect.gen(function* () {
            renaming.done++
            if (!options.replaces && Option.isSome(yield* Effect.option(store.lstat(to)))) {
              return yield* new FtpTestServer.StoreError({ reason: "AlreadyExists", path: to })
            }
            yield* renaming.on(renaming.done, store.rename(from, to))
          })
      }
      return Layer.provideMerge(stage({ root, ...options.server }), Layer.succeed(Renaming, renaming))
    })
  )

/** As on Windows: no file takes another one's name. */
export const windows = renaming({ replaces: false })

export const isClean = (content: "New" | "Old") =>
  Effect.gen(function* () {
    expect(yield* onServer).toEqual({ names: ["/pub/a.txt"], content })
    const pool = yield* FtpPool.FtpPool
    expect((yield* pool.status).map(({ inUse }) => inUse)).toEqual([0])
    // The pool is as good as before.
    const client = yield* FtpClient.FtpClient
    expect(yield* inTime(client.exists("pub/a.txt"))).toBe(true)
  })
