/**
 * The words that real servers refuse with, by what they mean, in the languages in which they were met. Lower case;
 * several phrases on a line with bars between them.
 */

/** Why a server refused a command, as far as its answer says. */
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

/** The phrases of a table, lower case, with bars and line ends between them. */
const phrases = (table: string): ReadonlyArray<string> =>
  table
    .split(/[|\n]/)
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== "")

/** vsftpd, FileZilla, ProFTPD's MLST (cannot be listed) and Pure-FTPd's (can't check) say no more than that. */
export const BARE_FAILURES = phrases(`
  failed to open file | failed to change directory | could not get file | rnfr command failed
  couldn't open | could not open | can't open | cannot open | unable to open
  couldn't change | could not change | can't change | cannot change | unable to change
  cannot be listed | can't check for file existence
`)

/** vsftpd, Pure-FTPd, pyftpdlib: too many. Pure-FTPd, IIS: 50 users (the maximum) are already logged in. */
export const LIMIT_TEXTS = phrases(`
  too many | no more connections | no more users | the maximum) | maximum number of | accept more than
  maximum connections | maximum clients | max connections | max clients | max users | already connected
  connection limit | connections limit | user limit | session limit | simultaneous | overloaded
  try later | try again later | server is full | server full
  zu viele | maximale anzahl | trop de connexions | trop d'utilisateurs | demasiadas conexiones | demasiados usuarios
  troppe connessioni | troppi utenti | conexões demais | muitas conexões | te veel | слишком много
  连接数过多 | 连接过多 | 接続数
`)
/** `421 Too many login attempts` is about passwords, not about connections. */
export const FAILED_LOGIN_TEXTS = phrases("attempt | failure | failed | incorrect | wrong password | fehlversuche")

/** vsftpd, Pure-FTPd; ProFTPD and pyftpdlib (SSL/TLS required on ...); IIS (Policy requires SSL); FileZilla. */
export const TLS_REQUIRED_TEXTS = phrases(`
  must use encryption | cleartext sessions | tls required | requires ssl | use auth first | does not allow plain ftp
  ssl required | tls is required | ssl is required | requires tls | require tls | require ssl | must use tls
  must use ssl | must use auth | issue auth command first | encryption required | encryption is required
  requires encryption | requires a secure connection | secure connection required | use explicit ftp over tls
  use ftp over tls | erfordert tls | erfordert ssl | verschlüsselung erforderlich
`)

/** `220 pyftpdlib 1.5.7 ready.` */
export const LATE_TLS_TEXTS = phrases("pyftpdlib")

export const TRUNCATED_TEXTS = phrases("output truncated to | failed to open directory")
export const NOT_A_DIRECTORY_TEXTS = phrases("not a directory")
export const EMPTY_LISTING_TEXTS = phrases("no files found | no members found | no data sets found")
export const RESTART_POLICY_TEXTS = phrases("append not permitted | restart not permitted")

/** A Unix `strerror` or a Windows system message, one line for each known language. */
export const PHRASES: ReadonlyArray<readonly [RejectedReason, ReadonlyArray<string>]> = [
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
      command not recognized | unable to handle command | in ascii mode | nicht unterstützt | nicht implementiert | non supporté
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
