/** Which files are sent and fetched in one step, from memory: those that are not worth resuming. */

/** In bytes: each worker has one such file in memory. */
const SMALL = 256 * 1024

/** What is no number of bytes is not small. */
export const isSmall = (size: number | undefined): size is number =>
  size !== undefined && Number.isInteger(size) && size >= 0 && size <= SMALL
