/**
 * What goes wrong in a scene, by kinds: where each may be put, and how.
 *
 *     network   the connections themselves, over any server: `Rule`
 *     server    what the embedded server has to do wrong: `Fault`
 *     the rest  a restart, a file that changes, a connection limit, an interruption, a full disk
 */
import type { Dice } from "./dice.ts"
import { type Happening, isEmbedded, type Rule, type Scene, type Transfer } from "./plan.ts"
import { type Recipe, somewhere } from "./recipe.ts"
import { serverRecipes } from "./serverFaults.ts"
import { isDownload } from "./transfer.ts"

export const kinds = [
  "none",
  "network: data reset",
  "network: data ends early",
  "network: data stalls",
  "network: control reset",
  "network: control ends",
  "network: control stalls",
  "network: refused",
  "server: data reset",
  "server: data ends early",
  "server: control closed",
  "server: says no",
  "server: lies about SIZE",
  "server: late replies",
  "server: garbage",
  "server: replies in pieces",
  "server: floods",
  "server: final reply withheld",
  "server: replies out of place",
  "server: replies doubled",
  "server: ignores REST",
  "server: falls silent",
  "server: deaf data port",
  "server: loses commands",
  "server: resets all",
  "server: spoils handshakes",
  "server: forgets TLS tickets",
  "restart",
  "file changed",
  "two servers behind one name",
  "connection limit",
  "interrupted",
  "disk full"
] as const

export type Kind = (typeof kinds)[number]

/** One of the kinds that fit. */
export const draw = (dice: Dice, scene: Scene): Kind => {
  const fitting = kinds.filter((kind) => recipes[kind].fits?.(scene) ?? true)
  return dice.weigh([[0, "none"], ...fitting.map((kind) => [recipes[kind].weight, kind] as const)])
}

export const put = (dice: Dice, scene: Scene, kind: Kind): Scene => ({
  ...scene,
  ...recipes[kind].put(dice, scene),
  kinds: scene.kinds.includes(kind) ? scene.kinds : [...scene.kinds, kind]
})

/** A greeting and a login are some 300 bytes, a transfer some 150 more. */
const CONTROL_BYTES = 900
const network = (role: Rule["role"], how: Rule["how"]): Recipe => ({
  weight: how === "Silence" ? 3 : 6,
  put: (dice, scene) => ({
    rules: [
      ...scene.rules,
      ...Array.from({ length: dice.between(1, how === "Silence" ? 2 : scene.transfers.length + 3) }, () => ({
        role,
        nth: dice.below(role === "Data" ? scene.transfers.length + 2 : scene.sessions + 1),
        after: role === "Data" ? somewhere(dice, scene) : dice.below(CONTROL_BYTES),
        how
      }))
    ]
  })
})

const happen = (
  dice: Dice,
  scene: Scene,
  likelihood: number,
  change: (transfer: Transfer) => Partial<Transfer>
): Partial<Scene> => {
  const chosen = dice.below(scene.transfers.length)
  return {
    transfers: scene.transfers.map((transfer, index) =>
      index === chosen || dice.chance(likelihood) ? { ...transfer, ...change(transfer) } : transfer
    )
  }
}

/** About so many millis are left for it to happen in. */
const LASTS = 250
const MILLIS_PER_SECOND = 1000

const lasting = ({ next, size }: Transfer): number =>
  Math.max(1, Math.ceil((Math.max(size, next.size) * MILLIS_PER_SECOND) / LASTS))

/** In millis: a single stream asks for the file's time again only after a second; only the time shows such a write. */
const OUTLASTS = 2000

const isSingleStream = ({ segments, way }: Transfer): boolean =>
  way === "download" || (way === "toFile" && segments === 1)

/** What is written in place is at most so many times as large, as it is read at the same rate. */
const GROWS = 4

