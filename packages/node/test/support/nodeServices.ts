/** The client's services on Node, over plain FTP in passive mode. */
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Layer from "effect/Layer"

export const nodeServices = Layer.mergeAll(FtpSecurity.layerPlain, FtpDataChannel.layerPassive, NodeFtpFile.layer).pipe(
  Layer.provideMerge(NodeFtpTransport.layer)
)
