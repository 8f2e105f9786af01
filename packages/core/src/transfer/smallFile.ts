/** Which files are sent and fetched in one step, from memory: those that are not worth resuming. */

/** In bytes. */
const SMALL = 64 * 1024

export const isSmall = (size: number | undefined): size is number => size !== undefined && size <= SMALL
