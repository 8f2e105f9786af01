/**
 * FTP for Effect on Node.js: `NodeFtp` for programs with Effect, `FtpPromise` for programs without.
 *
 * @since 0.1.0
 */
export * as FtpPromise from "./FtpPromise.ts"
export * as NodeFtp from "./NodeFtp.ts"
export * as NodeFtpFile from "./NodeFtpFile.ts"
export * as NodeFtpHasher from "./NodeFtpHasher.ts"
export * as NodeFtpProxy from "./NodeFtpProxy.ts"
export * as NodeFtpTransport from "./NodeFtpTransport.ts"
export * as NodeFtpUploadRecords from "./NodeFtpUploadRecords.ts"
