/**
 * Examines a server step by step, and explains what it finds: for the first look at a server that is not known, or one
 * that does not work.
 *
 *     const report = yield* FtpDoctor.examine({ endpoint, security: "Explicit" }, (finding) => Console.log(finding.text))
 *
 *     addresses ──► greeting ──► TLS, certificate ──► login ──► software, FEAT ──► data connections ──► listings ──► files
 *         └─────────────┴─────────────┴─────────────────┴── an error here ends it      │
 *                                        report ◄── writing, if asked ◄── speed ◄── sessions
 *
 * Nothing is written on the server unless `writeIn` is given, and the password is sent only after the certificate was
 * accepted. A probe that fails is a finding; each takes a minute at most. It has one session open at a time, but to
 * count how many are let in.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Endpoint from "../base/FtpEndpoint.ts"
import type { FtpError, FtpUsageError } from "../base/FtpError.ts"
import type { FtpProfile } from "../base/FtpProfile.ts"
import * as FtpDataChannel from "../data/FtpDataChannel.ts"
import type { FtpTransport } from "../platform/FtpTransport.ts"
import * as Features from "../protocol/Features.ts"
import * as NativePath from "../protocol/NativePath.ts"
import { FtpSecurity } from "../security/FtpSecurity.ts"
import * as Address from "./address.ts"
import * as Data from "./data.ts"
import * as Examination from "./examination.ts"
import * as Finding from "./Finding.ts"
import * as Files from "./files.ts"
import * as Listing from "./listing.ts"
import * as Load from "./load.ts"
import type { Options } from "./options.ts"
import * as Reach from "./reach.ts"
import * as Software from "./software.ts"
import * as Writing from "./writing.ts"

export { Advice, Check, Finding, Severity } from "./Finding.ts"
export type { Options } from "./options.ts"

/**
 * All findings, in their order.
 *
 * @since 0.1.0
 * @category models
 */
export interface Report {
  readonly findings: ReadonlyArray<Finding.Finding>
  /** Why the examination could not go on: not reached, not trusted, not let in. */
  readonly error: Option.Option<FtpError>
  /** What was learned, for a pool; `None` without a login. */
  readonly profile: Option.Option<FtpProfile>
}

/**
 * Examines a server; `onFinding` is run for each finding as soon as it is there. What is wrong with the server is in the
 * report, never a failure: that is a `FtpUsageError` alone, of options that make no sense.
 *
 * @example
 * ```ts
 * import * as FtpDoctor from "@ftp-effect/core/FtpDoctor"
 * import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
 * import * as Effect from "effect/Effect"
 *
 * const endpoint = FtpEndpoint.make({ host: "files.example" })
 * const report = FtpDoctor.examine({ endpoint, security: "Explicit" }, ({ severity }) => Effect.log(severity))
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const examine = (
  options: Options,
  onFinding: (finding: Finding.Finding) => Effect.Effect<void> = () => Effect.void
): Effect.Effect<Report, FtpUsageError, FtpTransport> =>
  Effect.scoped(
    Effect.gen(function* () {
      const findings: Array<Finding.Finding> = []
      const report = (finding: Finding.Finding | undefined) =>
        finding === undefined
          ? Effect.void
          : Effect.zipRight(
              Effect.sync(() => findings.push(finding)),
              onFinding(finding)
            )
      for (const reached of [Address.addresses(options), Reach.greeting(options)]) {
        const { error, findings: some } = yield* reached
        yield* Effect.forEach(some, report, { discard: true })
        if (error !== undefined) {
          return { findings, error: Option.some<FtpError>(error), profile: Option.none() }
        }
      }
      const built = yield* Layer.build(Reach.securityOf(options))
      const examination = yield* Examination.make(options, yield* Effect.provide(FtpSecurity, built))
      const failed = yield* examineSession(examination, report)
      const profile = examination.capabilities.profile(options.endpoint, yield* DateTime.now)
      return { findings, error: Option.fromNullable(failed), profile: Option.fromNullable(profile) }
    })
  )

type ReportOne = (finding: Finding.Finding | undefined) => Effect.Effect<void>

/** From the login on. Returns the error that ended it. */
const examineSession = (examination: Examination.Examination, report: ReportOne) =>
  Effect.gen(function* () {
    const opened = yield* Effect.either(examination.session)
    if (Either.isLeft(opened)) {
      yield* report(loginRefused(opened.left))
      return opened.left
    }
    const session = opened.right
    const home = yield* Effect.option(session.workingDirectory)
    yield* report(loginFinding(examination, Option.getOrUndefined(home)))
    yield* run("Software", Software.software(examination), report)
    yield* report(Software.features(session))
    yield* report(Data.pipelining(examination))
    yield* run("Latency", Load.latency(examination), report)
    const canList = yield* examineData(examination, report)
    if (canList) {
      yield* run("Listing", Listing.listing(examination), report)
      yield* examineListings(examination, Features.has(session.features, "UTF8"), report)
      yield* examineFile(examination, report)
    } else {
      yield* report(Listing.impossible())
    }
    yield* run("Sessions", Load.sessions(examination), report)
    if (canList) {
      const mayRestart = examination.capabilities.get("REST") === "Works"
      yield* run("Throughput", Load.throughput(examination, examination.sample?.entry, mayRestart), report)
    }
    const { writeIn } = examination.options
    if (writeIn !== undefined) {
      yield* run("Upload", Effect.as(Writing.write(examination, writeIn, report), undefined), report)
    }
    return undefined
  })

