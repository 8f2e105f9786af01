import { matrixSuite } from "./matrixSuite.ts"

matrixSuite("proftpd")
