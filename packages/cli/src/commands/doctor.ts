/** `doctor`: what a server is like, and what is wrong with it. */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as FtpCharset from "@ftp-effect/core/FtpCharset"
import * as FtpDoctor from "@ftp-effect/core/FtpDoctor"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import type { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpProfile from "@ftp-effect/core/FtpProfile"
import type { ExplicitOptions } from "@ftp-effect/core/FtpSecurity"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import { FtpAddressFamily } from "@ftp-effect/core/FtpTransport"
import type * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as NodeFtpProxy from "@ftp-effect/node/NodeFtpProxy"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Command from "../arguments/Command.ts"
import * as Flag from "../arguments/Flag.ts"
import * as Client from "../connection/client.ts"
import type { Encryption } from "../connection/Encryption.ts"
import * as KnownCertificates from "../connection/KnownCertificates.ts"
import * as Login from "../connection/Login.ts"
import type { Network } from "../connection/Network.ts"
import * as Profiles from "../connection/Profiles.ts"
import * as Remote from "../connection/Remote.ts"
import * as Settings from "../connection/Settings.ts"
import { type CliError, Incomplete, type OutputClosed, usage } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import * as DoctorText from "../output/DoctorText.ts"
import { Output } from "../output/Output.ts"
import * as Run from "../output/runCommand.ts"
import { Screen } from "../output/Screen.ts"

const MAX_SESSIONS = 64
const DEFAULT_SESSIONS = 8

const write = Flag.text(
  "write",
  undefined,
  "DIR",
  "Also try uploads, renames, times and removal, in a new directory in DIR on the server, which is removed again."
)
const save = Flag.toggle("save", undefined, "Keep what was learned: other commands start with it.")
const sessions = Flag.number(
  "sessions",
  undefined,
  "N",
  { from: 1, to: MAX_SESSIONS, whole: true },
  `Open up to N sessions at once, to see how many are let in. Default: ${DEFAULT_SESSIONS}.`
)

export const command = Command.make(
  {
    usage: "[OPTIONS] URL",
    details: [
      "Connects step by step: addresses, greeting, encryption and certificate, login; then tries which commands work, how " +
        "the server lists, how many sessions it accepts and how quick it is. At the end it says what you can do, and what " +
        "to tell the server's administrator.",
      "URL names a directory to list, or a file to read. Nothing is written on the server without --write. With --active, " +
        "active mode is tried too.",
      "Exit code 0: nothing is broken. 1: something is. If there is no connection or no login: the code of that error."
    ],
    examples: [
      ["ftp-effect doctor ftpes://ann@ftp.example.com", "What a server is like"],
      ["ftp-effect doctor --write incoming ftp://ann@ftp.example.com", "Uploads too, in the directory incoming"]
    ]
  },
  { write, save, sessions, settings: Settings.flags },
  ({ save, sessions, settings, write }, urls) =>
    Run.run(
      settings,
      Effect.gen(function* () {
        if (urls.length > 1) {
          return yield* usage(`one server can be examined, not ${urls.length}`)
        }
        const { args, login, route } = yield* Remote.find(urls, settings)
        const { network } = route
        const { listing } = settings
        const charset = yield* charsetOf(listing.charset)
        const tls = yield* trustOf(login.url, route.encryption)
        const report = yield* Effect.gen(function* () {
          const url = yield* completed(login, network, tls)
          return yield* examine({
            endpoint: url.endpoint,
            security: url.security,
            tls,
            passive: network.passive,
            active: network.active,
            path: args[0].path,
            writeIn: Option.getOrUndefined(write),
            sessions: Flag.orElse(sessions, DEFAULT_SESSIONS),
            dialect: Option.getOrUndefined(listing.dialect),
            dateOrder: Option.getOrUndefined(listing.dateOrder),
            zone: Option.getOrUndefined(listing.zone),
            charset
          })
        }).pipe(Effect.provide(servicesOf(network, settings)))
        if (save) {
          yield* keep(report)
        }
        yield* conclude(FtpEndpoint.toLabel(login.url.endpoint), report)
      })
    )
)

/** Whom to trust: the flags, else the known certificates. No one is asked: a certificate is part of the findings. */
const trustOf = (
  url: FtpUrl.FtpUrl,
  encryption: Option.Option<Encryption>
): Effect.Effect<ExplicitOptions | undefined, CliError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    if (Option.isNone(encryption)) {
      return undefined
    }
    const { hasExplicitTrust, tls } = encryption.value
    const known = hasExplicitTrust ? [] : yield* KnownCertificates.find(FtpEndpoint.toAuthority(url.endpoint))
    return known.length === 0 ? tls : { ...tls, pins: known.map(({ pin }) => pin) }
  })

