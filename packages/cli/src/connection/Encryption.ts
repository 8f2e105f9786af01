/**
 * The flags about TLS, and what they make: whom to trust, and what to show.
 *
 *     --ca, --pin, --insecure    the flags decide: the user is not asked, and known certificates are ignored
 *     none of them               the system's authorities, else `Trust` decides
 *
 * Core's FtpSecurity encrypts and judges certificates.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto"
import * as FileSystem from "@effect/platform/FileSystem"
import type { ExplicitOptions } from "@ftp-effect/core/FtpSecurity"
import type { TlsIdentity, TlsVersion } from "@ftp-effect/core/FtpTransport"
import * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as Pin from "@ftp-effect/core/protocol/Pin"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Flag from "../arguments/Flag.ts"
import { type CliError, usage } from "../errors/CliError.ts"
import * as Permissions from "../local/permissions.ts"
import { Output } from "../output/Output.ts"

const ofGroup = <A>(flag: Flag.Flag<A>) => Flag.inGroup("Encryption", flag)

const ca = ofGroup(Flag.file("ca", "Trust the authorities in FILE (PEM) instead of the system's."))
const pin = ofGroup(
  Flag.values(
    "pin",
    "PIN",
    (text) => Either.mapBoth(Pin.parse(text), { onLeft: ({ expected }) => expected, onRight: Pin.fromFingerprint }),
    "Trust only a certificate, or a key, with this SHA-256: sha256:HEX or sha256//BASE64. May be given several times. No authority is asked then."
  )
)
const insecure = ofGroup(
  Flag.toggle(
    "insecure",
    undefined,
    "Trust any certificate. Anyone on the way can read and change everything, the password too."
  )
)
const cert = ofGroup(Flag.file("cert", "Present the certificate in FILE (PEM), for servers that ask for one."))
const key = ofGroup(Flag.file("key", "Its private key (PEM), if FILE of --cert does not hold it."))
const VERSIONS: ReadonlyMap<string, TlsVersion> = new Map([
  ["1.2", "TLSv1.2"],
  ["1.3", "TLSv1.3"]
])
const tlsMin = ofGroup(
  Flag.choice("tls-min", "VERSION", VERSIONS, "The oldest TLS to accept: 1.2, the default, or 1.3.")
)

export const flags = { ca, pin, cert, key, tlsMin, insecure }

/** `flags`, decoded. */
export type Choices = Flag.Decoded<typeof flags>

/** How to encrypt. `hasExplicitTrust` is true if the flags say whom to trust. */
export interface Encryption {
  readonly tls: ExplicitOptions
  readonly hasExplicitTrust: boolean
}

/** What the flags ask for, with the files read; `None` if the URL is unencrypted. */
export const read = (
  choices: Choices,
  url: FtpUrl.FtpUrl
): Effect.Effect<Option.Option<Encryption>, CliError, FileSystem.FileSystem | Output> =>
  Effect.gen(function* () {
    const { insecure, pin: pins, tlsMin } = choices
    if (url.security === "Plain") {
      return yield* givenFlags(choices).length === 0
        ? Effect.succeedNone
        : usage(
            `${givenFlags(choices)[0]} is about encryption, and ${FtpUrl.toLabel(url)} is unencrypted`,
            "ftpes:// is encrypted before the login, on port 21; ftps:// from the first byte on, on port 990"
          )
    }
    const other = givenFlags(choices).find((flag) => flag === "--ca" || flag === "--pin")
    if (insecure && other !== undefined) {
      return yield* usage(`--insecure trusts any certificate, and ${other} does not: they can't be combined`)
    }
    if (insecure) {
      const output = yield* Output
      yield* output.warning(
        "--insecure: the server is not verified; anyone on the way can read and change everything, the password too"
      )
    }
    const authorities = yield* Option.match(choices.ca, {
      onNone: () => Effect.succeed(undefined),
      onSome: readAuthorities
    })
    return Option.some({
      tls: {
        authorities,
        pins: pins.length === 0 ? undefined : pins,
        identity: yield* readIdentity(choices),
        minVersion: Option.getOrUndefined(tlsMin),
        certificates: insecure ? ("DangerouslyAcceptAny" as const) : undefined
      },
      hasExplicitTrust: insecure || other !== undefined
    })
  })

const givenFlags = (choices: Choices): ReadonlyArray<string> => [
  ...(Option.isSome(choices.ca) ? ["--ca"] : []),
  ...(choices.pin.length > 0 ? ["--pin"] : []),
  ...(choices.insecure ? ["--insecure"] : []),
  ...(Option.isSome(choices.cert) ? ["--cert"] : []),
  ...(Option.isSome(choices.key) ? ["--key"] : []),
  ...(Option.isSome(choices.tlsMin) ? ["--tls-min"] : [])
]

const readAuthorities = (path: string) =>
  Effect.gen(function* () {
    const text = yield* readText("--ca", path)
    yield* certificateIn("--ca", path, text)
    return [text]
  })

const readIdentity = (
  choices: Choices
): Effect.Effect<TlsIdentity | undefined, CliError, FileSystem.FileSystem | Output> =>
  Effect.gen(function* () {
    if (Option.isNone(choices.cert)) {
      return Option.isNone(choices.key) ? undefined : yield* usage("--key needs its certificate: --cert FILE")
    }
    const path = choices.cert.value
    const certificate = yield* readText("--cert", path)
    const parsed = yield* certificateIn("--cert", path, certificate)
    const keyPath = Option.getOrElse(choices.key, () => path)
    const key = Option.isNone(choices.key) ? certificate : yield* readText("--key", keyPath)
    if (Option.isNone(choices.key) && !PRIVATE_KEY.test(key)) {
      return yield* usage(`${path} holds no private key`, "--key FILE says where it is")
    }
    const readKey = yield* keyIn(keyPath, key)
    if (!parsed.checkPrivateKey(readKey)) {
      return yield* usage(`the private key in ${keyPath} does not belong to the certificate in ${path}`)
    }
    if (yield* Permissions.isOpenToOthers(keyPath)) {
      const output = yield* Output
      yield* output.warning(
        `${keyPath} holds a private key and can be read by others; to close it: chmod 600 ${keyPath}`
      )
    }
    return { certificate, key: Redacted.make(key) }
  })

const readText = (flag: string, path: string): Effect.Effect<string, CliError, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (files) =>
    Effect.mapError(files.readFileString(path), () => usage(`${flag}: can't read ${path}`))
  )

const certificateIn = (flag: string, path: string, text: string): Either.Either<X509Certificate, CliError> =>
  Either.try({
    try: () => new X509Certificate(text),
    catch: () =>
      usage(`${flag}: ${path} holds no certificate`, 'PEM is text that begins with "-----BEGIN CERTIFICATE-----"')
  })

const PRIVATE_KEY = /-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/

const keyIn = (path: string, text: string): Either.Either<KeyObject, CliError> =>
  Either.try({
    try: () => createPrivateKey(text),
    catch: () =>
      /ENCRYPTED/.test(text)
        ? usage(
            `the private key in ${path} is behind a passphrase`,
            `to take it off: openssl pkey -in ${path} -out FILE`
          )
        : usage(`${path} holds no private key that can be read`, "it has to be PEM")
  })
