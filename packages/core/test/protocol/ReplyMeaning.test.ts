import { describe, expect, it } from "@effect/vitest"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as FastCheck from "effect/FastCheck"
import * as ReplyMeaning from "#core/protocol/ReplyMeaning"

/** `550-a\n550 b` as a server wrote it. */
const replyOf = (written: string): Reply.Reply => {
  const [first = "", ...rest] = written.split("\n").map((line) => line.replace(/^\d{3}[ -]/, ""))
  return Reply.make(Number(written.slice(0, 3)), first, ...rest)
}

const anyReply = FastCheck.tuple(
  FastCheck.integer({ min: 100, max: 599 }),
  FastCheck.string({ unit: "binary" }),
  FastCheck.array(FastCheck.string({ unit: "binary" }))
).map(([code, first, rest]) => Reply.make(code, first, ...rest))

describe("ReplyMeaning.reasonOf", () => {
  it.each<readonly [string, string, ReplyMeaning.RejectedReason]>([
    // vsftpd
    ["RETR", "550 Failed to open file.", "NotFound"],
    ["CWD", "550 Failed to change directory.", "NotFound"],
    ["SIZE", "550 Could not get file size.", "NotFound"],
    ["MDTM", "550 Could not get file modification time.", "NotFound"],
    ["RNFR", "550 RNFR command failed.", "NotFound"],
    ["MKD", "550 Create directory operation failed.", "Other"],
    ["RMD", "550 Remove directory operation failed.", "Other"],
    ["DELE", "550 Delete operation failed.", "Other"],
    ["STOR", "550 Permission denied.", "PermissionDenied"],
    ["STOR", "553 Could not create file.", "PermissionDenied"],
    ["MLSD", "500 Unknown command.", "Unsupported"],
    ["LIST", "500 OOPS: vsf_sysutil_bind", "Other"],
    ["MODE", "504 Bad MODE command.", "Unsupported"],
    ["RNTO", "503 RNFR required first.", "BadSequence"],
    ["RETR", "425 Use PORT or PASV first.", "Other"],
    ["RETR", "421 Data timeout. Reconnect. Sorry.", "Busy"],
    // ProFTPD
    ["RETR", "550 a.txt: No such file or directory", "NotFound"],
    ["LIST", "450 a: No such file or directory", "NotFound"],
    ["RMD", "550 a: Directory not empty", "NotEmpty"],
    ["MKD", "550 a: File exists", "AlreadyExists"],
    ["SIZE", "550 SIZE not allowed in ASCII mode", "Unsupported"],
    ["APPE", "451 a: Append/Restart not permitted, try again", "PermissionDenied"],
    ["RETR", "550 a: Not a regular file", "Other"],
    ["STOR", "552 Transfer aborted. Disk quota exceeded", "StorageFull"],
    ["STOR", "451 a: No space left on device", "StorageFull"],
    ["XSHA1", "552 a: File too large", "Unsupported"],
    ["HASH", "556 a: not permitted", "PermissionDenied"],
    ["PASS", "530 Login incorrect.", "PermissionDenied"],
    ["PASS", "530 Sorry, the maximum number of clients (5) from your host are already connected.", "Busy"],
    // Pure-FTPd
    ["RETR", "550 Can't open a: No such file or directory", "NotFound"],
    ["STOR", "553 Can't open that file: Permission denied", "PermissionDenied"],
    ["MKD", "550 Can't create directory: File exists", "AlreadyExists"],
    ["RETR", "550 I can only retrieve regular files", "Other"],
    ["RNTO", "451 Rename/move failure: No such file or directory", "NotFound"],
    // IIS
    ["RETR", "550-The system cannot find the file specified. \n Win32 error:   x\n550 End", "NotFound"],
    ["DELE", "550-Access is denied. \n Win32 error:   Access is denied. \n550 End", "PermissionDenied"],
    ["RMD", "550 The directory is not empty. ", "NotEmpty"],
    ["MKD", "550 Cannot create a file when that file already exists. ", "AlreadyExists"],
    ["DELE", "550 The process cannot access the file because it is being used by another process. ", "Busy"],
    ["STOR", "550 There is not enough space on the disk. ", "StorageFull"],
    ["FOO", "500 'FOO': command not understood", "Unsupported"],
    ["MFMT", "550 Unable to handle command", "Unsupported"],
    ["USER", "534 Policy requires SSL.", "PermissionDenied"],
    // FileZilla, pyftpdlib
    ["RETR", "550 File not found", "NotFound"],
    ["CWD", '550 CWD failed. "/a": directory not found.', "NotFound"],
    ["MKD", "550 Directory already exists", "AlreadyExists"],
    ["MLSD", "501 No such directory.", "NotFound"],
    ["RNFR", "550 No such file or directory.", "NotFound"],
    ["STOR", "550 Not enough privileges.", "PermissionDenied"],
    ["MLSD", "501 Not a directory", "Other"],
    ["CWD", "550 a: Not a directory", "Other"],
    ["MLST", "550 a/b: Not a directory", "NotFound"],
    ["MLST", "550 'a' cannot be listed", "NotFound"],
    ["MLSD", "550 Can't check for file existence", "NotFound"],
    // other languages
    ["RETR", "550 Datei nicht gefunden", "NotFound"],
    ["RETR", "550 Das System kann die angegebene Datei nicht finden. ", "NotFound"],
    ["STOR", "550 Zugriff verweigert", "PermissionDenied"],
    ["MKD", "550 Die Datei existiert bereits", "AlreadyExists"],
    ["RETR", "550 Die Datei existiert nicht", "NotFound"],
    ["RMD", "550 Das Verzeichnis ist nicht leer. ", "NotEmpty"],
    ["RETR", "550 Le fichier spécifié est introuvable. ", "NotFound"],
    ["STOR", "550 Acceso denegado. ", "PermissionDenied"],
    ["MKD", "550 El directorio ya existe", "AlreadyExists"],
    ["CWD", "550 O diretório não existe", "NotFound"],
    ["RETR", "550 Нет такого файла или каталога", "NotFound"],
    ["RETR", "550 系统找不到指定的文件。", "NotFound"],
    // by code alone
    ["DELE", "450 a", "Busy"],
    ["STOR", "452 a", "StorageFull"],
    ["STOR", "552 a", "StorageFull"],
    ["MKD", "521 a", "AlreadyExists"],
    ["RETR", "521 a", "Other"],
    ["EPSV", "522 a", "Unsupported"],
    ["STOR", "532 a", "PermissionDenied"],
    ["RNTO", "553 a", "PermissionDenied"],
    ["PROT", "536 a", "Unsupported"],
    ["AUTH", "431 a", "Unsupported"],
    ["DELE", "550 a", "Other"],
    ["RETR", "599 a", "Other"],
    ["RETR", "226 File not found", "Other"],
    ["STOR", "451 a: Append/Restart not permitted, try again", "PermissionDenied"],
    ["STOR", "451 Local error", "Other"],
    // a path in front of the cause
    ["STOR", "550 /No such file: Permission denied", "PermissionDenied"],
    ["RETR", "550 /quota exceeded/a: No such file or directory", "NotFound"]
  ])("%s, %j: %s", (verb, written, reason) => {
    expect(ReplyMeaning.reasonOf(verb, replyOf(written))).toBe(reason)
  })

  it("reads the tail of a flood", () => {
    const flood = Reply.make(550, "permission denied", "x".repeat(1_000_000), "a: No such file or directory")
    expect(ReplyMeaning.reasonOf("RETR", flood)).toBe("NotFound")
  })
})

