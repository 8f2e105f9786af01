/**
 * A tree with links that a server lists as what they lead to (pyftpdlib; ProFTPD with `ShowSymlinks off`), walked and
 * then removed, while its connections break.
 *
 * The law: the walk ends. Nothing outside the tree is removed or changed, however the removal ends; after a success the
 * tree is gone.
 */
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpError from "@ftp-effect/core/FtpError"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Dice } from "../dice.ts"

const OUTSIDE = { "keep/a.txt": "stays", "keep/deep/b.txt": "stays", "c.txt": "stays" }

const ROOT = "/home/tree"

/** Where a link can lead: out of the tree, back into it, to itself, nowhere. */
const TARGETS = [
  "/",
  "/keep",
  "../..",
  "../../keep/deep",
  "..",
  ".",
  "/home/tree/d0",
  "/c.txt",
  "/missing",
  "/home"
] as const

/** Directories with a file each, and links among them; the paths of the directories and of the links. */
const drawTree = (dice: Dice) => {
  const directories = [ROOT]
  for (let count = dice.between(1, 6); count > 0; count--) {
    directories.push(`${dice.pick([ROOT, ...directories])}/d${directories.length - 1}`)
  }
  const links = Array.from({ length: dice.between(1, 4) }, (_, index) => ({
    path: `${dice.pick([ROOT, ...directories])}/link${index}`,
    target: dice.pick(TARGETS)
  }))
  return { directories, links }
}

export const play = (dice: Dice): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const { directories, links } = drawTree(dice)
    const store = yield* FtpTestServer.memory({
      ...OUTSIDE,
      ...Object.fromEntries(directories.map((path) => [`${path.slice(1)}/file`, "goes"]))
    })
    for (const { path, target } of links) {
      yield* store.makeLink(path, target)
    }
    // A directory whose entries may not be removed: the removal has to leave it.
    const kept = dice.chance(0.3) ? dice.pick([ROOT, ...directories]) : undefined
    const refusing: FtpTestServer.FileStore = {
      ...store,
      removeFile: (path) =>
        kept !== undefined && path.startsWith(`${kept}/`)
          ? new FtpTestServer.StoreError({ reason: "PermissionDenied", path })
          : store.removeFile(path)
    }
    const server = yield* FtpTestServer.make({
      root: refusing,
      links: "Followed",
      denied: dice.pick([[], ["MLSD", "MLST"]])
    })
    for (let faults = dice.between(0, 3); faults > 0; faults--) {
      yield* server.fault({ _tag: "CloseControl", verb: dice.pick(["DELE", "RMD", "CWD", "PWD", "MLSD", "LIST"]) })
    }
    const outside = yield* treeOutside(server)
    const breaches = yield* walkAndRemove(server)
    const after = yield* treeOutside(server)
    return [...breaches, ...(after === outside ? [] : [`outside of the tree there is ${after} instead of ${outside}`])]
  }).pipe(Effect.scoped, Effect.provide(MemoryTransport.layer), Effect.orDie, Logger.withMinimumLogLevel(LogLevel.None))

type Server = FtpTestServer.FtpTestServer

/** Every path outside the tree with its content, as one text. */
const treeOutside = (server: Server) =>
  Effect.gen(function* () {
    const nodes = (yield* server.tree).filter(({ path }) => path !== ROOT && !path.startsWith(`${ROOT}/`))
    const texts = yield* Effect.forEach(nodes, ({ path, type }) =>
      type === "File"
        ? Effect.map(server.read(path), (bytes) => `${path}: ${Buffer.from(bytes)}`)
        : Effect.succeed(path)
    )
    return texts.sort().join(", ")
  })

/** More than a tree of this kind has; a loop has any number. */
const MANY = 5000

const walkAndRemove = (server: Server) =>
  Effect.gen(function* () {
    const { remove, walk } = yield* FtpClient.FtpClient
    yield* Effect.exit(Stream.runDrain(Stream.take(walk(ROOT, { depth: 8 }), MANY)))
    const removal = yield* Effect.either(remove(ROOT, { recursive: true }))
    if (removal._tag === "Left") {
      return FtpError.isFtpError(removal.left) ? [] : [`an error of no type: ${String(removal.left)}`]
    }
    const left = (yield* server.tree).filter(({ path }) => path === ROOT || path.startsWith(`${ROOT}/`))
    return left.length === 0 ? [] : [`the removal succeeds and leaves ${left.map(({ path }) => path).join(", ")}`]
  }).pipe(Effect.provide(clientOf(server)))

const clientOf = ({ address }: Server) =>
  FtpClient.layerPooled({ endpoints: [FtpEndpoint.make({ host: address.host, port: address.port })] }).pipe(
    Layer.provide([FtpSecurity.layerPlain, FtpDataChannel.layerPassive]),
    Layer.provide(FtpRetry.layer({ connect: Schedule.recurs(1), busy: Schedule.recurs(1) }))
  )
