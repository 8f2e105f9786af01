/**
 * What one scene of the campaign is: a server, a client with its pool, up to eight transfers at once, and what goes
 * wrong. All of it follows from two numbers, so that each scene can be played again alone.
 *
 *     (seed, index) ──► stage · protection · pool ──► transfers ──► one or two kinds of fault, put on them
 *
 * What happens when is the machine's affair: the same scene may end otherwise the next time.
 */
import type * as FtpEvidence from "@ftp-effect/core/FtpEvidence"
import type { Fault, Limit } from "@ftp-effect/core/testing/FtpTestServer"
import * as Dice from "./dice.ts"
import * as Faults from "./faults.ts"

/** The embedded server in memory and over TCP, and the four real ones behind the proxy. */
export type StageName = "memory" | "tcp" | "vsftpd" | "proftpd" | "pure-ftpd" | "pyftpdlib"

/**
 * Breaks the `nth` connection (from 0) of a role once `after` bytes went through it in one direction, or refuses it.
 */
export interface Rule {
  readonly role: "Control" | "Data"
  readonly nth: number
  readonly after: number
  readonly how: "Reset" | "End" | "Silence" | "Refuse"
}

/** Something that happens when a transfer has come so far, or when it has taken so long. */
export interface Happening {
  readonly what: "Interrupt" | "ReplaceFile" | "RewriteFile" | "Restart"
  readonly at: { readonly bytes: number } | { readonly millis: number }
}

export interface Transfer {
  readonly name: string
  readonly way: "toFile" | "download" | "fromFile" | "upload"
  readonly size: number
  readonly seed: number
  /** What comes of the file when it changes. */
  readonly next: { readonly size: number; readonly seed: number }
  /** Whether an older file has the final name already. */
  readonly isThere: boolean
  readonly segments: number | "auto"
  readonly changed: "Fail" | "StartOver"
  readonly rename: "Written" | "Synced"
  readonly atomic: boolean
  readonly source: "Bytes" | "Replayable" | "Stream"
  /** `Any` is the default: what is known without another question. */
  readonly evidence: Exclude<FtpEvidence.Strength, "Reply"> | "Any"
  /** Bytes in a second, where it has to last for something to happen in it. */
  readonly rate: number | undefined
  readonly happening: Happening | undefined
  /** The local disk is full from this many bytes on. */
  readonly diskFullAt: number | undefined
  /** Whether it is run again without faults after a failure. */
  readonly again: boolean
}

export interface Scene {
  readonly seed: number
  readonly index: number
  readonly stage: StageName
  readonly security: "Plain" | "Explicit"
  readonly dataMode: "Passive" | "Active"
  readonly sessions: number
  /** Millis one way. */
  readonly latency: number
  readonly limit: Limit | undefined
  /** Whether every other control connection reaches another server, whose files have other bytes. */
  readonly hasTwin: boolean
  readonly denied: ReadonlyArray<string>
  readonly kinds: ReadonlyArray<Faults.Kind>
  readonly faults: ReadonlyArray<Fault>
  readonly rules: ReadonlyArray<Rule>
  readonly transfers: ReadonlyArray<Transfer>
}

export const isEmbedded = (stage: StageName): boolean => stage === "memory" || stage === "tcp"

export const toName = ({ index, seed }: Pick<Scene, "index" | "seed">): string => `${seed}/${index}`

const KIB = 1024
const MIB = 1024 * KIB

/** From here on more than one session is worth it: two parts of 4 MiB. */
const SEGMENTED_FROM = 8 * MIB

/** How often one scene has two kinds of fault, and how often its server lacks something. */
const TWICE = 0.25
const LACKING = 0.25

/** How often the server dials the data connections. */
const ACTIVE = 0.25

