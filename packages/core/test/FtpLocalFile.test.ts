import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FtpLocalFile from "@ftp-effect/core/FtpLocalFile"
import * as Layer from "effect/Layer"
import { localFileSuite } from "./suites/localFileSuite.ts"

localFileSuite("FtpLocalFile.layerFileSystem", Layer.provide(FtpLocalFile.layerFileSystem, NodeFileSystem.layer))
