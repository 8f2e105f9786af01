import { describe } from "@effect/vitest"
import * as Layer from "effect/Layer"
import { clientSuite } from "../../../core/test/suites/clientSuite.ts"
import { nodeServices } from "../support/nodeServices.ts"
import * as RealServer from "../support/RealServer.ts"
import * as RealServerSide from "../support/RealServerSide.ts"

describe.skipIf(RealServer.isSkipped)("with the real server", () => {
  clientSuite(
    "FtpClient over TCP, with pyftpdlib",
    Layer.provideMerge(Layer.provide(RealServerSide.layer, RealServer.layer("pyftpdlib")), nodeServices)
  )
})
