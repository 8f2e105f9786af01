/**
 * What a refusal means: the code first, then the words of the servers that really exist. The only file that reads server
 * prose.
 *
 *     S: 550 Permission denied.                       PermissionDenied
 *     S: 550 a.txt: No such file or directory         NotFound
 *     S: 530 Too many users, try again later          isTooManyConnections, and Busy
 *
 * RFC 959 has one code, 550, for nearly everything that a file system refuses, so the text has to decide. Texts name the
 * path in front of the cause, so of several known phrases the last one counts, and only the head and the tail of a long
 * text are read. A new wording is a line in `PHRASES`.
 *
 * This file does NOT decide what happens next (retry, reconnect, give up): `FtpError` and `FtpRetry` do.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Reply from "./Reply.ts"

/**
 * Why a server refused a command, as far as its answer tells.
 *
 * @since 0.1.0
 * @category models
 */
export type RejectedReason =
  | "NotFound"
  | "PermissionDenied"
  | "AlreadyExists"
  | "NotEmpty"
  | "Busy"
  | "StorageFull"
  | "Unsupported"
  | "BadSequence"
  | "Other"

/**
 * The reason of a refusal of `verb` (upper case); `Other` for a reply that refuses nothing. Where vsftpd says only that a
 * command failed (`550 Failed to open file.`), the reason is what is most often behind it: `NotFound` for a verb that
 * reads, although a missing permission sounds the same; `Other` for one that writes.
 *
 * @since 0.1.0
 * @category getters
 */
export const reasonOf = (verb: string, reply: Reply.Reply): RejectedReason => {
  if (!Reply.isNegative(reply)) return "Other"
  const text = prose(reply)
  switch (reply.code) {
    case 500:
      return text.startsWith("oops") ? (reasonOfText(text) ?? "Other") : "Unsupported"
    case 431:
    case 502:
    case 504:
    case 536:
    case 537:
      return "Unsupported"
    case 503:
      return "BadSequence"
    case 421:
      return "Busy"
    case 430:
    case 530:
      return isTooManyConnections(reply) ? "Busy" : "PermissionDenied"
    case 532:
    case 533:
    case 534:
    case 556:
      return "PermissionDenied"
    case 425:
    case 426:
    case 535:
      return "Other"
    case 450:
      return reasonOfText(text) ?? "Busy"
    case 451:
      return isNotPermittedPolicy(reply) ? "PermissionDenied" : (reasonOfText(text) ?? "Other")
    case 452:
      return "StorageFull"
    case 552:
      // ProFTPD: the file is larger than its limit for hashing.
      return HASH_VERBS.has(verb) ? "Unsupported" : "StorageFull"
    case 521:
      // RFC 959 appendix II; for other verbs it is RFC 4217's "not with this PROT".
      return verb === "MKD" || verb === "XMKD" ? "AlreadyExists" : "Other"
    case 522:
      return verb === "EPSV" || verb === "EPRT" ? "Unsupported" : "Other"
    case 553:
      return reasonOfText(text) ?? "PermissionDenied"
    case 550:
      if (isNotADirectory(reply) && !DIRECTORY_VERBS.has(verb)) return "NotFound"
      return reasonOfText(text) ?? (READING_VERBS.has(verb) && includesAny(text, BARE_FAILURES) ? "NotFound" : "Other")
    default:
      return reasonOfText(text) ?? "Other"
  }
}

/**
 * Whether a connection or a login was refused because too many are open: the pool must shrink, and the password is not
 * wrong. True for 421, 430, 431 and 530 only.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTooManyConnections = (reply: Reply.Reply): boolean => {
  if (!LIMIT_CODES.has(reply.code)) return false
  const text = prose(reply)
  return includesAny(text, LIMIT_TEXTS) && !includesAny(text, FAILED_LOGIN_TEXTS)
}

/**
 * Whether the server demands TLS for what was asked (vsftpd 530, Pure-FTPd 421, ProFTPD 522 and 550, IIS 534).
 *
 * @since 0.1.0
 * @category guards
 */
export const isTlsRequired = (reply: Reply.Reply): boolean =>
  Reply.isNegative(reply) && includesAny(prose(reply), TLS_REQUIRED_TEXTS)

