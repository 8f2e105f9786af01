import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpLocalFile from "@ftp-effect/core/FtpLocalFile"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as EmbeddedSide from "../suites/client/embeddedSide.ts"
import { clientSuite } from "../suites/clientSuite.ts"

const over = (options?: EmbeddedSide.EmbeddedOptions) =>
  Layer.mergeAll(
    EmbeddedSide.layer(options),
    FtpSecurity.layerPlain,
    FtpDataChannel.layerPassive,
    Layer.provide(FtpLocalFile.layerFileSystem, NodeFileSystem.layer)
  ).pipe(Layer.provideMerge(MemoryTransport.layer))

clientSuite("FtpClient over MemoryTransport", over())

clientSuite(
  "FtpClient over MemoryTransport, without MLST and EPSV, if LIST always lists the current directory",
  over({
    server: { denied: ["MLST", "MLSD", "EPSV", "EPRT"], listArgument: "Ignored" },
    traits: { mlsx: false, statsLinks: false }
  })
)

clientSuite(
  "FtpClient over MemoryTransport, with the verbs of RFC 959 only, if an empty directory is refused as missing",
  over({
    server: {
      emptyListing: "550 No such file or directory.",
      denied: ["MLST", "MLSD", "EPSV", "EPRT", "SIZE", "MDTM", "MFMT", "FEAT", "OPTS", "SITE", "UTF8", "TVFS"],
      deniedReply: "502 Command not implemented."
    },
    traits: {
      mlsx: false,
      sizes: false,
      tellsTimes: false,
      setsTimes: false,
      setsModes: false
    }
  })
)

type Client = FtpClient.FtpClient

class Source extends Context.Tag("test/Source")<Source, Client>() {}
class Target extends Context.Tag("test/Target")<Target, Client>() {}

/** As an app builds them: all in one layer, whose parts are shared where they are the same. */
const two = <E>(source: Layer.Layer<FtpClient.FtpClient, E>, target: Layer.Layer<FtpClient.FtpClient, E>) =>
  Layer.merge(
    Layer.provide(Layer.effect(Source, FtpClient.FtpClient), source),
    Layer.provide(Layer.effect(Target, FtpClient.FtpClient), target)
  )

const namesOfBoth = Effect.gen(function* () {
  const clients = [yield* Source, yield* Target]
  const listings = yield* Effect.forEach(clients, (client) => client.list(""))
  return listings.map((entries) => entries.map(({ name }) => name))
})

describe("two clients in one app", () => {
  const servers = Effect.all([
    FtpTestServer.make({ anonymous: true, root: { a: "" } }),
    FtpTestServer.make({ anonymous: true, root: { b: "" } })
  ])

  const pooled = (server: FtpTestServer.FtpTestServer) =>
    FtpClient.layerPooled({ endpoints: [FtpEndpoint.make(server.address)] })

  it.scoped("talk each to its own server", () =>
    Effect.gen(function* () {
      const [source, target] = yield* servers
      const over = Layer.succeed(FtpTransport, yield* FtpTransport)
      const at = (server: typeof source) =>
        pooled(server).pipe(Layer.provide([FtpSecurity.layerPlain, FtpDataChannel.layerPassive]), Layer.provide(over))
      expect(yield* Effect.provide(namesOfBoth, two(at(source), at(target)))).toEqual([["a"], ["b"]])
    }).pipe(Effect.provide(MemoryTransport.layer))
  )

  it.scoped("dial each over its own transport, data connections as well", () =>
    Effect.gen(function* () {
      const [source, target] = yield* servers
      const transport = yield* FtpTransport
      const dialled: Array<string> = []
      const over = (name: string) =>
        Layer.succeed(FtpTransport, {
          ...transport,
          connect: (options) => {
            dialled.push(`${name} ${options.role}`)
            return transport.connect(options)
          }
        })
      const at = (server: typeof source, name: string) =>
        pooled(server).pipe(
          Layer.provide([FtpSecurity.layerPlain, FtpDataChannel.layerPassive]),
          Layer.provide(over(name))
        )
      yield* Effect.provide(namesOfBoth, two(at(source, "one"), at(target, "other")))
      expect(dialled).toEqual(["one Control", "one Data", "other Control", "other Data"])
    }).pipe(Effect.provide(MemoryTransport.layer))
  )
})
