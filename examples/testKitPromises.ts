import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import { FtpPromise, NodeFtpFile, NodeFtpHasher } from "@ftp-effect/node"
import { Layer } from "effect"

await using ftp = await FtpPromise.fromLayer(
  Layer.mergeAll(FtpTestServer.layerClient({ root: { "a.txt": "hello" } }), NodeFtpFile.layer, NodeFtpHasher.layer)
)
console.log(await ftp.readFileString("a.txt"))
