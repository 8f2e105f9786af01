/** The options of a test server, and the same with every default filled in. */
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { FtpHasher } from "../../platform/FtpHasher.ts"
import type { Address, ListenOptions } from "../../platform/FtpTransport.ts"
import * as FtpCharset from "../../protocol/FtpCharset.ts"
import type * as Reply from "../../protocol/Reply.ts"
import * as WireText from "../../protocol/WireText.ts"
import type { FileStore } from "../store/FileStore.ts"
import type { Tree } from "../store/MemoryStore.ts"
import type { MlsdStyle } from "./EntryLine.ts"
import type { TlsSettings } from "./Handshake.ts"
import type { ListDialect } from "./ListLine.ts"
import type * as NativePaths from "./NativePaths.ts"
import { parseReply } from "./ReplyText.ts"

/**
 * Who may log in: a password, perhaps with an account that ACCT must name.
 *
 * @since 0.1.0
 * @category models
 */
export type UserEntry =
  | string
  | Redacted.Redacted<string>
  | { readonly password: string | Redacted.Redacted<string>; readonly account?: string | undefined }

/**
 * What the server serves, to whom, and which server it is like.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** A numeric local address. Default 127.0.0.1. */
  readonly host?: string | undefined
  /** Default `"Any"`: see `address` for what it came to be. */
  readonly port?: "Any" | number | undefined
  /** Passwords by name. Default: only anonymous. */
  readonly users?: { readonly [name: string]: UserEntry } | undefined
  /** Whether `anonymous` and `ftp` get in with any password. Default: only where there are no users. */
  readonly anonymous?: boolean | undefined
  /** Default false. */
  readonly readOnly?: boolean | undefined
  /** Files in memory, or a store: see `memory` and `folder`. Default: an empty root in memory. */
  readonly root?: Tree | FileStore | undefined
  /** How many bytes a root given as a tree may hold; 552 beyond. Default: any number. */
  readonly quota?: number | undefined
  /** The text of the 220, several lines allowed. Default `"Service ready."`. */
  readonly greeting?: string | undefined
  /** Verbs, and `UTF8` and `TVFS`, that the server neither admits to in FEAT nor obeys. Default none. */
  readonly denied?: ReadonlyArray<string> | undefined
  /** What a denied verb is answered. Default `"500 Unknown command."`. */
  readonly deniedReply?: string | undefined
  /**
   * Whose LIST is imitated; names that this system could not have are not listed. Clients that know MLSD use it, unless
   * `denied` has `MLST` and `MLSD`. Default `"Unix"`.
   */
  readonly listing?: ListDialect | undefined
  /**
   * Whether paths are those of the system whose LIST is imitated, if that is OpenVMS (`DISK:[FTP.SUB]A.TXT;1`) or z/OS
   * (`'FTP.LIB.CNTL(MEMBER)'`): a slash in a path is refused then, names are in upper case, and there is no MLST, MLSD
   * or TVFS. Default `"Slashes"`.
   */
  readonly paths?: "Slashes" | "Native" | undefined
  /** The path of the login directory in the root, with slashes, absolute. Default `"/"`. */
  readonly home?: string | undefined
  /** Whether SIZE of a directory is answered with a number, as by ftp-srv. Default false. */
  readonly directorySizes?: boolean | undefined
  /**
   * How listings show symbolic links: as links, or as what they lead to (pyftpdlib as shipped, ProFTPD with
   * `ShowSymlinks off`). Default `"Shown"`.
   */
  readonly links?: "Shown" | "Followed" | undefined
  /**
   * Whether LIST, NLST and MLSD list the directory that they name, or always the current one (uftpd, SimpleFTPServer).
   * Default `"Honoured"`.
   */
  readonly listArgument?: "Honoured" | "Ignored" | undefined
  /** The charset of all its text, which it has no UTF8 for then; other characters are question marks. Default UTF-8. */
  readonly charset?: FtpCharset.Name | undefined
  /**
   * How the byte FF in commands is read: as the beginning of a Telnet command, and `"Doubled"` as itself (RFC 854,
   * ProFTPD), or as it is (vsftpd, Pure-FTPd, pyftpdlib). Default `"Doubled"`.
   */
  readonly byteFf?: "Doubled" | "Plain" | undefined
  /** How MLSD writes its lines. Default `"Regular"`. */
  readonly mlsd?: MlsdStyle | undefined
  /** With what LIST, NLST and MLSD of an empty directory are refused, such as `"550 No such file or directory."`. */
  readonly emptyListing?: string | undefined
  /**
   * How many minutes its times are ahead of UTC, in every reply and listing: a clock that is wrong, or local times in
   * the place of UTC (vsftpd with `use_localtime=YES`). Negative for times that are behind. Default 0.
   */
  readonly minutesAhead?: number | undefined
  /** How many minutes the times of LIST are ahead of its other times: LIST is in the server's own zone. Default 0. */
  readonly listMinutesAhead?: number | undefined
  readonly limit?: Limit | undefined
  /** Default `"Any"`. */
  readonly passivePorts?: ListenOptions["ports"] | undefined
  /** The IPv4 address that 227 names, for a server behind NAT. Default: where the client reached us. */
  readonly passiveHost?: string | undefined
  /**
   * Whether EPSV and PASV are refused until PRET has announced the transfer, as by DrFTPD. `"Unneeded"`: PRET is known,
   * and makes no difference (Pure-FTPd). Default false.
   */
  readonly pret?: boolean | "Unneeded" | undefined
  /** How long a transfer waits for its data connection, by the Clock, before it is answered 425. Default 5 minutes. */
  readonly dataTimeout?: Duration.DurationInput | undefined
  /**
   * How long a client may send no command while no transfer moves bytes, by the Clock: it is answered 421 then, at most
   * a quarter of the time later. Default any time.
   */
  readonly idleTimeout?: Duration.DurationInput | undefined
  /** How long a client may take to log in, by the Clock, before it is answered 421. Default any time. */
  readonly loginTimeout?: Duration.DurationInput | undefined
  /** What limits the guessing of passwords: see `LoginFailures`. Default nothing. */
  readonly loginFailures?: LoginFailures | undefined
  /** How TLS is spoken: see `TlsSettings`. Default it is not. */
  readonly tls?: TlsSettings | undefined
  /** Computes what HASH, MD5, XCRC, XMD5 and XSHA* ask for. Default none, and the server does not know these verbs. */
  readonly hasher?: FtpHasher | undefined
  /** Called with every line of every dialogue, secrets masked, in order. */
  readonly onLine?: ((line: WireLine) => Effect.Effect<void>) | undefined
}

