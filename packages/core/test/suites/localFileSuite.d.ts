import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import type * as Layer from "effect/Layer"
export declare const localFileSuite: <E>(name: string, layer: Layer.Layer<FtpLocalFile, E>) => void
//# sourceMappingURL=localFileSuite.d.ts.map