export const make = (seed: number, index: number): Scene => {
  const dice = Dice.make(seed, index)
  const stage = dice.weigh<StageName>([
    [42, "memory"],
    [38, "tcp"],
    [6, "vsftpd"],
    [5, "proftpd"],
    [5, "pure-ftpd"],
    [4, "pyftpdlib"]
  ])
  const security = stage !== "memory" && dice.chance(0.4) ? "Explicit" : "Plain"
  const count = dice.weigh([
    [30, 1],
    [20, 2],
    [30, dice.between(3, 4)],
    [20, dice.between(5, 8)]
  ])
  const transfers = Array.from({ length: count }, (_, number) => transfer(dice, stage, number))
  const isLarge = transfers.some(({ segments }) => segments !== 1)
  const calm: Scene = {
    seed,
    index,
    stage,
    security,
    dataMode: dice.chance(ACTIVE) ? "Active" : "Passive",
    sessions: isLarge ? dice.between(2, 6) : dice.between(1, Math.min(8, count + 1)),
    latency: dice.weigh([
      [9, 0],
      [1, dice.between(1, 8)]
    ]),
    limit: undefined,
    hasTwin: false,
    denied: [],
    kinds: [],
    faults: [],
    rules: [],
    transfers
  }
  const first = Faults.draw(dice, calm)
  const kinds = dice.chance(TWICE) ? [first, Faults.draw(dice, calm)] : [first]
  const scene = telling(kinds.reduce((scene, kind) => Faults.put(dice, scene, kind), calm))
  return isEmbedded(stage) && dice.chance(LACKING) ? deny(dice, scene) : scene
}

const transfer = (dice: Dice.Dice, stage: StageName, number: number): Transfer => {
  const way = dice.pick(["toFile", "toFile", "download", "fromFile", "fromFile", "upload"])
  const isSegmented = way === "toFile" && dice.chance(0.05)
  const size = isSegmented ? SEGMENTED_FROM + dice.below(4 * MIB) : sizeOf(dice)
  return {
    name: `${number}${dice.pick(["", ".bin", " with spaces", "-ünïcode", " 'quoted'"])}`,
    way,
    size,
    seed: dice.below(0x7fffffff),
    next: { size: dice.chance(0.4) ? size : sizeOf(dice), seed: dice.below(0x7fffffff) },
    isThere: dice.chance(0.3),
    segments: isSegmented ? dice.pick([2, 4, "auto"]) : 1,
    changed: dice.chance(0.3) ? "StartOver" : "Fail",
    rename: dice.chance(0.1) ? "Synced" : "Written",
    atomic: dice.chance(0.5),
    source: dice.pick(["Bytes", "Replayable", "Stream"]),
    evidence: dice.weigh([
      [7, "Any"],
      [1, "Size"],
      // Memory has no time.
      [1, way === "upload" ? "Size" : "SizeAndTime"],
      // vsftpd and Pure-FTPd compute no hash.
      [1, isEmbedded(stage) || stage === "proftpd" ? "Hash" : "Size"]
    ]),
    rate: undefined,
    happening: undefined,
    diskFullAt: undefined,
    again: dice.chance(0.7)
  }
}

/** Most are small, as on most servers; some are large enough to leave a part behind. */
const sizeOf = (dice: Dice.Dice): number =>
  dice.weigh([
    [4, 0],
    [30, dice.between(1, 4 * KIB)],
    [30, dice.between(4 * KIB, 64 * KIB)],
    [20, dice.between(64 * KIB, 512 * KIB)],
    [12, dice.between(512 * KIB, 2 * MIB)],
    [4, dice.between(2 * MIB, 5 * MIB)]
  ])

/** What no client could tell from a whole file, or from one version of it, on a server without SIZE and MDTM. */
const NEED_FACTS: ReadonlySet<Faults.Kind> = new Set([
  "network: data ends early",
  "server: data ends early",
  "server: replies out of place",
  "file changed"
])

/**
 * If the server refuses SIZE each time, no client can notice that a file was cut short.
 */
const telling = (scene: Scene): Scene =>
  scene.kinds.some((kind) => kind === "network: data ends early" || kind === "server: data ends early")
    ? { ...scene, faults: scene.faults.filter((fault) => !(fault._tag === "Refuse" && fault.verb === "SIZE")) }
    : scene

/** A server that lacks something; what is asked of the transfers is no more than it can prove. */
const deny = (dice: Dice.Dice, scene: Scene): Scene => {
  const denied: ReadonlyArray<string> = dice.pick([
    ["EPSV", "EPRT"],
    ["MLST", "MLSD"],
    ["MDTM"],
    ["SIZE"],
    ["SIZE", "MDTM"],
    ["REST"]
  ])
  const isWeak = denied.some((verb) => verb === "SIZE" || verb === "MDTM")
  if (isWeak && scene.kinds.some((kind) => NEED_FACTS.has(kind))) {
    return scene
  }
  return {
    ...scene,
    denied,
    transfers: scene.transfers.map((transfer) =>
      isWeak && (transfer.evidence === "Size" || transfer.evidence === "SizeAndTime")
        ? { ...transfer, evidence: "Any" }
        : transfer
    )
  }
}
