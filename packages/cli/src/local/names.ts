/**
 * Names that pass between a server and a disk: which of the server's are refused here, and which of ours can be sent.
 */
import { sep } from "node:path"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Either from "effect/Either"
import * as Option from "effect/Option"

/** Why a name that a server listed must not become a local one, in words that follow "its name". */
export const unsafeReason = (name: string): Option.Option<string> =>
  Option.orElse(RemotePath.unsafeNameReason(name, sep === "\\" ? "Windows" : "Posix"), () => {
    if (FtpTransfer.isReservedName(name)) {
      return Option.some("is reserved for partial downloads")
    }
    // Every byte that is not UTF-8 would become the same character, so different names would be one.
    return /\p{Surrogate}/u.test(name) ? Option.some("is not UTF-8") : Option.none()
  })

/** Whether a local name can be sent to a server at all. */
export const canBeSent = (name: string): boolean => Either.isRight(WireText.encode(name)) && !name.includes("\ufffd")