/**
 * How many connections are served, and what becomes of the next one. In words: vsftpd and Pure-FTPd greet it with 421,
 * ProFTPD lets it come as far as PASS and says 530. Without a word, as small devices do: `"Reset"` it, greet it when
 * another one has ended (`"Silent"`), or end the oldest one for it (`"Replacing"`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Limit {
  readonly connections: number
  /** Default `"Server"`. */
  readonly per?: "Server" | "Address" | undefined
  /** Default `"vsftpd"`. */
  readonly like?: "vsftpd" | "Pure-FTPd" | "ProFTPD" | "Reset" | "Silent" | "Replacing" | undefined
}

/**
 * What a wrong password, a wrong account or an unknown user costs.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoginFailures {
  /** How long its answer is held back, by the Clock; other logins from the same address wait meanwhile. */
  readonly delay: Duration.DurationInput
  /** How many of them end the connection. */
  readonly perConnection: number
}

export interface User {
  readonly password: string
  readonly account: string | undefined
}

/**
 * One line of the dialogue, for a log. Secrets are masked. `connection` counts the clients of a server from 1.
 *
 * @since 0.1.0
 * @category models
 */
export interface WireLine {
  readonly connection: number
  readonly peer: Address
  readonly from: "Client" | "Server"
  readonly text: string
}

