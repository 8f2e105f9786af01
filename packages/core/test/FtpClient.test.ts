import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpLocalFile from "@ftp-effect/core/FtpLocalFile"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Layer from "effect/Layer"
import * as EmbeddedSide from "./suites/client/embeddedSide.ts"
import { clientSuite } from "./suites/clientSuite.ts"

const over = (options?: EmbeddedSide.EmbeddedOptions) =>
  Layer.mergeAll(
    EmbeddedSide.layer(options),
    FtpSecurity.layerPlain,
    FtpDataChannel.layerPassive,
    Layer.provide(FtpLocalFile.layerFileSystem, NodeFileSystem.layer)
  ).pipe(Layer.provideMerge(MemoryTransport.layer))

clientSuite("FtpClient over MemoryTransport", over())

clientSuite(
  "FtpClient over MemoryTransport, without MLST and EPSV",
  over({ server: { denied: ["MLST", "MLSD", "EPSV", "EPRT"] }, traits: { mlsx: false, statsLinks: false } })
)

clientSuite(
  "FtpClient over MemoryTransport, with the verbs of RFC 959 only",
  over({
    server: {
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
