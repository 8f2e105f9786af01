/** A folder `/site` in memory, and the embedded server. */
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { layer } from "../support/embedded.ts"
import { hasher } from "../support/hasher.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"

export const SITE = { "index.html": "<h1>", "css/site.css": "body {}", "img/a.png": "png", "img/deep/b.png": "png 2" }

export const stage = (server: FtpTestServer.Options = {}) =>
  layer({ server: { root: {}, ...server } }).pipe(Layer.provideMerge(MemoryFiles.layer))

/** Puts files below `/site`, all written before now; `age` tells one checkout from another. */
export const onDisk = (files: Record<string, string>, age = 0) =>
  Effect.gen(function* () {
    yield* TestClock.adjust("1 hour")
    const disk = yield* MemoryFiles.MemoryFiles
    disk.files.clear()
    for (const [path, content] of Object.entries(files)) {
      disk.files.set(`/site/${path}`, Buffer.from(content))
      disk.times.set(`/site/${path}`, DateTime.unsafeMake((content.length + age) * 1000))
    }
  })

export const disk = Effect.map(MemoryFiles.MemoryFiles, ({ files }) =>
  Object.fromEntries([...files].map(([path, bytes]) => [path.replace(/^\/site\//, ""), Buffer.from(bytes).toString()]))
)

/** The files of the server below a directory. */
export const served = (root: string) =>
  Effect.gen(function* () {
    const { read, tree } = yield* FtpTestServer.FtpTestServer
    const files = (yield* tree).filter(({ path, type }) => type === "File" && path.startsWith(root))
    const contents = yield* Effect.forEach(files, ({ path }) => Effect.map(read(path), (bytes) => Buffer.from(bytes)))
    return Object.fromEntries(files.map(({ path }, index) => [path.slice(root.length), String(contents[index])]))
  })

export const up = (options?: FtpMirror.MirrorOptions, root = "www") =>
  Effect.gen(function* () {
    return yield* inTime(FtpMirror.mirror(yield* FtpMirror.local("/site"), yield* FtpMirror.remote(root), options))
  })

export const down = (options?: FtpMirror.MirrorOptions) =>
  Effect.gen(function* () {
    return yield* inTime(FtpMirror.mirror(yield* FtpMirror.remote("www"), yield* FtpMirror.local("/site"), options))
  })

export const paths = (steps: FtpMirror.MirrorResult["plan"]["steps"]) =>
  steps.map(({ _tag, path }) => `${_tag} ${path}`)

export const kinds = ({ plan }: FtpMirror.MirrorResult) => paths(plan.steps)

export const withHasher = (server?: FtpTestServer.Options) =>
  stage(server).pipe(Layer.provideMerge(Layer.succeed(FtpHasher, hasher)))