/** The options of the server with every default filled in. */
export interface Settings {
  readonly users: ReadonlyMap<string, User>
  readonly anonymous: boolean
  readonly readOnly: boolean
  readonly home: string
  readonly directorySizes: boolean
  readonly greeting: string
  readonly codec: FtpCharset.TextCodec
  readonly denied: ReadonlySet<string>
  readonly deniedReply: Reply.Reply
  readonly listing: ListDialect
  /** Whose paths it has; `undefined` if they have slashes. */
  readonly pathsOf: NativePaths.System | undefined
  readonly listArgument: "Honoured" | "Ignored"
  readonly byteFf: "Doubled" | "Plain"
  readonly mlsd: MlsdStyle
  readonly emptyListing: Reply.Reply | undefined
  readonly millisAhead: number
  readonly listMillisAhead: number
  readonly limit: Limit | undefined
  readonly passivePorts: ListenOptions["ports"]
  readonly passiveHost: string | undefined
  readonly pret: boolean | "Unneeded"
  readonly dataTimeout: Duration.Duration
  readonly idleTimeout: Duration.Duration | undefined
  readonly loginTimeout: Duration.Duration | undefined
  readonly loginFailures: LoginFailures | undefined
  readonly tls: TlsSettings | undefined
  readonly hasher: FtpHasher | undefined
  readonly onLine: ((line: WireLine) => Effect.Effect<void>) | undefined
}

const DATA_TIMEOUT = Duration.minutes(5)

const MILLIS_PER_MINUTE = 60_000

/** A platform that does not know the charset speaks UTF-8. */
const codecOf = (charset: FtpCharset.Name | undefined): FtpCharset.TextCodec =>
  charset === undefined ? WireText : Either.getOrElse(FtpCharset.make(charset), () => WireText)

/** Fills the defaults in. */
export const toSettings = (options: Options): Settings => {
  const users = new Map(
    Object.entries(options.users ?? {}).map(([name, entry]) => {
      const details = typeof entry === "string" || Redacted.isRedacted(entry) ? { password: entry } : entry
      const password = typeof details.password === "string" ? details.password : Redacted.value(details.password)
      return [name, { password, account: "account" in details ? details.account : undefined }]
    })
  )
  return {
    users,
    anonymous: options.anonymous ?? users.size === 0,
    readOnly: options.readOnly ?? false,
    home: options.home ?? "/",
    directorySizes: options.directorySizes ?? false,
    greeting: options.greeting ?? "Service ready.",
    codec: codecOf(options.charset),
    denied: new Set(
      [
        ...(options.denied ?? []),
        ...(options.charset === undefined ? [] : ["UTF8"]),
        ...(pathsOf(options) === undefined ? [] : ["MLST", "MLSD", "TVFS"])
      ].map((verb) => verb.toUpperCase())
    ),
    deniedReply: parseReply(options.deniedReply ?? "500 Unknown command."),
    listing: options.listing ?? "Unix",
    pathsOf: pathsOf(options),
    listArgument: options.listArgument ?? "Honoured",
    byteFf: options.byteFf ?? "Doubled",
    mlsd: options.mlsd ?? "Regular",
    emptyListing: options.emptyListing === undefined ? undefined : parseReply(options.emptyListing),
    millisAhead: (options.minutesAhead ?? 0) * MILLIS_PER_MINUTE,
    listMillisAhead: (options.listMinutesAhead ?? 0) * MILLIS_PER_MINUTE,
    limit: options.limit,
    passivePorts: options.passivePorts ?? "Any",
    passiveHost: options.passiveHost,
    pret: options.pret ?? false,
    dataTimeout: Duration.decode(options.dataTimeout ?? DATA_TIMEOUT),
    idleTimeout: options.idleTimeout === undefined ? undefined : Duration.decode(options.idleTimeout),
    loginTimeout: options.loginTimeout === undefined ? undefined : Duration.decode(options.loginTimeout),
    loginFailures: options.loginFailures,
    tls: options.tls,
    hasher: options.hasher,
    onLine: options.onLine
  }
}

const pathsOf = ({ listing, paths }: Options): NativePaths.System | undefined =>
  paths === "Native" && (listing === "Vms" || listing === "Mvs") ? listing : undefined
