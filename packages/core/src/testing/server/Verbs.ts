/**
 * All verbs, and how a command line becomes replies.
 *
 *     line ──► verb known, allowed, logged in? ──► handler ──► final reply
 *                └──no──► 500, 550, 530
 */
import * as Effect from "effect/Effect"
import type { FtpTransportError } from "../../platform/FtpTransport.ts"
import * as Command from "../../protocol/Command.ts"
import * as Reply from "../../protocol/Reply.ts"
import * as DataPort from "./DataPort.ts"
import { FACTS } from "./EntryLine.ts"
import * as FileVerbs from "./FileVerbs.ts"
import * as HashVerbs from "./HashVerbs.ts"
import * as LoginVerbs from "./LoginVerbs.ts"
import * as Protection from "./Protection.ts"
import { closeControl, sendFinalReply, sendReply } from "./Replies.ts"
import { parseReply } from "./ReplyText.ts"
import { type Handler, noteCommand, resetAll, type Session } from "./Session.ts"
import * as SettingVerbs from "./SettingVerbs.ts"
import { untilAborted } from "./Transfer.ts"
import * as TransferVerbs from "./TransferVerbs.ts"

/** `"Before"` login too; `"Writes"` is refused where everything is read-only. */
type Access = "Before" | "Reads" | "Writes"

const feat: Handler = (session) => {
  const { denied } = session.shared.settings
  const facts = FACTS.map((fact) => `${fact}${session.facts.has(fact) ? "*" : ""};`).join("")
  const features: ReadonlyArray<readonly [verb: string, line: string]> = [
    ["EPRT", "EPRT"],
    ["EPSV", "EPSV"],
    ...HashVerbs.features(session),
    ["MDTM", "MDTM"],
    ["MFMT", "MFMT"],
    ["MLST", `MLST ${facts}`],
    ...(session.shared.settings.pret !== false ? ([["PRET", "PRET"]] as const) : []),
    ["REST", "REST STREAM"],
    ["SITE", "SITE SYMLINK"],
    ["SIZE", "SIZE"],
    ["TVFS", "TVFS"],
    ["UTF8", "UTF8"]
  ]
  const lines = [...tlsFeatures(session), ...features]
    .filter(([verb]) => !denied.has(verb))
    .map(([, line]) => ` ${line}`)
  return Effect.succeed(
    lines.length === 0 ? Reply.make(211, "No features.") : Reply.make(211, "Features:", ...lines, "End")
  )
}

/** RFC 4217 §6. */
const tlsFeatures = ({ shared }: Session): ReadonlyArray<readonly [verb: string, line: string]> => {
  const { tls } = shared.settings
  return tls === undefined
    ? []
    : [...(tls.mode === "Explicit" ? ([["AUTH", "AUTH TLS"]] as const) : []), ["PBSZ", "PBSZ"], ["PROT", "PROT"]]
}

const help: Handler = (session) =>
  Effect.sync(() => {
    const { denied, hasher, pret, tls } = session.shared.settings
    const verbs = [...VERBS.keys()].filter(
      (verb) =>
        !denied.has(verb) &&
        (verb !== "PRET" || pret !== false) &&
        (tls !== undefined || !TLS_VERBS.has(verb)) &&
        (hasher !== undefined || !HASH_VERBS.has(verb))
    )
    const rows: Array<string> = []
    for (let at = 0; at < verbs.length; at += VERBS_PER_ROW) {
      rows.push(` ${verbs.slice(at, at + VERBS_PER_ROW).join(" ")}`)
    }
    return Reply.make(214, "The following commands are recognized:", ...rows, "Help OK.")
  })

const TLS_VERBS: ReadonlySet<string> = new Set(["AUTH", "PBSZ", "PROT"])
const HASH_VERBS: ReadonlySet<string> = new Set("HASH MD5 XCRC XMD5 XSHA XSHA1 XSHA256 XSHA512".split(" "))

const VERBS_PER_ROW = 14