/**
 * Whether `user` is an anonymous one and the server lets none of them in.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAnonymousRefused = (user: string, reply: Reply.Reply): boolean =>
  ANONYMOUS_USERS.has(user.toLowerCase()) &&
  Reply.isNegative(reply) &&
  (REFUSED_LOGIN_CODES.has(reply.code) || prose(reply).includes("anonymous")) &&
  !isTooManyConnections(reply) &&
  !isTlsRequired(reply)

/**
 * Whether the server ends the session with this reply: 421, and vsftpd's `500 OOPS: child died`, its last words always.
 *
 * @since 0.1.0
 * @category guards
 */
export const isServiceClosing = (reply: Reply.Reply): boolean =>
  reply.code === 421 || (reply.code === 500 && prose(reply).startsWith("oops: "))

/**
 * Whether a 5yz reply tells of a passing trouble, against its code: lftp found these texts in the wild.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTransientText = (reply: Reply.Reply): boolean =>
  Reply.classOf(reply) === "PermanentNegative" && includesAny(prose(reply), TRANSIENT_TEXTS)

/**
 * Whether a refused listing means an empty directory (z/OS and old servers, 450 or 550).
 *
 * @since 0.1.0
 * @category guards
 */
export const isEmptyListing = (reply: Reply.Reply): boolean =>
  (reply.code === 450 || reply.code === 550) && includesAny(prose(reply), EMPTY_LISTING_TEXTS)

/**
 * Whether the refusal says that something on the path is a file where a directory would have to be (ENOTDIR): the path
 * itself for a verb that wants a directory, a component before it for any other.
 *
 * @since 0.1.0
 * @category guards
 */
export const isNotADirectory = (reply: Reply.Reply): boolean =>
  Reply.isNegative(reply) && includesAny(prose(reply), NOT_A_DIRECTORY_TEXTS)

/**
 * Whether a listing that ended well is not whole: Pure-FTPd's `226 Output truncated to 10000 matches`, vsftpd's
 * `226 Transfer done (but failed to open directory).`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTruncatedListing = (reply: Reply.Reply): boolean => includesAny(prose(reply), TRUNCATED_TEXTS)

/**
 * Whether the data connection was refused because its TLS session is not the control connection's (425, 450, 522). No
 * retry helps without a change of the TLS set-up. ProFTPD says `425 Unable to build data connection: Operation not
 * permitted`, which is counted too; so ask only if the data connection was to be protected.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSessionReuseRequired = (reply: Reply.Reply): boolean =>
  SESSION_REUSE_CODES.has(reply.code) && includesAny(prose(reply), SESSION_REUSE_TEXTS)

/**
 * Whether a 451 is a policy and stays: ProFTPD's `451 Append/Restart not permitted, try again`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isNotPermittedPolicy = (reply: Reply.Reply): boolean =>
  reply.code === 451 && includesAny(prose(reply), RESTART_POLICY_TEXTS)

/**
 * The byte count in `150 Opening BINARY mode data connection for a.txt (123 bytes).`, the last one if the name holds
 * another. It is advice, never proof.
 *
 * @since 0.1.0
 * @category getters
 */
export const sizeInPreliminary = (reply: Reply.Reply): Option.Option<number> => {
  if (!Reply.isPreliminary(reply)) return Option.none()
  let size = Option.none<number>()
  for (const [, digits] of prose(reply).matchAll(BYTE_COUNT)) {
    const count = Number(digits)
    size = Number.isSafeInteger(count) ? Option.some(count) : Option.none()
  }
  return size
}

/** Sixteen digits hold 2^53 - 1. The bounded count keeps the search linear. */
const BYTE_COUNT = /\((\d{1,16}) bytes?\)/g

/** More than any known server says about one refusal; a flood is read from both its ends only. */
const PROSE_UNITS = 4096

/** The words of a reply, lower case, bounded. */
const prose = (reply: Reply.Reply): string => {
  const text = Reply.text(reply)
  const bounded =
    text.length <= 2 * PROSE_UNITS ? text : `${text.slice(0, PROSE_UNITS)}\n${text.slice(text.length - PROSE_UNITS)}`
  return bounded.toLowerCase()
}

const includesAny = (text: string, phrases: ReadonlyArray<string>): boolean =>
  phrases.some((phrase) => text.includes(phrase))

/** The reason whose phrase ends last: `no such file.txt: Permission denied` is about a permission. */
const reasonOfText = (text: string): RejectedReason | undefined => {
  let found: RejectedReason | undefined
  let end = 0
  for (const [reason, known] of PHRASES) {
    for (const phrase of known) {
      const at = text.lastIndexOf(phrase)
      if (at >= 0 && at + phrase.length > end) {
        found = reason
        end = at + phrase.length
      }
    }
  }
  return found
}

