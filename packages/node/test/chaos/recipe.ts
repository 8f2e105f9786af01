/** How one kind of fault is put on a scene. */
import type { Dice } from "./dice.ts"
import type { Scene } from "./plan.ts"

export interface Recipe {
  readonly weight: number
  /** Default everywhere. */
  readonly fits?: (scene: Scene) => boolean
  readonly put: (dice: Dice, scene: Scene) => Partial<Scene>
}

/** So that some cuts never come, and some come at the very end. */
const BEYOND = 1.1

export const somewhere = (dice: Dice, { transfers }: Scene): number =>
  dice.below(Math.ceil((transfers[dice.below(transfers.length)]?.size ?? 0) * BEYOND) + 1)
