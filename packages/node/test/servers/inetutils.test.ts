/**
 * A short run, of what differs on the ftpd of the BSDs that GNU inetutils carries: LIST by its own rules, an answer to
 * SIZE that does not say what is missing, and no MLSD, MLST or MFMT.
 */
import { describe } from "@effect/vitest"
import * as Layer from "effect/Layer"
import { clientSuite } from "../../../core/test/suites/clientSuite.ts"
import { nodeServices } from "../support/nodeServices.ts"
import * as RealServer from "../support/RealServer.ts"
import * as RealServerSide from "../support/RealServerSide.ts"

describe.skipIf(RealServer.isSkipped)("with the real server", () => {
  clientSuite(
    "FtpClient over TCP, with inetutils' ftpd",
    Layer.provideMerge(Layer.provide(RealServerSide.layer, RealServer.layer("inetutils")), nodeServices),
    ["listings", "stat", "awkward names"]
  )
})
