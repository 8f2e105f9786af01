/**
 * FTP for Effect, on any platform: see the README for where to begin.
 *
 * @since 0.1.0
 */

export * as FtpEndpoint from "./base/FtpEndpoint.ts"
export * as FtpError from "./base/FtpError.ts"
export * as FtpEvidence from "./base/FtpEvidence.ts"
export * as FtpProfile from "./base/FtpProfile.ts"
export * as FtpRate from "./base/FtpRate.ts"
export * as FtpRetry from "./base/FtpRetry.ts"
export * as FtpSource from "./base/FtpSource.ts"
export * as FtpTimeouts from "./base/FtpTimeouts.ts"
export * as FtpUrl from "./base/FtpUrl.ts"
export * as FtpClient from "./client/FtpClient.ts"
export * as FtpControlChannel from "./control/FtpControlChannel.ts"
export * as FtpDataChannel from "./data/FtpDataChannel.ts"
export * as FtpDoctor from "./doctor/FtpDoctor.ts"
export * as FtpMirror from "./mirror/FtpMirror.ts"
export * as MirrorPlan from "./mirror/MirrorPlan.ts"
export * as FtpHasher from "./platform/FtpHasher.ts"
export * as FtpLocalFile from "./platform/FtpLocalFile.ts"
export * as FtpTransport from "./platform/FtpTransport.ts"
export * as FtpUploadRecords from "./platform/FtpUploadRecords.ts"
export * as FtpPool from "./pool/FtpPool.ts"
export * as FtpCharset from "./protocol/FtpCharset.ts"
export * as FtpEntry from "./protocol/FtpEntry.ts"
export * as FtpSecurity from "./security/FtpSecurity.ts"
export * as FtpSession from "./session/FtpSession.ts"
export * as FtpTransfer from "./transfer/FtpTransfer.ts"
