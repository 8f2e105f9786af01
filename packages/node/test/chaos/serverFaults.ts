/** What the embedded server does wrong, by kinds. */
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import type { Dice } from "./dice.ts"
import { isEmbedded, type Scene } from "./plan.ts"
import { type Recipe, somewhere } from "./recipe.ts"

const onEmbedded = ({ stage }: Scene): boolean => isEmbedded(stage)

const isProtected = (scene: Scene): boolean => onEmbedded(scene) && scene.security !== "Plain"

const server = (weight: number, make: (dice: Dice, scene: Scene) => Fault, most = 2): Recipe => ({
  weight,
  fits: onEmbedded,
  put: (dice, scene) => ({
    faults: [...scene.faults, ...Array.from({ length: dice.between(1, most) }, () => make(dice, scene))]
  })
})

const DATA_VERBS = ["RETR", "STOR", "APPE"] as const
const VERBS = [...DATA_VERBS, "SIZE", "MDTM", "EPSV", "REST", "TYPE", "PASS", "CONNECT", "RNFR", "RNTO"] as const
const NEGATIVES = [
  "450 Busy.",
  "451 Local error.",
  "421 Closing.",
  "425 Can't open.",
  "426 Aborted.",
  "550 No."
] as const

export const serverRecipes = {
  "server: data reset": server(5, (dice, scene) => ({
    _tag: "DropData",
    verb: DATA_VERBS,
    afterBytes: somewhere(dice, scene),
    how: "Reset",
    reply: dice.pick([undefined, "451 Read error.", "426 Gone.", "552 Quota."]),
    times: dice.between(1, 3)
  })),
  "server: data ends early": server(5, (dice, scene) => ({
    _tag: "DropData",
    verb: DATA_VERBS,
    afterBytes: somewhere(dice, scene),
    how: dice.pick(["End", "Cut"]),
    reply: dice.pick([undefined, "226 Complete.", "451 Read error."]),
    times: dice.between(1, 3)
  })),
  "server: control closed": server(5, (dice) => ({
    _tag: "CloseControl",
    verb: dice.pick(VERBS),
    at: dice.pick(["Command", "FinalReply"]),
    announce: dice.chance(0.4),
    how: dice.pick(["End", "Reset"]),
    times: dice.between(1, 2)
  })),
  "server: says no": server(4, (dice) => ({
    _tag: "Refuse",
    verb: dice.pick(VERBS),
    reply: dice.pick(NEGATIVES),
    times: dice.between(1, 3)
  })),
  "server: lies about SIZE": server(4, (dice) => ({
    _tag: "WrongSize",
    by: dice.pick([dice.between(1, 5000), -dice.between(1, 5000)]),
    times: dice.between(1, 3)
  })),
  "server: late replies": server(3, (dice) => ({
    _tag: "Delay",
    verb: dice.pick(VERBS),
    duration: dice.pick([dice.between(10, 200), dice.between(500, 1500)]),
    times: dice.between(1, 3)
  })),
  "server: garbage": server(3, (dice) => ({
    _tag: "Garbage",
    verb: dice.pick(VERBS),
    text: dice.pick([undefined, "", "hello", "99 bottles", "226", "-1 \u0000\u00ff"])
  })),
  "server: replies in pieces": server(2, (dice) => ({ _tag: "TinyWrites", bytes: dice.between(1, 7), times: 100 })),
  "server: floods": server(2, (dice) => ({
    _tag: "Flood",
    verb: dice.pick(VERBS),
    bytes: dice.pick([dice.between(1000, 60_000), dice.between(60_000, 2_000_000)]),
    shape: dice.pick(["Lines", "OneLine"])
  })),
  "server: final reply withheld": server(3, (dice) => ({ _tag: "WithholdFinal", verb: dice.pick(DATA_VERBS) })),
  "server: replies out of place": server(4, (dice) => ({
    _tag: dice.pick(["EarlyFinal", "FinalAfterClose", "LatePreliminary", "NoPreliminary", "EmptyData"]),
    verb: dice.pick(DATA_VERBS),
    times: dice.between(1, 2)
  })),
  "server: replies doubled": server(4, (dice) =>
    dice.chance(0.3)
      ? { _tag: "Behind", verb: dice.pick(VERBS), text: "226 Once more.", apart: dice.chance(0.5) }
      : { _tag: dice.pick(["DoublePreliminary", "DoubleFinal"]), verb: dice.pick(DATA_VERBS) }
  ),
  "server: ignores REST": {
    weight: 4,
    fits: onEmbedded,
    put: (dice, scene) => ({
      faults: [
        ...scene.faults,
        { _tag: "IgnoreRest", verb: "REST", times: dice.between(1, 3) },
        {
          _tag: "DropData",
          verb: DATA_VERBS,
          afterBytes: somewhere(dice, scene),
          times: dice.between(1, 3)
        }
      ]
    })
  },
  "server: falls silent": server(2, (dice) => ({ _tag: "Silence", verb: dice.pick(VERBS) })),
  "server: deaf data port": server(2, (dice) => ({
    _tag: "DeafEpsv",
    verb: dice.chance(0.7) ? "EPSV" : ["EPSV", "PASV"],
    times: dice.between(1, 3)
  })),
  "server: loses commands": server(2, (dice) => ({
    _tag: dice.pick(["LosePipelined", "KeepDataOpen"]),
    verb: dice.pick(DATA_VERBS),
    times: dice.between(1, 2)
  })),
  "server: resets all": server(3, (dice) => ({ _tag: "ResetAll", verb: dice.pick(VERBS) }), 1),
  "server: spoils handshakes": {
    ...server(6, (dice) => ({
      _tag: "BadHandshake",
      verb: dice.pick(["AUTH", "RETR", "STOR"]),
      how: dice.pick(["Refuse", "Withhold", "Clear"])
    })),
    fits: isProtected
  },
  "server: forgets TLS tickets": {
    ...server(4, (dice) => ({ _tag: "ForgetTickets", verb: DATA_VERBS, times: dice.between(1, 3) })),
    fits: isProtected
  }
} satisfies { readonly [kind: string]: Recipe }
