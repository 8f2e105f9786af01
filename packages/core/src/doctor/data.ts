/**
 * Data connections: each way is tried by a listing of its own.
 *
 *     EPSV   C: EPSV, LIST      PASV, if that fails
 *     PASV   C: PASV            the address that the server names
 *            C: PASV, LIST
 *     active C: EPRT, LIST      if the caller asks for it
 *     TLS    C: EPSV, LIST      without resuming the session of the control connection
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { DataError, FtpListingError, OpenError } from "../base/FtpError.ts"
import * as ServerCapabilities from "../base/serverCapabilities.ts"
import * as FtpDataChannel from "../data/FtpDataChannel.ts"
import * as Command from "../protocol/Command.ts"
import * as HostPort from "../protocol/HostPort.ts"
import * as Reply from "../protocol/Reply.ts"
import type { Choices, Examination } from "./examination.ts"
import * as Finding from "./Finding.ts"

type ListError = OpenError | DataError | FtpListingError

/** Lists with a session of its own; a listing that can't be read has come over a data connection, too. */
const tryToList = (examination: Examination, choices: Choices): Effect.Effect<Either.Either<void, ListError>> =>
  Effect.gen(function* () {
    yield* examination.hangUp
    const session = yield* examination.open(choices)
    yield* Effect.catchIf(
      session.list(examination.listed.directory),
      (error) => error._tag === "FtpListingError",
      () => Effect.void
    )
  }).pipe(Effect.scoped, Effect.asVoid, Effect.either)

const isIPv6 = ({ seen }: Examination): boolean => seen.peer?.family === "IPv6"

export const epsv = (examination: Examination) =>
  Effect.gen(function* () {
    const { options } = examination
    if (options.passive?.epsv === "Never" && !isIPv6(examination)) {
      return undefined
    }
    const capabilities = ServerCapabilities.make()
    const data = FtpDataChannel.layerPassiveWith({ ...options.passive, epsv: "First" })
    const result = yield* tryToList(examination, { data, capabilities })
    if (capabilities.get("EPSV") === "Works" || (isIPv6(examination) && Either.isRight(result))) {
      examination.capabilities.set("EPSV", true)
      return Finding.make("Epsv", "Ok", "works", { facts: { works: true } })
    }
    const reply = yield* Effect.either(Effect.flatMap(examination.session, (session) => session.run(Command.epsv)))
    const isRefused = Either.isLeft(reply) && reply.left._tag === "FtpRejected"
    const facts = { works: false, refused: isRefused }
    if (isIPv6(examination)) {
      return Finding.make("Epsv", "Error", `no data connection over IPv6: ${messageOf(result)}`, {
        facts,
        user: "--ipv4 uses PASV",
        administrator: "over IPv6, EPSV is needed, and its ports have to be open in the firewall"
      })
    }
    examination.capabilities.set("EPSV", false)
    return isRefused
      ? Finding.make("Epsv", "Note", `the server has none (${reply.left.reply.code})`, { facts })
      : Finding.make("Epsv", "Warning", `gives no usable port: ${messageOf(result)}`, {
          facts,
          user: "--no-epsv saves the wait for it",
          administrator: "let the firewall pass EPSV, as IPv6 needs it"
        })
  })

const messageOf = (result: Either.Either<unknown, { readonly message: string }>): string =>
  Either.isLeft(result) ? result.left.message : "the port that it names can't be reached"

