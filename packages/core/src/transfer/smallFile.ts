/** Which files are sent and fetched in one step, from memory: those that are not worth resuming. */

/** In bytes: each worker has one such file in memory. */
const SMALL = 256 * 1024

export const isSmall = (size: number | undefined): size is number => size !== undefined && size <= SMALL
