/**
 * What a session sets for its transfers, and what it asks of the server as such: TYPE, MODE, STRU, REST, ALLO, OPTS,
 * SYST, NOOP, ABOR, STAT without a path. RFC 959 §4.1.2, RFC 3659 §5.
 *
 * FEAT and HELP, which list all verbs, are in `Verbs`.
 */
import * as Effect from "effect/Effect"
import * as Reply from "../../protocol/Reply.ts"
import { FACTS } from "./EntryLine.ts"
import * as HashVerbs from "./HashVerbs.ts"
import type { ListDialect } from "./ListLine.ts"
import type { Handler, Session } from "./Session.ts"

export const type: Handler = (session, argument) =>
  Effect.sync(() => {
    switch (argument.trim().toUpperCase()) {
      case "A":
      case "A N":
        session.type = "A"
        return Reply.make(200, "Switching to ASCII mode.")
      case "I":
      case "L 8":
      case "L8":
        session.type = "I"
        return Reply.make(200, "Switching to Binary mode.")
      case "":
        return Reply.make(501, "TYPE needs an argument.")
      default:
        return Reply.make(504, "Unrecognised TYPE command.")
    }
  })

export const mode: Handler = (_, argument) =>
  Effect.succeed(
    argument.trim().toUpperCase() === "S" ? Reply.make(200, "Mode set to S.") : Reply.make(504, "Bad MODE command.")
  )

export const stru: Handler = (_, argument) =>
  Effect.succeed(
    argument.trim().toUpperCase() === "F"
      ? Reply.make(200, "Structure set to F.")
      : Reply.make(504, "Bad STRU command.")
  )

/** The offset outlives everything but the next transfer and the next REST, as on all servers that were measured. */
export const rest: Handler = (session, argument, verb) =>
  Effect.sync(() => {
    const offset = Number(argument)
    if (!/^\d+$/.test(argument) || !Number.isSafeInteger(offset)) {
      return Reply.make(501, "REST needs a number of bytes.")
    }
    if (session.type === "A" && offset > 0) {
      return Reply.make(501, "REST: Resuming transfers not allowed in ASCII mode.")
    }
    const ignored = offset > 0 && session.shared.faults.take("IgnoreRest", verb) !== undefined
    session.restart = ignored ? 0 : offset
    return Reply.make(350, `Restart position accepted (${offset}).`)
  })

export const allo: Handler = () => Effect.succeed(Reply.make(202, "No storage allocation necessary."))

export const opts: Handler = (session, argument) =>
  Effect.sync(() => {
    const [name = "", value = ""] = argument.split(" ")
    const { denied } = session.shared.settings
    switch (name.toUpperCase()) {
      case "UTF8":
        return denied.has("UTF8") || value.toUpperCase() !== "ON"
          ? Reply.make(501, "Option not understood.")
          : Reply.make(200, "Always in UTF8 mode.")
      case "MLST": {
        if (denied.has("MLST") && denied.has("MLSD")) {
          return Reply.make(501, "Option not understood.")
        }
        const wanted = value.toLowerCase().split(";")
        session.facts = new Set(FACTS.filter((fact) => wanted.includes(fact.toLowerCase())))
        // RFC 3659 §7.9: the reply lists what is on, behind the word MLST OPTS.
        const on = FACTS.filter((fact) => session.facts.has(fact))
        return Reply.make(200, `MLST OPTS ${on.map((fact) => `${fact};`).join("")}`)
      }
      case "HASH":
        return HashVerbs.opts(session, value)
      default:
        return Reply.make(501, "Option not understood.")
    }
  })

export const syst: Handler = (session) =>
  Effect.succeed(Reply.make(215, SYSTEMS[session.shared.settings.listing] ?? "UNIX Type: L8"))

const SYSTEMS: { readonly [D in ListDialect]?: string } = {
  Dos: "Windows_NT",
  Vms: "VMS OpenVMS V8.4",
  Os400: "OS/400 is the remote operating system.",
  Mvs: "MVS is the operating system of this server.",
  NetWare: "NETWARE Type: L8",
  Os2: "OS/2",
  NonStop: "NONSTOP",
  Zvm: "VM",
  VxWorks: "VxWorks"
}

export const noop: Handler = () => Effect.succeed(Reply.make(200, "NOOP ok."))

/** The transfer under way, if there was one, has had its 426 by now: see `Transfer`. */
export const abor: Handler = (session) =>
  Effect.sync(() => {
    const { aborted } = session
    session.aborted = false
    return aborted ? Reply.make(226, "ABOR successful.") : Reply.make(225, "No transfer to ABOR.")
  })

export const status = (session: Session): Reply.Reply =>
  Reply.make(
    211,
    "FTP server status:",
    `     Connected to ${session.control.remote.host}`,
    `     Logged in as ${session.user ?? "nobody"}`,
    `     TYPE: ${session.type === "A" ? "ASCII" : "BINARY"}, STRU: File, MODE: Stream`,
    "End of status"
  )
