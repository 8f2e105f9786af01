/**
 * What was learned about one server by trying, shared by its sessions so that each lesson is paid for once.
 *
 *     unknown ──try──► works
 *        └──────try──► fails      (kept for the life of the pool)
 *
 * What FEAT lists is not here: each session asks, because it may differ by user and protection.
 */
import * as Option from "effect/Option"
import type { DialectName } from "../protocol/Listing.ts"
import type { DateOrder } from "../protocol/listing/NumericDate.ts"
import * as OptionalVerbs from "./optionalVerbs.ts"

/**
 * `EPSV`: the verb is known and its port can be reached. `EPRT`: the verb is known. `Pipelining`: commands sent in one
 * burst are all answered. `Early TLS`: the TLS handshake of a data connection may begin before the transfer command.
 * `MLSD`: it is known, and its lines can be read. `MLSD path`, `LIST path`: the directory that is named is listed, not
 * the current one. `Ends data`: a data connection is ended by the server that sent all of it, not only after the client
 * has closed it. `SIZE of directory`: it is answered with a number. `Login`: the server has accepted this login. `PROT
 * before login`: it is known then. `Data after reset`: a session whose protected data connection was reset may have
 * another one. `Express`: a small file in one step is over in time.
 */
export type Capability =
  | "EPSV"
  | "EPRT"
  | "Pipelining"
  | "Early TLS"
  | "MLSD"
  | "MLSD path"
  | "LIST path"
  | "LIST -a"
  | "Ends data"
  | "SIZE of directory"
  | "Login"
  | "PROT before login"
  | "Data after reset"
  | "Express"

/** What the last listings by LIST showed: its format, and the order of dates of numbers. */
export interface ListingMemory {
  dialect: Option.Option<DialectName>
  dateOrder: Option.Option<DateOrder>
}

export interface ServerCapabilities {
  /** Commands that the server may leave unanswered. */
  readonly optionalVerbs: OptionalVerbs.OptionalVerbs
  readonly get: (fact: Capability) => "Unknown" | "Works" | "Fails"
  readonly set: (fact: Capability, works: boolean) => void
  readonly listing: ListingMemory
}

export const make = (): ServerCapabilities => {
  const facts = new Map<Capability, boolean>()
  return {
    optionalVerbs: OptionalVerbs.make(() => facts.set("Pipelining", false)),
    get: (fact) => {
      const works = facts.get(fact)
      return works === undefined ? "Unknown" : works ? "Works" : "Fails"
    },
    set: (fact, works) => {
      facts.set(fact, works)
    },
    listing: { dialect: Option.none(), dateOrder: Option.none() }
  }
}