/** The rate goes by the size that is announced: another one is an error of its own. */
const outlasting = ({ next, size }: Transfer): Partial<Transfer> => ({
  rate: Math.max(1, Math.ceil((size * MILLIS_PER_SECOND) / OUTLASTS)),
  next: { ...next, size: Math.min(next.size, GROWS * size) }
})

/** Large enough that what is here is kept for a later run. */
const WORTH_KEEPING = { from: 1.2 * 1024 * 1024, more: 3 * 1024 * 1024 }

const enlarged = (dice: Dice, transfer: Transfer): Transfer =>
  dice.chance(0.3)
    ? { ...transfer, size: Math.max(transfer.size, Math.ceil(WORTH_KEEPING.from) + dice.below(WORTH_KEEPING.more)) }
    : transfer

const midway = (dice: Dice, { size }: Transfer, what: Happening["what"]): Happening => ({
  what,
  at: dice.chance(0.7) ? { bytes: dice.below(size + 1) } : { millis: dice.below(LASTS * 2) }
})

const recipes: { readonly [K in Kind]: Recipe } = {
  none: { weight: 4, put: () => ({}) },
  "network: data reset": network("Data", "Reset"),
  "network: data ends early": network("Data", "End"),
  "network: data stalls": network("Data", "Silence"),
  "network: control reset": network("Control", "Reset"),
  "network: control ends": network("Control", "End"),
  "network: control stalls": network("Control", "Silence"),
  "network: refused": {
    weight: 3,
    put: (dice, scene) => ({
      rules: [
        ...scene.rules,
        ...Array.from({ length: dice.between(1, 3) }, () => ({
          role: dice.pick(["Control", "Data"]),
          nth: dice.below(scene.transfers.length + 1),
          after: 0,
          how: "Refuse" as const
        }))
      ]
    })
  },
  ...serverRecipes,
  restart: {
    weight: 5,
    put: (dice, scene) =>
      happen(dice, scene, 0, (transfer) => ({
        rate: lasting(transfer),
        happening: midway(dice, transfer, "Restart")
      }))
  },
  "file changed": {
    weight: 6,
    put: (dice, scene) =>
      happen(dice, scene, 0.5, (transfer) => {
        const inPlace = dice.chance(0.5)
        return {
          ...(inPlace && isSingleStream(transfer) ? outlasting(transfer) : { rate: lasting(transfer) }),
          happening: midway(dice, transfer, inPlace ? "RewriteFile" : "ReplaceFile")
        }
      })
  },
  // Their files have the same size and time, so an upload could not be found again.
  "two servers behind one name": {
    weight: 5,
    fits: ({ stage }) => isEmbedded(stage),
    put: (dice, scene) => ({
      hasTwin: true,
      ...network(dice.pick(["Control", "Data"]), "Reset").put(dice, scene),
      transfers: scene.transfers.map((transfer) => ({
        ...transfer,
        way: isDownload(transfer) ? transfer.way : dice.pick(["toFile", "download"]),
        // What one server sent is no part of the other's file, also when nothing goes wrong.
        again: false
      }))
    })
  },
  "connection limit": {
    weight: 4,
    put: (dice, scene) => ({
      sessions: Math.max(scene.sessions, 3),
      limit: {
        connections: dice.between(1, 3),
        like: dice.pick(["vsftpd", "Pure-FTPd", "ProFTPD"])
      }
    })
  },
  interrupted: {
    weight: 6,
    put: (dice, scene) =>
      happen(dice, scene, 0.5, (transfer) => {
        const large = enlarged(dice, transfer)
        return {
          ...large,
          rate: dice.chance(0.7) ? lasting(large) : undefined,
          happening: midway(dice, large, "Interrupt")
        }
      })
  },
  "disk full": {
    weight: 3,
    put: (dice, scene) =>
      happen(dice, scene, 0.3, (transfer) => {
        const large = enlarged(dice, transfer)
        return { ...large, diskFullAt: dice.below(large.size + 1) }
      })
  }
}