const LIMIT_CODES: ReadonlySet<number> = new Set([421, 430, 431, 530])
const REFUSED_LOGIN_CODES: ReadonlySet<number> = new Set([430, 530, 532, 550])
const SESSION_REUSE_CODES: ReadonlySet<number> = new Set([425, 450, 522])
const ANONYMOUS_USERS: ReadonlySet<string> = new Set(["anonymous", "ftp"])

const HASH_VERBS: ReadonlySet<string> = new Set("HASH MD5 MMD5 XCRC XMD5 XSHA XSHA1 XSHA256 XSHA512".split(" "))
/** Verbs that fail on a vsftpd mostly because there is no such path. */
const READING_VERBS: ReadonlySet<string> = new Set("RETR SIZE MDTM MLST MLSD LIST NLST STAT CWD XCWD RNFR".split(" "))
/** Verbs whose path has to be a directory itself. */
const DIRECTORY_VERBS: ReadonlySet<string> = new Set("CWD XCWD LIST NLST MLSD RMD XRMD".split(" "))

/** The phrases of a table, lower case, with bars and line ends between them. */
const phrases = (table: string): ReadonlyArray<string> =>
  table
    .split(/[|\n]/)
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== "")

/** vsftpd, FileZilla, ProFTPD's MLST (cannot be listed) and Pure-FTPd's (can't check) say no more than that. */
const BARE_FAILURES = phrases(`
  failed to open file | failed to change directory | could not get file | rnfr command failed
  couldn't open | could not open | can't open | cannot open | unable to open
  couldn't change | could not change | can't change | cannot change | unable to change
  cannot be listed | can't check for file existence
`)

/** vsftpd, Pure-FTPd, pyftpdlib: too many. Pure-FTPd, IIS: 50 users (the maximum) are already logged in. */
const LIMIT_TEXTS = phrases(`
  too many | no more connections | no more users | the maximum) | maximum number of | accept more than
  maximum connections | maximum clients | max connections | max clients | max users | already connected
  connection limit | connections limit | user limit | session limit | simultaneous | overloaded
  try later | try again later | server is full | server full
  zu viele | maximale anzahl | trop de connexions | trop d'utilisateurs | demasiadas conexiones | demasiados usuarios
  troppe connessioni | troppi utenti | conexões demais | muitas conexões | te veel | слишком много
  连接数过多 | 连接过多 | 接続数
`)
/** `421 Too many login attempts` is about passwords, not about connections. */
const FAILED_LOGIN_TEXTS = phrases("attempt | failure | failed | incorrect | wrong password | fehlversuche")

/** vsftpd, Pure-FTPd; ProFTPD and pyftpdlib (SSL/TLS required on ...); IIS (Policy requires SSL); FileZilla. */
const TLS_REQUIRED_TEXTS = phrases(`
  must use encryption | cleartext sessions | tls required | requires ssl | use auth first | does not allow plain ftp
  ssl required | tls is required | ssl is required | requires tls | require tls | require ssl | must use tls
  must use ssl | must use auth | issue auth command first | encryption required | encryption is required
  requires encryption | requires a secure connection | secure connection required | use explicit ftp over tls
  use ftp over tls | erfordert tls | erfordert ssl | verschlüsselung erforderlich
`)

const TRANSIENT_TEXTS = phrases("broken pipe | timed out | too many | closed by the remote host")
const TRUNCATED_TEXTS = phrases("output truncated to | failed to open directory")
const NOT_A_DIRECTORY_TEXTS = phrases("not a directory")
const EMPTY_LISTING_TEXTS = phrases("no files found | no members found | no data sets found")
const SESSION_REUSE_TEXTS = phrases("resum | reuse | unable to build data connection: operation not permitted")
const RESTART_POLICY_TEXTS = phrases("append not permitted | restart not permitted")

