/**
 * Which arguments of commands hold a secret, and what is shown in its place.
 *
 *     PASS s3cret               PASS ****
 *     SITE PSWD old s3cret      SITE ****
 *     SITE CHMOD 644 a          the same
 */
import * as Redacted from "effect/Redacted"

export const MASK = "****"

/** The argument as it is sent; `undefined` if its secret was wiped, for which `Redacted.value` throws. */
export const reveal = (argument: string | Redacted.Redacted<string>): string | undefined => {
  if (!Redacted.isRedacted(argument)) return argument
  try {
    return Redacted.value(argument)
  } catch {
    return undefined
  }
}

/** Verbs whose argument is a secret. Logins; RFC 2228 §3 (ADAT, and MIC, CONF, ENC with a command in them); XAUT of Titan; `quote PASS x` of ftp(1). */
export const SECRET_VERBS: ReadonlySet<string> = new Set([
  "PASS",
  "ACCT",
  "ADAT",
  "MIC",
  "CONF",
  "ENC",
  "XAUT",
  "QUOTE"
])

/** Arguments of SITE that may hold one. PSWD of Serv-U, CPWD, PASSWD, CHPASS and ADDUSER of glFTPd, GPASS of WU-FTPD; EXEC runs any command line. */
export const SECRET_SITE = /^\s*\S*(?:PASS|PSW|PWD|USER|AUTH|LOGIN|SECRET|TOKEN|EXEC)/i
