/**
 * Whether to talk to a server whose certificate no authority vouches for.
 *
 *     a line of known certificates ──yes──► it must match; another certificate is a hard stop, and nobody is asked
 *          │ no
 *     a terminal? ──no──► the error, with the pin in it
 *          │ yes
 *     shown in words, and asked ──yes──► for this run     ──always──► a line of known certificates     ──else──► no
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type { Certificate, FtpConnectError } from "@ftp-effect/core/FtpError"
import * as Pin from "@ftp-effect/core/protocol/Pin"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { CliError } from "../errors/CliError.ts"
import { Output } from "../output/Output.ts"
import { Screen } from "../output/Screen.ts"
import * as KnownCertificates from "./KnownCertificates.ts"

/** A certificate as the library tells it. */
type Shown = typeof Certificate.Type

/** What a person may answer. */
export type Answer = "Once" | "Always" | "No"

/** The answer in what was typed. Whatever is not a clear yes is a no. */
export const readAnswer = (typed: string): Answer => {
  const word = typed.trim().toLowerCase()
  return word === "y" || word === "yes" ? "Once" : word === "a" || word === "always" ? "Always" : "No"
}

const QUESTION = "Trust this certificate? [y]es once / [a]lways / [N]o "

/** SHA-256 in two lines of pairs, as browsers and openssl show it. */
const fingerprintLines = (fingerprint: string): readonly [string, string] => {
  const pairs = (fingerprint.toUpperCase().match(/../g) ?? []).map(String)
  const half = Math.ceil(pairs.length / 2)
  return [pairs.slice(0, half).join(":"), pairs.slice(half).join(":")]
}

/** Why it was not accepted; the error's own detail repeats what is shown anyway. */
const problemOf = ({ certificateProblem, detail }: FtpConnectError): string => certificateProblem?.detail ?? detail

/** What a person needs to know to decide. `server` is host and port. */
export const inWords = (
  server: string,
  error: FtpConnectError,
  certificate: Shown,
  now: Date
): ReadonlyArray<string> => {
  const [first, second] = fingerprintLines(certificate.fingerprint)
  return [
    `${server} can't prove who it is: ${problemOf(error)}.`,
    "",
    `  subject   ${certificate.subject}`,
    `  names     ${certificate.names.length === 0 ? "none" : certificate.names.join(", ")}`,
    `  issuer    ${certificate.issuer}${certificate.issuer === certificate.subject ? " (itself)" : ""}`,
    `  valid     ${day(certificate.validFrom)} to ${day(certificate.validTo)}${validity(certificate, now)}`,
    `  SHA-256   ${first}:`,
    `            ${second}`,
    "",
    "Ask the operator of the server for the fingerprint: if it differs, someone is intercepting the connection."
  ]
}

const validity = ({ validFrom, validTo }: Shown, now: Date): string =>
  validTo < now ? " (expired)" : validFrom > now ? " (not yet valid)" : ""

const DAY_LENGTH = "2025-01-31".length

const day = (date: Date): string => date.toISOString().slice(0, DAY_LENGTH)

/**
 * The pin to go on with after the server showed a certificate that was not accepted. Without a terminal it is the error
 * itself again.
 */
export const decide = (
  server: string,
  error: FtpConnectError,
  certificate: Shown
): Effect.Effect<string, FtpConnectError | CliError, Screen | Output | FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const screen = yield* Screen
    if (!screen.canAsk) {
      return yield* error
    }
    const output = yield* Output
    const now = DateTime.toDateUtc(yield* DateTime.now)
    for (const line of inWords(server, error, certificate, now)) {
      yield* screen.line(WireText.toDisplay(line))
    }
    const answer = readAnswer(yield* screen.ask(QUESTION))
    if (answer === "No") {
      return yield* new CliError({ kind: "Untrusted", message: `the certificate of ${server} is not trusted` })
    }
    const pin = Pin.fromFingerprint(certificate.fingerprint)
    if (answer === "Always") {
      yield* Effect.matchEffect(KnownCertificates.add({ server, pin, since: day(now) }), {
        onFailure: ({ message }) => output.warning(`${message}; trusted for this run only`),
        onSuccess: (path) => output.remark(`Saved in ${path}`)
      })
    }
    return pin
  })

/** The stop where a server shows another certificate than the one that is known. */
export const changed = (
  server: string,
  known: ReadonlyArray<KnownCertificates.Line>,
  certificate: Shown
): Effect.Effect<never, CliError> =>
  Effect.flatMap(KnownCertificates.place, (path) => {
    const since = known[0]?.since === "" || known[0] === undefined ? "" : ` on ${known[0].since}`
    return new CliError({
      kind: "Untrusted",
      message:
        `the certificate of ${server} is not the one that was trusted${since}: the server may have a new one, or someone is ` +
        `intercepting the connection (it is for ${certificate.subject}, by ${certificate.issuer}, from ${day(certificate.validFrom)} on; ` +
        `its pin is ${Pin.fromFingerprint(certificate.fingerprint)})`,
      hint: `ask the operator of the server; if the new one is right, remove the line of ${server} from ${path}`
    })
  })