/** A Unix `strerror` or a Windows system message, one line for each language where one is known. */
const PHRASES: ReadonlyArray<readonly [RejectedReason, ReadonlyArray<string>]> = [
  [
    "NotFound",
    phrases(`
      no such file | no such directory | no such path | no such object | not found | does not exist
      doesn't exist | not exist | cannot find | can't find | could not find | couldn't find
      nicht gefunden | existiert nicht | nicht vorhanden | nicht finden
      introuvable | aucun fichier | n'existe pas | ne trouve pas
      no existe | no se encuentra | no se encontr | no encontrad | no puede encontrar | no se puede encontrar
      non trovat | impossibile trovare | non esiste | file o directory non esistente
      não encontrad | não existe | não pode encontrar | inexistente
      niet gevonden | bestaat niet | niet vinden
      nie istnieje | nie ma takiego | nie można odnaleźć | nie znaleziono | neexistuje
      не найден | нет такого | не существует | не удается найти
      見つかりません | そのようなファイル | 存在しません | 没有那个文件 | 找不到 | 不存在 | 찾을 수 없
    `)
  ],
  [
    "PermissionDenied",
    phrases(`
      permission denied | access denied | access is denied | denied | not permitted | not allowed
      no permission | don't have permission | not have permission | insufficient permission
      insufficient privilege | not enough privilege | insufficient access | forbidden | prohibited
      not authorized | not authorised | unauthorized | read-only | readonly | read only
      verweigert | keine berechtigung | nicht erlaubt | nicht gestattet | nicht zulässig
      permission non accordée | refusé | non autorisé | interdit
      denegado | no permitid | negato | non consentit | negad | não permitid | não é permitid
      geweigerd | niet toegestaan | odmowa dostępu | brak dostępu | brak uprawnień
      отказано | запрещ | 拒否 | 許可がありません | 拒绝 | 没有权限 | 不允许 | 거부
    `)
  ],
  [
    "AlreadyExists",
    phrases(`
      already exist | file exists | directory exists | existiert bereits | bereits vorhanden
      datei existiert | existe déjà | le fichier existe | ya existe | el archivo existe | esiste già
      il file esiste | já existe | arquivo existe | bestaat al | już istnieje | plik istnieje
      уже существует | файл существует | 既に存在 | すでに存在 | ファイルが存在します | 已存在 | 已经存在
    `)
  ],
  [
    "NotEmpty",
    phrases(`
      not empty | nicht leer | pas vide | non vide | no está vací | no vací | non vuota | non è vuot
      não está vazi | não vazi | niet leeg | nie jest pust | не пуст | 空でない | 空ではありません
      非空 | 不是空的
    `)
  ],
  [
    "Busy",
    phrases(`
      is busy | resource busy | file busy | server busy | being used by another | used by another process
      is in use | currently in use | file in use | is locked | file locked | sharing violation | temporarily unavailable
      too many | wird von einem anderen prozess verwendet | in verwendung | ist gesperrt | belegt
      utilisé par un autre | occupé | está en uso | está siendo util | è in uso | utilizzato da un altro
      em uso | sendo usado por outro | in gebruik | używany przez inny | занят | 使用中 | 正由另一进程使用
    `)
  ],
  [
    "StorageFull",
    phrases(`
      no space left | no space on | no space available | no free space | disk full | disk is full
      not enough space | not enough disk | not enough storage
      insufficient storage | insufficient space | insufficient disk | out of space | quota exceeded
      exceeded quota | exceeds quota | exceed quota | over quota | exceeded storage | quota limit
      kein speicherplatz | nicht genügend speicher | nicht genug speicher | zu wenig speicher
      espace insuffisant | aucun espace disponible | espace disque insuffisant | no queda espacio
      espacio insuficiente | spazio insufficiente | spazio esaurito | não há espaço | espaço insuficiente
      onvoldoende ruimte | brak miejsca | недостаточно места | нет места | 空き領域 | 空间不足
      没有剩余空间 | 没有空间
    `)
  ],
  [
    "Unsupported",
    phrases(`
      not implemented | not supported | unsupported | not understood | unknown command
      command not recognized | in ascii mode | nicht unterstützt | nicht implementiert | non supporté
      no soportad | no implementad | non supportat | não suportad | niet ondersteund | не поддерж
    `)
  ],
  [
    "BadSequence",
    phrases(`
      bad sequence | use port or pasv first | rnfr first | rnfr required
    `)
  ],
  [
    "Other",
    phrases(`
      is a directory | not a directory | not a regular file | not a plain file | only retrieve regular files
      file name too long | invalid cross-device link | ist ein verzeichnis | kein verzeichnis
      est un dossier | n'est pas un dossier | es un directorio | no es un directorio
    `)
  ]
]
