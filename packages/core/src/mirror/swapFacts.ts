/**
 * What is to be made of a swap by what is there: one that has just been tried, or was cut off. Pure.
 *
 *     stage   live   previous
 *     no      yes    any        swapped, if the live tree has the token, or one that another swap has moved away
 *     yes     yes    no         not begun: the old tree is live
 *     yes     no     yes        between the renames: go on, or back
 *     no      no     yes        the new tree is gone: go back, unless another swap has moved it away
 *     yes     no     no         not begun, and there was no old tree; or that is gone
 *     yes     yes    yes        another tree was made in the place of the old one
 */

/** Which names of a swap are there. */
export interface Facts {
  readonly stage: boolean
  readonly live: boolean
  readonly previous: boolean
}

export type State = "Swapped" | "NotBegun" | "Between" | "StageGone" | "Remade" | "AllGone"

export const stateOf = ({ live, previous, stage }: Facts): State =>
  stage
    ? live
      ? previous
        ? "Remade"
        : "NotBegun"
      : previous
        ? "Between"
        : "NotBegun"
    : live
      ? "Swapped"
      : previous
        ? "StageGone"
        : "AllGone"