const charsetOf = (name: Option.Option<FtpCharset.Name>): Either.Either<FtpCharset.FtpCharset | undefined, CliError> =>
  Option.match(name, {
    onNone: () => Either.right(undefined),
    onSome: (name) => Either.mapLeft(FtpCharset.make(name), ({ message }) => usage(message))
  })

/** The URL with its password, which is asked for only if the server can be reached and is trusted. */
const completed = (login: Login.Login, network: Network, tls: ExplicitOptions | undefined) =>
  Effect.gen(function* () {
    if (Option.isNone(login.question)) {
      return login.url
    }
    const { family, proxy } = network
    const met = yield* Effect.either(NodeFtp.greet({ url: login.url, tls, family, proxy }))
    return met._tag === "Right" ? yield* Login.complete(login) : login.url
  })

const servicesOf = ({ family, proxy }: Network, settings: Settings.Settings) =>
  Layer.mergeAll(
    proxy === undefined ? NodeFtpTransport.layer : NodeFtpProxy.layerUrl(proxy),
    FtpTimeouts.layer(Client.timeoutsOf(settings)),
    Layer.succeed(FtpAddressFamily, family ?? "Any")
  )

/** Prints each finding when it is there; ends when it can't be printed. */
const examine = (options: FtpDoctor.Options) =>
  Effect.gen(function* () {
    const output = yield* Output
    const screen = yield* Screen
    const unprintable = yield* Deferred.make<never, OutputClosed | FtpLocalFileError>()
    const print = (finding: FtpDoctor.Finding) =>
      Effect.gen(function* () {
        const { columns } = yield* screen.size
        const { advice, check, facts, section, severity, text } = finding
        const line = { kind: "finding", check, severity, text, facts, advice, section } as const
        yield* output.result(line, DoctorText.finding(finding, columns))
      }).pipe(Effect.catchAll((error) => Deferred.fail(unprintable, error)))
    return yield* Effect.raceFirst(FtpDoctor.examine(options, print), Deferred.await(unprintable))
  })

const keep = ({ profile }: FtpDoctor.Report) =>
  Effect.gen(function* () {
    const output = yield* Output
    if (Option.isNone(profile)) {
      return yield* output.warning("--save: nothing was learned about the server, so nothing is kept")
    }
    const kept = yield* Effect.either(Profiles.write(profile.value))
    yield* Either.isRight(kept)
      ? output.remark("Kept: other commands start with what was learned.")
      : output.warning(`--save: what was learned could not be kept: ${kept.left.message}`)
  })

/** The last lines, and the exit code. */
const conclude = (server: string, { error, findings, profile }: FtpDoctor.Report) =>
  Effect.gen(function* () {
    const output = yield* Output
    const screen = yield* Screen
    const { columns } = yield* screen.size
    const errors = DoctorText.countOf(findings, "Error")
    yield* output.result(
      {
        kind: "examined",
        server,
        errors,
        warnings: DoctorText.countOf(findings, "Warning"),
        profile: Option.match(profile, { onNone: () => null, onSome: (known) => JSON.parse(FtpProfile.toJson(known)) })
      },
      DoctorText.advice(findings, columns)
    )
    if (Option.isSome(error)) {
      return yield* new Incomplete({ code: ExitCode.of(error.value) })
    }
    if (errors > 0) {
      return yield* new Incomplete({ code: ExitCode.Failed })
    }
  })
