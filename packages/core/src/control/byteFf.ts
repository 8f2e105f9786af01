/**
 * In which form the byte FF in a name is sent. In Telnet a single one begins a command, so RFC 854 wants it doubled, and
 * some servers read it so (ProFTPD, inetutils' ftpd). Others know no Telnet here and take each byte as it is (vsftpd,
 * Pure-FTPd, pyftpdlib).
 *
 *     unknown ──the first such name: see byteFfQuestion──► doubled, plain
 *        └──no answer shows it───────────────────────────► unclear
 *
 * A command sent in the wrong form acts on another file. So while the form is unknown or unclear, questions are sent
 * doubled, and what changes something is not sent.
 */
import * as Either from "effect/Either"
import { FtpUsageError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import type { TextCodec } from "../protocol/FtpCharset.ts"
import * as WireText from "../protocol/WireText.ts"
import type { ChannelState } from "./channelState.ts"

export const FF = 0xff

/** How `WireText` writes it: FF is never part of UTF-8. */
const ESCAPED_FF = "\udcff"

/** In other charsets it is a letter. */
const hasIt = ({ argument }: Command.Command, codec: TextCodec): boolean =>
  typeof argument === "string" &&
  (codec === WireText
    ? argument.includes(ESCAPED_FF)
    : Either.match(codec.encode(argument), { onLeft: () => false, onRight: (bytes) => bytes.includes(FF) }))

/** A server that hung up on the question twice is not asked again. */
const MAX_FAILURES = 2

/** Whether the server is to be asked before the command is sent: one whose bytes have no FF needs no question. */
export const isUnknown = ({ byteFf, codec, type }: ChannelState, command: Command.Command): boolean =>
  byteFf.form === "Unknown" && byteFf.failures < MAX_FAILURES && type === "I" && hasIt(command, codec)

/** The bytes of a command, in the form that the server reads, or why it can't be sent. */
export const encode = (
  { byteFf: { form }, codec }: ChannelState,
  command: Command.Command
): Uint8Array | FtpUsageError => {
  const line = Command.encode(command, codec, form === "Plain" ? "Plain" : "Doubled")
  if (line._tag === "Left") {
    return new FtpUsageError({ argument: `argument of ${line.left.verb}`, why: line.left.why })
  }
  const { argument, verb } = command
  if (typeof argument === "string" && line.right.includes(FF) && isUndecided(form) && CHANGES.has(verb)) {
    const why = "it has the byte FF, and how this server reads that is not known: another file could be meant"
    return new FtpUsageError({ argument: `argument of ${verb}`, why })
  }
  return line.right
}

const isUndecided = (form: ChannelState["byteFf"]["form"]): boolean => form === "Unknown" || form === "Unclear"

/** Verbs that change or replace what they name. */
const CHANGES: ReadonlySet<string> = new Set([
  ...["STOR", "APPE", "DELE", "RMD", "XRMD", "RMDA", "RNFR", "RNTO", "MKD", "XMKD"],
  ...["MFMT", "MFCT", "MFF", "SITE"]
])
