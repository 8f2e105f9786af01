import * as Layer from "effect/Layer"
import * as EmbeddedSide from "../../../core/test/suites/client/embeddedSide.ts"
import { clientSuite } from "../../../core/test/suites/clientSuite.ts"
import { nodeServices } from "../support/nodeServices.ts"

clientSuite("FtpClient over TCP, with the embedded server", Layer.provideMerge(EmbeddedSide.layer(), nodeServices))
