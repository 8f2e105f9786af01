import { matrixSuite } from "./matrixSuite.ts"

matrixSuite("pyftpdlib")
