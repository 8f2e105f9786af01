/**
 * FTP for Effect on Node.js: `NodeFtp` for programs with Effect, `FtpPromise` for programs without.
 *
 * The modules of `@ftp-effect/core` are exported here too (`FtpError`, `FtpEntry`, `FtpUrl`, `Command` …): a program that
 * depends on this package alone can import all it needs from it, under package managers that hide what a package
 * depends on as well.
 *
 * @since 0.1.0
 */

export * from "@ftp-effect/core"
export * as FtpPromise from "./FtpPromise.ts"
export * as NodeFtp from "./NodeFtp.ts"
export * as NodeFtpFile from "./NodeFtpFile.ts"
export * as NodeFtpHasher from "./NodeFtpHasher.ts"
export * as NodeFtpProxy from "./NodeFtpProxy.ts"
export * as NodeFtpTransport from "./NodeFtpTransport.ts"
export * as NodeFtpUploadRecords from "./NodeFtpUploadRecords.ts"
