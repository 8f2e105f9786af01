/**
 * Everything that can go wrong, as data: nine errors that say what the caller can do and whose fault it is.
 *
 *     reaching the server   FtpConnectError · FtpAuthError
 *     talking to it         FtpConnectionLost · FtpRejected · FtpProtocolViolation
 *     moving a file         FtpTransferInterrupted · FtpIntegrityError · FtpListingError
 *     calling us            FtpUsageError
 *
 * Whatever code needs to know is a field. `message` is one derived line: what was asked, of whom, what came back.
 * `transcript` holds the last lines of the dialogue, secrets masked. Each error survives a round trip through JSON by
 * its schema. What a reply means is decided in `ReplyMeaning`.
 *
 * @since 0.1.0
 */
export * from "./errorFacts.ts"
export * from "./errorGroups.ts"
export * from "./errorGuards.ts"
export * from "./errors.ts"
export * from "./fileErrors.ts"