/** `activeWorks`: passive mode can be done without. */
export const pasv = (examination: Examination, activeWorks: boolean) =>
  Effect.gen(function* () {
    if (isIPv6(examination)) {
      return undefined
    }
    const session = yield* examination.session
    const reply = yield* Effect.either(session.run(Command.pasv))
    const named = Option.getOrUndefined(Option.flatMap(Either.getRight(reply), HostPort.fromPasv))
    const dialled = examination.seen.peer?.host
    const data = FtpDataChannel.layerPassiveWith({ ...examination.options.passive, epsv: "Never" })
    const result = yield* tryToList(examination, { data, capabilities: ServerCapabilities.make() })
    const hasEpsv = examination.capabilities.get("EPSV") === "Works"
    const facts = { works: Either.isRight(result), address: named?.host ?? null, dialled: dialled ?? null }
    if (Either.isLeft(result)) {
      const isRefused = Either.isLeft(reply) && reply.left._tag === "FtpRejected"
      const text = isRefused
        ? `the server refuses it (${Reply.toLine(reply.left.reply)})`
        : `does not work: ${result.left.message}`
      return Finding.make("Pasv", hasEpsv ? "Note" : activeWorks ? "Warning" : "Error", text, {
        facts: { ...facts, refused: isRefused },
        user: hasEpsv
          ? undefined
          : activeWorks
            ? "--active is needed with this server"
            : examination.options.active === undefined
              ? "--active may work, if the server can connect to this machine"
              : undefined,
        administrator: isRefused
          ? hasEpsv
            ? undefined
            : "allow passive mode, EPSV and PASV: behind a firewall or a NAT most clients can do nothing else"
          : "open the range of passive ports in the firewall, and set that range in the server"
      })
    }
    if (named !== undefined && dialled !== undefined && named.host !== dialled) {
      return Finding.make("Pasv", "Warning", `works, but names ${named.host} for ${dialled}, which we dial`, {
        facts,
        administrator: `let PASV name ${dialled}: clients that believe it can't connect`,
        section: "behind-nat"
      })
    }
    return Finding.make("Pasv", "Ok", named === undefined ? "works" : `works, and names ${named.host}`, {
      facts
    })
  })

/** If passive mode does not work and this does, it is used from then on. */
export const active = (examination: Examination) =>
  Effect.gen(function* () {
    const { active } = examination.options
    if (active === undefined) {
      return undefined
    }
    const data = FtpDataChannel.layerActive(active)
    const result = yield* tryToList(examination, { data, capabilities: ServerCapabilities.make() })
    if (Either.isRight(result)) {
      return Finding.make("Active", "Ok", "works", { facts: { works: true } })
    }
    return Finding.make("Active", "Warning", `does not work: ${result.left.message}`, {
      facts: { works: false },
      user: "the server has to reach this machine: --active-ports and --active-address tell where, behind a NAT"
    })
  })

/** Whether data connections resume the TLS session of the control connection, and whether the server demands it. */
export const sessionReuse = (examination: Examination) =>
  Effect.gen(function* () {
    if (examination.options.security === "Plain") {
      return undefined
    }
    const { seen } = examination
    yield* Effect.flatMap(examination.session, (session) => session.list(examination.listed.directory))
    const resumed = seen.data?.resumed ?? false
    const without = yield* tryToList(examination, { withoutTicket: true })
    const demanded = Either.isLeft(without) && resumed
    const facts = { resumed, demanded }
    if (resumed) {
      examination.capabilities.set("TLS session reuse", demanded)
    }
    return demanded
      ? Finding.make("SessionReuse", "Ok", "data connections must resume the TLS session, and do", { facts })
      : resumed
        ? Finding.make("SessionReuse", "Ok", "data connections resume the TLS session; the server does not demand it", {
            facts
          })
        : Finding.make("SessionReuse", "Note", "data connections make a whole TLS handshake each", { facts })
  })

/** Commands in one burst, as learned at the login. */
export const pipelining = ({ capabilities }: Examination): Finding.Finding => {
  const state = capabilities.get("Pipelining")
  const facts = { works: state === "Unknown" ? null : state === "Works" }
  switch (state) {
    case "Works":
      return Finding.make("Pipelining", "Ok", "commands that are sent together are all answered", { facts })
    case "Fails":
      return Finding.make(
        "Pipelining",
        "Note",
        "commands are sent one by one: the server loses some that come together",
        {
          facts
        }
      )
    case "Unknown":
      return Finding.make("Pipelining", "Note", "commands are sent one by one: nothing has shown that more are taken", {
        facts
      })
  }
}