describe("ReplyMeaning", () => {
  it.each([
    ["421 There are too many connections from your internet address.", true],
    ["421 There are too many connected users, sorry.", true],
    ["421 Too many connections (5) from this IP", true],
    ["421 50 users (the maximum) are already logged in, sorry", true],
    ["421 I can't accept more than 3 connections as the same user", true],
    ["421 Too many connections. Service temporarily unavailable.", true],
    ["530 Sorry, the maximum number of allowed clients (3) are already connected.", true],
    ["530 Sorry, max 2 users -- try again later", true],
    ["530 No more connections allowed", true],
    ["530 Zu viele Verbindungen", true],
    ["431 Server overloaded", true],
    ["421 Too many login attempts", false],
    ["421 Too many authentication failures", false],
    ["421 Timeout.", false],
    ["421 Service not available, closing control connection", false],
    ["530 Login incorrect.", false],
    ["550 Too many open files", false],
    ["226 too many", false]
  ])("isTooManyConnections(%j): %s", (written, expected) => {
    expect(ReplyMeaning.isTooManyConnections(replyOf(written))).toBe(expected)
  })

  it.each([
    ["530 Non-anonymous sessions must use encryption.", true],
    ["421-Sorry, cleartext sessions and weak ciphers are not accepted on this server.\n421 Please reconnect", true],
    ["550 SSL/TLS required on the control channel", true],
    ["522 SSL/TLS required on the data channel", true],
    ["534 Policy requires SSL.", true],
    ["503 Use AUTH first.", true],
    ["530 This server does not allow plain FTP. You have to use FTP over TLS.", true],
    ["530 Anonymous sessions may not use encryption.", false],
    ["522 SSL connection failed; session reuse required: see require_ssl_reuse option in vsftpd.conf man page", false],
    ["425 TLS session resumption required", false],
    ["530 Login incorrect.", false],
    ["220 TLS required", false]
  ])("isTlsRequired(%j): %s", (written, expected) => {
    expect(ReplyMeaning.isTlsRequired(replyOf(written))).toBe(expected)
  })

  it.each([
    [ReplyMeaning.isEmptyListing, "550 No files found.", true],
    [ReplyMeaning.isEmptyListing, "550 No members found.", true],
    [ReplyMeaning.isEmptyListing, "450 No data sets found.", true],
    [ReplyMeaning.isEmptyListing, "550 No such file or directory", false],
    [ReplyMeaning.isEmptyListing, "553 No files found.", false],
    [ReplyMeaning.isTruncatedListing, "226-Options: -l \n226 Output truncated to 10000 matches", true],
    [ReplyMeaning.isTruncatedListing, "226-Options: -l \n226 10 matches total", false],
    [ReplyMeaning.isTruncatedListing, "226 Transfer done (but failed to open directory).", true],
    [ReplyMeaning.isServiceClosing, "421 Timeout.", true],
    [ReplyMeaning.isServiceClosing, "500 OOPS: child died", true],
    [ReplyMeaning.isServiceClosing, "500 Unknown command.", false],
    [ReplyMeaning.isNotADirectory, "550 a: Not a directory", true],
    [ReplyMeaning.isNotADirectory, "550 a: No such file or directory", false],
    [ReplyMeaning.givesNoReason, "550 a", true],
    [ReplyMeaning.givesNoReason, "553 a", true],
    [ReplyMeaning.givesNoReason, "553 a: File exists", false],
    [ReplyMeaning.givesNoReason, "550 a/b: Not a directory", false],
    [ReplyMeaning.givesNoReason, "501 a", false]
  ])("%o of %j: %s", (is, written, expected) => {
    expect(is(replyOf(written))).toBe(expected)
  })

  it.prop("is total, and refusals of a kind are refusals", [anyReply, FastCheck.string()], ([reply, word]) => {
    const isRefusal =
      ReplyMeaning.isTooManyConnections(reply) ||
      ReplyMeaning.isTlsRequired(reply) ||
      ReplyMeaning.isEmptyListing(reply) ||
      ReplyMeaning.reasonOf(word, reply) !== "Other"
    if (isRefusal) expect(Reply.isNegative(reply)).toBe(true)
  })
})
