/** What a client does first on a server, when it is not known yet whether LIST and MLSD list what they name. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"

/** What is in the login directory. Paths that end with a slash are empty directories. */
const HOMES: Readonly<Record<string, ReadonlyArray<string>>> = {
  "only the directory": ["top/a/x", "top/a/a/y", "top/b/x", "top/c/", "top/z"],
  "only the directory, which has one of its own name": ["top/top/top/x", "top/top/y"],
  "only the directory, which has an empty one": ["top/sub/"],
  "the directory and a file": ["top/a/x", "top/b/x", "top/c/", "beside"]
}

const SERVERS = [
  ["honours the argument of LIST", { denied: ["MLST", "MLSD"] }],
  ["ignores the argument of MLSD", { listArgument: "Ignored" }],
  ["ignores the argument of LIST", { listArgument: "Ignored", denied: ["MLST", "MLSD"] }],
  [
    "ignores the argument of LIST, and refuses to list what is empty",
    { listArgument: "Ignored", denied: ["MLST", "MLSD"], emptyListing: "550 No such file or directory." }
  ]
] as const satisfies ReadonlyArray<readonly [string, FtpTestServer.Options]>

/** All paths that the server has. */
const planted = Effect.map(
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ tree }) => tree),
  (entries) => entries.map(({ path }) => path).sort()
)

const below = (paths: ReadonlyArray<string>, directory: string) =>
  paths.flatMap((path) => (path.startsWith(`${directory}/`) ? [path.slice(directory.length + 1)] : []))

const plant = (home: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { store, write } = yield* FtpTestServer.FtpTestServer
    for (const path of home) {
      const names = path.split("/")
      for (let depth = 1; depth < names.length; depth++) {
        yield* Effect.ignore(store.makeDirectory(`/${names.slice(0, depth).join("/")}`))
      }
      if (!path.endsWith("/")) {
        yield* write(`/${path}`, path)
      }
    }
    return yield* planted
  })

describe.each(SERVERS)("on a server that %s, in a login directory with", (_, server) => {
  describe.each(Object.entries(HOMES))("%s, the first operation", (_, home) => {
    describe.each([1, 4])("of %i sessions", (sessions) => {
      const stage = layer({ server: { root: {}, ...server }, pool: { maxPerHost: sessions } }).pipe(
        Layer.provideMerge(MemoryFiles.layer)
      )

      it.effect("lists the directory, and then what is in it", () =>
        Effect.gen(function* () {
          const all = below(yield* plant(home), "/top")
          const client = yield* FtpClient.FtpClient
          const names = (path: string) =>
            Effect.map(inTime(client.list(path)), (entries) => entries.map(({ name }) => name).sort())
          expect(yield* names("top")).toEqual(all.filter((path) => !path.includes("/")))
          for (const path of all.filter((path) => all.some((other) => other.startsWith(`${path}/`)))) {
            expect(yield* names(`top/${path}`)).toEqual(below(all, path).filter((path) => !path.includes("/")))
          }
        }).pipe(Effect.provide(stage))
      )

      it.effect("walks the directory by its absolute path", () =>
        Effect.gen(function* () {
          const all = yield* plant(home)
          const client = yield* FtpClient.FtpClient
          const found = yield* inTime(Stream.runCollect(client.walk("/top")))
          expect(
            Chunk.toReadonlyArray(found)
              .map(({ path }) => path)
              .sort()
          ).toEqual(below(all, "/top").map((path) => `/top/${path}`))
        }).pipe(Effect.provide(stage))
      )

      it.effect("lists several directories at once", () =>
        Effect.gen(function* () {
          const all = yield* plant(home)
          const client = yield* FtpClient.FtpClient
          const directories = home.filter((path) => path.includes("/")).map((path) => path.replace(/\/[^/]*$/, ""))
          const listed = yield* inTime(
            Effect.forEach(directories, (path) => client.list(path), { concurrency: "unbounded" })
          )
          expect(listed.map((entries) => entries.map(({ name }) => name).sort())).toEqual(
            directories.map((directory) => below(all, `/${directory}`).filter((path) => !path.includes("/")))
          )
        }).pipe(Effect.provide(stage))
      )

      it.effect("removes the directory, and nothing else", () =>
        Effect.gen(function* () {
          const all = yield* plant(home)
          const client = yield* FtpClient.FtpClient
          yield* inTime(client.remove("top", { recursive: true }))
          expect(yield* planted).toEqual(all.filter((path) => path !== "/top" && !path.startsWith("/top/")))
        }).pipe(Effect.provide(stage))
      )

      it.effect("copies the directory to a folder", () =>
        Effect.gen(function* () {
          const files = home.flatMap((path) => (/^top\/.*[^/]$/.test(path) ? [path] : [])).sort()
          yield* plant(home)
          const [source, target] = [yield* FtpMirror.remote("top"), yield* FtpMirror.local("/site")]
          const { failures, isComplete } = yield* inTime(FtpMirror.mirror(source, target, { delete: "Extra" }))
          expect([isComplete, failures]).toEqual([true, []])
          const copied = [...(yield* MemoryFiles.MemoryFiles).files]
          expect(copied.map(([path, bytes]) => [path, String(Buffer.from(bytes))]).sort()).toEqual(
            files.map((path) => [path.replace(/^top/, "/site"), path])
          )
        }).pipe(Effect.provide(stage))
      )

      it.effect("makes the directory the same as a folder, and removes nothing else", () =>
        Effect.gen(function* () {
          const all = yield* plant(home)
          const [source, target] = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("top")]
          ;(yield* MemoryFiles.MemoryFiles).files.set("/site/new", Buffer.from("new"))
          const { failures } = yield* inTime(FtpMirror.mirror(source, target, { delete: "Extra" }))
          expect(failures).toEqual([])
          expect(yield* planted).toEqual([...all.filter((path) => !path.startsWith("/top/")), "/top/new"].sort())
        }).pipe(Effect.provide(stage))
      )
    })
  })
})