const VERBS: ReadonlyMap<string, readonly [Access, Handler]> = new Map([
  ["USER", ["Before", LoginVerbs.user]],
  ["PASS", ["Before", LoginVerbs.pass]],
  ["ACCT", ["Before", LoginVerbs.acct]],
  ["QUIT", ["Before", LoginVerbs.quit]],
  ["AUTH", ["Before", Protection.auth]],
  ["PBSZ", ["Before", Protection.pbsz]],
  ["PROT", ["Before", Protection.prot]],
  ["FEAT", ["Before", feat]],
  ["OPTS", ["Before", SettingVerbs.opts]],
  ["HELP", ["Before", help]],
  ["NOOP", ["Before", SettingVerbs.noop]],
  ["SYST", ["Reads", SettingVerbs.syst]],
  ["STAT", ["Reads", FileVerbs.stat]],
  ["TYPE", ["Reads", SettingVerbs.type]],
  ["MODE", ["Reads", SettingVerbs.mode]],
  ["STRU", ["Reads", SettingVerbs.stru]],
  ["REST", ["Reads", SettingVerbs.rest]],
  ["ALLO", ["Reads", SettingVerbs.allo]],
  ["ABOR", ["Reads", SettingVerbs.abor]],
  ["PASV", ["Reads", DataPort.pasv]],
  ["PRET", ["Reads", DataPort.pret]],
  ["EPSV", ["Reads", DataPort.epsv]],
  ["PORT", ["Reads", DataPort.port]],
  ["EPRT", ["Reads", DataPort.eprt]],
  ["PWD", ["Reads", FileVerbs.pwd]],
  ["CWD", ["Reads", FileVerbs.cwd]],
  ["CDUP", ["Reads", FileVerbs.cdup]],
  ["SIZE", ["Reads", FileVerbs.size]],
  ["MDTM", ["Reads", FileVerbs.mdtm]],
  ["MLST", ["Reads", FileVerbs.mlst]],
  ["SITE", ["Reads", FileVerbs.site]],
  ["HASH", ["Reads", HashVerbs.hash]],
  ["MD5", ["Reads", HashVerbs.md5]],
  ["XCRC", ["Reads", HashVerbs.x]],
  ["XMD5", ["Reads", HashVerbs.x]],
  ["XSHA", ["Reads", HashVerbs.x]],
  ["XSHA1", ["Reads", HashVerbs.x]],
  ["XSHA256", ["Reads", HashVerbs.x]],
  ["XSHA512", ["Reads", HashVerbs.x]],
  ["MFMT", ["Writes", FileVerbs.mfmt]],
  ["MKD", ["Writes", FileVerbs.mkd]],
  ["RMD", ["Writes", FileVerbs.rmd]],
  ["DELE", ["Writes", FileVerbs.dele]],
  ["RNFR", ["Writes", FileVerbs.rnfr]],
  ["RNTO", ["Writes", FileVerbs.rnto]],
  ["LIST", ["Reads", TransferVerbs.list]],
  ["NLST", ["Reads", TransferVerbs.nlst]],
  ["MLSD", ["Reads", TransferVerbs.mlsd]],
  ["RETR", ["Reads", TransferVerbs.retr]],
  ["STOR", ["Writes", TransferVerbs.stor]],
  ["APPE", ["Writes", TransferVerbs.appe]],
  ["STOU", ["Writes", TransferVerbs.stou]]
])

const TRANSFERS: ReadonlySet<string> = new Set(["RETR", "STOR", "APPE", "STOU", "LIST", "NLST", "MLSD"])

/** RFC 1123 §4.1.3.1: what they were called before RFC 959. */
const OLD_NAMES: ReadonlyMap<string, string> = new Map([
  ["XCUP", "CDUP"],
  ["XCWD", "CWD"],
  ["XMKD", "MKD"],
  ["XPWD", "PWD"],
  ["XRMD", "RMD"]
])

/** Carries one command line out and answers it, faults included. */
export const execute = (session: Session, line: string): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    const space = line.indexOf(" ")
    const word = (space === -1 ? line : line.slice(0, space)).toUpperCase()
    const argument = space === -1 ? "" : line.slice(space + 1)
    const command = Command.raw(line)
    yield* noteCommand(session, Command.isSecret(command) ? Command.toLog(command) : line)
    const verb = OLD_NAMES.get(word) ?? word
    if (yield* applyFaultsBefore(session, verb)) {
      return
    }
    const refuse = session.shared.faults.take("Refuse", verb)
    const isTransfer = TRANSFERS.has(verb)
    const work = refuse === undefined ? dispatch(session, verb, argument) : Effect.succeed(parseReply(refuse.reply))
    const reply = yield* isTransfer ? untilAborted(session, work) : work
    if (isTransfer) {
      yield* DataPort.abandon(session, verb)
    }
    if (verb !== "RNFR" && verb !== "RNTO") {
      session.renameFrom = undefined
    }
    if (session.heldPreliminary !== undefined) {
      const late = session.heldPreliminary
      session.heldPreliminary = undefined
      yield* sendReply(session, verb, late)
    }
    if (reply !== undefined) {
      yield* sendFinalReply(session, verb, reply)
    }
  })

const dispatch = (session: Session, verb: string, argument: string): ReturnType<Handler> => {
  const { denied, deniedReply, readOnly } = session.shared.settings
  const known = VERBS.get(verb)
  if (known === undefined) {
    return Effect.succeed(UNKNOWN)
  }
  const [access, handler] = known
  if (verb === "PRET" && session.shared.settings.pret === false) {
    return Effect.succeed(UNKNOWN)
  }
  if (access !== "Before" && session.login !== "LoggedIn") {
    return Effect.succeed(NOT_LOGGED_IN)
  }
  if (denied.has(verb)) {
    return Effect.succeed(deniedReply)
  }
  return access === "Writes" && readOnly ? Effect.succeed(DENIED) : handler(session, argument, verb)
}

const UNKNOWN = Reply.make(500, "Unknown command.")
const NOT_LOGGED_IN = Reply.make(530, "Please login with USER and PASS.")
const DENIED = Reply.make(550, "Permission denied.")

/** The faults that strike before a command is carried out; whether that was the end of it. */
export const applyFaultsBefore = (session: Session, verb: string): Effect.Effect<boolean, FtpTransportError> =>
  Effect.gen(function* () {
    const { faults } = session.shared
    if (faults.take("LosePipelined", verb) !== undefined) {
      session.input.drop()
    }
    const delay = faults.take("Delay", verb)
    if (delay !== undefined) {
      yield* Effect.sleep(delay.duration)
    }
    if (faults.take("ResetAll", verb) !== undefined) {
      yield* resetAll(session.shared)
      return true
    }
    if (faults.take("Silence", verb) !== undefined) {
      yield* session.input.gone
      session.closing = true
      return true
    }
    const close = faults.take("CloseControl", verb, ({ at }) => at !== "FinalReply")
    if (close !== undefined) {
      yield* closeControl(session, verb, close.announce ?? false, close.how ?? "End")
      return true
    }
    return false
  })