const run = (
  check: Finding.Check,
  effect: Parameters<typeof Examination.probe>[1],
  report: ReportOne
): Effect.Effect<void> => Effect.flatMap(Examination.probe(check, effect), report)

/** Whether a listing or a file can come at all. */
const examineData = (examination: Examination.Examination, report: ReportOne) =>
  Effect.gen(function* () {
    const { capabilities } = examination
    yield* run("Epsv", Data.epsv(examination), report)
    const active = yield* Examination.probe("Active", Data.active(examination))
    const activeWorks = active?.severity === "Ok"
    const pasv = yield* Examination.probe("Pasv", Data.pasv(examination, activeWorks))
    yield* report(pasv)
    yield* report(active)
    const passiveWorks = capabilities.get("EPSV") === "Works" || (pasv !== undefined && pasv.facts.works !== false)
    if (!passiveWorks && activeWorks) {
      examination.data = FtpDataChannel.layerActive(examination.options.active)
      yield* examination.hangUp
    }
    if (!passiveWorks && !activeWorks) {
      return false
    }
    yield* run("SessionReuse", Data.sessionReuse(examination), report)
    return true
  })

const examineListings = (examination: Examination.Examination, claimsUtf8: boolean, report: ReportOne) =>
  Effect.gen(function* () {
    if (examination.isListed) {
      yield* report(Listing.names(examination, claimsUtf8))
    }
    const byList = Effect.gen(function* () {
      const { listed, zone } = yield* Listing.byList(examination)
      yield* report(Listing.dialectFinding(listed))
      return Listing.zoneFinding(zone)
    })
    yield* run("List", byList, report)
  })

const examineFile = (examination: Examination.Examination, report: ReportOne) =>
  Effect.gen(function* () {
    if (examination.sample === undefined) {
      return yield* report(examination.isListed ? Files.noSample() : undefined)
    }
    const size = yield* Examination.probe("Size", Files.size(examination, examination.sample))
    yield* report(size)
    const { entry: sample } = examination.sample
    yield* run("Modified", Files.modified(examination, sample), report)
    yield* run("Mlst", Files.mlst(examination, sample), report)
    yield* run("Restart", Files.restart(examination, sample), report)
    yield* run("Hash", Files.hash(examination, sample, size?.facts.works === true), report)
  })

const loginFinding = ({ options }: Examination.Examination, home: string | undefined): Finding.Finding => {
  const { endpoint } = options
  const paths = NativePath.syntaxOf(home ?? "/")
  const where = home === undefined ? "" : `, home is ${home}`
  const who = Endpoint.isAnonymous(endpoint) ? "anonymously" : `as ${endpoint.user}`
  const facts = { user: endpoint.user, home: home ?? null, paths }
  return paths === "Slashes"
    ? Finding.make("Login", "Ok", `logged in ${who}${where}`, { facts })
    : Finding.make("Login", "Ok", `logged in ${who}${where}: paths are those of ${SYSTEMS[paths]}`, {
        facts,
        user: "write paths as the server does, in quotes, or with slashes below the login directory",
        section: "paths-without-slashes"
      })
}

const SYSTEMS = { Vms: "OpenVMS", Mvs: "z/OS" } as const

const loginRefused = (error: FtpError): Finding.Finding =>
  Finding.make("Login", "Error", error.message, {
    facts: { tag: error._tag, reason: "reason" in error ? error.reason : null },
    user:
      error._tag !== "FtpAuthError"
        ? undefined
        : error.reason === "TlsRequired"
          ? Reach.ENCRYPT
          : "is the user's name right, and the password?"
  })
