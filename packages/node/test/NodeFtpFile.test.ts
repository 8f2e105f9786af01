import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import { localFileSuite } from "../../core/test/suites/localFileSuite.ts"

localFileSuite("NodeFtpFile", NodeFtpFile.layer)
