import { matrixSuite } from "./matrixSuite.ts"

matrixSuite("pure-ftpd")
