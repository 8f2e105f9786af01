/**
 * FTP for Effect, on any platform: see the README for where to begin.
 *
 * @since 0.1.0
 */
export * as FtpClient from "./FtpClient.ts"
export * as FtpControlChannel from "./FtpControlChannel.ts"
export * as FtpDataChannel from "./FtpDataChannel.ts"
export * as FtpEndpoint from "./FtpEndpoint.ts"
export * as FtpEntry from "./FtpEntry.ts"
export * as FtpError from "./FtpError.ts"
export * as FtpEvidence from "./FtpEvidence.ts"
export * as FtpHasher from "./FtpHasher.ts"
export * as FtpLocalFile from "./FtpLocalFile.ts"
export * as FtpPool from "./FtpPool.ts"
export * as FtpRate from "./FtpRate.ts"
export * as FtpRetry from "./FtpRetry.ts"
export * as FtpSecurity from "./FtpSecurity.ts"
export * as FtpSession from "./FtpSession.ts"
export * as FtpSource from "./FtpSource.ts"
export * as FtpTimeouts from "./FtpTimeouts.ts"
export * as FtpTransfer from "./FtpTransfer.ts"
export * as FtpTransport from "./FtpTransport.ts"
export * as FtpUrl from "./FtpUrl.ts"
