/** The error of local files, and what the codes of an operating system mean for one; public as `FtpLocalFile`'s. */
import * as Schema from "effect/Schema"
import * as WireText from "../protocol/WireText.ts"

/**
 * A local file could not be used. `NoSpace` is a full disk or quota; `InUse` is another download into it.
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpLocalFileError extends Schema.TaggedError<FtpLocalFileError>("@ftp-effect/core/FtpLocalFileError")(
  "FtpLocalFileError",
  {
    reason: Schema.Literal("NotFound", "PermissionDenied", "AlreadyExists", "IsDirectory", "NoSpace", "InUse", "Other"),
    operation: Schema.Literal(
      "Open",
      "Read",
      "Write",
      "Sync",
      "Close",
      "Rename",
      "Remove",
      "Stat",
      "SetTime",
      "SetMode",
      "ReadDirectory",
      "MakeDirectory",
      "ReadLink",
      "MakeLink",
      "Watch"
    ),
    path: Schema.String,
    detail: Schema.String
  }
) {
  override get message(): string {
    return WireText.toDisplay(`${this.operation} of local file ${this.path} failed: ${this.detail}`)
  }
}

/** What the platform's own reasons do not tell apart, its cause may. */
const ERRNO: { readonly [code: string]: readonly [reason: FtpLocalFileError["reason"], text: string] } = {
  ENOENT: ["NotFound", "no such file or directory"],
  ENOTDIR: ["NotFound", "a part of the path is not a directory"],
  EACCES: ["PermissionDenied", "permission denied"],
  EPERM: ["PermissionDenied", "operation not permitted"],
  EROFS: ["PermissionDenied", "the file system is read-only"],
  EEXIST: ["AlreadyExists", "the file exists"],
  EISDIR: ["IsDirectory", "it is a directory"],
  ERR_FS_EISDIR: ["IsDirectory", "it is a directory"],
  ENOTEMPTY: ["Other", "the directory is not empty"],
  ELOOP: ["Other", "it is a symbolic link"],
  ENOSPC: ["NoSpace", "no space left on the device"],
  EDQUOT: ["NoSpace", "the disk quota is used up"],
  ESPIPE: ["Other", "bytes only run through it, one after the other"],
  EPIPE: ["Other", "no process reads from it any more"],
  ENXIO: ["Other", "it is a socket, or its device is not there"],
  EFBIG: ["Other", "the file would be larger than the file system allows"],
  EMFILE: ["Other", "this process has too many files open"],
  ENFILE: ["Other", "this machine has too many files open"]
}

/**
 * What an error code of the operating system (`"ENOENT"`) means for a local file, and in words. `Other` without a text
 * for a code that is not known.
 *
 * @since 0.1.0
 * @category errors
 */
export const fromErrno = (
  code: string | undefined
): { readonly reason: FtpLocalFileError["reason"]; readonly text: string | undefined } => {
  const [reason, text] = ERRNO[code ?? ""] ?? (["Other", undefined] as const)
  return { reason, text }
}
