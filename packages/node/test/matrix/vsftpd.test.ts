import { matrixSuite } from "./matrixSuite.ts"

matrixSuite("vsftpd")
